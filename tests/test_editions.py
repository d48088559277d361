"""Hold the order of what a company keeps twice: editions of one document, and copies of one text."""

from dataclasses import replace

import numpy as np
import pytest

from retrieval.editions import MALUS, copies_last, newest_first
from retrieval.fuse import Fused
from retrieval.rank import Candidate
from retrieval.types import FloatVector, Passage

OLD = Passage(
    "old", "d1", "v1", "handbook", "Travel Policy 2024", "a.pdf", "application/pdf", "en",
    ("Hotels",), "The cap is 120 EUR.", 0, None, (), "2024-01-15",
)  # fmt: skip
NEW = replace(
    OLD, chunk_id="new", document_id="d2", title="Travel Policy 2026", dated="2026-02-01", text="It is 140."
)
NEAR = {"old": np.array([1, 0], np.float32), "new": np.array([0.96, 0.28], np.float32)}
FAR = {"old": np.array([1, 0], np.float32), "new": np.array([0.8, 0.6], np.float32)}


def scored(*pairs: tuple[Passage, float]) -> list[tuple[Candidate, float]]:
    """Return candidates with their scores."""
    return [(Candidate(Fused(one.chunk_id, 0.0, None, None), one), score) for one, score in pairs]


def order(old: Passage, new: Passage, vectors: dict[str, FloatVector], ahead: float = 0.1) -> list[str]:
    """Return the order of an old passage that is a little ahead and of a new one."""
    return [one.passage.chunk_id for one, _ in newest_first(scored((old, ahead), (new, 0.0)), vectors)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Travel Policy 2024", "Travel Policy 2026"),
        ("Richtlinie Überstunden (2023)", "Richtlinie Überstunden (2026)"),
        ("Charte télétravail – 2.1", "Charte télétravail – 3.0"),
        ("2024-05 Price list", "2025-11 price list"),
    ],
)
def test_newest_edition_comes_first(old: str, new: str) -> None:
    """Two documents called the same but for numbers are editions where their passages say much the same."""
    assert order(replace(OLD, title=old), replace(NEW, title=new), NEAR) == ["new", "old"]


def test_passage_that_fits_better_stays_before_its_newer_edition() -> None:
    """What the newer edition does not say so well is not buried under it."""
    assert order(OLD, NEW, NEAR, ahead=MALUS + 0.1) == ["old", "new"]


@pytest.mark.parametrize(
    ("new", "vectors"),
    [
        (NEW, FAR),  # minutes of two meetings
        (NEW, {}),  # the embedder is away
        (replace(NEW, title="Travel Guide 2026"), NEAR),
        (replace(NEW, title="2026"), NEAR),
        (replace(NEW, collection_id="finance"), NEAR),
        (replace(NEW, title="Travel Policy 2024", dated=OLD.dated), NEAR),
        (replace(NEW, title="Travel Policy 2024, form 12"), NEAR),
    ],
)
def test_what_is_no_edition_keeps_its_place(new: Passage, vectors: dict[str, FloatVector]) -> None:
    """Far apart, called or numbered otherwise, kept elsewhere, or of the same day: nothing is known to be older."""
    assert order(OLD, new, vectors) == ["old", "new"]


def test_numbers_that_tell_documents_apart_make_no_editions() -> None:
    """One invoice is not older than the next, nor a standard than another."""
    for old, new in (("Invoice 1001", "Invoice 1002"), ("ISO 9001 manual", "ISO 27001 manual")):
        assert order(replace(OLD, title=old), replace(NEW, title=new), NEAR) == ["old", "new"]


def test_year_in_the_name_goes_before_the_files_date() -> None:
    """A policy of 2024 that was saved again last week is still that of 2024."""
    saved_again = replace(OLD, dated="2026-11-01")
    assert order(saved_again, NEW, NEAR) == ["new", "old"]
    assert order(replace(OLD, title="Travel Policy"), replace(NEW, title="Travel policy"), NEAR) == [
        "new",
        "old",
    ]


def test_one_copy_stands_for_all() -> None:
    """The best of several with the same text stays where it is, the others follow after everything else."""
    copy = replace(OLD, chunk_id="copy", document_id="d3", text="The cap  is 120\nEUR.")
    other = replace(OLD, chunk_id="other", text="Breakfast is included.")
    elsewhere = replace(OLD, chunk_id="elsewhere", heading_path=("Meals",))
    titled = replace(OLD, chunk_id="titled", title="Rail")
    contract = replace(OLD, chunk_id="contract", document_id="d4", file_name="b.pdf")
    found = copies_last(
        scored((OLD, 3.0), (copy, 2.0), (contract, 1.5), (elsewhere, 1.0), (titled, 0.5), (other, 0.0))
    )
    assert [one.passage.chunk_id for one, _ in found] == [
        "old",
        "contract",
        "elsewhere",
        "titled",
        "other",
        "copy",
    ]


def test_title_of_signs_takes_no_longer() -> None:
    """Two hundred signs, each of which folds into four, end at once or never."""
    hostile = replace(OLD, title="⁗" * 200)
    many = [
        replace(hostile, chunk_id=str(number), dated=f"20{number % 20 + 10}-01-01") for number in range(200)
    ]
    assert len(newest_first(scored(*((one, 0.0) for one in many)), {})) == len(many)
