"""Call pdfium with plain integers: half the price of pypdfium2's typed pointers, and pages have thousands of objects.

Handles are addresses. They are valid as long as the page or text page they came from is open.
"""

import ctypes
from functools import cache
from typing import Any

Handle = int
Rect = tuple[float, float, float, float]  # left, bottom, right, top in page space

TEXT, PATH, IMAGE, SHADING, FORM = 1, 2, 3, 4, 5  # types of page objects
INVISIBLE = 3  # text render mode: neither filled nor stroked
FIXED_PITCH = 1  # flag of a font descriptor, PDF 32000-1 table 123
LINE_TO, BEZIER_TO, MOVE_TO = 0, 1, 2




class Pdfium:
    """Hold the functions and the buffers they write to. Not thread-safe, like the library."""

    def __init__(self) -> None:
        import pypdfium2.raw as raw  # heavy: keeps --help under 0.3 s

        pointer, integer, real = ctypes.c_void_p, ctypes.c_int, ctypes.c_float

        def plain(name: str, result: Any, *arguments: Any) -> Any:
            address = ctypes.cast(getattr(raw, name), pointer).value
            if address is None:
                raise RuntimeError(f"this build of pdfium has no {name}")
            return ctypes.PYFUNCTYPE(result, *arguments)(address)

        four = (pointer,) * 4
        self.count_objects = plain("FPDFPage_CountObjects", integer, pointer)
        self.object_at = plain("FPDFPage_GetObject", pointer, pointer, integer)
        self.count_in_form = plain("FPDFFormObj_CountObjects", integer, pointer)
        self.object_in_form = plain("FPDFFormObj_GetObject", pointer, pointer, ctypes.c_ulong)
        self.type_of = plain("FPDFPageObj_GetType", integer, pointer)
        self.render_mode = plain("FPDFTextObj_GetTextRenderMode", integer, pointer)
        self.count_segments = plain("FPDFPath_CountSegments", integer, pointer)
        self.segment_at = plain("FPDFPath_GetPathSegment", pointer, pointer, integer)
        self.segment_type = plain("FPDFPathSegment_GetType", integer, pointer)
        self.is_closing = plain("FPDFPathSegment_GetClose", integer, pointer)
        self.count_characters = plain("FPDFText_CountChars", integer, pointer)
        self.unicode = plain("FPDFText_GetUnicode", ctypes.c_uint, pointer, integer)
        self.object_of_character = plain("FPDFText_GetTextObject", pointer, pointer, integer)
        self.angle = plain("FPDFText_GetCharAngle", real, pointer, integer)
        self.weight = plain("FPDFText_GetFontWeight", integer, pointer, integer)
        self._text = plain("FPDFText_GetText", integer, pointer, integer, integer, pointer)
        self._cell = plain("FPDFText_GetLooseCharBox", integer, pointer, integer, pointer)
        self._font = plain(
            "FPDFText_GetFontInfo", ctypes.c_ulong, pointer, integer, pointer, ctypes.c_ulong, pointer
        )
        self._bounds = plain("FPDFPageObj_GetBounds", integer, pointer, *four)
        self._fill = plain("FPDFPageObj_GetFillColor", integer, pointer, *four)
        self._matrix = plain("FPDFPageObj_GetMatrix", integer, pointer, pointer)
        self._draw_mode = plain("FPDFPath_GetDrawMode", integer, pointer, pointer, pointer)
        self._point = plain("FPDFPathSegment_GetPoint", integer, pointer, pointer, pointer)
        self._reals = (real * 6)()
        self._integers = (ctypes.c_uint * 4)()
        self._name = ctypes.create_string_buffer(128)
        start = ctypes.addressof(self._reals)
        self._at = (start, start + 4, start + 8, start + 12)
        start = ctypes.addressof(self._integers)
        self._slots = (start, start + 4, start + 8, start + 12)

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


def address(raw: Any) -> Handle:
    """Return the handle of one of pypdfium2's raw pointers."""
    return ctypes.cast(raw, ctypes.c_void_p).value or 0
