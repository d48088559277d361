"""Read the values of CSS: lengths with their units and calculations, variables, and what is no value at all. Pure.

Source: CSS Values and Units 4, CSS Custom Properties 1. A screen 1,280 by 800 pixels is assumed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import tinycss2
from tinycss2.ast import Node
from tinycss2.color5 import parse_color

SCREEN_PX, SCREEN_HEIGHT_PX, EM_PX = 1_280, 800, 16  # an office's window; the size that browsers start with
UNITS = {
    "px": 1, "pt": 96 / 72, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6,
    "vw": SCREEN_PX / 100, "vh": SCREEN_HEIGHT_PX / 100, "vmin": SCREEN_HEIGHT_PX / 100, "vmax": SCREEN_PX / 100,
}  # fmt: skip
FONT_UNITS = {"em": 1.0, "ex": 0.5, "ch": 0.5, "ic": 1.0, "cap": 0.7, "lh": 1.2}  # as browsers guess them
SIZES = {
    "xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32,
    "xxx-large": 48,
}  # fmt: skip
EVERYWHERE = frozenset(
    {"inherit", "initial", "unset", "revert", "revert-layer"}
)  # CSS Cascade 5, section 7.3
VARIABLE = re.compile(r"var\(\s*(--[^\s,()]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)")
MAX_STEPS, MAX_CHARS = 30, 2_000  # of replacing variables: what doubles at each step has to end
BRACKET = re.compile(r"[()\[\]{}]")
LONG_NUMBER = re.compile(r"\d{4000}")  # Python reads up to 4,300 digits
MAX_NESTED = 50  # brackets in brackets; tinycss2 goes down by calling itself
COLOURS_THAT_DEPEND = ("color-mix", "light-dark", "color-contrast", "device-cmyk")
DEPENDS = re.compile(r"calc\(|\bfrom\b")  # calculated, or made from another colour
SYSTEM_COLOURS = re.compile(
    r"accentcolor(?:text)?|activetext|button(?:border|face|text)|canvas(?:text)?|field(?:text)?|graytext|"
    r"highlight(?:text)?|linktext|mark(?:text)?|selecteditem(?:text)?|visitedtext|window(?:text)?|-webkit-(?:link|text)"
)  # CSS Color 4, section 6.2
WORDS = {
    "display": re.compile(
        r"(?:(?:none|contents|block|inline|inline-block|flow|flow-root|flex|inline-flex|grid|inline-grid|ruby\S*|"
        r"list-item|run-in|(?:inline-)?table\S*|math|-webkit-\S+)(?:\s+|$))+"
    ),
    "visibility": re.compile("visible|hidden|collapse"),
    "content-visibility": re.compile("visible|auto|hidden"),
    "position": re.compile("static|relative|absolute|fixed|sticky|-webkit-sticky"),
    "overflow-x": re.compile("visible|hidden|clip|scroll|auto|overlay"),
    "overflow-y": re.compile("visible|hidden|clip|scroll|auto|overlay"),
    "float": re.compile("none|left|right|inline-start|inline-end"),
}
BACKGROUND_WORD = re.compile(
    r"none|\d\S*|center|top|bottom|left|right|(?:no-)?repeat(?:-[xy])?|round|space|fixed|scroll|local|cover|contain"
)
COLOURED = frozenset({"color", "-webkit-text-fill-color"})
MEASURED = re.compile(
    r"font-size|(?:(?:min|max)-)?(?:width|height)|left|top|right|bottom|text-indent|(?:margin|padding)-\w+"
)
SIZE_WORD = re.compile(r"[a-z-]*(?:auto|none|content|stretch|available|larger|smaller)|fit-content\(.*")
FONT_SIZE = re.compile(r"(?:^|\s)((?:\d*\.?\d+(?:e-?\d+)?(?:[a-z]+|%)?|calc\([^/]*\)))(?=\s*/|\s+\S)")


@dataclass(frozen=True, slots=True)
class Ruler:
    """Say how long the units are that depend: the letter here, the letter of the page, and 100 %."""

    em_px: float = EM_PX
    rem_px: float = EM_PX
    full_px: float = SCREEN_PX


@lru_cache(maxsize=8_192)
def length_px(value: str, ruler: Ruler) -> float | None:
    """Return a length, share or number in pixels; None where it is none of them."""
    if is_unparsable(value):
        return None
    try:
        return _amount(tinycss2.parse_one_component_value(value, skip_comments=True), ruler)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def size_px(value: str, above: Ruler) -> float | None:
    """Return the size of letters, which may be written in the shorthand `font`; None where it is not told."""
    if value in SIZES:
        return SIZES[value]
    if value in ("smaller", "larger"):
        return above.em_px * (1 / 1.2 if value == "smaller" else 1.2)
    ruler = Ruler(above.em_px, above.rem_px, full_px=above.em_px)
    plain = length_px(value, ruler)
    found = FONT_SIZE.search(value) if plain is None else None
    return length_px(found[1], ruler) if found else plain


def is_value(name: str, value: str) -> bool:
    """Say whether a browser takes a value for a property; of others it knows nothing, and takes all."""
    if "var(" in value or "env(" in value or value in EVERYWHERE:
        return True
    if name in WORDS:
        return WORDS[name].fullmatch(value) is not None
    if name in COLOURED:
        return _is_colour(value)
    if name == "background-color" and " " not in value and "(" not in value:  # or the whole of `background`
        return _is_colour(value) or BACKGROUND_WORD.fullmatch(value) is not None
    if name == "opacity" or (MEASURED.fullmatch(name) and " " not in value):
        return (
            length_px(value, Ruler()) is not None
            or value in SIZES
            or SIZE_WORD.fullmatch(value) is not None
            or (name == "font-size" and "/" in value)
        )
    return bool(value)


def substituted(value: str, variables: Mapping[str, str]) -> str | None:
    """Return a value with its variables replaced; None where one is missing, or they never end."""
    for _ in range(MAX_STEPS):
        found = VARIABLE.search(value)
        if not found:
            return None if "var(" in value or is_unparsable(value) else value
        fallback: str | None = found[2]
        told = variables.get(found[1], fallback)
        if told is None or len(value) + len(told) > MAX_CHARS:
            return None
        value = f"{value[: found.start()]}{told.strip()}{value[found.end() :]}"
    return None


def is_unparsable(text: str) -> bool:
    """Say whether tinycss2 fails on a text: brackets lie too deep in brackets, or Python refuses a number."""
    if LONG_NUMBER.search(text):
        return True
    depth = 0
    for bracket in BRACKET.findall(text):
        depth += 1 if bracket in "([{" else -1
        if depth > MAX_NESTED:
            return True
    return False


def in_words(tokens: Iterable[Node]) -> list[str]:
    """Return the parts of a value that spaces part."""
    words = [""]
    for token in tokens:
        if token.type == "whitespace":
            words.append("")
        elif token.type != "comment":
            words[-1] += "url()" if token.type == "url" else token.serialize()  # pictures in it are long
    return [word.lower() for word in words if word]


def _is_colour(value: str) -> bool:
    token = tinycss2.parse_one_component_value(value, skip_comments=True)
    if token.type == "ident" and SYSTEM_COLOURS.fullmatch(token.lower_value):
        return True
    if token.type == "function" and (token.lower_name in COLOURS_THAT_DEPEND or DEPENDS.search(value)):
        return True
    try:
        return parse_color(token) is not None
    except (ValueError, TypeError, AttributeError):
        return False


def _amount(token: Node, ruler: Ruler) -> float:
    if token.type == "number":
        return float(token.value)
    if token.type == "percentage":
        return float(token.value) / 100 * ruler.full_px
    if token.type == "dimension":
        return float(token.value) * _unit(token.lower_unit, ruler)
    if token.type == "() block":
        return _sum(token.content, ruler)
    if token.type == "function" and token.lower_name in ("calc", "-webkit-calc", "min", "max", "clamp"):
        amounts = [_sum(part, ruler) for part in _at_commas(token.arguments)]
        if token.lower_name == "clamp":
            return max(amounts[0], min(amounts[1:]))
        return max(amounts) if token.lower_name == "max" else min(amounts)
    raise ValueError(token.type)


def _unit(name: str, ruler: Ruler) -> float:
    if name == "rem":
        return ruler.rem_px
    if name in FONT_UNITS:
        return FONT_UNITS[name] * ruler.em_px
    px = UNITS.get(name) or UNITS.get(name[1:])  # svw, lvw, dvw
    if px is None:
        raise ValueError(name)
    return px


def _sum(tokens: Sequence[Node], ruler: Ruler) -> float:
    """Return the value of a calculation; CSS Values 4, section 10.8. Raises ValueError where it is none."""
    total, product, sign, operator = 0.0, 0.0, 1, ""
    for token in tokens:
        if token.type in ("whitespace", "comment"):
            continue
        if token.type == "literal" and token.value in ("+", "-"):
            total, sign, operator = total + sign * product, 1 if token.value == "+" else -1, ""
        elif token.type == "literal" and token.value in ("*", "/"):
            operator = token.value
        else:
            amount = _amount(token, ruler)
            product = product * amount if operator == "*" else product / amount if operator else amount
    return total + sign * product


def _at_commas(tokens: Sequence[Node]) -> list[list[Node]]:
    parts: list[list[Node]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
