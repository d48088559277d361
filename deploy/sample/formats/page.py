"""Draw what every PDF page has besides its text: header, logo, footer, signatures."""

from datetime import datetime, time
from hashlib import sha256

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from deploy.sample.formats.brand import BRIGHT, CLAIM, COMPANY, DEEP, GREY, WORDS
from deploy.sample.formats.source import Source

WIDTH, HEIGHT = A4
SIDE = 22 * mm  # margin left and right


class Scribble(Flowable):  # type: ignore[misc]  # reportlab has no types
    """Draw something like a signature; the name decides its shape, so it never changes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.width, self.height = 120, 30

    def draw(self) -> None:
        """Draw connected curves whose shape follows the name."""
        self.canv.setStrokeColor(HexColor("#1F2F6B"))
        self.canv.setLineWidth(1.1)
        x, y = 4.0, 9.0
        for number in sha256(self.name.encode()).digest()[:8]:
            rise, step = 5 + number % 23, 6 + number % 11
            end = 6 + number % 7
            self.canv.bezier(x, y, x + step * 0.4, y + rise, x + step * 0.9, y - rise / 3, x + step, end)
            x, y = x + step, end


class NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Draw header and footer at the end, when the number of pages is known."""

    def __init__(self, *args: object, source: Source, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._source = source
        self._pages: list[dict[str, object]] = []
        # The moment of writing is the document's own date: no clock, and viewers show something sensible.
        moment = datetime.combine(source.dated, time(8)).timetuple()
        stamp = self._doc._timeStamp  # noqa: SLF001  # reportlab offers no other way
        stamp.lt, stamp.YMDhms = moment, tuple(moment)[:6]

    def showPage(self) -> None:  # noqa: N802  # reportlab's name
        """Keep the page for `save`."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page with its header and footer."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            _frame_page(self, self._source, number, len(self._pages))
            super().showPage()
        super().save()


def _frame_page(canvas: Canvas, source: Source, number: int, total: int) -> None:
    words = WORDS[source.language]
    _logo(canvas, SIDE, HEIGHT - 21 * mm, 10 * mm)
    canvas.setFillColor(HexColor(f"#{DEEP}"))
    canvas.setFont("Helvetica-Bold", 11)
    canvas.drawString(SIDE + 13 * mm, HEIGHT - 15.5 * mm, COMPANY)
    canvas.setFillColor(HexColor(f"#{GREY}"))
    canvas.setFont("Helvetica", 7.5)
    canvas.drawString(SIDE + 13 * mm, HEIGHT - 19.5 * mm, CLAIM)
    canvas.drawRightString(WIDTH - SIDE, HEIGHT - 15.5 * mm, words.internal)
    canvas.setStrokeColor(HexColor("#C9D6D9"))
    canvas.setLineWidth(0.5)
    canvas.line(SIDE, 15 * mm, WIDTH - SIDE, 15 * mm)
    canvas.drawString(SIDE, 11 * mm, f"{source.title}  ·  {source.version}  ·  {source.dated.isoformat()}")
    canvas.drawRightString(WIDTH - SIDE, 11 * mm, words.page.format(number, total))


def _logo(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(size / 40, size / 40)
    canvas.setFillColor(HexColor(f"#{DEEP}"))
    canvas.circle(20, 20, 18, stroke=0, fill=1)
    canvas.setFillColor(HexColor(f"#{BRIGHT}"))
    drop = canvas.beginPath()
    drop.moveTo(20, 32)
    drop.curveTo(26, 23, 29, 20, 29, 15)
    drop.arcTo(11, 6, 29, 24, startAng=0, extent=-180)
    drop.curveTo(11, 20, 14, 23, 20, 32)
    canvas.drawPath(drop, stroke=0, fill=1)
    canvas.setStrokeColor(white)
    canvas.setLineWidth(2)
    canvas.arc(14, 9, 26, 21, startAng=180, extent=80)
    canvas.restoreState()
