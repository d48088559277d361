"""Make hostile files: bombs, traversal, macros, polyglots, entities, loops. Each is made when asked for, by its name.

`REFUSED` must not come in at all. `HARMLESS` may be read where a reader finds text in it; it then must not have
brought in a file of this machine (`Trap.secret`), nor have connected anywhere (`Trap.url`), nor take long.
"""

import zlib

from PIL import Image

from tests.compound import compound
from tests.hostile_makers import (
    LAUGHS,
    MEGABYTE,
    OFFICE,
    PDF,
    WORD,
    Make,
    chunk,
    deep_mail,
    entity,
    epub,
    locked_pdf,
    looped_pdf,
    lying,
    mail,
    matryoshka,
    odt,
    overlapping,
    package,
    pdf_of,
    png,
    pptx,
    saved,
    tiff,
    word_xml,
    xinclude,
    xlsx,
    zipped,
)

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
