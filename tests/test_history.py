"""Conversations belong to one person; answers keep what they read by id."""

import pytest
from sqlalchemy import Engine, inspect

from app.history import History
from app.identity import Accounts, Person
from app.ledger import Ledger
from app.provenance import Given, Provenance
from app.types import Answer, Outcome, Question, Sentence, Sources, Verdict
from retrieval.errors import NotFound
from retrieval.types import Passage, RankedPassage

ANNA = Person("anna", "Anna", "", "employee", ("hr",))
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
    return History(database, Ledger(database))


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
    ledger = Ledger(database)
    conversation = history.start("anna").id
    history.record(given(conversation))

    ledger.judge("a1", "anna", value="up", reason="")
    ledger.judge("a1", "anna", value="down", reason="outdated")
    with pytest.raises(NotFound):
        ledger.judge("a1", "ben", value="up", reason="")

    stored = history.messages(conversation, "anna")[0].stored
    assert stored is not None
    assert stored.feedback == "down"
