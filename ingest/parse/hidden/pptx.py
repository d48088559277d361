"""Take out text that a slide holds but does not show: of hidden shapes, off the slide, tiny, or like its ground.

Ink is followed from the run through the shape's list styles, its layout's and its master's (ECMA-376 part 1,
21.1.2.4.12 and 19.3.1.51), the ground from the shape over what is drawn below it to the slide's background
(19.3.1.2). What stands on a picture, a gradient or a table's style is taken as seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.parse.hidden.drawingml import Scheme, colour_in, paint_of
from ingest.parse.hidden.passage import is_text
from ingest.parse.hidden.sight import TINY_POINTS, Fill, Paint, ground_of, is_lost
from ingest.parse.hidden.slide import Box, Slide, Stage, box_of, properties_of
from ingest.parse.ooxml import attribute, child, children, descendants, local

HUNDREDTHS = 100  # of a point, in which sizes are given (21.1.2.3.9)
FALLBACK = frozenset({"Fallback"})
GROUPS = ("grpSp", "AlternateContent", "Choice")
DRAWN = ("sp", "pic", "graphicFrame", "cxnSp", *GROUPS)
MAX_NESTING = 20  # as the parser's


def drop_unseen(slide: Slide) -> int:
    """Take what is not seen out of a slide's tree; return how many passages that were."""
    shapes = child(child(slide.root, "cSld"), "spTree")
    return 0 if shapes is None else _Judge(slide, slide.stage()).group(shapes, None, 0)


@dataclass(slots=True)
class _Judge:
    slide: Slide
    stage: Stage  # what is drawn so far

    def group(self, parent: etree._Element, outer: etree._Element | None, depth: int) -> int:
        count = 0
        for shape in [item for item in parent if local(item) in DRAWN] if depth <= MAX_NESTING else []:
            box = box_of(self.slide, shape)
            properties = properties_of(shape)
            is_hidden = properties is not None and (properties.get("hidden") or "0") in ("1", "true")
            if is_hidden or (box is not None and self.slide.is_off(box)):
                count += is_text(_text(shape))
                parent.remove(shape)
            elif local(shape) in GROUPS:
                count += self.group(shape, shape if local(shape) == "grpSp" else outer, depth + 1)
            else:
                count += self.shape(shape, box, outer)
        return count

    def shape(self, shape: etree._Element, box: Box | None, outer: etree._Element | None) -> int:
        scheme = self.slide.scheme
        if local(shape) == "pic":
            self.stage.draw(box, Fill.UNKNOWN)
            return 0
        if local(shape) == "graphicFrame":
            count = sum(self.table(table, box) for table in descendants(shape, "tbl", skip=FALLBACK))
            self.stage.draw(box, Fill.UNKNOWN)
            return count
        paint = self.slide.fill(shape)
        if paint is Fill.UNKNOWN and outer is not None and child(child(shape, "spPr"), "grpFill") is not None:
            paint = paint_of(child(outer, "grpSpPr"), scheme) or Fill.UNKNOWN
        body = child(shape, "txBody")
        count = 0
        if body is not None:
            ground = ground_of([paint, self.stage.below(box), self.slide.background()])
            count = self.body(body, ground, self.slide.styles(shape), self.slide.font(shape))
        self.stage.draw(box, paint)
        return count

    def table(self, table: etree._Element, box: Box | None) -> int:
        """Judge a table's cells; a table's style may paint any of them."""
        style = child(child(table, "tblPr"), "tableStyleId")
        count = 0
        for cell in (cell for row in children(table, "tr") for cell in children(row, "tc")):
            own = paint_of(child(cell, "tcPr"), self.slide.scheme)
            behind = Fill.NOTHING if style is None else Fill.UNKNOWN
            ground = ground_of([own or behind, self.stage.below(box), self.slide.background()])
            body = child(cell, "txBody")
            count += 0 if body is None else self.body(body, ground, [], None)
        return count

    def body(
        self,
        body: etree._Element,
        ground: Paint,
        styles: list[etree._Element],
        font: etree._Element | None,
    ) -> int:
        """Take out the runs of a shape's text that are not seen; a row of them is one passage."""
        count = 0
        for paragraph in children(body, "p"):
            level = attribute(child(paragraph, "pPr"), "lvl") if child(paragraph, "pPr") is not None else "0"
            name = f"lvl{int(level) + 1 if level and level.isdigit() else 1}pPr"
            lists = [child(body, "lstStyle"), *styles]
            inherited = [child(child(one, name), "defRPr") for one in lists if one is not None]
            gone: list[str] = []
            for run in children(paragraph, "r", "fld"):
                looks = [look for look in (child(run, "rPr"), *inherited) if look is not None]
                if _is_unseen(looks, ground, self.slide.scheme, font):
                    gone.append(_text(run))
                    paragraph.remove(run)
            count += is_text("".join(gone))
        return count


def _is_unseen(
    looks: list[etree._Element], ground: Paint, scheme: Scheme, font: etree._Element | None
) -> bool:
    size = next((attribute(look, "sz") for look in looks if attribute(look, "sz")), None) or ""
    if size.isdigit() and int(size) < TINY_POINTS * HUNDREDTHS:
        return True
    paints = [paint_of(look, scheme) for look in looks[:1]]
    paints.append(colour_in(font, scheme) if font is not None and len(font) else None)
    paints += [paint_of(look, scheme) for look in looks[1:]]
    ink = next((paint for paint in paints if paint is not None), None)
    if ink is Fill.NOTHING and any(_has_outline(look, scheme) for look in looks):
        return False
    return is_lost(ink, ground)


def _has_outline(look: etree._Element, scheme: Scheme) -> bool:
    return paint_of(child(look, "ln"), scheme) not in (None, Fill.NOTHING)


def _text(element: etree._Element) -> str:
    def parts() -> Iterator[str]:
        for item in descendants(element, "t", skip=FALLBACK):
            yield item.text or ""

    return "".join(parts())
