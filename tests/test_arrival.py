"""What a document's process says is checked before anybody uses it, as if that process had been taken over."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.parse import dispatch
from ingest.sandbox import arrival
from ingest.sandbox.arrival import arrived, cleaned
from ingest.sandbox.wait import Ending, SandboxLimits
from ingest.sandbox.wire import LENGTH, Failure, Result, packed, unpacked
from ingest.types import Attachment, Block, Finding, FindingKind, Kind, Look, OcrPage, ParsedDocument
from retrieval.errors import BrokenDocument, DocumentRejected, TooLarge
from retrieval.types import Box

BLOCK = Block(kind=Kind.PARAGRAPH, text="Travel is paid.")
DOCUMENT = ParsedDocument(title="Travel", blocks=(BLOCK,), pages=1, parser="x 1")


def taken(output: bytes, *, limits: SandboxLimits | None = None) -> Result:
    """Return what becomes of the output of a process that ended well."""
    ending = Ending(output=output, code=0, stopped=None, is_unanswered=False)
    return arrived(ending, "a.pdf", limits or SandboxLimits())


def sent(result: Result) -> bytes:
    """Return a result as it travels."""
    return b"".join(packed(result))


def framed(value: object) -> bytes:
    """Return JSON as a process might write it itself."""
    head = json.dumps(value).encode()
    return LENGTH.pack(len(head)) + head


@given(contents=some.lists(some.binary(max_size=50), max_size=5), text=some.text(max_size=50))
def test_documents_travel_whole(contents: list[bytes], text: str) -> None:
    """Text and attachments arrive as they were sent, whatever bytes they hold."""
    attachments = tuple(Attachment(f"{n}.bin", content) for n, content in enumerate(contents))
    block = replace(BLOCK, text=text, boxes=(Box(1, 0.0, 0.5, 1.0, 2.0),), page=1)
    document = replace(DOCUMENT, blocks=(block, BLOCK), attachments=attachments)

    assert unpacked(sent(Result(document=document))).document == document


def test_looks_and_failures_travel() -> None:
    """What is no document travels too; an error of ours keeps its kind."""
    assert taken(sent(Result(look=Look(3, needs_password=False, sampled=3, scanned=0)))).look
    with pytest.raises(TooLarge, match="too big"):
        taken(sent(Result(failure=Failure("TooLarge", "too big", "split it"))))


@pytest.mark.parametrize(
    "kind", ["Unavailable", "DatabaseUnavailable", "Cancelled", "NotFound", "KeyError", ""]
)
def test_no_error_that_concerns_more_than_the_document(kind: str) -> None:
    """Whatever a process names, its document is rejected: the job, the service and the reader's request go on."""
    with pytest.raises(DocumentRejected) as refusal:
        taken(sent(Result(failure=Failure(kind, "gone\0" + "x" * 10_000_000, ""))))

    assert type(refusal.value) is BrokenDocument
    assert "\0" not in refusal.value.message
    assert len(refusal.value.message) <= arrival.MAX_MESSAGE_CHARS
    assert refusal.value.remedy


def test_characters_no_database_takes_are_taken_out() -> None:
    """NUL and other control characters go from every text, as the parsers take them out."""
    bad = "a\0b\x1b"
    block = Block(kind=Kind.TABLE, text=bad, html=bad, cells=bad)
    document = ParsedDocument(
        title=bad,
        blocks=(block,),
        pages=None,
        parser=bad,
        attachments=(Attachment(bad, b"\0"),),
        findings=(Finding(FindingKind.HIDDEN_TEXT, 1, bad),),
    )

    result = taken(sent(Result(document=document)))

    assert result.document == ParsedDocument(
        title="ab",
        blocks=(Block(kind=Kind.TABLE, text="ab", html="ab", cells="ab"),),
        pages=None,
        parser="ab",
        attachments=(Attachment("ab", b"\0"),),
        findings=(Finding(FindingKind.HIDDEN_TEXT, 1, "ab"),),
    )
    assert arrival.UNSTORABLE.pattern == dispatch.UNSTORABLE.pattern


@pytest.mark.parametrize(
    "document",
    [
        replace(DOCUMENT, pages=2**31),
        replace(DOCUMENT, blocks=(replace(BLOCK, level=-1),)),
        replace(DOCUMENT, blocks=(replace(BLOCK, page=2**70),)),
        replace(DOCUMENT, blocks=(replace(BLOCK, boxes=(Box(1, math.nan, 0, 0, 0),)),)),
        replace(DOCUMENT, ocr=(OcrPage(1, math.inf),)),
        replace(DOCUMENT, findings=(Finding(FindingKind.HIDDEN_TEXT, 2**40),)),
    ],
)
def test_numbers_no_document_has(document: ParsedDocument) -> None:
    """A number that a database refuses, or that is none, makes the document broken."""
    with pytest.raises(ValueError, match="number"):
        cleaned(document)


NONSENSE = {
    "nothing": b"",
    "half a length": b"\0\0\0",
    "no JSON": LENGTH.pack(4) + b"oops",
    "longer than it is": LENGTH.pack(1_000) + b"{}",
    "more than announced": framed({}) + b"x",
    "less than announced": framed({"sizes_bytes": [5]}),
    "negative": framed({"sizes_bytes": [-1]}),
    "attachments of nothing": framed({"sizes_bytes": [1]}) + b"x",
    "a block of no kind": framed(
        {"document": {"title": "", "pages": None, "parser": "", "blocks": [{"kind": "spell", "text": ""}]}}
    ),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense(name: str) -> None:
    """What is not whole or not a result makes the document broken."""
    with pytest.raises(BrokenDocument, match="nonsense"):
        taken(NONSENSE[name])


def test_text_is_bounded_before_it_is_read() -> None:
    """More JSON than a document's text may take is not even decoded; attachments do not count."""
    output = sent(Result(document=replace(DOCUMENT, attachments=(Attachment("a.bin", bytes(5_000_000)),))))

    assert taken(output, limits=SandboxLimits(max_json_bytes=1_000)).document
    with pytest.raises(BrokenDocument, match="more than 1 MB of text"):
        taken(LENGTH.pack(2**20 + 1) + b"no JSON", limits=SandboxLimits(max_json_bytes=2**20))
