"""Take out runs of a DOCX that it holds but does not show, judged by their formatting."""

from lxml import etree

from ingest.parse.hidden.colour import WHITE, alike, colour_of
from ingest.parse.hidden.passage import hidden_text, is_text
from ingest.parse.ooxml import attribute, child, children, descendants, local
from ingest.types import Finding

MIN_HALF_POINTS = 2  # text of one point
FALSE = ("0", "false", "off")


def drop_unseen_runs(root: etree._Element, styles: etree._Element | None) -> tuple[Finding, ...]:
    """Take hidden, white and tiny runs out of a part of a DOCX; return a finding where they held text.

    White counts only on the page itself: a table cell, a text box or a shaded paragraph may be dark.
    """
    hidden_styles = {
        attribute(style, "styleId")
        for style in ([] if styles is None else children(styles, "style"))
        if _is_on(child(child(style, "rPr"), "vanish"))
    }
    count = 0
    for run in list(descendants(root, "r", skip=frozenset())):
        properties = child(run, "rPr")
        if properties is not None and _is_unseen_run(run, properties, hidden_styles):
            count += is_text("".join(text.text or "" for text in children(run, "t")))
            run.getparent().remove(run)
    return hidden_text(count)


def _is_unseen_run(run: etree._Element, properties: etree._Element, hidden_styles: set[str | None]) -> bool:
    style = child(properties, "rStyle")
    vanish = child(properties, "vanish")
    if _is_on(vanish) or (vanish is None and style is not None and attribute(style, "val") in hidden_styles):
        return True
    size = child(properties, "sz")
    half_points = attribute(size, "val") if size is not None else None
    if half_points is not None and half_points.isdigit() and int(half_points) <= MIN_HALF_POINTS:
        return True
    colour = child(properties, "color")
    named = colour_of(attribute(colour, "val")) if colour is not None else None
    return named is not None and alike(named, WHITE) and not _may_be_dark(run, properties)


def _is_on(switch: etree._Element | None) -> bool:
    return switch is not None and (attribute(switch, "val") or "true").lower() not in FALSE


def _may_be_dark(run: etree._Element, properties: etree._Element) -> bool:
    """Say whether something may stand behind a run: its own shading, its paragraph's, a cell, a box, the page's."""
    if any(child(properties, name) is not None for name in ("shd", "highlight")):
        return True
    for above in run.iterancestors():
        name = local(above)
        if name in ("tc", "txbxContent") or (name == "p" and child(child(above, "pPr"), "shd") is not None):
            return True
        if name == "p" and child(child(above, "pPr"), "pStyle") is not None:
            return True  # the style may shade it
        if name == "document" and child(above, "background") is not None:
            return True
    return False
