"""The database says which embedder is in use; the settings wish, and the doctor tells where the two differ."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from app.cli import indexing
from app.cli.indexing import Wanted, change_embedder
from app.doctor import Severity
from app.in_use import in_use, with_embedder
from app.index_check import check_embedder
from app.settings import Settings
from ingest.database import utc_now
from ingest.index_store import IndexRow, IndexStore, Standing, Wish
from ingest.schema import versions
from retrieval.errors import InvalidRequest
from tests.house import House

ROW = IndexRow("old", Standing.CURRENT, "old@1", Wish(), 2, 3, None, None, "", None, None)


def settings_with(house: House, models_dir: Path) -> Settings:
    """Return the settings of a house whose models lie elsewhere."""
    settings = house.services.settings
    return settings.model_copy(update={"site": settings.site.model_copy(update={"models_dir": models_dir})})


def test_what_was_written_down_is_in_use(house: House) -> None:
    """Whatever the settings wish for later."""
    engine = house.services.engine
    assert IndexStore(engine).adopt("first", now=utc_now()) == "first"
    assert IndexStore(engine).adopt("second", now=utc_now()) == "first"

    assert in_use(with_embedder(house.services.settings, "second"), engine).embedder.model == "first"


@pytest.mark.parametrize(("installed", "expected"), [(("former",), "former"), ((), "wished")])
def test_house_of_before_stays_with_the_embedder_of_its_documents(
    house: House, tmp_path: Path, installed: tuple[str, ...], expected: str
) -> None:
    """Where it was not written down yet and its model is here; without its files nothing could be asked by it."""
    house.bring_in(tmp_path / "in", "handbook", leave="Thirty days of leave.")
    with house.services.engine.begin() as connection:
        connection.execute(update(versions).values(embedder="former@abc+level0.8-1a2b"))
    for model in installed:
        (tmp_path / "models" / model).mkdir(parents=True)
    settings = with_embedder(settings_with(house, tmp_path / "models"), "wished")

    assert in_use(settings, house.services.engine).embedder.model == expected


def test_empty_house_takes_what_the_settings_name(house: House) -> None:
    """There is nothing to stay with."""
    settings = with_embedder(house.services.settings, "wished")

    assert in_use(settings, house.services.engine).embedder.model == "wished"


@pytest.mark.parametrize(
    ("rows", "wished", "severity", "said"),
    [
        ((), "new", Severity.OK, "will be embedded by 'new'"),
        ((ROW,), "old", Severity.OK, "as the settings say"),
        ((ROW,), "new", Severity.WARNING, "the settings wish for 'new'"),
        ((ROW, replace(ROW, model="new", state=Standing.BUILDING)), "new", Severity.OK, "2 of 3 documents"),
        (
            (ROW, replace(ROW, model="new", state=Standing.REFUSED, message="worse")),
            "old",
            Severity.WARNING,
            "worse",
        ),
        ((ROW, replace(ROW, model="new", state=Standing.KEPT)), "old", Severity.WARNING, "is kept"),
    ],
)
def test_doctor_tells_what_is_in_use(
    rows: tuple[IndexRow, ...], wished: str, severity: Severity, said: str
) -> None:
    """And what to do where something is left to do."""
    check = check_embedder(rows, wished=wished)

    assert (check.severity, said in check.message) == (severity, True)
    assert bool(check.remedy) == (severity is Severity.WARNING)


def test_change_without_questions_is_refused_before_anything_is_ordered(house: House) -> None:
    """In a house of its own there are no sample questions: name some, or accept what comes."""
    wanted = Wanted("new", None, 0.02, accept=False)

    with pytest.raises(InvalidRequest, match="no golden questions") as refusal:
        indexing._questions(house.services, wanted)
    assert "--accept" in refusal.value.remedy
    assert indexing._questions(house.services, replace(wanted, accept=True)) == ()


def test_questions_of_strangers_are_refused(house: House, tmp_path: Path) -> None:
    """A question is asked with the rights of an account of this house."""
    file = tmp_path / "golden.jsonl"
    line = '{"id": "q", "question": "Leave?", "as": "%s", "expected": "answered", "source": ["leave.md"]}\n'
    file.write_text(line % "mallory", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="asks as 'mallory'"):
        indexing._questions(house.services, Wanted("new", file, 0.02, accept=True))
    file.write_text(line % "anna", encoding="utf-8")
    assert len(indexing._questions(house.services, Wanted("new", file, 0.02, accept=False))) == 1


def test_model_that_does_not_embed_is_refused(house: House) -> None:
    """Nothing is ordered for it."""
    with pytest.raises(InvalidRequest, match="is a model for chat"):
        change_embedder(
            house.services.settings, Wanted("qwen2.5-coder-1.5b-instruct", None, 0.02, accept=True)
        )
    assert len(IndexStore(house.services.engine).all()) <= 1
