"""Gather what Office files hide, and what only looks as if it were hidden."""

from tests.smuggled_open import FRAMES, PLAIN_FRAMES, PLAIN_TABLES, PLAIN_TEXTS, TABLES, TEXTS
from tests.smuggled_rtf import PLAIN_WAYS, WAYS
from tests.smuggled_sheets import PLAIN_SHEETS, SHEETS
from tests.smuggled_slides import PLAIN_SLIDES, SLIDES
from tests.smuggled_words import PLAIN_WORDS, WORDS

# Ordinary, and still not seen: told, without asking for review.
TOLD = {
    "hidden row", "low row", "folded row", "hidden column", "hidden sheet", "very hidden sheet", "hidden slide",
}  # fmt: skip
HIDING = {
    "a.rtf": WAYS,
    "a.pptx": SLIDES,
    "a.xlsx": SHEETS,
    "a.docx": WORDS,
    "a.odt": TEXTS,
    "a.ods": TABLES,
    "a.odp": FRAMES,
}
ORDINARY = {
    "a.rtf": PLAIN_WAYS,
    "a.pptx": PLAIN_SLIDES,
    "a.xlsx": PLAIN_SHEETS,
    "a.docx": PLAIN_WORDS,
    "a.odt": PLAIN_TEXTS,
    "a.ods": PLAIN_TABLES,
    "a.odp": PLAIN_FRAMES,
}
