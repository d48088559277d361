"""Write the draft of a data protection impact assessment (Art. 35 GDPR). Pure."""

from collections.abc import Iterator
from typing import Final

from app.compliance.hops import hops
from app.compliance.paper import Blank, Block, Heading, Paper, Points, Table, Text
from app.compliance.tongue import Tongue
from app.settings import Settings

# Risks and what the house does against each. How likely and how grave one is, in this company, the company judges.
RISKS: Final = (
    (
        "Somebody reads of a person in a document that is not meant for them",
        "readers are part of each search and checked again; without a rule a document is visible to nobody",
    ),
    (
        "Employees are watched by what they ask",
        (
            "no figures of persons, none below five people; chats are closed to administrators; two persons and a "
            "notice to open them"
        ),
    ),
    (
        "An answer about a person is wrong or out of date",
        (
            "each sentence is cited and checked; without evidence no answer; replaced versions are not found; sources "
            "carry their dates"
        ),
    ),
    (
        "A text that was erased is still there: in the index, in answers, in a backup",
        (
            "erasure follows the text store by store; a restore erases again; the paper on retention says what remains "
            "and why"
        ),
    ),
    (
        "Texts are recovered from their vectors",
        "vectors count as personal data, lie beside the texts, go with them, and no route hands them out",
    ),
    (
        "A hostile document makes the model say or send something",
        (
            "the model has no tools and no way out; links and pictures of answers are not loaded; documents are read "
            "in a sandbox"
        ),
    ),
    (
        "Special categories of data get in without need",
        "recognised in documents and questions; masked, held back or refused as declared",
    ),
    (
        "The model holds personal data of its training",
        "answers are written from the passages alone and checked against them; see the model cards",
    ),
    (
        "Data reaches a third country",
        "nothing is sent beyond the machines that the settings name; the report on connections shows it",
    ),
)


def assessment(settings: Settings, say: Tongue) -> Paper:
    """Return the draft: what the house knows is filled in, what only the company can judge is left open."""
    title = say("Data protection impact assessment, draft (Art. 35 GDPR)")
    return Paper("2-impact-assessment", title, [*_blocks(settings, say)])


def _blocks(settings: Settings, say: Tongue) -> Iterator[Block]:
    yield Heading(say("1. Is an assessment needed?"))
    yield Text(
        say(
            "A new technology processes employees' questions and documents that may tell of many people. The list of "
            "the German authorities (no. 11) names AI that steers interaction with people or assesses personal "
            "aspects; this house assesses nobody. We propose to make the assessment in any case."
        )
    )
    yield Blank(say("the company's decision whether an assessment is needed, with its reason"))
    yield from _description(settings, say)
    yield Heading(say("3. Necessity and proportionality"))
    yield Points(
        tuple(
            say(one)
            for one in (
                "Interest: employees find what already is in documents they may read; less time is spent on searching.",
                (
                    "Necessity: a search by words alone finds less; a service outside would send documents away. A "
                    "model on the company's own machines is the milder means."
                ),
                (
                    "Balance: rights follow the documents, chats are closed to superiors and end with a term, answers "
                    "are checked, and everybody sees on a page what is recorded."
                ),
            )
        )
    )
    yield Blank(say("the company's own balancing of interests, and the purposes it excludes"))
    yield from _risks(say)
    yield Heading(say("5. Who was heard"))
    yield Blank(say("advice of the data protection officer (Art. 35(2))"))
    yield Blank(
        say("views of employees or of the works council (Art. 35(9); in Germany BetrVG § 87(1) no. 6)")
    )
    yield Heading(say("6. Decision"))
    yield Blank(
        say("remaining risk; whether the authority has to be consulted (Art. 36); date of the next review")
    )
    yield Blank(say("place, date, signature of the controller"))


def _description(settings: Settings, say: Tongue) -> Iterator[Block]:
    yield Heading(say("2. What is done"))
    yield Points(
        (
            say(
                "A document: a worker reads it in a sandbox, cuts it into passages, makes vectors of them, and stores "
                "text and readers in the database, vectors in the index."
            ),
            say(
                "A question: who asks is known by the sign-in; passages are searched among what that person may read; "
                "the language model writes or quotes an answer from these; each sentence is checked and cited."
            ),
            say(
                "Nobody is decided about: the house has no tools, fills in nothing and judges nobody (Art. 22)."
            ),
        )
    )
    elsewhere = [one for one in hops(settings) if one.is_elsewhere]
    count = say("Neighbours on other machines or in other containers: {count}.", count=len(elsewhere))
    yield Text(f"{count} {say('The picture of the flow of data shows them.')}")
    days = settings.retention.chat_days
    yield Text(say("Questions and answers are kept for {count} days (retention.chat_days).", count=days))
    yield Blank(say("number of employees, kinds of documents, and whether special categories are among them"))


def _risks(say: Tongue) -> Iterator[Block]:
    yield Heading(say("4. Risks to the people concerned, and what is done"))
    columns = (say("Risk"), say("What the house does"), say("How likely, how grave, what remains"))
    rows = tuple((say(risk), say(against), "") for risk, against in RISKS)
    yield Table(columns, rows, (0.3, 0.42, 0.28))
    yield Blank(say("likelihood, gravity and what remains, for each line of the table"))
    yield Blank(say("further risks of this company, and its own measures"))
