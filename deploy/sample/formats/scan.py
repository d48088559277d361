"""Write scanned PDF: printed, put on the glass a little askew, and scanned. There is no text layer."""

import io
from hashlib import sha256

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from deploy.sample.formats.pdf import to_pdf
from deploy.sample.formats.source import Source

DPI = 200  # what office scanners do by default, and enough for OCR
JPEG_QUALITY = 72  # as coarse as a copier's "normal"
SKEW_DEGREES = 0.7  # at most; a careful person at the scanner
GRAIN = 9.0  # standard deviation of the grey noise, of 255


def to_scanned_pdf(source: Source) -> bytes:
    """Return the printed document as images of pages; the same source gives the same bytes."""
    seed = int.from_bytes(sha256(source.path.stem.encode()).digest()[:8], "big")
    chance = np.random.default_rng(seed)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=0)
    canvas.setTitle(source.path.stem)
    document = pypdfium2.PdfDocument(to_pdf(source))
    for page in document:
        picture = page.render(scale=DPI / 72, grayscale=True).to_pil()
        jpeg = io.BytesIO()
        _scan(picture, chance).save(jpeg, "JPEG", quality=JPEG_QUALITY)
        canvas.drawImage(ImageReader(jpeg), 0, 0, *A4)
        canvas.showPage()
    document.close()
    canvas.save()
    return buffer.getvalue()


def _scan(picture: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Return the page as a scanner sees it: turned, a little soft, grainy, on paper that is not quite white."""
    angle = float(chance.uniform(0.3, SKEW_DEGREES)) * (1 if chance.random() < 0.5 else -1)
    turned = picture.convert("L").rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    pixels = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.5)), dtype=np.float32)
    noise = chance.normal(0.0, GRAIN, pixels.shape).astype(np.float32)
    return Image.fromarray(np.clip(pixels * 0.94 + 6 + noise, 0, 255).astype(np.uint8))
