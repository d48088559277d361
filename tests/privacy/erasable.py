"""Fill a house with what erasures reach, and look for what is left of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.provenance import Given, Provenance
from app.schema import metadata
from app.types import Answer, Outcome, Question, Sentence, Sources, Verdict
from retrieval.readers import reader_of
from retrieval.types import RankedPassage
from tests.fakes import ScriptedModel
from tests.house import House, open_house

HR = reader_of("anna", ["hr"])
BOTH = frozenset({"handbook", "hr"})
PLUM, PEAR, QUINCE = "Zwetschgenwert", "Birnenwert", "Quittenwert"  # in the documents leave, tax, salary


def filled(folder: Path, *, url: str = "") -> House:
    """Return a house with three documents, a file of Anna's own, one that she handed over to all, and her doings."""
    house = open_house(folder / "data", ScriptedModel("Nothing."), url=url)
    house.bring_in(
        folder / "a",
        "handbook",
        leave=f"# Leave\n\nThe value of leave is {PLUM}.\n",
        tax=f"# Tax\n\nThe value of tax is {PEAR}.\n",
    )
    house.bring_in(folder / "b", "hr", salary=f"# Salary\n\nThe value of salary is {QUINCE}.\n")
    anna = house.token("anna")
    own = {"file": ("mine.md", b"# Mine\n\nAnnas Mirabelle.\n")}
    assert house.client.post("/api/files", headers=anna, files=own).status_code == 202
    house.work()
    house.client.post("/api/keys", headers=anna, json={"name": "bot", "scopes": ["ask"], "days": 30})
    return house


def tell(
    house: House, user: str, *said: tuple[str, Sequence[str]], conversation: str = "", turns: int = 0
) -> Given:
    """Put an answer on record that read one passage of each file named, with sentences that cite these."""
    services = house.services
    files = list(dict.fromkeys(name for _, names in said for name in names))
    passages = [_passage(house, name) for name in files]
    sentences = tuple(
        Sentence(
            text,
            tuple(files.index(name) + 1 for name in names),
            Verdict.SUPPORTED if names else Verdict.NOT_A_CLAIM,
        )
        for text, names in said
    )
    text = " ".join(one.text for one in sentences)
    answer = Answer(Outcome.ANSWERED, text, sentences, "en", "m", None, {"total": 1.0}, 10, (), 5)
    conversation = conversation or services.history.start(user).id
    asked = services.history.ask(conversation, user, "How much is it?")
    question = Question("How much is it?", HR, BOTH)
    sources = Sources(tuple(RankedPassage(one, n, 1.0, None, None) for n, one in enumerate(passages)))
    marks = Provenance(question_id=asked, earlier_turns=turns)
    given = Given(str(uuid4()), conversation, question, sources, answer, marks)
    services.history.record(given)
    return given


def stored(house: House, given: Given) -> tuple[str, list[str], str | None]:
    """Return text, sentences and notice of an answer as they lie in the database."""
    entry = house.services.ledger.entry(given.answer_id)
    return entry.answer.text, [one.text for one in entry.answer.sentences], entry.answer.notice


def everything(house: House, *, without: Sequence[str] = ()) -> Mapping[str, list[str]]:
    """Return every row of every table as text."""
    with house.services.engine.connect() as connection:
        return {
            table.name: [repr(tuple(row)) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
            if table.name not in without
        }


def tables_with(house: House, word: str) -> set[str]:
    """Return the tables in which a word stands."""
    return {name for name, rows in everything(house).items() if any(word in row for row in rows)}


def _passage(house: House, file_name: str) -> Any:
    services = house.services
    known = services.catalog.find(file_name)
    chunk = services.versions.chunks(known.visible_version_id or "")[0][0]
    return services.passages.fetch([chunk], reader=HR)[chunk]
