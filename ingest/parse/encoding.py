"""Turn bytes of unknown encoding into text. Pure."""

import codecs
import re
from collections.abc import Callable

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})""")
DECLARATION_WINDOW = 2048  # HTML looks for its charset in the first 1024 bytes; twice that is generous
CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\f\r\x1b")  # no text is full of them
SNIFF_BYTES = 64 * 1024  # statistics of letters are stable long before this
UTF16_ZERO_SHARE = 0.25  # Latin text in UTF-16 has every second byte zero; no other text has any


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Return the text of `data`: by byte order mark, then UTF-8, then what it declares, then by statistics.

    UTF-8 comes before the declaration because bytes that are valid UTF-8 and not ASCII are UTF-8, whatever
    the label says. Never raises: the last resort is Windows-1252 with replacement characters.
    """
    for mark, name in BOMS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    wide = _wide(data)
    if wide is not None:
        return data.decode(wide, errors="replace")
    choices: tuple[Callable[[], str | None], ...] = (
        lambda: "utf-8",
        lambda: declared or _declared(data),
        lambda: _guessed(data),  # the dearest, so only where the others fail
    )
    for choose in choices:
        text = _try(data, choose())
        if text is not None:
            return text
    return data.decode("cp1252", errors="replace")


def is_text(data: bytes) -> bool:
    """Return whether `data` can be text: no NUL byte, unless it is UTF-16 or UTF-32."""
    if any(data.startswith(mark) for mark, _ in BOMS) or _wide(data) is not None:
        return True
    controls = len(data) - len(data.translate(None, CONTROLS))
    return b"\0" not in data and controls <= len(data) // 50


def _wide(data: bytes) -> str | None:
    """Return the UTF-16 flavour of bytes without a mark, told by which half of each pair is zero."""
    window = data[:SNIFF_BYTES]
    pairs = len(window) // 2
    if pairs < 2 or b"\0" not in window:
        return None
    even, odd = window[0::2].count(0), window[1::2].count(0)
    if odd > 2 * UTF16_ZERO_SHARE * pairs and even * 20 < odd:
        return "utf-16-le"
    if even > 2 * UTF16_ZERO_SHARE * pairs and odd * 20 < even:
        return "utf-16-be"
    return None


def _declared(data: bytes) -> str | None:
    found = DECLARED.search(data[:DECLARATION_WINDOW])
    return found.group(1).decode("ascii") if found else None


def _guessed(data: bytes) -> str | None:
    # heavy: keeps --help under 0.3 s
    from charset_normalizer import from_bytes

    best = from_bytes(data[:SNIFF_BYTES], cp_isolation=list(CANDIDATES)).best()
    return best.encoding if best else None


# What European office files are written in; an open choice takes short Western texts for Vietnamese or EBCDIC.
CANDIDATES = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "iso8859_2", "iso8859_15", "koi8_r", "cp437")


def _try(data: bytes, name: str | None) -> str | None:
    if not name:
        return None
    try:
        # ISO-8859-1 as declared means Windows-1252 in practice (WHATWG Encoding Standard)
        found = codecs.lookup(name).name
        return data.decode("cp1252" if found == "iso8859-1" else found)
    except (LookupError, UnicodeError, ValueError):
        return None
