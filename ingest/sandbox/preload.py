"""Import and warm up, once, what the parsers need, so that a forked process starts ready."""

from ingest.parse.html_partition import partition_html
from retrieval.language import detect


def preload() -> None:
    """Return when every library of the parsers is imported and has run once."""
    # heavy: keeps --help under 0.3 s
    import charset_normalizer  # noqa: F401  # for the processes forked from this one
    import docutils.parsers.rst  # noqa: F401  # as above
    import markdown_it  # noqa: F401  # as above
    import olefile  # noqa: F401  # as above
    import openpyxl  # noqa: F401  # as above
    import pypdfium2  # noqa: F401  # as above
    import pytesseract  # noqa: F401  # as above
    import python_calamine  # noqa: F401  # as above

    partition_html("<p>A first sentence warms up the models. A second one follows.</p>")
    detect("A sentence loads the language model.")
