"""Write the note on the AI Act, Regulation (EU) 2024/1689. Pure."""

from typing import Final

from app.compliance.paper import Blank, Heading, Paper, Points, Text
from app.compliance.tongue import Tongue

TOLD: Final = (
    (
        "People are told before their first question, in five languages, that an AI answers and can be wrong "
        "(Art. 50(1))."
    ),
    (
        "What a model wrote or chose is marked on the page, in the history, in exports and in the API, to people and "
        "to machines (Art. 50(2))."
    ),
    "A mark says by which model, and the record of the answer by which files of it.",
)
NOT: Final = (
    "It does not recruit, promote, evaluate or watch employees: there are no figures of persons (Annex III no. 4).",
    "It decides nothing about anybody and has no tools with which it could.",
    "It recognises no emotions, categorises nobody by biometrics and scores nobody (Art. 5).",
)
ROLES: Final = (
    "The company that runs the house is a deployer. Whoever published the language model is the provider of a "
    "general-purpose model; its obligations stay with them."
)
LITERACY: Final = (
    "The law asks for measures to support that people who use it know what it can and cannot do. The page says so "
    "beside every answer."
)


def conduct(say: Tongue) -> Paper:
    """Return what the house does for Art. 50 and Art. 4, and what it is not."""
    blocks = (
        Heading(say("Roles")),
        Text(say(ROLES)),
        Heading(say("Transparency (Art. 50)")),
        Points(tuple(map(say, TOLD))),
        Heading(say("Literacy (Art. 4)")),
        Text(say(LITERACY)),
        Blank(say("training of employees and administrators, with date and content")),
        Heading(say("No high-risk use")),
        Points(tuple(map(say, NOT))),
        Blank(
            say("the company's instruction not to use answers for decisions about employees or applicants")
        ),
    )
    return Paper("6-ai-act", say("Note on the AI Act (Regulation (EU) 2024/1689)"), blocks)
