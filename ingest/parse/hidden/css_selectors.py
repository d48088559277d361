"""Part, nest and translate the selectors of style sheets. Pure.

Source: Selectors 4, CSS Nesting 1.
"""

import re
from collections.abc import Iterator, Sequence

import tinycss2
from cssselect import HTMLTranslator
from cssselect.parser import Pseudo
from cssselect.xpath import XPathExpr
from lxml import etree
from tinycss2.ast import Node

MAX_SELECTOR_CHARS = 1_000  # cssselect goes down a selector by calling itself
# What is true of nothing on a page that nobody touches.
NEVER = re.compile(
    r"focus-(?:within|visible)|target-within|fullscreen|modal|popover-open|autofill|user-(?:in)?valid|playing|"
    r"picture-in-picture|placeholder-shown|-(?:moz|ms|webkit)-.*"
)


class _Resting(HTMLTranslator):
    """Translate selectors for a page that nobody touches."""

    def xpath_pseudo(self, pseudo: Pseudo) -> XPathExpr:
        """Return what matches a pseudo-class; cssselect knows those of Selectors 3."""
        if NEVER.fullmatch(pseudo.ident):
            return self.pseudo_never_matches(self.xpath(pseudo.selector))
        return super().xpath_pseudo(pseudo)


TRANSLATOR = _Resting()


def selectors_of(prelude: Sequence[Node]) -> Iterator[str]:
    """Yield the selectors of a list; a state in one of them is no state of the others."""
    parts: list[list[Node]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return (tinycss2.serialize(part).strip() for part in parts)


def within(text: str, parents: tuple[str, ...]) -> str:
    """Return a selector with the rule around it in the place of `&`."""
    if not parents:
        return text
    around = parents[0] if len(parents) == 1 else f":is({', '.join(parents)})"
    if len(around) > MAX_SELECTOR_CHARS:
        return around
    return text.replace("&", around) if "&" in text else f"{around} {text}"


def names_of(root: etree._Element) -> frozenset[str]:
    """Return the classes and ids on the page as selectors write them: .class, #id."""
    classes = (f".{name}" for held in root.xpath("//@class") for name in held.split())
    return frozenset((*classes, *(f"#{held}" for held in root.xpath("//@id"))))
