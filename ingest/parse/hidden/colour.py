"""Say what colour a text names, and whether two can be told apart. Pure."""

import colorsys

from tinycss2.color4 import Color, parse_color

Colour = tuple[int, int, int]  # red, green, blue, each 0 to 255

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
NEAR = 36  # of 765, the sum of the differences of red, green and blue; 12 shades of each: nobody sees it
CONVERTED = ("srgb", "hsl", "hwb")  # spaces that tinycss2 turns into sRGB
FAINT = 0.1  # opacity below which text is not seen


def colour_of(name: str | None) -> Colour | None:
    """Return the colour that CSS or a bare RRGGBB names; None where it names none, or one that depends."""
    colour = _parsed(name)
    if colour is None or colour.space not in CONVERTED:
        return None
    red, green, blue = (round(part * 255) for part in colour.to("srgb").coordinates)
    return (red, green, blue)


def is_clear(name: str) -> bool:
    """Say whether a colour is transparent."""
    colour = _parsed(name)
    return colour is not None and (colour.alpha or 0.0) < FAINT


def alike(one: Colour, other: Colour) -> bool:
    """Say whether nobody tells two colours apart."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= NEAR


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


def _parsed(name: str | None) -> Color | None:
    text = (name or "").strip()
    is_bare = len(text) == 6 and all(letter in "0123456789abcdefABCDEF" for letter in text)
    colour = parse_color(f"#{text}" if is_bare else text)
    return colour if isinstance(colour, Color) else None
