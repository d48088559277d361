"""Draw committed figures as an SVG that reads on light and on dark pages. Pure: the same figures, the same bytes.

Written out by hand, because a plotting library brings a dozen packages, and bytes that differ from version to version.
"""

import math
from dataclasses import dataclass
from statistics import median
from typing import Final
from xml.sax.saxutils import escape

from retrieval.compare import Figures, by_set, means
from retrieval.errors import InvalidRequest
from retrieval.evaluate import LEGS, Leg
from retrieval.metrics import mean

WIDTH: Final = 980
LEFT, MIDDLE, NAMES, RIGHT = 60, 440, 680, 900  # edges of the two panels, in pixels from the left
TOP, ROW, BOTTOM = 84, 30, 64
TICKS: Final = (1, 2, 5)  # of each decade
NAME_OF: Final = {"bm25": "BM25", "dense": "dense", "hybrid": "hybrid"}
STYLE: Final = """
  .page{fill:#fff;stroke:#d0d7de} text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}
  .dim{fill:#59636e;font-size:12px} .head{font-size:15px;font-weight:600} .bold{font-weight:600}
  .grid{stroke:#d8dee4;stroke-width:1} .join{stroke:#c3cad1;stroke-width:3;stroke-linecap:round}
  .bm25{fill:#b35900;stroke:#b35900} .dense{fill:#0969da;stroke:#0969da} .hybrid{fill:#1a7f37;stroke:#1a7f37}
  circle.small{fill-opacity:.32;stroke:none} .whisker{stroke-width:1.5} text.bm25,text.dense,text.hybrid{stroke:none}
  @media (prefers-color-scheme:dark){
  .page{fill:#0d1117;stroke:#3d444d} text{fill:#f0f6fc} .dim{fill:#9198a1} .grid{stroke:#2a313c} .join{stroke:#444c56}
  .bm25{fill:#f0983d;stroke:#f0983d} .dense{fill:#58a6ff;stroke:#58a6ff} .hybrid{fill:#56d364;stroke:#56d364}}"""


@dataclass(frozen=True, slots=True)
class Scale:
    """Turn values from `low` to `high` into pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low)


def drawn(figures: Figures) -> str:
    """Return the SVG: quality against latency by leg on the left, each set on the right. Raises InvalidRequest."""
    if not figures.groups:
        raise InvalidRequest(
            "there are no committed figures to draw",
            remedy="write them: `intramuros eval retrieval --data DIR --save`",
        )
    quality = {leg: means(figures, leg) for leg in LEGS}
    height = TOP + ROW * max(len(quality["hybrid"]), 9) + BOTTOM
    heading = f"nDCG@10 of {len(quality['hybrid'])} sets, {escape(figures.embedder.split('@')[0])}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{heading}, against milliseconds a question</title>",
        f"<style>{STYLE}\n</style>",
        f'<rect class="page" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>',
        _text(LEFT - 36, 34, "Quality against latency", "head"),
        _text(LEFT - 36, 54, "nDCG@10: mean of the sets, from the worst to the best", "dim"),
        _text(MIDDLE + 70, 34, "Each set", "head"),
        _text(MIDDLE + 70, 54, "nDCG@10, mean of its languages and directions", "dim"),
        *_legend(34),
        *_latency_panel(figures, quality, height - BOTTOM),
        *_set_panel(quality),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _latency_panel(figures: Figures, quality: dict[Leg, dict[str, float]], floor: int) -> list[str]:
    took = {leg: _milliseconds(figures, leg) for leg in LEGS}
    every = [value for by_name in took.values() for value in by_name.values()]
    ticks = _ticks(min(every), max(every))
    across = Scale(math.log10(ticks[0]), math.log10(ticks[-1]), LEFT, MIDDLE)
    up = _quality_scale(quality, floor - 12, TOP + 28)
    parts = []
    for tenth in range(round(up.low * 10), round(up.high * 10) + 1):
        y = up.at(tenth / 10)
        parts += [
            _line(LEFT, y, MIDDLE, y, "grid"),
            _text(LEFT - 8, y + 4, f"{tenth / 10:.1f}", "dim", "end"),
        ]
    for tick in ticks:
        x = across.at(math.log10(tick))
        parts += [
            _line(x, floor - 12, x, floor - 6, "grid"),
            _text(x, floor + 10, f"{tick:g}", "dim", "middle"),
        ]
    parts.append(
        _text((LEFT + MIDDLE) / 2, floor + 34, "milliseconds a question (p50, log scale)", "dim", "middle")
    )
    for leg in LEGS:
        values = list(quality[leg].values())
        parts += [
            _dot(across.at(math.log10(took[leg][name])), up.at(value), 4, f"{leg} small")
            for name, value in quality[leg].items()
        ]
        typical = median(took[leg].values())
        x, y = across.at(math.log10(typical)), up.at(mean(values))
        low, high = up.at(min(values)), up.at(max(values))
        # Dense and hybrid stand close to each other: one is labelled below, the other above.
        label = low + 18 if leg == "dense" else high - 12
        said = f"{NAME_OF[leg]} {mean(values):.3f} · {typical:.2g} ms"
        parts += [_line(x, low, x, high, f"{leg} whisker"), _dot(x, y, 8, leg)]
        parts.append(_text(min(max(x, LEFT + 84), MIDDLE - 70), label, said, f"{leg} bold", "middle"))
    return parts


def _set_panel(quality: dict[Leg, dict[str, float]]) -> list[str]:
    across = _quality_scale(quality, NAMES, RIGHT)
    names = sorted(quality["hybrid"], key=lambda name: -quality["hybrid"][name])
    bottom = TOP + ROW * len(names)
    parts = []
    for tenth in range(round(across.low * 10), round(across.high * 10) + 1, 2):
        x = across.at(tenth / 10)
        parts += [
            _line(x, TOP, x, bottom, "grid"),
            _text(x, bottom + 16, f"{tenth / 10:.1f}", "dim", "middle"),
        ]
    for place, name in enumerate(names):
        y = TOP + ROW * (place + 0.5)
        ends = [quality[leg][name] for leg in LEGS]
        parts.append(_text(NAMES - 14, y + 4, name, "", "end"))
        parts.append(_line(across.at(min(ends)), y, across.at(max(ends)), y, "join"))
        parts += [_dot(across.at(quality[leg][name]), y, 7 if leg == "hybrid" else 5, leg) for leg in LEGS]
        parts.append(_text(RIGHT + 12, y + 4, f"{quality['hybrid'][name]:.3f}", "hybrid bold"))
    return parts


def _legend(y: float) -> list[str]:
    parts = []
    for leg, x in zip(LEGS, (RIGHT - 152, RIGHT - 86, RIGHT - 20), strict=True):
        parts += [_dot(x, y - 5, 5, leg), _text(x + 10, y, NAME_OF[leg], "")]
    return parts


def _milliseconds(figures: Figures, leg: Leg) -> dict[str, float]:
    """Return the median of the p50 of each set's groups; at least a hundredth, for the logarithm."""
    return {
        name: max(median(group.legs[leg].p50_ms for group in groups), 0.01)
        for name, groups in by_set(figures.groups).items()
    }


def _ticks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 of each decade that reach from below `low` to above `high`."""
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    every = [tick * 10.0**decade for decade in decades for tick in TICKS]
    first = max(tick for tick in every if tick < low)
    last = min(tick for tick in every if tick > high)
    return [tick for tick in every if first <= tick <= last]


def _quality_scale(quality: dict[Leg, dict[str, float]], start: float, end: float) -> Scale:
    worst = min(value for by_name in quality.values() for value in by_name.values())
    return Scale(math.floor(min(worst, 0.9) * 10) / 10, 1.0, start, end)


def _text(x: float, y: float, said: str, kind: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(said)}</text>'


def _line(x: float, y: float, to_x: float, to_y: float, kind: str) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" class="{kind}"/>'


def _dot(x: float, y: float, radius: float, kind: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" class="{kind}"/>'
