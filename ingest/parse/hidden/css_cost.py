"""Say what selectors cost on a page before they are looked for: a sheet of a few kilobytes can ask for hours."""

import re
from dataclasses import dataclass

from lxml import etree

# Looks at one element, of which a million take a second or less; 3,000 selectors on a page of 2,000 elements take six.
MAX_WORK = 20_000_000
# Combinators that look at each pair of siblings; not [a~=b], 2n+1.
SIBLINGS = re.compile(r"~(?!=)|\+(?!\s*\d)")
# Pairs that a place among siblings (:nth-child) counts in the time a combinator takes for one.
PAIRS_OF_PLACES = 100
VISITS_OF_DESCENT = 20  # as above, of what lies below an element


@dataclass(frozen=True, slots=True)
class Size:
    """Say how large a page is in what selectors look at."""

    elements: int
    pairs: int  # of siblings
    levels: int  # each element's depth, added up

    def work(self, selector: str) -> int:
        """Return what it takes at most to look for all that a selector matches, in looks at one element."""
        pairs = self.pairs * len(SIBLINGS.findall(selector))
        pairs += self.pairs // PAIRS_OF_PLACES * selector.count(":")
        descents = self.levels // VISITS_OF_DESCENT * len(selector.split())
        return self.elements + pairs + descents


def size_of(root: etree._Element) -> Size:
    """Return a page's size."""
    elements = pairs = levels = 0
    depth = -1
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            depth += 1
            elements += 1
            levels += depth
            pairs += len(element) ** 2
        else:
            depth -= 1
    return Size(elements, pairs, levels)
