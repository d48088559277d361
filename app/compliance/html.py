"""Draw a paper as one page of HTML: no script, nothing loaded, light and dark, to be printed. Pure."""

from collections.abc import Iterator
from html import escape
from typing import Final

from app.compliance.paper import (
    Blank,
    Block,
    Box,
    Card,
    Frame,
    Heading,
    Line,
    Paper,
    Picture,
    Points,
    Table,
    Text,
)
from app.privacy.export_page import STYLE

_OWN: Final = """
:root { --ours: #0f766e; --other: #b45309; --way-tls: #15803d; }
@media (prefers-color-scheme: dark) { :root { --ours: #5eead4; --other: #fbbf24; --way-tls: #86efac; } }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; } nav { font-size: .9rem; margin-bottom: 1.5rem; }
nav a { margin-right: .9rem; } nav a[aria-current] { font-weight: 600; text-decoration: none; }
.card th { width: 11rem; color: var(--soft); }
.blank { border: 1.5px dashed var(--other); border-radius: .5rem; padding: .6rem .9rem 2.6rem; margin: .8rem 0; }
.blank b { color: var(--other); display: block; font-size: .85rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .first { font-weight: 600; } svg .small { fill: var(--soft); font-size: 11.5px; }
svg rect { fill: var(--tint); stroke: var(--ours); stroke-width: 1.5; }
svg line { stroke: var(--soft); stroke-width: 1.5; }
svg rect.other { stroke: var(--other); stroke-dasharray: 5 3; }
svg line.tls { stroke: var(--way-tls); stroke-width: 2.5; }
svg line.plain { stroke: var(--other); stroke-dasharray: 5 3; }
@media print { body { max-width: none; padding: 0; font-size: .85rem; } nav { display: none; }
  .card, tr, .blank, svg { break-inside: avoid; } h2, h3 { break-after: avoid; } @page { margin: 18mm; } }
"""
_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>{style}</style></head><body>
{nav}<h1>{title}</h1><p class="soft">{made}</p>
{body}
</body></html>
"""


def page(paper: Paper, frame: Frame) -> str:
    """Return the paper as a page that leads to the others of its pack."""
    return _PAGE.format(
        language=frame.language,
        title=escape(paper.title),
        style=STYLE + _OWN,
        nav=_nav(paper, frame),
        made=escape(frame.made),
        body="\n".join(_draw(block, frame) for block in paper.blocks),
    )


def svg(picture: Picture) -> str:
    """Return the picture as SVG that takes its colours from the page it is in."""
    drawn = "".join((*map(_line, picture.lines), *(part for box in picture.boxes for part in _box(box))))
    size = f'viewBox="0 0 {picture.width:g} {picture.height:g}"'
    inside = f"<title>{escape(picture.alt)}</title>{drawn}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">{inside}</svg>'


def alone(picture: Picture) -> str:
    """Return the picture as a file of its own, which brings its colours."""
    return svg(picture).replace("<title>", f"<style>{STYLE + _OWN}</style><title>", 1)


def _nav(paper: Paper, frame: Frame) -> str:
    links = (
        f'<a href="{name}.html"{" aria-current=page" if name == paper.name else ""}>{escape(title)}</a>'
        for name, title in frame.papers
    )
    return f"<nav>{' '.join(links)}</nav>"


def _draw(block: Block, frame: Frame) -> str:
    drawn = ""
    match block:
        case Heading():
            drawn = f"<h2>{escape(block.text)}</h2>"
        case Text():
            drawn = f"<p>{escape(block.text)}</p>"
        case Points():
            drawn = f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>"
        case Blank():
            drawn = f'<div class="blank"><b>{escape(frame.ask)}</b>{escape(block.ask)}</div>'
        case Picture():
            drawn = svg(block)
        case Card():
            drawn = _card(block)
        case Table():
            drawn = _table(block)
    return drawn


def _card(card: Card) -> str:
    rows = (f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in card.rows)
    return f'<div class="card"><h3>{escape(card.title)}</h3><table>{"".join(rows)}</table></div>'


def _table(table: Table) -> str:
    heads = "".join(
        f'<th style="width:{width:.0%}">{escape(one)}</th>'
        for one, width in zip(table.columns, table.widths, strict=True)
    )
    rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in table.rows)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _line(line: Line) -> str:
    drawn = f'<line class="{line.way}" x1="{line.x1:g}" y1="{line.y1:g}" x2="{line.x2:g}" y2="{line.y2:g}"/>'
    if not line.label:
        return drawn
    middle = (line.x1 + line.x2) / 2
    words = f'<text class="small" x="{middle:g}" y="{line.y2 - 6:g}" text-anchor="middle">{escape(line.label)}</text>'
    return drawn + words


def _box(box: Box) -> Iterator[str]:
    kind = "" if box.is_ours else ' class="other"'
    yield f'<rect{kind} x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="6"/>'
    for number, text in enumerate(box.lines):
        y = box.y + 21 + number * 17
        name = "small" if number else "first"
        middle = box.x + box.width / 2
        yield f'<text class="{name}" x="{middle:g}" y="{y:g}" text-anchor="middle">{escape(text)}</text>'
