"""What the ledger holds of an answer, what it is told by, and which answers used a document."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from app import entries, quoting
from app.adapters import served_weights
from app.history import History
from app.identity import Accounts, Person
from app.ledger import Ledger
from app.models.catalogue import entry
from app.models.verify import write_manifest
from app.prompt import VERSION
from app.provenance import Given, Imprint, Making, Provenance, Standing, pseudonym
from app.schema import answer_passages, answers, conversations, messages, users
from app.types import Answer, Outcome, Question, Sentence, Sources, Verdict
from ingest.database import reading
from ingest.schema import documents
from retrieval.errors import NotFound
from retrieval.readers import reader_of
from retrieval.types import Only, RankedPassage
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.test_history import PASSAGE, show
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY

ANNA = Person("anna", "Anna", "", "employee", ("hr",))
MAKING = Making("1a2b3c4d", VERSION, 0.0, 300)
JUDGING = Making("1a2b3c4d", quoting.VERSION, 0.0, 1)
IMPRINT = Imprint(b"key", MAKING, JUDGING)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one document for all and one for HR."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", salary=SALARY)
    yield opened
    opened.services.close()


@pytest.fixture
def history(database: Engine) -> History:
    """Give conversations of Anna."""
    Accounts(database).save(ANNA, password="long enough")
    show(database, "d1", "d2")
    return History(database, Ledger(database))


def answer(*sentences: Sentence) -> Answer:
    """Return an answer of the model with these sentences."""
    return Answer(Outcome.ANSWERED, "text", sentences, "en", "mixtral", None, {"total": 9.0}, 100, (), 12)


def record(history: History, answer_id: str, *, document: str, cites: int, verdict: Verdict) -> str:
    """Put an answer on record that read two passages of a document and has a sentence; return its conversation."""
    passages = [replace(PASSAGE, chunk_id=f"{document}-{n}", document_id=document) for n in (1, 2)]
    sources = Sources(tuple(RankedPassage(one, n, 1.0, None, None) for n, one in enumerate(passages)))
    question = Question("How many days?", ANNA.reader(), frozenset({"handbook"}))
    conversation = history.start("anna").id
    asked = history.ask(conversation, "anna", question.text)
    given = answer(Sentence("Days.", (cites,), verdict))
    marks = IMPRINT.mark(
        question, given, question_id=asked, only=Only(("application/pdf",), "2025-01-01", "")
    )
    history.record(Given(answer_id, conversation, question, sources, given, marks))
    return conversation


def test_entry_says_who_asked_what_was_read_and_how_it_was_made(house: House) -> None:
    """An answer over HTTP has the pseudonym of its asker, the hash of each version, prompt version and sampling."""
    got = ask(house, "ben", QUESTION)
    found = house.services.ledger.entry(got["answer"]["id"])

    version = house.services.catalog.get(house.document("leave.md")).visible_version_id
    read = next(one for one in found.passages if one.file_name == "leave.md")
    with reading(house.services.engine) as connection:
        known = connection.exec_driver_sql(f"SELECT sha256 FROM versions WHERE id = '{version}'").scalar()
    assert (read.version_id, read.sha256, read.standing) == (version, known, Standing.THERE)
    assert (found.question, found.user, found.collections) == (QUESTION, "ben", ("handbook", "hr"))
    assert found.provenance.asker == pseudonym(reader_of("ben", []), house.services.imprint.key)
    assert found.provenance.earlier_turns == 0
    settings = house.services.settings
    assert found.provenance.making == Making(
        served_weights(settings), VERSION, 0.0, settings.model.max_answer_tokens
    )


def test_weights_are_those_installed_under_the_model_s_name(house: House, tmp_path: Path) -> None:
    """The name served may be the catalogue's or the publisher's; without files here nothing is claimed."""
    settings = house.services.settings
    known = entry("qwen2.5-coder-1.5b-instruct")
    for name in (known.id, known.hub_repository):
        model = settings.model.model_copy(update={"name": name})
        site = settings.site.model_copy(update={"models_dir": tmp_path / name.replace("/", "-")})
        installed = settings.model_copy(update={"model": model, "site": site})
        assert served_weights(installed) is None
        folder = site.models_dir / known.id
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"weights")
        write_manifest(known, folder)
        assert served_weights(installed) == hashlib.sha256(b"weights").hexdigest()[:8]
    stranger = settings.model.model_copy(update={"name": "somebody/else"})
    assert served_weights(settings.model_copy(update={"model": stranger})) is None


def test_pseudonym_stays_with_the_account_and_names_nobody(house: House) -> None:
    """Two answers of one person carry one pseudonym, those of another a second, and none carries a name."""
    asked = [ask(house, user, QUESTION)["answer"]["id"] for user in ("ben", "ben", "anna")]
    first, again, other = (house.services.ledger.entry(one).provenance.asker for one in asked)

    assert first == again != other
    assert "ben" not in str(first)


def test_key_of_the_pseudonyms_is_not_printed() -> None:
    """Whoever logs the parts of the house does not give the key away."""
    assert "key" not in repr(IMPRINT).replace("key=", "")


def test_model_that_was_not_asked_leaves_no_mark(house: House) -> None:
    """Where the documents are too thin no model wrote, so none is said to have."""
    got = ask(house, "ben", "Who won the chess championship of 1987 in Reykjavik?")
    assert got["answer"]["outcome"] == "not_in_documents"
    assert house.services.ledger.entry(got["answer"]["id"]).provenance.making is None


def test_model_that_only_judged_leaves_its_mark() -> None:
    """An answer of quotations has no prompt of its own, and yet the model chose them."""
    question = Question("How many days?", ANNA.reader(), frozenset({"handbook"}))
    written = answer(Sentence("Days.", (1,), Verdict.SUPPORTED))
    for stages, making in (({"quoting": 5.0}, JUDGING), ({"search": 5.0}, None)):
        given = replace(written, prompt_tokens=0, timings_ms=stages)
        assert IMPRINT.mark(question, given, question_id="q", only=Only()).making == making


def test_entry_comes_back_whole(history: History, database: Engine) -> None:
    """Filter, sampling, weights and the tokens that were written are what was put in."""
    record(history, "a1", document="d1", cites=1, verdict=Verdict.SUPPORTED)
    with database.begin() as connection:
        connection.execute(delete(documents))
    found = Ledger(database).entry("a1")

    assert found.provenance.making == MAKING
    assert found.provenance.only == Only(("application/pdf",), "2025-01-01", "")
    assert (found.answer.prompt_tokens, found.answer.completion_tokens) == (100, 12)
    assert [one.standing for one in found.passages] == [Standing.GONE] * 2


def test_unknown_answer_is_not_found(history: History, database: Engine) -> None:
    """One that never was and one whose conversation was deleted are both not on record, and that is said."""
    conversation = record(history, "a1", document="d1", cites=1, verdict=Verdict.SUPPORTED)
    history.delete(conversation, "anna")

    for answer_id in ("a1", "nothing"):
        with pytest.raises(NotFound, match="on record") as refused:
            Ledger(database).entry(answer_id)
        assert "goes with its conversation" in refused.value.remedy
    assert list(Ledger(database).using("d1")) == []


def test_deleted_account_takes_its_pseudonym_along(history: History, database: Engine) -> None:
    """A keyed hash is still about a person: with the account go conversations, answers, and what they read."""
    record(history, "a1", document="d1", cites=1, verdict=Verdict.SUPPORTED)
    with database.begin() as connection:
        connection.execute(delete(users).where(users.c.id == "anna"))
        for table in (answers, answer_passages):
            assert connection.execute(select(table)).first() is None


def test_question_is_the_one_that_was_answered(history: History, database: Engine) -> None:
    """Two questions asked at once are not mixed up, though both come before both answers."""
    conversation = history.start("anna").id
    asked = [history.ask(conversation, "anna", text) for text in ("First?", "Second?")]
    for number, message in enumerate(asked):
        question = Question("", ANNA.reader(), frozenset())
        marks = Provenance(question_id=message)
        history.record(Given(f"a{number}", conversation, question, Sources(()), answer(), marks))

    ledger = Ledger(database)
    assert [ledger.entry(one).question for one in ("a0", "a1")] == ["First?", "Second?"]


def test_entry_of_an_earlier_release_is_read(history: History, database: Engine) -> None:
    """Empty columns are told as unknown; the question is the one before the answer."""
    record(history, "a1", document="d1", cites=1, verdict=Verdict.SUPPORTED)
    empty = dict.fromkeys(
        ("asker", "question_id", "earlier_turns", "only_documents", "weights", "prompt_version")
    )
    with database.begin() as connection:
        connection.execute(update(answers).values(**empty, temperature=None, max_tokens=None))
        connection.execute(update(answer_passages).values(sha256=None))
    found = Ledger(database).entry("a1")

    assert found.question == "How many days?"
    assert (found.provenance, found.passages[0].sha256) == (Provenance(), None)


@pytest.mark.parametrize(
    ("verdict", "is_cited"),
    [(Verdict.SUPPORTED, True), (Verdict.REPAIRED, True), (Verdict.UNSUPPORTED, False)],
)
def test_use_is_told_by_what_is_shown(
    history: History, database: Engine, verdict: Verdict, *, is_cited: bool
) -> None:
    """A document is cited where a sentence that is shown cites it; one that was taken out does not count."""
    record(history, "a1", document="d1", cites=2, verdict=verdict)

    [usage] = Ledger(database).using("d1")

    assert (usage.answer_id, usage.numbers, usage.is_cited) == ("a1", (1, 2), is_cited)
    assert usage.asker == pseudonym(ANNA.reader(), b"key")


def test_answers_that_used_a_document_come_newest_first(history: History, database: Engine) -> None:
    """Others are left out; `since` and `passage` narrow further."""
    for answer_id, day, document in (
        ("a1", "01", "d1"),
        ("a2", "03", "d1"),
        ("a3", "02", "d2"),
        ("a4", "02", "d1"),
    ):
        record(history, answer_id, document=document, cites=1, verdict=Verdict.SUPPORTED)
        with database.begin() as connection:
            mine = answer_passages.c.answer_id == answer_id
            connection.execute(update(answer_passages).where(mine).values(answered_at=f"2026-03-{day}T10"))
    ledger = Ledger(database)

    assert [one.answer_id for one in ledger.using("d1")] == ["a2", "a4", "a1"]
    assert [one.answer_id for one in ledger.using("d1", since="2026-03-02")] == ["a2", "a4"]
    assert [one.numbers for one in ledger.using("d1", passage="d1-2")] == [(2,)] * 3
    assert list(ledger.using("d1", passage="d2-1")) == []


def test_standing_of_a_passage_follows_its_document(house: House) -> None:
    """Hidden and forgotten are told apart, and the hash stays when the version is gone."""
    got = ask(house, "ben", QUESTION)
    document, ledger = house.document("leave.md"), house.services.ledger
    first = next(one for one in ledger.entry(got["answer"]["id"]).passages if one.document_id == document)

    def now() -> tuple[Standing, str | None, str | None]:
        passages = ledger.entry(got["answer"]["id"]).passages
        one = next(one for one in passages if one.chunk_id == first.chunk_id)
        return one.standing, one.title, one.sha256

    with house.services.engine.begin() as connection:
        mine = documents.c.id == document
        connection.execute(update(documents).where(mine).values(visible_version_id="another"))
    assert now() == (Standing.REPLACED, first.title, first.sha256)
    house.services.catalog.hide(document)
    assert now() == (Standing.HIDDEN, first.title, first.sha256)
    house.services.catalog.drop_document(document)
    assert now() == (Standing.GONE, None, first.sha256)
    assert first.sha256


def test_answers_that_used_a_document_are_looked_up(history: History, database: Engine) -> None:
    """An index leads to them: a large ledger is not gone through, and SQLite sorts nothing."""
    conversation = history.start("anna").id
    _fill(database, conversation, 3000)
    query = entries.using("d7", passage=None, since="2026").compile(
        database, compile_kwargs={"literal_binds": True}
    )
    is_sqlite = database.dialect.name == "sqlite"
    with database.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
        rows = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN' if is_sqlite else ''} {query}").all()
    plan = " ".join(str(row) for row in rows)

    assert "ix_answer_passages_document_id_answered_at_answer_id" in plan
    assert "Seq Scan on answer_passages" not in plan  # PostgreSQL reads so few answers through, with reason
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def _fill(database: Engine, conversation: str, count: int) -> None:
    moment = "2026-03-01T10:00:00.000+00:00"
    ids = [f"a{number:05}" for number in range(count)]
    message = {"conversation_id": conversation, "role": "assistant", "text": "", "created_at": moment}
    row = {
        "outcome": "answered", "sentences": [], "language": "en", "model": "m", "timings_ms": {}, "prompt_tokens": 1,
        "dropped": [], "principals": [], "collections": [], "created_at": moment,
    }  # fmt: skip
    read = {"number": 1, "chunk_id": "c", "version_id": "v", "answered_at": moment}
    with database.begin() as connection:
        connection.execute(
            insert(messages), [{"id": one, "position": n, **message} for n, one in enumerate(ids)]
        )
        connection.execute(insert(answers), [{"id": one, "message_id": one, **row} for one in ids])
        documents_read = [
            {"answer_id": one, "document_id": f"d{n % 100}", **read} for n, one in enumerate(ids)
        ]
        connection.execute(insert(answer_passages), documents_read)
        assert connection.execute(select(conversations.c.id)).scalar() == conversation
