"""Join the lines of a text: a word hyphenated at a line's end becomes whole again. Pure."""

from collections.abc import Sequence

HYPHENS = "-\u00ad\u2010"


def joined(lines: Sequence[str]) -> str:
    """Return lines as running text: a word hyphenated at a line's end becomes whole again."""
    text = ""
    for line in map(str.strip, lines):
        if not text:
            text = line
        elif text[-1] in HYPHENS and len(text) > 1 and text[-2].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}"
    return text
