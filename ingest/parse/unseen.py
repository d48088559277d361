"""Take out text that a document holds but does not show, and tell how often that was so.

HTML is judged by the styles written on its elements; style sheets are not worked out, so that nothing visible is
lost. Colour counts only where the background is known. What a page with scripts has switched off (menus, notices,
texts for screen readers) is left out without a word: of 59 news pages 17 do that, and none hides text otherwise.
DOCX is judged by the formatting of its runs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.parse.ooxml import attribute, child, children, descendants, local
from ingest.types import Finding, FindingKind

DECLARATION = re.compile(r"([a-z-]+)\s*:\s*([^;]+)")
FAINT = re.compile(r"0*(?:\.0\d*)?|\d(?:\.\d+)?%")  # opacity below a tenth
SHRUNK = re.compile(r"scale[xy]?\(\s*0*(?:\.0\d*)?\s*[,)]")  # to less than a tenth
TINY = re.compile(r"(?:0*(?:\.\d+)?|1(?:\.0*)?)(?:px|pt)|0*\.0\d*r?em|0+%?")
FAR_OUT = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|%|vw|vh)?")
NO_AREA = re.compile(r"rect\(\s*(?:0|1)(?:px)?[ ,].*|inset\((?:50|100)%.*")
COLOURS = {"white": "ffffff", "black": "000000", "snow": "fffafa", "whitesmoke": "f5f5f5", "ivory": "fffff0"}
NUMBERS = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})")
LIGHTNESS = re.compile(r"hsla?\([^,]+,[^,]+,\s*(\d{1,3})(?:\.\d+)?%")
FALLBACK = re.compile(r"var\(\s*--[\w-]+\s*,\s*(.+)\)")
FILTER = re.compile(r"opacity\(\s*([\d.]+%?)\s*\)")
NO_FILTER = ("", "1")
CLEAR = re.compile(r"rgba\(.*[,/]\s*0*(?:\.0*)?%?\s*\)")
WHITE = (255, 255, 255)
NEAR = 12  # of 256 shades: a difference nobody sees
MIN_LETTERS = 2  # a hidden counter or space is no text
MIN_HALF_POINTS = 2  # of DOCX: text of one point
FALSE = ("0", "false", "off")


@dataclass(frozen=True, slots=True)
class Page:
    """Say what a page brings that can change how its elements look."""

    is_styled: bool  # a style sheet may colour any background
    is_scripted: bool  # a script may show what is switched off


def page_of(root: etree._Element) -> Page:
    """Return what this page brings; ask before scripts are taken out."""
    return Page(
        is_styled=root.find(".//style") is not None or root.find(".//link[@rel='stylesheet']") is not None,
        is_scripted=root.find(".//script") is not None,
    )


def drop_unseen(root: etree._Element, page: Page) -> tuple[Finding, ...]:
    """Take elements that are not shown out of an HTML tree; return a finding where they held text."""
    count = 0
    for element in list(root.iter(etree.Element)):
        if element.getparent() is None or element.tag in ("html", "body", "head"):
            continue
        style = _style(element)
        if _is_switched_off(element, style):
            count += _has_text(element) and not page.is_scripted
        elif _is_out_of_sight(element, style) or _is_like_its_background(element, style, page):
            count += _has_text(element)
        else:
            continue
        element.drop_tree()
    return _findings(count)


def drop_unseen_runs(root: etree._Element, styles: etree._Element | None) -> tuple[Finding, ...]:
    """Take hidden, white and tiny runs out of a part of a DOCX; return a finding where they held text.

    White counts only on the page itself: a table cell, a text box or a shaded paragraph may be dark.
    """
    hidden_styles = {
        attribute(style, "styleId")
        for style in ([] if styles is None else children(styles, "style"))
        if _is_on(child(child(style, "rPr"), "vanish"))
    }
    count = 0
    for run in list(descendants(root, "r", skip=frozenset())):
        properties = child(run, "rPr")
        if properties is not None and _is_unseen_run(run, properties, hidden_styles):
            count += sum(len((text.text or "").strip()) for text in children(run, "t")) >= MIN_LETTERS
            run.getparent().remove(run)
    return _findings(count)


def _findings(count: int) -> tuple[Finding, ...]:
    return (Finding(FindingKind.HIDDEN_TEXT, count, "text that is not shown"),) if count else ()


def _has_text(element: etree._Element) -> bool:
    return sum(map(str.isalnum, "".join(element.itertext()))) >= MIN_LETTERS


def _is_switched_off(element: etree._Element, style: dict[str, str]) -> bool:
    return (
        element.get("hidden") is not None
        or style.get("display") == "none"
        or style.get("mso-hide") == "all"
        or style.get("visibility") in ("hidden", "collapse")
        or FAINT.fullmatch(style.get("opacity", "1")) is not None
        or FAINT.fullmatch((FILTER.search(style.get("filter", "")) or NO_FILTER)[1]) is not None
        or SHRUNK.search(style.get("transform", "")) is not None
        or any(NO_AREA.fullmatch(style.get(name, "")) for name in ("clip", "clip-path"))
        or _is_cut_off(style)
    )


def _is_cut_off(style: dict[str, str]) -> bool:
    is_cut = "hidden" in (style.get("overflow"), style.get("overflow-x"), style.get("overflow-y"))
    sides = ("height", "width", "max-height", "max-width")
    return is_cut and any(TINY.fullmatch(style.get(side, "x")) for side in sides)


def _is_out_of_sight(element: etree._Element, style: dict[str, str]) -> bool:
    if TINY.fullmatch(style.get("font-size", "1em")):
        # Set to nothing to close the gaps between elements that have sizes of their own.
        return not any("font-size" in _style(below) or "font" in _style(below) for below in _below(element))
    is_placed = style.get("position") in ("absolute", "fixed")
    sides = [style.get(side, "") for side in ("left", "top", "right", "bottom")] if is_placed else []
    return any(FAR_OUT.fullmatch(value) for value in (*sides, style.get("text-indent", "")))


def _is_like_its_background(element: etree._Element, style: dict[str, str], page: Page) -> bool:
    named = style.get("color") or (element.get("color") if element.tag == "font" else None) or ""
    if named == "transparent" or CLEAR.fullmatch(named):
        return True
    colour = _colour(named)
    if colour is None or any("color" in _style(below) for below in _below(element)):
        return False
    background = _background(element, page)
    return background is not None and _is_near(colour, background)


def _background(element: etree._Element, page: Page) -> tuple[int, ...] | None:
    """Return the colour behind an element, None where it cannot be known."""
    for place in (element, *element.iterancestors()):
        own = _style(place)
        named = own.get("background-color") or own.get("background") or place.get("bgcolor") or ""
        if "background-image" in own or named not in ("", "transparent", "none", "inherit"):
            return _colour(named)
        if page.is_styled and (place.get("class") or place.get("id")):
            return None
    return None if page.is_styled else WHITE


def _is_near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= NEAR for a, b in zip(one, other, strict=True))


def _style(element: etree._Element) -> dict[str, str]:
    found = DECLARATION.findall(element.get("style", "").lower().replace("!important", ""))
    return {name: value.strip() for name, value in found}


def _below(element: etree._Element) -> Iterator[etree._Element]:
    return (below for below in element.iter(etree.Element) if below is not element)


def _colour(text: str | None) -> tuple[int, ...] | None:
    if not text:
        return None
    text = text.strip().lower()
    digits = COLOURS.get(text, text.removeprefix("#"))
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    if re.fullmatch(r"[0-9a-f]{6}", digits):
        return tuple(bytes.fromhex(digits))
    fallback = FALLBACK.fullmatch(text)
    if fallback:
        return _colour(fallback[1])
    lightness = LIGHTNESS.match(text)
    if lightness and int(lightness[1]) in (0, 100):
        return WHITE if lightness[1] == "100" else (0, 0, 0)
    numbers = NUMBERS.match(text)
    return tuple(int(number) for number in numbers.groups()) if numbers else None


def _is_unseen_run(run: etree._Element, properties: etree._Element, hidden_styles: set[str | None]) -> bool:
    style = child(properties, "rStyle")
    vanish = child(properties, "vanish")
    if _is_on(vanish) or (vanish is None and style is not None and attribute(style, "val") in hidden_styles):
        return True
    size = child(properties, "sz")
    half_points = attribute(size, "val") if size is not None else None
    if half_points is not None and half_points.isdigit() and int(half_points) <= MIN_HALF_POINTS:
        return True
    colour = child(properties, "color")
    shade = _colour(attribute(colour, "val")) if colour is not None else None
    return shade is not None and _is_near(shade, WHITE) and not _may_be_dark(run, properties)


def _is_on(switch: etree._Element | None) -> bool:
    return switch is not None and (attribute(switch, "val") or "true").lower() not in FALSE


def _may_be_dark(run: etree._Element, properties: etree._Element) -> bool:
    """Say whether something may stand behind a run: its own shading, its paragraph's, a cell, a box, the page's."""
    if any(child(properties, name) is not None for name in ("shd", "highlight")):
        return True
    for above in run.iterancestors():
        name = local(above)
        if name in ("tc", "txbxContent") or (name == "p" and child(child(above, "pPr"), "shd") is not None):
            return True
        if name == "p" and child(child(above, "pPr"), "pStyle") is not None:
            return True  # the style may shade it
        if name == "document" and child(above, "background") is not None:
            return True
    return False
