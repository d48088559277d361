"""Parse CSV and TSV in any encoding."""

import csv
import io
from pathlib import Path

from ingest.parse.encoding import decode
from ingest.parse.hidden.passage import hidden_text
from ingest.parse.hidden.terminal import shown_in_terminal
from ingest.parse.table import table_block
from ingest.types import ParsedDocument

PARSER = "intramuros-text 1"
DELIMITERS = ",;\t|"
SNIFF_LINES = 20  # enough rows to see that a delimiter occurs equally often in each


def parse_csv(path: Path) -> ParsedDocument:
    """Return one table whose first row is the header; the delimiter is found out."""
    text, concealed = shown_in_terminal(decode(path.read_bytes()))
    return _table(text, _delimiter(text), concealed)


def parse_tsv(path: Path) -> ParsedDocument:
    """Return one table whose first row is the header; cells are parted by tabs."""
    text, concealed = shown_in_terminal(decode(path.read_bytes()))
    return _table(text, "\t", concealed)


def _table(text: str, delimiter: str, concealed: int) -> ParsedDocument:
    csv.field_size_limit(10_000_000)  # the default of 128 KB refuses cells that spreadsheets do write
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    table = table_block(rows)
    blocks = (table,) if table else ()
    return ParsedDocument(title="", blocks=blocks, pages=None, parser=PARSER, findings=hidden_text(concealed))


def _delimiter(text: str) -> str:
    """Return the delimiter that parts the first lines into most columns, equally many in each line."""
    sample = "\n".join(text.splitlines()[:SNIFF_LINES])

    def columns(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        commonest = max(set(widths), key=widths.count, default=1)
        return (widths.count(commonest) if commonest > 1 else 0, commonest)

    return max(DELIMITERS, key=columns)
