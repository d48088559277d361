"""Cut RTF into its tokens, and name the encodings and destinations of RTF 1.9.1. Pure."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^A-Za-z])|([{}])"  # word, byte, symbol, brace
    rb"|[\r\n\0]+|([^\\{}\r\n\0]+)|\\",  # nothing, text, a backslash at the very end
    re.DOTALL,
)
CODE_PAGES = {  # by \fcharset
    0: "cp1252", 2: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
CHARACTERS = {
    "par": "\n", "sect": "\n", "line": "\n", "tab": "\t", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
    "~": "\xa0", "_": "-", "\n": "\n", "\r": "\n", "{": "{", "}": "}", "\\": "\\", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
# What no reader sees in the text: pictures, page furniture, codes of fields and indexes.
UNREAD = frozenset({
    "pict", "objdata", "objclass", "objname", "header", "headerl", "headerr", "headerf", "footer",
    "footerl", "footerr", "footerf", "fldinst", "xe", "tc", "rxe", "txe", "nonshppict",
    "pnseclvl", "nonesttables", "sp", "filetbl", "private", "atnid", "atnauthor", "bkmkstart", "bkmkend", "revtbl",
    "author", "operator", "company", "comment", "doccomm", "keywords", "subject", "category", "hlinkbase", "ftnsep",
    "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "creatim", "revtim", "printim", "buptim", "manager",
    "mmathPr", "themedata", "datastore", "generator", "userprops", "xmlnstbl", "listtable", "listoverridetable",
})  # fmt: skip
STARRED = frozenset({"shpinst", "shptxt", "shppict", "annotation", "footnote", "ud", "cs", "ts", "fldrslt"})
LISTS = ("ls", "pnlvlblt", "pnlvlbody")  # control words that make a paragraph an item
MARKERS = ("listtext", "pntext")  # destinations of an item's number or bullet
SHOWN = ("", "note", "marker")  # destinations that are part of the text
# Destinations whose text is kept apart: a style's name, the title, an item's number, a drawing's property and value.
SAID = ("stylesheet", "title", "marker", "sn", "sv")
# Of any of these: a longer one is none, and adding to it costs its length.
MAX_SAID_CHARS = 200
NOTES = ("footnote", "annotation")  # their paragraphs follow the text


@dataclass(frozen=True, slots=True)
class Token:
    """Hold one token: a control word with its number, a brace, or raw bytes of text."""

    word: str = ""  # also of control symbols, "{" and "}"
    number: int | None = None
    text: bytes = b""
    is_symbol: bool = False  # an escaped brace is text, a bare one opens a group


def tokens(data: bytes) -> Iterator[Token]:
    """Yield the tokens; binary data (control word bin) is passed over by its length."""
    place = 0
    while found := TOKEN.match(data, place):
        place = found.end()
        word, number, code, symbol, brace, text = found.groups()
        if word is not None:
            name = word.decode("ascii")
            count = int(number) if number else None
            if name == "bin":
                place += max(count or 0, 0)
            else:
                yield Token(word=name, number=count)
        elif code is not None:
            yield Token(text=bytes([int(code, 16)]), is_symbol=True)
        elif symbol is not None:
            yield Token(word=symbol.decode("latin-1"), is_symbol=True)
        elif brace is not None:
            yield Token(word=brace.decode("ascii"))
        elif text is not None:
            yield Token(text=text)


def encoding_of(word: str, number: int | None) -> str:
    """Return the encoding that a control word sets for the whole document, "" where it sets none."""
    if word == "ansicpg" and number:
        try:
            return codecs.lookup(f"cp{number}").name
        except LookupError:
            return ""
    return {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}.get(word, "")


def lengthened(said: str, text: str) -> str:
    """Return `said` with `text` after it, up to MAX_SAID_CHARS."""
    return said + text[: MAX_SAID_CHARS - len(said)] if len(said) < MAX_SAID_CHARS else said
