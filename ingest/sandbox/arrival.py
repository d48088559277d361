"""Check what a document's process says before anybody uses it: that process may have been taken over. Pure."""

import math
import re
import signal
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ingest.formats import PNG_MAGIC
from ingest.sandbox.private import MAX_PRIVATE_BYTES
from ingest.sandbox.wait import Ending, SandboxLimits, Stop
from ingest.sandbox.wire import ERRORS, Failure, Result, json_bytes, unpacked
from ingest.types import Attachment, Block, Cancelled, ParsedDocument, Picture
from retrieval.errors import BrokenDocument, IntramurosError, ParserStopped

SPLIT = "split it into parts, or convert it to PDF and ingest that"
MEGABYTE = 1024 * 1024
# As the parsers take out: what no database takes (PostgreSQL refuses NUL, UTF-8 lone surrogates).
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
MAX_NUMBER = 2**31 - 1  # what PostgreSQL stores as an integer
MAX_MESSAGE_CHARS = 1_000  # the parsers' own have 200, and the file's name


def arrived(
    ending: Ending,
    file_name: str,
    limits: SandboxLimits,
    *,
    said: Mapping[str, type[IntramurosError]] = ERRORS,
) -> Result:
    """Return what the process found out, or raise why it found nothing: DocumentRejected kinds or Cancelled.

    `said` names the errors that the process itself may answer with.
    """
    _raise_if_stopped(ending, file_name, limits)
    if json_bytes(ending.output) > limits.max_json_bytes:
        raise _too_much_text(file_name, limits.max_json_bytes)
    try:
        result = unpacked(ending.output)
        document = cleaned(result.document) if result.document is not None else None
        if result.picture is not None:
            _check_picture(result.picture)
    except ValueError as error:
        raise BrokenDocument(f"'{file_name}' made its parser return nonsense", remedy=SPLIT) from error
    if result.failure is not None:
        raise _answer(result.failure, said)
    return replace(result, document=document)


def cleaned(document: ParsedDocument) -> ParsedDocument:
    """Return the document without characters that no database takes. Raises ValueError for numbers no page has."""
    for page in document.ocr:
        _check((page.page,), measures=(page.confidence,))
    _check((document.pages or 0, *(finding.count for finding in document.findings)))
    return replace(
        document,
        title=_clean(document.title),
        parser=_clean(document.parser),
        blocks=tuple(map(_cleaned_block, document.blocks)),
        attachments=tuple(Attachment(_clean(one.file_name), one.content) for one in document.attachments),
        findings=tuple(replace(finding, detail=_clean(finding.detail)) for finding in document.findings),
    )


def _cleaned_block(block: Block) -> Block:
    _check((block.level, block.page or 0))
    for box in block.boxes:
        _check((box.page,), measures=(box.x0, box.y0, box.x1, box.y1))
    texts = (block.text, block.html or "", block.cells or "")
    if not any(map(UNSTORABLE.search, texts)):
        return block
    html = _clean(block.html) if block.html is not None else None
    cells = _clean(block.cells) if block.cells is not None else None
    return replace(block, text=_clean(block.text), html=html, cells=cells)


def _check_picture(picture: Picture) -> None:
    """Raise ValueError for what no browser should get as a PNG, and for numbers no page has."""
    _check((picture.page,), measures=(picture.width_points, *(picture.mark_at or ())))
    if not picture.png.startswith(PNG_MAGIC):
        raise ValueError("no PNG")


def _check(numbers: Iterable[int], *, measures: Iterable[float] = ()) -> None:
    if not all(0 <= number <= MAX_NUMBER for number in numbers) or not all(map(math.isfinite, measures)):
        raise ValueError("a number that no document has")


def _clean(text: str) -> str:
    return UNSTORABLE.sub("", text)


def _answer(failure: Failure, said: Mapping[str, type[IntramurosError]]) -> IntramurosError:
    kind = said.get(failure.kind, BrokenDocument)
    message, remedy = (
        _clean(text[:MAX_MESSAGE_CHARS]) for text in (failure.message, failure.remedy or SPLIT)
    )
    return kind(message, remedy=remedy)


def _raise_if_stopped(ending: Ending, file_name: str, limits: SandboxLimits) -> None:
    if ending.stopped is Stop.CANCELLED:
        raise Cancelled
    if ending.is_unanswered:
        raise ParserStopped(
            f"'{file_name}' was given to a parsing process that hung", remedy="ingest it again; " + SPLIT
        )
    if ending.stopped is Stop.TIME:
        raise BrokenDocument(f"'{file_name}' takes more than {limits.wall_s:.0f} s to read", remedy=SPLIT)
    if ending.stopped is Stop.OUTPUT:
        raise _too_much_text(file_name, limits.max_result_bytes)
    if ending.stopped is Stop.DISK:
        size_mb = MAX_PRIVATE_BYTES // MEGABYTE
        raise BrokenDocument(
            f"'{file_name}' made its parser fill {size_mb} MB of disk or thousands of files", remedy=SPLIT
        )
    if ending.stopped is Stop.TEXT:
        raise _too_much_text(file_name, limits.max_json_bytes)
    if ending.code == -signal.SIGXCPU:
        raise BrokenDocument(
            f"'{file_name}' takes more than {limits.cpu_s} s of computing to read", remedy=SPLIT
        )
    if ending.code != 0:
        raise ParserStopped(f"'{file_name}' {_cause(ending.code)}", remedy=SPLIT)


def _too_much_text(file_name: str, limit_bytes: int) -> BrokenDocument:
    return BrokenDocument(f"'{file_name}' holds more than {limit_bytes // MEGABYTE} MB of text", remedy=SPLIT)


def _cause(code: int | None) -> str:
    if code == -signal.SIGKILL:
        return "made its parser run out of memory"
    if code is not None and code < 0:
        return f"crashed its parser ({signal.Signals(-code).name})"
    return "crashed its parser"
