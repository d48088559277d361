"""Make zipped office files the same bytes whenever their content is the same."""

import io
import re
import zipfile
from datetime import date

EPOCH = (2026, 1, 1, 0, 0, 0)  # any fixed moment does; a zip entry cannot be without one
STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def repack(data: bytes, *, dated: date) -> bytes:
    """Return the archive with fixed entry times and with `dated` as the moment it was written and changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                # openpyxl stamps the moment of saving, whatever the caller sets.
                content = STAMP.sub(rb"\g<1>" + f"{dated.isoformat()}T08:00:00Z".encode() + rb"\2", content)
            new.writestr(zipfile.ZipInfo(entry.filename, EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
