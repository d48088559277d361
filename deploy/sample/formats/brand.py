"""Give every page the company's colours, its logo and the small words in the page's language."""

import io
from dataclasses import dataclass

from deploy.sample.formats.source import Source

COMPANY = "Quellmark SE"
CLAIM = "Dosing · Filling · Control"
DEEP = "0F4C5C"  # headings, table headers
BRIGHT = "2A9D8F"  # the drop in the logo, rules
PALE = "EEF5F5"  # every second row of a table
GREY = "5F6B73"  # headers, footers, captions


@dataclass(frozen=True, slots=True)
class Words:
    """Hold the small words of one language."""

    version: str
    dated: str
    owner: str
    page: str  # takes number and total
    internal: str


WORDS = {
    "en": Words("Version", "Date", "Owner", "Page {} of {}", "Internal document"),
    "de": Words("Version", "Stand", "Verantwortlich", "Seite {} von {}", "Internes Dokument"),
    "fr": Words("Version", "Date", "Responsable", "Page {} sur {}", "Document interne"),
    "it": Words("Versione", "Data", "Responsabile", "Pagina {} di {}", "Documento interno"),
    "es": Words("Versión", "Fecha", "Responsable", "Página {} de {}", "Documento interno"),
}

LOGO_SVG = (
    '<svg width="34" height="34" viewBox="0 0 40 40" role="img" aria-label="Quellmark">'
    f'<circle cx="20" cy="20" r="18" fill="#{DEEP}"/>'
    f'<path d="M20 8 C26 17 29 20 29 25 A9 9 0 0 1 11 25 C11 20 14 17 20 8Z" fill="#{BRIGHT}"/>'
    '<path d="M15 26 A5 5 0 0 0 20 31" stroke="#fff" stroke-width="2" fill="none"/></svg>'
)


def facts(source: Source) -> str:
    """Return the line below a title: version, date and owner in the document's language."""
    words = WORDS[source.language]
    # A version such as "signed" speaks for itself.
    version = f"{words.version} {source.version}" if source.version[0].isdigit() else source.version
    return f"{version}  ·  {words.dated} {source.dated.isoformat()}  ·  {words.owner}: {source.department}"


def logo_png(pixels: int = 240) -> bytes:
    """Return the logo as a PNG on white, for formats that take no vectors."""
    # heavy: only office files need a picture
    from PIL import Image, ImageDraw

    scale = pixels / 40
    image = Image.new("RGB", (pixels, pixels), "white")
    draw = ImageDraw.Draw(image)

    def box(*points: float) -> tuple[float, ...]:
        return tuple(point * scale for point in points)

    draw.ellipse(box(2, 2, 38, 38), fill=f"#{DEEP}")
    draw.polygon([box(20, 8), box(27.6, 20), box(12.4, 20)], fill=f"#{BRIGHT}")
    draw.ellipse(box(11, 15.5, 29, 33.5), fill=f"#{BRIGHT}")
    draw.arc(box(15, 21, 25, 31), 90, 180, fill="white", width=max(1, int(2 * scale)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
