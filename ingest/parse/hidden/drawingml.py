"""Say what colours a theme of Office names, and what DrawingML paints with. Pure.

Source: ECMA-376 part 1, 20.1.2.3 (colours and what changes them), 20.1.6.2 (scheme), 20.1.8 (fills).
"""

import re

from lxml import etree

from ingest.parse.hidden.colour import BLACK, FAINT, WHITE, Colour, colour_of, mixed, relit
from ingest.parse.hidden.sight import Fill, Paint
from ingest.parse.ooxml import attribute, child, descendants, local

Scheme = dict[str, Colour]  # by the name in use: dk1, lt1, accent1, and bg1, tx1 where they are mapped

WHOLE = 100_000  # a share of 1 (20.1.10.40, in thousandths of a percent)
OFFICE: Scheme = {"dk1": BLACK, "lt1": WHITE}  # where a package brings no theme
MAPPED = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}  # the map that nearly every file has
COLOURS = ("srgbClr", "schemeClr", "sysClr", "prstClr", "scrgbClr", "hslClr")
OTHER_FILLS = ("gradFill", "blipFill", "pattFill", "grpFill")
ABBREVIATED = re.compile("^(dk|lt|med)(?=[A-Z])")  # of CSS's names (20.1.10.47)
WRITTEN_OUT = {"dk": "dark", "lt": "light", "med": "medium"}


def scheme_of(theme: etree._Element | None) -> Scheme:
    """Return the colours that a theme gives to its names, those of Office where it gives none."""
    found = None if theme is None else next(descendants(theme, "clrScheme", skip=frozenset()), None)
    scheme = dict(OFFICE)
    for item in [] if found is None else found:
        for colour in item:
            value = attribute(colour, "lastClr") or attribute(colour, "val")
            shade = colour_of(value)
            if shade is not None:
                scheme[local(item)] = shade
    return scheme


def mapped(scheme: Scheme, names: etree._Element | None) -> Scheme:
    """Return the scheme with the names that slides use (19.3.1.6, a map of colours); the common ones without a map."""
    pairs = dict(MAPPED) if names is None else {str(key): str(value) for key, value in names.attrib.items()}
    return scheme | {name: scheme[meant] for name, meant in pairs.items() if meant in scheme}


def paint_of(holder: etree._Element | None, scheme: Scheme) -> Paint | None:
    """Return what a shape, a run or a cell is filled with; None where it leaves that to what it inherits from."""
    for item in [] if holder is None else holder:
        name = local(item)
        if name == "noFill":
            return Fill.NOTHING
        if name == "solidFill":
            return colour_in(item, scheme)
        if name in OTHER_FILLS:
            return Fill.UNKNOWN
    return None


def colour_in(holder: etree._Element, scheme: Scheme) -> Paint:
    """Return the one colour that an element holds, with what changes it worked in."""
    found = next((item for item in holder if local(item) in COLOURS), None)
    if found is None:
        return Fill.UNKNOWN
    alpha = _share(child(found, "alpha"))
    if alpha is not None and alpha < FAINT:
        return Fill.NOTHING
    shade = _named(found, scheme)
    return Fill.UNKNOWN if shade is None else _changed(shade, found)


def _named(colour: etree._Element, scheme: Scheme) -> Colour | None:
    name, value = local(colour), attribute(colour, "val") or ""
    if name == "schemeClr":
        return scheme.get(value)
    if name == "sysClr":
        return colour_of(attribute(colour, "lastClr"))
    if name == "prstClr":
        return colour_of(ABBREVIATED.sub(lambda found: WRITTEN_OUT[found[1]], value).lower())
    if name == "scrgbClr":
        parts = [_number(attribute(colour, part)) for part in ("r", "g", "b")]
        # A linear share; only the ends of the scale matter here, where both scales agree.
        return None if None in parts else _whole(parts)
    return colour_of(value) if name == "srgbClr" else None


def _whole(parts: list[float | None]) -> Colour:
    red, green, blue = (round(255 * min(max((part or 0.0) / WHOLE, 0.0), 1.0)) for part in parts)
    return (red, green, blue)


def _changed(colour: Colour, element: etree._Element) -> Colour:
    """Return a colour after the changes of lightness that stand in its element, in their order (20.1.2.3.20 on)."""
    for item in element:
        share = _share(item)
        if share is None:
            continue
        name = local(item)
        if name in ("lumMod", "lumOff"):
            times, more = (share, 0.0) if name == "lumMod" else (1.0, share)
            colour = relit(colour, times, more)
        elif name in ("tint", "shade"):
            colour = mixed(colour, WHITE if name == "tint" else BLACK, share)
    return colour


def _share(item: etree._Element | None) -> float | None:
    number = None if item is None else _number(attribute(item, "val"))
    return None if number is None else number / WHOLE


def _number(text: str | None) -> float | None:
    """Return an amount in thousandths of a percent, as both variants of the standard write it."""
    value = text or ""
    is_percent = value.endswith("%")
    try:
        return float(value.rstrip("%")) * (WHOLE / 100 if is_percent else 1)
    except ValueError:
        return None
