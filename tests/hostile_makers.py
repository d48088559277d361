"""Make what hostile files are made of: packages, pictures, mails and PDFs that lie about themselves."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import openpyxl
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

MEGABYTE = 1024 * 1024
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ODF_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
ODF_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
PDF = b"%PDF-1.7\n"


@dataclass(frozen=True)
class Trap:
    """Hold what a hostile file tries to reach: a file of this machine and a port that counts connections."""

    secret: Path
    url: str


Make = Callable[[Trap], bytes]


def package(members: Mapping[str, bytes | str], *, main: str = "word/document.xml", **flags: int) -> bytes:
    """Return a ZIP that passes for an Office file; `external_attr` and other flags are set on its last member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, data) in enumerate({main: word_xml("Travel is paid."), **members}.items()):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if number == len(members):
                for flag, value in flags.items():
                    setattr(info, flag, value)
            archive.writestr(info, data)
    return stream.getvalue()


def word_xml(text: str, *, before: str = "") -> str:
    """Return the main part of a Word document, with a document type before it."""
    body = f'<w:body><w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p></w:body>'
    return f'<?xml version="1.0"?>{before}<w:document xmlns:w="{WORD}">{body}</w:document>'


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a plain ZIP."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def matryoshka(levels: int) -> bytes:
    """Return a Word document that holds a package that holds a package, and so on."""
    inner = zipped({"a.txt": b"core"})
    for _ in range(levels):
        inner = zipped({"inner.zip": inner})
    return package({"word/embeddings/a.zip": inner})


def lying(size: int) -> bytes:
    """Return a document whose big member says in both headers that it is of this size."""
    content = b"0123456789abcdef" * 40_000
    data = bytearray(package({"word/media/a": content}))
    real = struct.pack("<I", len(content))
    while (place := data.find(real)) >= 0:
        data[place : place + 4] = struct.pack("<I", size)
    return bytes(data)


def overlapping() -> bytes:
    """Return a document whose directory names the same member a thousand times (Fifield's bomb)."""
    data = package({"word/media/a": bytes(900_000)})
    start = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    copies = b"".join(
        entry.replace(b"word/media/a", f"word/media/{n:05}"[:12].encode()) for n in range(1_000)
    )
    directory = data[data.index(b"PK\x01\x02") : start] + copies
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", 1_001, 1_001)
    tail[12:16] = struct.pack("<I", len(directory))
    return data[: data.index(b"PK\x01\x02")] + directory + bytes(tail)


LAUGH = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 12}'>" for n in range(1, 12))
LAUGHS = f"<!DOCTYPE x [<!ENTITY a0 'ha'>{LAUGH}]>"


def entity(trap: Trap, kind: str) -> str:
    """Return a document type whose entity `x` is a file, a page, or a parameter entity from the network."""
    place = {"file": trap.secret.as_uri(), "net": f"{trap.url}/x", "parameter": f"{trap.url}/x.dtd"}[kind]
    if kind == "parameter":
        return f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{place}"> %p; <!ENTITY x "">]>'
    return f'<!DOCTYPE x [<!ENTITY x SYSTEM "{place}">]>'


def xinclude(trap: Trap) -> str:
    """Return an element that asks for a file."""
    return (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{trap.secret.as_uri()}" parse="text"/>'
    )


def xlsx(change: Callable[[str], str]) -> bytes:
    """Return a workbook of one cell whose sheet is rewritten."""
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "cell"
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    sheet = members["xl/worksheets/sheet1.xml"].decode()
    members["xl/worksheets/sheet1.xml"] = change(sheet).encode()
    return zipped(members)


def odt(text: str, before: str = "") -> bytes:
    """Return an OpenDocument text."""
    body = f"<office:body><office:text><text:p>{text}</text:p></office:text></office:body>"
    spaces = f'xmlns:office="{ODF_OFFICE}" xmlns:text="{ODF_TEXT}"'
    root = f"<office:document-content {spaces}>{body}</office:document-content>"
    return zipped(
        {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": f"{before}{root}".encode()}
    )


def pptx(trap: Trap) -> bytes:
    """Return a presentation whose slide asks for a file."""
    slide = (
        f'{entity(trap, "file")}<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>&x;</a:t></a:r></a:p></p:sld>'
    )
    target = f'<Relationship Id="r1" Type="{OFFICE}/slide" Target="slides/slide1.xml"/>'
    relation = f"<Relationships>{target}</Relationships>"
    slides = '<p:sldIdLst><p:sldId r:id="r1"/></p:sldIdLst>'
    main = f'<p:presentation xmlns:p="p" xmlns:r="{OFFICE}">{slides}</p:presentation>'
    members = {"ppt/_rels/presentation.xml.rels": relation, "ppt/slides/slide1.xml": slide}
    return package({"ppt/presentation.xml": main, **members}, main="ppt/unused.xml")


def epub(trap: Trap) -> bytes:
    """Return a book whose chapter asks for a file."""
    container = '<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>'
    book = '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
    chapter = f"{entity(trap, 'file')}<html><body><p>&x;</p></body></html>"
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "a.opf": book.encode(),
            "a.xhtml": chapter.encode(),
        }
    )


def pdf_of(pages: int) -> bytes:
    """Return a PDF of so many pages."""
    stream = io.BytesIO()
    canvas = Canvas(stream)
    for number in range(pages):
        canvas.drawString(72, 720, f"Page {number}")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def looped_pdf() -> bytes:
    """Return a PDF whose tree of pages holds itself."""
    return (
        PDF
        + b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 99999>>endobj\n"
        b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000056 00000 n \n"
        b"trailer<</Root 1 0 R/Size 3>>\nstartxref\n121\n%%EOF"
    )


def locked_pdf() -> bytes:
    """Return a PDF that needs a password to be opened."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    stream = io.BytesIO()
    canvas = Canvas(stream, encrypt=StandardEncryption("password", "owner"))
    canvas.drawString(72, 720, "secret")
    canvas.save()
    return stream.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, extra: bytes = b"") -> bytes:
    """Return a PNG that claims this size, with chunks before its pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + extra
        + chunk(b"IDAT", zlib.compress(bytes(1_000)))
        + chunk(b"IEND", b"")
    )


def tiff(entries: Mapping[int, int], *, following: int = 0) -> bytes:
    """Return a TIFF of one directory with these numbers; `following` is where the next directory stands."""
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(entries.items()))
    return struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + body + struct.pack("<I", following)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return the bytes of a picture file."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def mail(depth: int = 0, parts: int = 0, name: str = "") -> bytes:
    """Return a message with messages within, with many parts, or with an attachment of this name."""
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("Travel is paid.")
    for _ in range(parts):
        message.add_attachment(b"x", maintype="application", subtype="zip", filename="a.zip")
    if name:
        message.add_attachment(b"x", maintype="application", subtype="zip", filename=name)
    for _ in range(depth):
        outer = EmailMessage()
        outer["Subject"] = "x"
        outer.set_content("Travel is paid.")
        outer.add_attachment(message)
        message = outer
    return message.as_bytes()


def deep_mail() -> bytes:
    """Return a message whose parts lie two thousand deep."""
    heads = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2_000))
    return f"Subject: x\n{heads}\n\ntext".encode()
