"""Hold what may come in."""

import io
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as some

from ingest.gate import EXTENSIONS, Limits, inspect
from retrieval.errors import (
    BrokenDocument,
    DocumentRejected,
    EmptyDocument,
    EncryptedDocument,
    TooLarge,
    UnsupportedType,
)
from tests.legacy_files import compound, doc, ppt, text_box, xls
from tests.syntax import ROOT

LIMITS = Limits()
OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def docx_bytes() -> bytes:
    """Return a real DOCX of one paragraph."""
    stream = io.BytesIO()
    document = Document()
    document.add_paragraph("Travel is paid.")
    document.save(stream)
    return stream.getvalue()


def xlsx_bytes() -> bytes:
    """Return a real XLSX of one cell."""
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "cell"
    book.save(stream)
    return stream.getvalue()


def package(members: dict[str, bytes], *, change: Callable[[zipfile.ZipInfo], None] | None = None) -> bytes:
    """Return a ZIP that passes for a DOCX, with further members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<document/>")
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, data)
    return stream.getvalue()


def as_link(info: zipfile.ZipInfo) -> None:
    """Make a member a symbolic link."""
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


ACCEPTED = {
    "a.pdf": (b"%PDF-1.7\n%%EOF", "application/pdf"),
    "a.docx": (docx_bytes(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "a.XLSX": (xlsx_bytes(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "a.html": (b"<p>text</p>", "text/html"),
    "a.eml": (b"From: a@b.example\n\ntext", "message/rfc822"),
    "a.md": (b"# text", "text/markdown"),
    "a.txt": ("Ärger".encode("cp1252"), "text/plain"),
    "wide.txt": ("Ärger".encode("utf-16"), "text/plain"),
    "a.csv": (b"a;b\n1;2", "text/csv"),
    "a.tsv": (b"a\tb\n1\t2", "text/tab-separated-values"),
    "a.rtf": (b"{\\rtf1 text}", "application/rtf"),
    "a.rst": (b"Title\n=====", "text/x-rst"),
    "a.adoc": (b"= Title", "text/asciidoc"),
    "no macro.docm": (
        docx_bytes(),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "no macro.xlsm": (xlsx_bytes(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "a.png": (b"\x89PNG\r\n\x1a\n torn", "image/png"),  # what it holds is judged inside the sandbox
    "a.jpeg": (b"\xff\xd8\xff torn", "image/jpeg"),
    "a.TIF": (b"MM\0* torn", "image/tiff"),
    "a.doc": (doc([(0, b"", "text\r")]), "application/msword"),
    "a.ppt": (ppt([[text_box(0, "text")]]), "application/vnd.ms-powerpoint"),
    "a.xls": (xls({"A": {(0, 0): "text"}}), "application/vnd.ms-excel"),
}

REJECTED = {
    "unknown.xyz": (b"text", UnsupportedType),
    "no extension": (b"text", UnsupportedType),
    "old.doc": (OLE_HEAD, UnsupportedType),
    "macro.docm": (package({"word/vbaProject.bin": b"x"}), UnsupportedType),
    "macro.doc": (compound({"WordDocument": b"", "_VBA_PROJECT": b""}), UnsupportedType),
    "letter.xls": (doc([(0, b"", "text\r")]), UnsupportedType),
    "plain.doc": (b"{\\rtf1 text}", UnsupportedType),
    "photo.png": (b"\xff\xd8\xff", UnsupportedType),
    "text.jpg": (b"text", UnsupportedType),
    "text.tiff": (b"II and more", UnsupportedType),
    "text.rtf": (b"text", UnsupportedType),
    "locked.doc": (compound({"EncryptedPackage": b""}), EncryptedDocument),
    "no mark.epub": (package({}), UnsupportedType),
    "other.odt": (package({"content.xml": b"<x/>", "mimetype": b"application/epub+zip"}), UnsupportedType),
    "program.txt": (b"\x7fELF\x02\x01\x01" + b"\0" * 50, UnsupportedType),
    "pdf.txt": (b"%PDF-1.7\ntext", UnsupportedType),
    "text.pdf": (b"just text", UnsupportedType),
    "sheet.docx": (xlsx_bytes(), UnsupportedType),
    "old inside.docx": (OLE_HEAD, UnsupportedType),
    "nul.csv": (b"a,b\n\0,2", UnsupportedType),
    "text.html": (b"no markup at all", UnsupportedType),
    "text.eml": (b"no header at all", UnsupportedType),
    "vba.docx": (package({"word/vbaProject.bin": b"x"}), UnsupportedType),
    "empty.txt": (b"", EmptyDocument),
    "empty.pdf": (b"", EmptyDocument),
    "blank.md": (b" \n\t\n", EmptyDocument),
    "locked.xlsx": (OLE_HEAD + "EncryptedPackage".encode("utf-16-le"), EncryptedDocument),
    "torn.docx": (docx_bytes()[:1500], BrokenDocument),
    "not a zip.pptx": (b"PK\x03\x04 and nothing more", BrokenDocument),
    "up.docx": (package({"../../evil": b"x"}), BrokenDocument),
    "absolute.docx": (package({"/etc/evil": b"x"}), BrokenDocument),
    "windows.docx": (package({"..\\evil": b"x"}), BrokenDocument),
    "link.docx": (package({"word/link": b"/etc/passwd"}, change=as_link), BrokenDocument),
    "bomb.docx": (package({"word/media/a": b"\0" * 30_000_000}), TooLarge),
    "many.docx": (package({f"word/{n}": b"" for n in range(10_001)}), TooLarge),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str, tmp_path: Path) -> None:
    """An accepted file comes back with the type of its content, its size and its fingerprint."""
    data, media_type = ACCEPTED[name]
    path = tmp_path / "stored-under-any-name"
    path.write_bytes(data)

    accepted = inspect(path, name, limits=LIMITS)

    assert accepted.media_type == media_type
    assert (accepted.size_bytes, accepted.sha256) == (len(data), sha256(data).hexdigest())


@pytest.mark.parametrize("name", REJECTED)
def test_rejected(name: str, tmp_path: Path) -> None:
    """A refused file is refused with its own kind of error, which names the file and what to do."""
    data, kind = REJECTED[name]
    path = tmp_path / "stored"
    path.write_bytes(data)

    with pytest.raises(kind) as refusal:
        inspect(path, name, limits=LIMITS)

    assert type(refusal.value) is kind
    assert name in refusal.value.message
    assert len(refusal.value.remedy) > 10


def test_too_large_stops_reading(tmp_path: Path) -> None:
    """A file over the size limit is refused and the message names the limit."""
    path = tmp_path / "big"
    path.write_bytes(b"a" * (3 * 1024 * 1024))

    with pytest.raises(TooLarge, match="2 MB"):
        inspect(path, "big.txt", limits=Limits(max_bytes=2 * 1024 * 1024))


def test_lying_size_is_found(tmp_path: Path) -> None:
    """A member that declares fewer bytes than it holds does not pass: what is counted must be what is declared."""
    data = bytearray(package({"word/media/a": bytes(range(256)) * 40}))
    real = (256 * 40).to_bytes(4, "little")
    while (place := data.find(real)) >= 0:
        data[place : place + 4] = (100).to_bytes(4, "little")
    path = tmp_path / "liar"
    path.write_bytes(bytes(data))

    with pytest.raises(BrokenDocument):
        inspect(path, "liar.docx", limits=LIMITS)


def test_missing_file_is_broken(tmp_path: Path) -> None:
    """A file that vanished is a BrokenDocument, not an OSError."""
    with pytest.raises(BrokenDocument, match=r"gone\.txt"):
        inspect(tmp_path / "gone", "gone.txt", limits=LIMITS)


def test_directory_is_refused(tmp_path: Path) -> None:
    """A directory is no document."""
    with pytest.raises(UnsupportedType):
        inspect(tmp_path, "folder.txt", limits=LIMITS)


@given(
    data=some.binary(max_size=400) | some.binary(max_size=200).map(lambda tail: docx_bytes()[:300] + tail),
    extension=some.sampled_from(sorted(EXTENSIONS)),
)
def test_any_bytes(data: bytes, extension: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the bytes are, the gate answers with a type or a DocumentRejected, never with another error."""
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    try:
        accepted = inspect(path, f"any{extension}", limits=LIMITS)
    except DocumentRejected as refusal:
        assert refusal.remedy  # noqa: PT017  (either outcome is right)
    else:
        assert accepted.size_bytes == len(data)


def test_no_parser_is_loaded(tmp_path: Path) -> None:
    """The gate judges a file of each kind without any library that parses one: those run in the sandbox alone."""
    for name, (data, _) in ACCEPTED.items():
        (tmp_path / name).write_bytes(data)
    script = """
import sys
from pathlib import Path
from ingest.gate import Limits, inspect
for path in Path(sys.argv[1]).iterdir():
    inspect(path, path.name, limits=Limits())
parsers = {"PIL", "pypdfium2", "lxml", "olefile", "openpyxl", "python_calamine", "docutils", "unstructured"}
print(*sorted(parsers & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
