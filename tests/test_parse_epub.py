"""Hold what EPUB turns into, and that it reaches for no other file."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from ingest.types import Kind
from retrieval.errors import BrokenDocument, EncryptedDocument
from tests.parsed import shown, taken

CONTAINER = '<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>'


def book(folder: Path, members: Mapping[str, str], *, spine: str = "c2 c1", manifest: str = "") -> bytes:
    """Return an EPUB of chapters c1 and c2 in the order of `spine`."""
    path = folder / "book"
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in (1, 2))
    order = "".join(f'<itemref idref="{name}"/>' for name in spine.split())
    package = (
        "<package><metadata><title>Handbook</title></metadata>"
        f"<manifest>{items}{manifest}</manifest><spine>{order}</spine></package>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, data in {"META-INF/container.xml": CONTAINER, "O/b.opf": package, **members}.items():
            archive.writestr(name, data)
    return path.read_bytes()


CHAPTERS = {
    "O/c1.xhtml": "<html><body><h1>Second</h1><p>Last &amp; least.</p></body></html>",
    "O/c2.xhtml": "<html><body><h1>First</h1><table><tr><th>Site</th></tr><tr><td>Lyon</td></tr></table></body></html>",
}


def test_epub(tmp_path: Path) -> None:
    """Chapters come in the order of the spine, each once, whatever order the package has."""
    document = taken(tmp_path, book(tmp_path, CHAPTERS, spine="c2 c1 c2 gone"), "a.epub")

    assert shown(document) == [
        (Kind.HEADING, 1, "First"),
        (Kind.TABLE, 0, "| Site |\n| --- |\n| Lyon |"),
        (Kind.HEADING, 1, "Second"),
        (Kind.PARAGRAPH, 0, "Last & least."),
    ]
    assert document.title == "Handbook"


def test_epub_reads_nothing_outside(tmp_path: Path) -> None:
    """A chapter that lies outside the package, and entities that name a file, bring nothing in."""
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET", encoding="utf-8")
    outside = "".join(
        f'<item id="x{n}" href="{href}" media-type="text/html"/>'
        for n, href in enumerate((secret, secret.as_uri(), "../../../../etc/passwd"))
    )
    entity = f'<!DOCTYPE html [<!ENTITY s SYSTEM "{secret.as_uri()}">]><html><body><p>Seen &s; so.</p></body></html>'

    document = taken(
        tmp_path,
        book(tmp_path, CHAPTERS | {"O/c1.xhtml": entity}, spine="c2 x0 x1 x2 c1", manifest=outside),
        "a.epub",
    )

    assert "SECRET" not in str(document)
    assert "root:" not in str(document)


def test_epub_refusals(tmp_path: Path) -> None:
    """A protected book needs another copy; mangled fonts are no protection of the text.

    A book without a spine is broken.
    """
    scheme = '<encryption><EncryptedData><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>'
    fonts = {"META-INF/encryption.xml": scheme.format("http://www.idpf.org/2008/embedding")}
    assert taken(tmp_path, book(tmp_path, CHAPTERS | fonts), "a.epub").blocks

    locked = {"META-INF/encryption.xml": scheme.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}
    with pytest.raises(EncryptedDocument):
        taken(tmp_path, book(tmp_path, CHAPTERS | locked), "a.epub")
    with pytest.raises(BrokenDocument):
        taken(tmp_path, book(tmp_path, {"O/b.opf": "<package/>"}), "a.epub")
