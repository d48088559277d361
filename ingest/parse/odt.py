"""Parse ODT into blocks: headings by outline level, numbered lists, tables, text boxes, formulas, notes, comments.

Page headers and footers are furniture and are left out, as in `word`.
"""

from pathlib import Path
from zipfile import ZipFile

from ingest.parse.odf import PARSER, reader, title_of
from ingest.types import Kind, ParsedDocument


def parse_odt(path: Path) -> ParsedDocument:
    """Return the document's blocks in reading order. Raises BadZipFile, XMLSyntaxError or DocumentRejected kinds."""
    with ZipFile(path) as package:
        found = reader(package)
        blocks = list(found.container(found.body("text")))
        blocks += found.notes
        title = next((block.text for block in blocks if block.kind is Kind.TITLE), "") or title_of(package)
    return ParsedDocument(
        title=title, blocks=tuple(blocks), pages=None, parser=PARSER, findings=found.findings
    )
