"""Take the marks out of a line of AsciiDoc: formatting, links, macros, attribute references. Pure.

Every pattern is bounded, so that no line costs more than its length, whatever stands in it.
"""

import re
from collections.abc import Mapping

# Characters that attributes may make of one line; nested ones double with each definition.
MAX_EXPANDED = 20_000
SPAN = r"(\S(?:[^{0}\n]{{0,500}}?[^\s{0}])?)"  # what a mark may enclose: no space at its ends
ROLE = r"(?:\[[^\[\]\n]{0,100}\])?"  # may stand before a mark: [.underline]#text#
REFERENCE = re.compile(r"\\?\{([\w][\w-]{0,60})\}")
INTRINSIC = {
    "nbsp": " ", "sp": " ", "empty": "", "blank": "", "zwsp": "", "plus": "+", "amp": "&", "lt": "<", "gt": ">",
    "asterisk": "*", "backtick": "`", "startsb": "[", "endsb": "]", "vbar": "|", "caret": "^", "tilde": "~",
    "apos": "'", "quot": '"', "backslash": "\\", "cpp": "C++", "two-colons": "::", "two-semicolons": ";;",
}  # fmt: skip
MACROS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[\[[^\]\n]{1,200}\]\]|anchor:[\w-]{1,100}\[[^\]\n]{0,200}\]"), ""),
    (re.compile(r"\(\(\([^)\n]{1,200}\)\)\)|indexterm:\[[^\]\n]{0,200}\]"), ""),
    (re.compile(r"\(\(([^()\n]{1,200})\)\)|indexterm2:\[([^\]\n]{0,200})\]"), r"\1\2"),
    (re.compile(r"<<[^,>\n]{1,200},\s*([^>\n]{1,300})>>"), r"\1"),
    (re.compile(r"<<#?([^,>\n]{1,200})>>"), r"\1"),
    (re.compile(r"\bfootnote:[\w-]{0,60}\[([^\]\n]{1,1000})\]"), r" (\1)"),
    (re.compile(r"\bmenu:([^\[\n]{1,100})\[([^\]\n]{1,200})\]"), r"\1 > \2"),
    (re.compile(r"\bimage:[^:\s\[][^\s\[]{0,500}\[([^\],\n]{0,300})(?:,[^\]\n]{0,300})?\]"), r"\1"),
    (re.compile(r"\bicon:[^\s\[]{1,100}\[[^\]\n]{0,200}\]"), ""),
    (
        re.compile(r"\b(?:kbd|btn|stem|latexmath|asciimath|pass)(?::[a-z,]{0,20})?:?\[([^\]\n]{0,500})\]"),
        r"\1",
    ),
    (re.compile(r"\b(?:link|xref|mailto):\+*([^\s\[]{1,1000})\[\]"), r"\1"),
    (
        re.compile(r"\b(?:link|xref|mailto):[^\s\[]{1,1000}\[([^\],\n^]{1,500})(?:[,^][^\]\n]{0,300})?\]"),
        r"\1",
    ),
    (re.compile(r"\b((?:https?|ftp|irc)://[^\s\[\]<>]{1,1000})\[\]"), r"\1"),
    (
        re.compile(
            r"\b(?:https?|ftp|irc)://[^\s\[\]<>]{1,1000}\[([^\],\n^]{1,500})(?:[,^][^\]\n]{0,300})?\]"
        ),
        r"\1",
    ),
)
MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\+\+\+([^+\n]{1,500})\+\+\+|\+\+([^+\n]{1,500})\+\+"), r"\1\2"),
    *((re.compile(rf"{ROLE}(?<!\\){m}{m}{SPAN.format(m)}{m}{m}"), r"\1") for m in (r"\*", "_", "`", "#")),
    *((re.compile(rf"{ROLE}(?<![\w\\]){m}{SPAN.format(m)}{m}(?!\w)"), r"\1") for m in (r"\*", "_", "`", "#", r"\+")),
    (re.compile(r"(?<!\\)~(\S[^~\s]{0,100})~|(?<!\\)\^(\S[^^\s]{0,100})\^"), r"\1\2"),
    (re.compile(r"\\(?=[*_`#+~^{\[<])"), ""),
)  # fmt: skip


def plain(line: str, attributes: Mapping[str, str]) -> str:
    """Return a line as a reader sees it."""
    text = expanded(line, attributes)
    for pattern, kept in (*MACROS, *MARKS):
        text = pattern.sub(kept, text)
    return text


def expanded(line: str, attributes: Mapping[str, str]) -> str:
    """Return a line with its references to attributes resolved; unknown ones stay as they are written."""

    def value(reference: re.Match[str]) -> str:
        name = reference.group(1).lower()
        if reference.group().startswith("\\"):
            return reference.group()[1:]
        return attributes.get(name, INTRINSIC.get(name, reference.group()))

    text = REFERENCE.sub(value, line)
    return text if len(text) <= max(MAX_EXPANDED, len(line)) else line
