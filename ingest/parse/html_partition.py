"""The one door to unstructured. It closes five traps of the library before handing out a partitioner.

1. It reports each import and each call to its maker unless DO_NOT_TRACK is set before the import.
2. It downloads a spaCy model at first use. The model only splits sentences to tell a narrative from a title;
   `spacy.blank("xx")` with the `sentencizer` does that for all languages without a download.
3. spaCy imports torch when it is installed: 9 s and 250 MB for nothing. Hiding torch during that one import
   makes it 1.7 s (both measured on 2 cores).
4. It splits every text into sentences and words only to tell a narrative from other text, which nobody here asks for.
   Without it Markdown files of 20 KB are read about twice as fast, and 50,000 brackets in a row no longer take minutes.
5. It imports langdetect, which exists as source only: installing it would run its build on the machine that makes the
   images. Nobody here asks unstructured for a language, so an empty stand-in takes its place.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock
from types import ModuleType
from typing import NoReturn

IMPORT_LOCK = Lock()  # two threads must not hide and show torch at the same time


@dataclass(frozen=True, slots=True)
class Element:
    """Hold one element of unstructured, free of its types."""

    category: str  # "Title", "NarrativeText", "ListItem", "Table", "CodeSnippet", ...
    text: str
    is_heading: bool  # marked as such, not guessed from its looks
    depth: int  # of a heading: 0 = outermost
    html: str | None  # of a table


def partition_html(html: str) -> list[Element]:
    """Return the elements of an HTML document in order. Raises whatever unstructured raises."""
    library = _library()
    return [
        Element(
            category=element.category,
            text=element.text or "",
            is_heading=element.category == "Title" and element.metadata.category_depth is not None,
            depth=element.metadata.category_depth or 0,
            html=element.metadata.text_as_html,
        )
        for element in library.partition_html(text=html, languages=[""], detect_language_per_element=False)
    ]


def version() -> str:
    """Return the name and version of unstructured."""
    from unstructured.__version__ import __version__  # heavy: keeps --help under 0.3 s

    return f"unstructured {__version__}"


@cache
def _library() -> ModuleType:
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["UNSTRUCTURED_DISABLE_NOTICE"] = "1"
    with IMPORT_LOCK, _torch_hidden(), _languages_left_out():
        # heavy: keeps --help under 0.3 s
        import spacy
        from unstructured.nlp import tokenize
        from unstructured.partition import html
        from unstructured.partition.html import parser

        sentences = spacy.blank("xx")
        sentences.add_pipe("sentencizer")
        tokenize._get_nlp = lambda: sentences  # noqa: SLF001  (the model is loaded nowhere else)
        parser.is_possible_narrative_text = lambda _text: False
    module: ModuleType = html
    return module


@contextmanager
def _torch_hidden() -> Iterator[None]:
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # makes `import torch` raise ImportError
    try:
        yield
    finally:
        del sys.modules["torch"]


@contextmanager
def _languages_left_out() -> Iterator[None]:
    """Stand in for langdetect while unstructured is imported; its functions would raise if anybody called them."""
    stand_in = ModuleType("langdetect")
    for name in ("DetectorFactory", "detect_langs", "lang_detect_exception"):
        setattr(stand_in, name, _nobody_asks)
    before = sys.modules.get("langdetect")
    sys.modules["langdetect"] = stand_in
    try:
        yield
    finally:
        if before is None:
            del sys.modules["langdetect"]
        else:
            sys.modules["langdetect"] = before


def _nobody_asks(_text: str) -> NoReturn:
    raise NotImplementedError("unstructured was asked for a language, which is retrieval.language's to tell")
