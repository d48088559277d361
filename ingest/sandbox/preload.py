"""Import and warm up, once, what the parsers need, so that a forked process starts ready."""

from importlib import import_module
from importlib.util import find_spec

from ingest.parse.html_partition import partition_html
from retrieval.language import detect

LIBRARIES = (
    "charset_normalizer",
    "docutils.parsers.rst",
    "markdown_it",
    "olefile",
    "openpyxl",
    "pypdfium2",
    "pytesseract",
    "python_calamine",
)


def preload() -> None:
    """Return when every library of the parsers is imported and has run once.

    A process that draws pages and reads no document lacks some of them; `ingest.parse.dispatch` refuses by name there.
    """
    for library in LIBRARIES:
        if find_spec(library.partition(".")[0]) is not None:
            import_module(library)
    if find_spec("unstructured") is not None:
        partition_html("<p>A first sentence warms up the models. A second one follows.</p>")
    detect("A sentence loads the language model.")
