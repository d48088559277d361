"""Say what colour a text names, and whether letters of it are seen on a ground. Pure.

Source: CSS Color 4 for the names, WCAG 2.2 for contrast.
"""

import colorsys
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import tinycss2
from tinycss2.ast import Node
from tinycss2.color4 import D50, D65, Color, parse_color

from ingest.parse.hidden.css_values import SYSTEM_COLOURS

Colour = tuple[int, int, int]  # red, green, blue, each 0 to 255

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
NEAR = 36  # of 765, the sum of the differences of red, green and blue; 12 shades of each: nobody sees it
NEARLY = 32  # shades of one; farther apart, a hue tells equally light colours apart: yellow on white
MIN_CONTRAST = 1.15  # #eee on white has 1.16; WCAG asks for 4.5
DRAWN = re.compile("url|gradient|image|element|cross-fade|paint")
FAINT = 0.1  # opacity below which text is not seen
TO_RED, TO_GREEN, TO_BLUE = (  # of X, Y and Z; CSS Color 4, section 18
    (3.2409699, -1.5373832, -0.4986108),
    (-0.9692436, 1.8759675, 0.0415551),
    (0.0556301, -0.2039770, 1.0569715),
)
LEADING_TO_XYZ = {"lab": "xyz-d50", "lch": "xyz-d50", "oklab": "xyz-d65", "oklch": "xyz-d65"}


@dataclass(frozen=True, slots=True)
class Paint:
    """Hold a colour and how much of what is below it covers: 0 nothing, 1 all."""

    shade: Colour
    alpha: float

    def faded(self, opacity: float) -> "Paint":
        """Return it where all is as opaque as this."""
        return self if opacity == 1 else Paint(self.shade, self.alpha * opacity)

    def over(self, ground: Colour | None) -> Colour | None:
        """Return what is seen where it lies on a ground; None where that depends on an unknown one."""
        if self.alpha >= 1:
            return self.shade
        if ground is None:
            return None
        red, green, blue = (
            round(self.alpha * mine + (1 - self.alpha) * below)
            for mine, below in zip(self.shade, ground, strict=True)
        )
        return (red, green, blue)


@lru_cache(maxsize=4_096)
def paint_of(name: str) -> Paint | None:
    """Return the colour that CSS or a bare RRGGBB names; None where it names none, or one that depends.

    A mixture of one colour with itself is that colour.
    """
    text = name.strip()
    is_bare = len(text) == 6 and all(letter in "0123456789abcdefABCDEF" for letter in text)
    token = tinycss2.parse_one_component_value(f"#{text}" if is_bare else text, skip_comments=True)
    return _paint(token) or (_solid(token.arguments) if token.type == "function" else None)


def colour_of(name: str | None) -> Colour | None:
    """Return the shade of a colour; None where it names none, or one that depends."""
    paint = paint_of(name or "")
    return paint.shade if paint else None


def ground_of(value: str, below: Colour | None, *, is_picture: bool) -> Colour | None:
    """Return what is seen behind letters where a background is laid on what is below it; None where that is not known.

    A value may be the whole shorthand: pictures and gradients of it are counted or colours, as is asked.
    CSS Backgrounds 3, section 2.
    """
    for token in tinycss2.parse_component_value_list(value):
        is_drawn = token.type == "url" or (token.type == "function" and DRAWN.search(token.lower_name))
        if bool(is_drawn) is is_picture and token.type in ("url", "function", "ident", "hash"):
            paint = _paint(token) or (_solid(token.arguments) if token.type == "function" else None)
            if paint:
                below = paint.over(below)
            elif is_drawn or token.type == "function" or SYSTEM_COLOURS.fullmatch(token.lower_value):
                return None
    return below


def _solid(tokens: Sequence[Node]) -> Paint | None:
    """Return the colour that all are of; None where they differ, as in most gradients."""
    found = list(_paints(tokens))
    is_one = all(
        alike(found[0].shade, other.shade) and abs(found[0].alpha - other.alpha) < FAINT / 2
        for other in found
    )
    return found[0] if found and is_one else None


@lru_cache(maxsize=4_096)
def paints_in(value: str) -> tuple[Paint, ...]:
    """Return each colour that a value names."""
    return tuple(_paints(tinycss2.parse_component_value_list(value)))


def alike(one: Colour, other: Colour) -> bool:
    """Say whether nobody tells two colours apart: they differ too little, or in lightness and hue too little."""
    differences = [abs(a - b) for a, b in zip(one, other, strict=True)]
    if sum(differences) <= NEAR:
        return True
    return max(differences) <= NEARLY and _contrast(one, other) < MIN_CONTRAST


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a mixture with so large a share of the first."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def relit(colour: Colour, times: float, more: float) -> Colour:
    """Return a colour whose lightness, a share of 1, is multiplied and then added to."""
    hue, light, colourful = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    parts = colorsys.hls_to_rgb(hue, min(max(light * times + more, 0.0), 1.0), colourful)
    red, green, blue = (round(part * 255) for part in parts)
    return (red, green, blue)


def is_unreadable(letters: Paint, ground: Colour | None) -> bool:
    """Say whether nobody sees letters on a ground; only clear ones are told where it is not known."""
    seen = letters.over(ground)
    if letters.alpha < FAINT or seen is None or ground is None:
        return letters.alpha < FAINT
    return alike(seen, ground)


def _contrast(one: Colour, other: Colour) -> float:
    """Return WCAG's ratio of contrast, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(shade: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in shade)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _paints(tokens: Sequence[Node]) -> Iterator[Paint]:
    for token in tokens:
        paint = _paint(token)
        if paint:
            yield paint
        elif token.type == "function":
            yield from _paints(token.arguments)


def _paint(token: Node) -> Paint | None:
    try:
        colour = parse_color(token)
        return Paint(_shade(colour), colour.alpha or 0.0) if isinstance(colour, Color) else None
    except (ValueError, TypeError, AttributeError, NotImplementedError, ZeroDivisionError):
        return None  # tinycss2 does not foresee every broken colour


def _shade(colour: Color) -> Colour:
    if colour.space in ("srgb", "hsl", "hwb"):
        seen = colour.to("srgb").coordinates
    elif colour.space in LEADING_TO_XYZ:
        space = LEADING_TO_XYZ[colour.space]
        white = D50 if space == "xyz-d50" else D65
        xyz = [a / b * c for a, b, c in zip(colour.to(space).coordinates, white, D65, strict=True)]
        seen = [
            _encoded(sum(a * b for a, b in zip(row, xyz, strict=True))) for row in (TO_RED, TO_GREEN, TO_BLUE)
        ]
    elif colour.space.startswith("xyz"):
        raise NotImplementedError(colour.space)
    else:
        seen = colour.coordinates  # of wide spaces; their greys are those of sRGB
    red, green, blue = (round(255 * max(0.0, min(1.0, part or 0.0))) for part in seen)
    return (red, green, blue)


def _encoded(light: float) -> float:
    """Return the value of sRGB for linear light."""
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
