"""Turn rows of cells into the two forms of a table: Markdown for the model, HTML for the reader. Pure."""

from collections.abc import Sequence
from html import escape

from ingest.types import Block, Kind

Row = Sequence[str]


def table_block(rows: Sequence[Row], *, page: int | None = None) -> Block | None:
    """Return the table as a block whose first row is the header, or None where no cell holds text."""
    width = max((len(row) for row in rows), default=0)
    filled = [[_one_line(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    filled = [row for row in filled if any(row)]
    used = [column for column in range(width) if any(row[column] for row in filled)]
    if not used:
        return None
    kept = [[row[column] for column in used] for row in filled]
    return Block(kind=Kind.TABLE, text=_markdown(kept), page=page, html=_html(kept))


def _one_line(cell: str) -> str:
    return " ".join(cell.split())


def _markdown(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    rule = "| " + " | ".join("---" for _ in rows[0]) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def _html(rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
