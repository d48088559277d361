"""Call pdfium with plain integers: half the price of pypdfium2's typed pointers, and pages have thousands of objects.

Handles are addresses. They are valid as long as the page or text page they came from is open.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _ctypes import CFuncPtr as _FuncPointer
    from _ctypes import _CData as _Data  # what every type of ctypes is

Handle = int
Rect = tuple[float, float, float, float]  # left, bottom, right, top in page space

TEXT, PATH, IMAGE, SHADING, FORM = 1, 2, 3, 4, 5  # types of page objects
INVISIBLE = 3  # text render mode: neither filled nor stroked
FIXED_PITCH = 1  # flag of a font descriptor, PDF 32000-1 table 123
LINE_TO, BEZIER_TO, MOVE_TO = 0, 1, 2


POINTER, INTEGER = ctypes.c_void_p, ctypes.c_int


def _plain(function: "_FuncPointer", result: "type[_Data]", *arguments: "type[_Data]") -> Callable[..., Any]:
    """Return a function of the library that takes handles as integers."""
    address = ctypes.cast(function, POINTER).value
    if address is None:
        raise RuntimeError("this build of pdfium lacks a function")
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


class Pdfium:
    """Hold the functions and the buffers they write to. Not thread-safe, like the library."""

    def __init__(self) -> None:
        from pypdfium2 import raw  # heavy: keeps --help under 0.3 s

        self._bind_objects(raw)
        self._bind_text(raw)
        self._reals = (ctypes.c_float * 6)()
        self._integers = (ctypes.c_uint * 4)()
        self._name = ctypes.create_string_buffer(128)
        start = ctypes.addressof(self._reals)
        self._at = (start, start + 4, start + 8, start + 12)
        start = ctypes.addressof(self._integers)
        self._slots = (start, start + 4, start + 8, start + 12)

    def _bind_objects(self, raw: ModuleType) -> None:
        four = (POINTER,) * 4
        self.count_objects = _plain(raw.FPDFPage_CountObjects, INTEGER, POINTER)
        self.object_at = _plain(raw.FPDFPage_GetObject, POINTER, POINTER, INTEGER)
        self.count_in_form = _plain(raw.FPDFFormObj_CountObjects, INTEGER, POINTER)
        self.object_in_form = _plain(raw.FPDFFormObj_GetObject, POINTER, POINTER, ctypes.c_ulong)
        self.type_of = _plain(raw.FPDFPageObj_GetType, INTEGER, POINTER)
        self.render_mode = _plain(raw.FPDFTextObj_GetTextRenderMode, INTEGER, POINTER)
        self.count_segments = _plain(raw.FPDFPath_CountSegments, INTEGER, POINTER)
        self.segment_at = _plain(raw.FPDFPath_GetPathSegment, POINTER, POINTER, INTEGER)
        self.segment_type = _plain(raw.FPDFPathSegment_GetType, INTEGER, POINTER)
        self.is_closing = _plain(raw.FPDFPathSegment_GetClose, INTEGER, POINTER)
        self._bounds = _plain(raw.FPDFPageObj_GetBounds, INTEGER, POINTER, *four)
        self._fill = _plain(raw.FPDFPageObj_GetFillColor, INTEGER, POINTER, *four)
        self._matrix = _plain(raw.FPDFPageObj_GetMatrix, INTEGER, POINTER, POINTER)
        self._draw_mode = _plain(raw.FPDFPath_GetDrawMode, INTEGER, POINTER, POINTER, POINTER)
        self._point = _plain(raw.FPDFPathSegment_GetPoint, INTEGER, POINTER, POINTER, POINTER)

    def _bind_text(self, raw: ModuleType) -> None:
        long = ctypes.c_ulong
        self.count_characters = _plain(raw.FPDFText_CountChars, INTEGER, POINTER)
        self.unicode = _plain(raw.FPDFText_GetUnicode, ctypes.c_uint, POINTER, INTEGER)
        self.object_of_character = _plain(raw.FPDFText_GetTextObject, POINTER, POINTER, INTEGER)
        self.angle = _plain(raw.FPDFText_GetCharAngle, ctypes.c_float, POINTER, INTEGER)
        self.weight = _plain(raw.FPDFText_GetFontWeight, INTEGER, POINTER, INTEGER)
        self._text = _plain(raw.FPDFText_GetText, INTEGER, POINTER, INTEGER, INTEGER, POINTER)
        self._cell = _plain(raw.FPDFText_GetLooseCharBox, INTEGER, POINTER, INTEGER, POINTER)
        self._font = _plain(raw.FPDFText_GetFontInfo, long, POINTER, INTEGER, POINTER, long, POINTER)

    def text(self, page: Handle, count: int) -> str:
        """Return one character for each of the first `count` character indices of a text page."""
        buffer = (ctypes.c_ushort * (count + 1))()
        written = self._text(page, 0, count, ctypes.addressof(buffer)) - 1
        text = bytes(buffer)[: 2 * written].decode("utf-16-le", "replace")
        if written == count == len(text):
            return text
        # Some characters have no code or need two units: the bulk text is shifted against the indices.
        codes = (self.unicode(page, index) for index in range(count))
        return "".join(
            chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " " for code in codes
        )

    def cell(self, page: Handle, index: int) -> Rect:
        """Return the cell of a character: as high as its font, not as its ink."""
        self._cell(page, index, self._at[0])
        left, top, right, bottom = self._reals[:4]  # the order of FS_RECTF
        return left, bottom, right, top

    def font(self, page: Handle, index: int) -> tuple[str, bool]:
        """Return the name of a character's font in lower case, and whether its letters are equally wide."""
        length = self._font(page, index, ctypes.addressof(self._name), 128, self._slots[0])
        if not 0 < length <= 128:
            return "", False
        return self._name.value.decode("latin-1").lower(), bool(self._integers[0] & FIXED_PITCH)

    def bounds(self, thing: Handle) -> Rect | None:
        """Return the rectangle of a page object in the space of what it lies in."""
        if not self._bounds(thing, *self._at):
            return None
        left, bottom, right, top = self._reals[:4]
        return left, bottom, right, top

    def fill(self, thing: Handle) -> tuple[int, int, int, int] | None:
        """Return red, green, blue and alpha of what a page object is filled with."""
        if not self._fill(thing, *self._slots):
            return None
        red, green, blue, alpha = self._integers
        return red, green, blue, alpha

    def matrix(self, thing: Handle) -> tuple[float, ...] | None:
        """Return the six numbers of a page object's matrix."""
        return tuple(self._reals) if self._matrix(thing, self._at[0]) else None

    def draw_mode(self, path: Handle) -> tuple[bool, bool]:
        """Say whether a path is filled and whether it is stroked."""
        if not self._draw_mode(path, self._slots[0], self._slots[1]):
            return False, False
        return bool(self._integers[0]), bool(self._integers[1])

    def point(self, segment: Handle) -> tuple[float, float]:
        """Return where a segment of a path ends, in the path's own space."""
        self._point(segment, self._at[0], self._at[1])
        return self._reals[0], self._reals[1]


@cache
def pdfium() -> Pdfium:
    """Return the library's functions; they are looked up once a process."""
    return Pdfium()


def address(raw: object) -> Handle:
    """Return the handle of one of pypdfium2's raw pointers."""
    return ctypes.cast(raw, ctypes.c_void_p).value or 0  # type: ignore[arg-type]  # a pointer of ctypes; it has no common base
