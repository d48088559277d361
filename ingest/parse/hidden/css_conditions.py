"""Say whether a condition of a style sheet holds on the assumed screen: true, false, or None where that is not known.

Source: Media Queries 5, CSS Conditional Rules 4. Pure.
"""

import re
from collections.abc import Iterable, Sequence

import tinycss2
from tinycss2.ast import Node

from ingest.parse.hidden.css_values import (
    SCREEN_HEIGHT_PX,
    SCREEN_PX,
    WORDS,
    Ruler,
    is_unparsable,
    is_value,
    length_px,
)

TYPES = {
    "all": True,
    "screen": True,
    "print": False,
    "speech": False,
    "tty": False,
    "handheld": False,
    "tv": False,
}
MEASURES: dict[str, float] = {
    "width": SCREEN_PX, "height": SCREEN_HEIGHT_PX, "device-width": SCREEN_PX, "device-height": SCREEN_HEIGHT_PX,
    "color": 8, "color-index": 0, "monochrome": 0, "aspect-ratio": SCREEN_PX / SCREEN_HEIGHT_PX,
    "device-aspect-ratio": SCREEN_PX / SCREEN_HEIGHT_PX, "resolution": 1, "-webkit-device-pixel-ratio": 1,
}  # fmt: skip
WORDED = {
    "orientation": "landscape",
    "prefers-color-scheme": "light", "prefers-reduced-motion": "no-preference", "scripting": "enabled",
    "prefers-contrast": "no-preference", "prefers-reduced-transparency": "no-preference",
    "prefers-reduced-data": "no-preference", "forced-colors": "none", "inverted-colors": "none", "update": "fast",
    "display-mode": "browser", "-ms-high-contrast": "", "-webkit-transform-3d": "1", "grid": "0", "scan": "",
    "color-gamut": "srgb", "dynamic-range": "standard", "overflow-block": "scroll", "overflow-inline": "scroll",
}  # of an office's screen  # fmt: skip
FALSY = ("", "none", "no-preference", "0")
PLAIN = re.compile(r"(min-|max-|-webkit-min-|-webkit-max-)?([\w-]+)\s*:\s*(.+)", re.DOTALL)
RANGE = re.compile(r"(?:(.+?)\s*([<>]=?|=)\s*)?([a-z-]+)(?:\s*([<>]=?|=)\s*(.+))?", re.DOTALL)
MAX_FEATURE_CHARS = 200  # longer ones are no features, and regular expressions take long over them
RATIO = re.compile(r"([\d.]+)\s*/\s*([\d.]+)")
DENSITY = re.compile(r"([\d.]+)(dppx|x|dpi)")
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}
SUPPORTED = re.compile(r"(?:--.*|gap|grid.*|flex.*|object-.*|transition.*|transform.*|color|background.*|mask.*|"
                       r"backdrop-filter|filter|aspect-ratio|inset|margin.*|padding.*|font-.*|clip-path|scroll-.*|"
                       r"accent-color|text-.*|width|height|(?:min|max)-(?:width|height)|will-change)")  # fmt: skip


def media_applies(query: str) -> bool | None:
    """Say whether a list of media queries holds."""
    if is_unparsable(query):
        return None
    tokens = [token for token in tinycss2.parse_component_value_list(query.lower()) if _says(token)]
    parts: list[list[Node]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return _any(_query(part) for part in parts)


def supports_applies(condition: Sequence[Node]) -> bool | None:
    """Say whether browsers support what an @supports asks for."""
    return _condition([token for token in condition if _says(token)], is_media=False)


def _query(tokens: list[Node]) -> bool | None:
    """Say whether one query holds: a type, a condition, or both."""
    words = [token.lower_value if token.type == "ident" else "" for token in tokens]
    is_negated = words[:1] == ["not"] and words[1:2] != [""]
    start = 1 if words[:1] == ["only"] or is_negated else 0
    if words[start : start + 1] in ([], [""], ["not"]):
        return _condition(tokens, is_media=True) if tokens else True
    if len(tokens) > start + 1 and words[start + 1] != "and":
        return False  # malformed: "not all", Media Queries 4, section 3.2
    rest = tokens[start + 2 :]
    answer = _all([TYPES.get(words[start], False), _condition(rest, is_media=True) if rest else True])
    return _not(answer) if is_negated else answer


def _condition(tokens: list[Node], *, is_media: bool) -> bool | None:
    """Say whether terms hold that are joined by `and` or by `or`."""
    answers: list[bool | None] = []
    is_negated, is_either = False, False
    for token in tokens:
        word = token.lower_value if token.type == "ident" else ""
        if word == "not":
            is_negated = True
        elif word in ("and", "or"):
            is_either = word == "or"
        else:
            answer = _term(token, is_media=is_media)
            answers.append(_not(answer) if is_negated else answer)
            is_negated = False
    return _any(answers) if is_either else _all(answers)


def _term(token: Node, *, is_media: bool) -> bool | None:
    if token.type != "() block":
        return None
    inner = [part for part in token.content if _says(part)]
    is_group = bool(inner) and (
        inner[0].type in ("() block", "function")
        or (inner[0].type == "ident" and inner[0].lower_value == "not")
    )
    if is_group:
        return _condition(inner, is_media=is_media)
    text = tinycss2.serialize(token.content).strip().lower()
    return _feature(text) if is_media else _is_supported(text)


def _feature(text: str) -> bool | None:
    """Say whether one feature holds, written with a colon, as a range, or bare."""
    if len(text) > MAX_FEATURE_CHARS:
        return None
    plain = PLAIN.fullmatch(text)
    if plain:
        side, name, value = plain.groups()
        if name == "device-pixel-ratio":
            name = "-webkit-device-pixel-ratio"
        if name in WORDED and not side:
            return WORDED[name] == value.strip()
        return _compared(name, {"n": ">=", "x": "<="}.get((side or "==")[-2], "="), value)
    return _range(text)


def _range(text: str) -> bool | None:
    """Say whether a feature holds that is bare or compared; Media Queries 4, section 2.4.3."""
    found = RANGE.fullmatch(text)
    if not found:
        return None
    before, first, name, second, after = found.groups()
    if not first and not second:
        if name in WORDED:
            return WORDED[name] not in FALSY
        return MEASURES[name] != 0 if name in MEASURES else None
    answers = []
    if first:
        answers.append(_compared(name, FLIPPED[first], before))
    if second:
        answers.append(_compared(name, second, after))
    return _all(answers)


def _compared(name: str, sign: str, value: str) -> bool | None:
    if name.startswith(("-moz-", "-ms-", "-o-")):
        return False
    here, there = MEASURES.get(name), _measure(value.strip())
    if here is None or there is None:
        return None
    return {
        "<": here < there, ">": here > there, "<=": here <= there, ">=": here >= there, "=": here == there,
    }[sign]  # fmt: skip


def _measure(value: str) -> float | None:
    ratio, density = RATIO.fullmatch(value), DENSITY.fullmatch(value)
    try:
        if ratio:
            return float(ratio[1]) / float(ratio[2])
        if density:
            return float(density[1]) / (96 if density[2] == "dpi" else 1)
    except (ValueError, ZeroDivisionError):
        return None
    return length_px(value, Ruler())


def _is_supported(text: str) -> bool | None:
    name, _, value = (part.strip() for part in text.partition(":"))
    if name.startswith(("-ms-", "-moz-", "-o-")):
        return False
    if name in WORDS:
        return is_value(name, value)
    return True if SUPPORTED.fullmatch(name) else None


def _says(token: Node) -> bool:
    return token.type not in ("whitespace", "comment")


def _not(answer: bool | None) -> bool | None:  # noqa: FBT001  (three answers)
    return None if answer is None else not answer


def _all(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    return False if False in found else None if None in found else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    return _not(_all(_not(answer) for answer in answers))
