"""Conversations belong to one person; answers keep what they read by id."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, inspect, select

from app.feedback import Feedback, Thumb
from app.history import History
from app.identity import Accounts, Person
from app.ledger import Ledger
from app.provenance import Given, Provenance
from app.schema import answer_passages, answers, feedback
from app.types import Answer, Outcome, Question, Sentence, Sources, Verdict
from ingest.schema import documents
from retrieval.errors import NotFound
from retrieval.types import Passage, RankedPassage

ANNA = Person("anna", "Anna", "", "employee", ("hr",))
DAY = "2026-01-01T08:00:00.000+00:00"
SECRET = "Twenty-eight days of leave, says the passage."
PASSAGE = Passage(
    "c1",
    "d1",
    "v1",
    "handbook",
    "Leave",
    "leave.md",
    "text/markdown",
    "en",
    (),
    SECRET,
    0,
    None,
    (),
    "2026-01-01",
)
SOURCES = Sources((RankedPassage(PASSAGE, 0, 1.0, 0.9, 2.0),))
ANSWER = Answer(
    Outcome.ANSWERED,
    "You have 28 days [1].",
    (Sentence("You have 28 days.", (1,), Verdict.SUPPORTED),),
    "en",
    "mixtral",
    None,
    {"total": 12.5},
    100,
    ("passage 2",),
)


@pytest.fixture
def history(database: Engine) -> History:
    """Give conversations of Anna and Ben."""
    accounts = Accounts(database)
    for person in (ANNA, Person("ben", "Ben", "", "employee", ())):
        accounts.save(person, password="long enough")
    show(database, "d1")
    return History(database, Ledger(database))


def show(engine: Engine, *ids: str) -> None:
    """Write documents that are shown."""
    row = {
        "collection_id": "handbook",
        "source": "folder:/srv",
        "title": "Leave",
        "media_type": "text/markdown",
    }
    row |= {"state": "visible", "visible_version_id": "v1", "created_at": DAY, "updated_at": DAY}
    with engine.begin() as connection:
        for one in ids:
            connection.execute(documents.insert().values(id=one, key=one, file_name=f"{one}.md", **row))


def given(conversation: str) -> Given:
    """Return Anna's finished answer."""
    question = Question("How many days?", ANNA.reader(), frozenset({"handbook"}))
    return Given("a1", conversation, question, SOURCES, ANSWER, Provenance())


def test_answer_comes_back_as_it_was_given(history: History) -> None:
    """Question and answer are listed in order, the answer with verdicts, sources by id and timings."""
    conversation = history.start("anna").id
    history.ask(conversation, "anna", "How many days?")
    history.record(given(conversation))

    question, answer = history.messages(conversation, "anna")

    assert question.text == "How many days?"
    assert answer.stored is not None
    assert answer.stored.answer == ANSWER
    assert answer.stored.chunk_ids == ("c1",)


def test_first_question_names_the_conversation(history: History) -> None:
    """An empty conversation is not listed; the first question becomes its title, shortened."""
    conversation = history.start("anna").id
    assert history.listed("anna") == ()

    history.ask(conversation, "anna", "How many   days " + "x" * 200)

    assert history.listed("anna")[0].title.startswith("How many days xxx")
    assert len(history.listed("anna")[0].title) == 80


def test_foreign_conversation_is_not_found(history: History) -> None:
    """Every way in answers a foreign id like a missing one."""
    conversation = history.start("anna").id

    for call in (
        lambda: history.get(conversation, "ben"),
        lambda: history.messages(conversation, "ben"),
        lambda: history.rename(conversation, "ben", "mine"),
        lambda: history.delete(conversation, "ben"),
        lambda: history.ask(conversation, "ben", "?"),
    ):
        with pytest.raises(NotFound):
            call()


def test_passage_text_is_not_kept_with_answers(history: History, database: Engine) -> None:
    """No table holds the text of a passage that an answer read: erasing the document erases it."""
    conversation = history.start("anna").id
    history.record(given(conversation))

    with database.connect() as connection:
        tables = inspect(connection).get_table_names()
        rows = [repr(connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in tables]
    assert SECRET not in "".join(rows)


def test_deleted_conversation_takes_everything_along(history: History) -> None:
    """Messages, answers and feedback go; an answer that ends later finds nowhere to go and is dropped."""
    conversation = history.start("anna").id
    history.record(given(conversation))
    history.delete(conversation, "anna")

    history.record(given(conversation))

    with pytest.raises(NotFound):
        history.messages(conversation, "anna")


def test_only_the_asker_may_judge(history: History, database: Engine) -> None:
    """A thumb counts on one's own answer, the last one wins; on a foreign one it is not found."""
    thumbs = Feedback(database)
    conversation = history.start("anna").id
    history.record(given(conversation))

    thumbs.judge("a1", "anna", Thumb("up"))
    thumbs.judge("a1", "anna", Thumb("down", ("outdated",)))
    with pytest.raises(NotFound):
        thumbs.judge("a1", "ben", Thumb("up"))

    stored = history.messages(conversation, "anna")[0].stored
    assert stored is not None
    assert stored.feedback == "down"


def asked_twice(history: History) -> tuple[str, str, str]:
    """Return a conversation of two answered questions, and the ids of the questions."""
    conversation = history.start("anna").id
    first = history.ask(conversation, "anna", "How many days?")
    history.record(replace(given(conversation), provenance=Provenance(question_id=first)))
    second = history.ask(conversation, "anna", "And in Kassel?")
    marks = Provenance(question_id=second)
    history.record(replace(given(conversation), answer_id="a2", provenance=marks))
    return conversation, first, second


def asked_anew(history: History, conversation: str, text: str, replaced: str) -> str:
    """Return the id of a question that was answered in the place of an earlier one."""
    anew = history.ask(conversation, "anna", text, replaces=replaced)
    answered = replace(given(conversation), answer_id=f"to {text}", provenance=Provenance(question_id=anew))
    history.record(answered, replaces=replaced)
    return anew


def test_question_that_is_asked_anew_takes_the_place_of_the_old_one(
    history: History, database: Engine
) -> None:
    """The conversation is cut before it: what came after goes with its rows in the ledger, what came before stays."""
    conversation, _, second = asked_twice(history)
    Feedback(database).judge("a2", "anna", Thumb("down", reason="outdated"))

    anew = history.ask(conversation, "anna", "And in Bonn?", replaces=second)
    assert len(history.messages(conversation, "anna")) == 5  # nothing is lost as long as no answer is there
    marks = Provenance(question_id=anew)
    history.record(replace(given(conversation), answer_id="a3", provenance=marks), replaces=second)

    kept = history.messages(conversation, "anna")
    assert [one.text for one in kept] == ["How many days?", ANSWER.text, "And in Bonn?", ANSWER.text]
    with database.connect() as connection:
        assert sorted(connection.execute(select(answers.c.id)).scalars()) == ["a1", "a3"]
        assert set(connection.execute(select(answer_passages.c.answer_id)).scalars()) == {"a1", "a3"}
        assert connection.execute(select(feedback.c.answer_id)).scalars().all() == []


def test_first_question_asked_anew_renames_what_it_had_named(history: History) -> None:
    """The title follows the question that gave it; one that its owner chose stays."""
    conversation, first, _ = asked_twice(history)
    again = asked_anew(history, conversation, "How many hours?", first)
    assert history.get(conversation, "anna").title == "How many hours?"

    history.rename(conversation, "anna", "Leave")
    asked_anew(history, conversation, "How many weeks?", again)
    assert history.get(conversation, "anna").title == "Leave"


def test_two_that_take_the_same_place_leave_one_or_both_in_order(history: History) -> None:
    """Whichever answer comes first: what it replaces is gone once, and no answer stands before its question."""
    conversation, _, second = asked_twice(history)
    one, two = (history.ask(conversation, "anna", text, replaces=second) for text in ("One?", "Two?"))
    for number, question in (("a3", one), ("a4", two)):
        marks = Provenance(question_id=question)
        history.record(replace(given(conversation), answer_id=number, provenance=marks), replaces=second)

    shown = [one.text for one in history.messages(conversation, "anna")]
    assert shown == ["How many days?", ANSWER.text, "One?", "Two?", ANSWER.text, ANSWER.text]


def test_only_a_question_of_this_conversation_can_be_replaced(history: History) -> None:
    """An answer, a question of another conversation and one that is gone are not found, and nothing is cut."""
    conversation, first, second = asked_twice(history)
    other = history.start("anna").id
    answer = history.messages(conversation, "anna")[1].id

    for place, message in ((conversation, answer), (other, first), (conversation, "gone")):
        with pytest.raises(NotFound):
            history.ask(place, "anna", "And?", replaces=message)
        with pytest.raises(NotFound):
            history.messages(place, "anna", before=message)
    assert len(history.messages(conversation, "anna")) == 4
    assert [one.id for one in history.messages(conversation, "anna", before=second)][:1] == [first]


def test_answer_to_a_question_that_was_replaced_is_dropped(history: History) -> None:
    """An answer still being written when its question is edited finds nowhere to go."""
    conversation = history.start("anna").id
    first = history.ask(conversation, "anna", "How many days?")
    asked_anew(history, conversation, "How many hours?", first)

    late = replace(given(conversation), answer_id="late", provenance=Provenance(question_id=first))
    history.record(late)

    shown = [one.text for one in history.messages(conversation, "anna")]
    assert shown == ["How many hours?", ANSWER.text]
