"""Write invented documents as ODS and ODT."""

import io
import zipfile
from html import escape

from tests.labelled.content import Content, Labelled, iso_dates

OPEN_NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "style": "style", "fo": "xsl-fo-compatible",
    }.items()
)  # fmt: skip
UNSEEN_STYLES = (
    '<office:automatic-styles><style:style style:name="U" style:family="text">'
    '<style:text-properties text:display="none"/></style:style><style:style style:name="off"'
    ' style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)


def ods(content: Content) -> Labelled:
    """Write a title row, a table away from the corner under headers over two columns, and a hidden sheet."""
    lines = [f"<table:table-row>{_open_cell(content.title, 4)}</table:table-row>", "<table:table-row/>"]
    shift = "<table:table-row><table:table-cell/>"
    lines += [line.replace("<table:table-row>", shift) for line in _open_rows(content)]
    unseen = f"<table:table-row>{_open_cell(content.hidden)}</table:table-row>"
    body = (
        f'<table:table table:name="A">{"".join(lines)}</table:table>'
        f'<table:table table:name="B" table:style-name="off">{unseen}</table:table>'
    )
    shown = iso_dates(content)
    return Labelled(
        _open("spreadsheet", body, content), [content.title], [content.hidden], content.cells(shown)
    )


def odt(content: Content) -> Labelled:
    """Write a page header, hidden text, and a table whose header may span columns."""
    parts = [f'<text:h text:outline-level="1">{escape(content.title)}</text:h>']
    for name, sentences in content.sections:
        parts.append(f'<text:h text:outline-level="2">{escape(name)}</text:h>')
        parts += [f"<text:p>{escape(sentence)}</text:p>" for sentence in sentences]
    parts.append(
        f'<text:p>&#160;<text:span text:style-name="U">{escape(content.hidden)}</text:span></text:p>'
    )
    parts.append(f'<table:table table:name="T">{"".join(_open_rows(content))}</table:table>')
    shown = iso_dates(content)
    content_bytes = _open("text", "".join(parts), content)
    return Labelled(content_bytes, content.text, [content.banner, content.hidden], content.cells(shown))


def _open_rows(content: Content) -> list[str]:
    """Return the rows of a table in OpenDocument's XML."""
    shown = iso_dates(content)
    grid = content.grid(shown)
    rows = []
    for y, row in enumerate(grid):
        if content.groups and y == 0:
            cells = _open_cell(row[0]) + "".join(_open_cell(name, 2) for name in content.groups)
        else:
            cells = "".join(map(_open_cell, row))
        rows.append(f"<table:table-row>{cells}</table:table-row>")
    return rows


def _open_cell(text: str, columns: int = 1) -> str:
    if not text:
        return "<table:table-cell/>"
    span = f' table:number-columns-spanned="{columns}"' if columns > 1 else ""
    cell = f'<table:table-cell office:value-type="string"{span}><text:p>{escape(text)}</text:p></table:table-cell>'
    return cell + "<table:covered-table-cell/>" * (columns - 1)


def _open(kind: str, body: str, content: Content) -> bytes:
    banner = (
        f"<office:document-styles {OPEN_NAMES}><office:master-styles><style:master-page style:name='M'>"
        f"<style:header><text:p>{escape(content.banner)}</text:p></style:header></style:master-page>"
        "</office:master-styles></office:document-styles>"
    )
    main = (
        f"<office:document-content {OPEN_NAMES}>{UNSEEN_STYLES}"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        package.writestr("content.xml", main)
        package.writestr("styles.xml", banner)
    return buffer.getvalue()
