"""Read declarations of CSS: the properties that decide whether text is seen, shorthands parted, invalid values dropped.

Source: CSS Syntax 3, CSS Cascading and Inheritance 4, section 3 (shorthands) and 4 (invalid values are ignored).
"""

from collections.abc import Iterable, Iterator

from tinycss2.ast import Node

from ingest.parse.hidden.css_values import in_words, is_value

Declaration = tuple[str, str, bool]  # name, value in lower case, whether it is important

SIDES = ("top", "right", "bottom", "left")
KEPT = frozenset({
    "display", "visibility", "content-visibility", "mso-hide", "opacity", "filter", "transform", "scale", "translate",
    "rotate", "zoom", "clip", "clip-path", "mask-image", "overflow-x", "overflow-y", "flex", "flex-grow", "height",
    "width", "max-height", "max-width", "min-height", "min-width", "font-size", "position", "float", *SIDES,
    *(f"{box}-{side}" for box in ("margin", "padding") for side in SIDES), "text-indent", "color",
    "-webkit-text-fill-color", "-webkit-text-stroke", "text-shadow", "box-shadow", "background-color",
    "background-image", "background-clip", "color-scheme", "animation-name",
})  # fmt: skip
# What stands for several is kept whole under each name, and each is read out of it once variables are replaced.
LONG_NAMES: dict[str, tuple[str, ...]] = {
    "font": ("font-size",),
    "background": ("background-color", "background-image"),
    "animation": ("animation-name",),
    "mask": ("mask-image",),
    "-webkit-mask": ("mask-image",),
    "-webkit-mask-image": ("mask-image",),
    "-webkit-background-clip": ("background-clip",),
    "-webkit-transform": ("transform",),
    "-webkit-clip-path": ("clip-path",),
    "-webkit-filter": ("filter",),
    "-webkit-text-stroke-color": ("-webkit-text-stroke",),
    "inset-inline-start": ("left",),
    "margin-inline-start": ("margin-left",),
    "padding-inline-start": ("padding-left",),
    "inline-size": ("width",),
    "block-size": ("height",),
    "max-inline-size": ("max-width",),
    "max-block-size": ("max-height",),
}
FOUR = {"margin": "margin-{}", "padding": "padding-{}", "inset": "{}"}  # a value for each side
READ = KEPT | {*LONG_NAMES, *FOUR, "overflow"}
TURNS = (
    (0, 0, 0, 0),
    (0, 1, 0, 1),
    (0, 1, 2, 1),
    (0, 1, 2, 3),
)  # which value is whose, by how many there are


def declarations(content: Iterable[Node]) -> Iterator[Declaration]:
    """Yield what matters here and what a browser takes, in order."""
    for node in content:
        if node.type == "declaration" and (node.lower_name in READ or node.name.startswith("--")):
            for name, value in _parted(node.lower_name, in_words(node.value)):
                if is_value(name, value):
                    yield name, value, node.important


def _parted(name: str, words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the properties that one declaration stands for."""
    whole = " ".join(words)
    if name in FOUR and 1 <= len(words) <= len(TURNS):
        for side, turn in zip(SIDES, TURNS[len(words) - 1], strict=True):
            yield FOUR[name].format(side), words[turn]
    elif name == "overflow" and 1 <= len(words) <= 2:
        yield "overflow-x", words[0]
        yield "overflow-y", words[-1]
    else:
        for long_name in LONG_NAMES.get(name, (name,)):
            yield long_name, whole
