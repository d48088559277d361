"""Lay out the picture of the flow of data: browser, page, API, and a row for each neighbour. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.compliance.hops import Hop, front, hops
from app.compliance.paper import Box, Line, Picture
from app.compliance.tongue import Tongue
from app.settings import Settings

WIDTH: Final = 1000.0
HIGH, STEP, TOP = 52.0, 66.0, 20.0  # a box, from one to the next, above the first
BUS, RIGHT, WIDE = (
    610.0,
    720.0,
    260.0,
)  # where the API's line branches, where neighbours begin, how wide they are
LABELS: Final = {"inside": "", "machine": "loopback", "tls": "TLS", "plain": "without TLS"}


def picture(settings: Settings, say: Tongue) -> Picture:
    """Return the picture."""
    inwards, neighbours = front(settings), hops(settings)
    middle = TOP + (len(neighbours) - 1) * STEP / 2 + HIGH / 2
    boxes = (*_inner(settings, inwards, middle, say), *_outer(neighbours, say))
    lines = (*_inwards(inwards, middle, say), *_branches(neighbours, middle, say))
    told = ", ".join(say(one.name) for one in neighbours)
    alt = say("From the browser to the page, from there to the API, and from there to: {names}.", names=told)
    return Picture(WIDTH, TOP * 2 + (len(neighbours) - 1) * STEP + HIGH, boxes, lines, alt)


def _inner(settings: Settings, inwards: tuple[Hop, Hop], middle: float, say: Tongue) -> Iterator[Box]:
    y, api = middle - HIGH / 2, _short(inwards[1].address, 20)
    yield Box(10, y, 120, HIGH, (say("browser"), say("of an employee")), is_ours=False)
    yield Box(195, y, 190, HIGH, (say("page"), _short(inwards[0].address, 30)))
    worker = say("with workers") if settings.ingest.beside_api else say("and workers")
    yield Box(450, y - 10, 130, HIGH + 20, (say("API"), worker, api))


def _outer(neighbours: Sequence[Hop], say: Tongue) -> Iterator[Box]:
    for number, one in enumerate(neighbours):
        lines = (say(one.name), _short(one.address, 40) or say("in the process"))
        yield Box(RIGHT, TOP + number * STEP, WIDE, HIGH, lines, is_ours=not one.is_elsewhere)


def _inwards(inwards: tuple[Hop, Hop], middle: float, say: Tongue) -> Iterator[Line]:
    for (start, end), one in zip(((130, 195), (385, 450)), inwards, strict=True):
        yield Line(start, middle, end, middle, one.way, _label(one, say))


def _branches(neighbours: Sequence[Hop], middle: float, say: Tongue) -> Iterator[Line]:
    first = TOP + HIGH / 2
    yield Line(580, middle, BUS, middle, "inside")
    yield Line(BUS, first, BUS, first + (len(neighbours) - 1) * STEP, "inside")
    for number, one in enumerate(neighbours):
        y = first + number * STEP
        yield Line(BUS, y, RIGHT, y, one.way, _label(one, say))


def _short(address: str, most: int) -> str:
    """Return an address as it fits into its box; the table below the picture has it whole."""
    name = address.removesuffix(":443")
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _label(hop: Hop, say: Tongue) -> str:
    return say(LABELS[hop.way]) if LABELS[hop.way] else ""
