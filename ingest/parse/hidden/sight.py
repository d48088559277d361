"""Say what stands between a text and a reader's eye: ink, ground and size. Pure.

Shared by the formats whose files say how each run looks: Word, PowerPoint, Excel, OpenDocument, RTF.
"""

from collections.abc import Iterable
from enum import Enum

from ingest.parse.hidden.colour import WHITE, Colour, alike

TINY_POINTS = 2.0  # text below two points is a grey line even in print; programs offer 8 as their smallest


class Fill(Enum):
    """Name what is no single colour."""

    NOTHING = "nothing is painted"
    UNKNOWN = "a picture, a gradient, or what cannot be told"


Paint = Colour | Fill


def ground_of(paints: Iterable[Paint | None]) -> Paint:
    """Return the nearest of the paints behind a text, from the nearest on; the white page where none is painted."""
    return next((paint for paint in paints if paint not in (None, Fill.NOTHING)), None) or WHITE


def is_lost(ink: Paint | None, ground: Paint) -> bool:
    """Say whether ink cannot be told from the ground; ink or ground that is not known is seen."""
    if ink is Fill.NOTHING:
        return True
    return isinstance(ink, tuple) and isinstance(ground, tuple) and alike(ink, ground)
