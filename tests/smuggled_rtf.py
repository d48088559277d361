"""Make RTF files that hide a text, and ordinary ones that only look as if they did."""

from collections.abc import Callable

from tests.parcel import ORDER, SEEN

COLOURS = r"{\colortbl;\red255\green255\blue255;\red0\green0\blue0;\red16\green32\blue64;}"
ROW = r"\trowd%s\cellx5000\cellx9000\intbl{%s %s}\cell 2\cell\row\pard "


def in_rtf(text: str, head: str = "") -> bytes:
    """Return an RTF file with a marked-up text."""
    return rf"{{\rtf1\ansi{COLOURS}{head}\pard {SEEN}\par {text}\par}}".encode()


def grouped(look: str, head: str = "") -> bytes:
    """Return an RTF file with the order in a group that begins with these control words."""
    return in_rtf(f"{{{look} {ORDER}}}", head)


def drawn(place: str, properties: dict[str, int], look: str = "") -> bytes:
    """Return an RTF file with the order in a drawing."""
    named = "".join(rf"{{\sp{{\sn {name}}}{{\sv {value}}}}}" for name, value in properties.items())
    return in_rtf(rf"{{\shp{{\*\shpinst{place}{named}{{\shptxt {{{look} {ORDER}}}\par}}}}}}")


NEAR = r"\shpleft100\shptop100\shpright5000\shpbottom900"
PAGE = r"{\*\background{\shp{\*\shpinst{\sp{\sn fillColor}{\sv %d}}}}}"
WAYS: dict[str, Callable[[], bytes]] = {
    "white, an empty background": lambda: grouped(r"\cf1", r"{\*\background}"),
    "white, a dark background not displayed": lambda: grouped(r"\cf1", PAGE % 0),
    "white, a white background": lambda: grouped(r"\cf1", PAGE % 0xFFFFFF + r"\viewbksp1"),
    "white on white": lambda: grouped(r"\cf1\cb1"),
    "white, a white paragraph": lambda: in_rtf(rf"\pard\cbpat1{{\cf1 {ORDER}}}"),
    "white, a white marker": lambda: grouped(r"\cf1\highlight1"),
    "white in a cell": lambda: in_rtf(ROW % ("", r"\cf1", ORDER)),
    "black on black": lambda: grouped(r"\cf2\chcbpat2"),
    "three half-points": lambda: grouped(r"\fs3"),
    "pressed": lambda: grouped(r"\charscalex1"),
    "indent off the page": lambda: in_rtf(rf"\pard\li-30000 {ORDER}"),
    "frame off the page": lambda: in_rtf(rf"\pard\posx-20000\absw10 {ORDER}"),
    "raised off the page": lambda: grouped(r"\up9000"),
    "special vanishing": lambda: grouped(r"\spv"),
    "drawing off the page": lambda: drawn(
        r"\shpleft-30000\shptop-30000\shpright-29000\shpbottom-29000", {"fFilled": 0}
    ),
    "hidden drawing": lambda: drawn(NEAR, {"fHidden": 1}),
    "white in a white drawing": lambda: drawn(NEAR, {"fillColor": 0xFFFFFF}, r"\cf1"),
    "very low row": lambda: in_rtf(ROW % (r"\trrh-1", "", ORDER)),
    "the table's first colour": lambda: grouped(r"\cf0").replace(rb"\colortbl;", rb"\colortbl"),
}
PLAIN_WAYS: dict[str, Callable[[], bytes]] = {
    "white on dark": lambda: grouped(r"\cf1\chcbpat3"),
    "white in a dark cell": lambda: in_rtf(ROW % (r"\clcbpat3", r"\cf1", ORDER)),
    "white on a dark paragraph": lambda: in_rtf(rf"\pard\cbpat3{{\cf1 {ORDER}}}"),
    "white on a pattern": lambda: in_rtf(rf"\pard\shading5000{{\cf1 {ORDER}}}"),
    "white in an open drawing": lambda: drawn(NEAR, {"fFilled": 0}, r"\cf1"),
    "white in a dark drawing": lambda: drawn(NEAR, {"fillColor": 0x402010}, r"\cf1"),
    "white on a dark page": lambda: grouped(r"\cf1", PAGE % 0x402010 + r"\viewbksp1"),
    "automatic on black": lambda: grouped(r"\cb2"),
    "a page number for print": lambda: grouped(r"\webhidden"),
    "a low row that grows": lambda: in_rtf(ROW % (r"\trrh1", "", ORDER)),
}
