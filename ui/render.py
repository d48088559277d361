"""Turn foreign text - of the model, of documents, of people - into inert HTML.

Two fences, so that one may fall. HTML comes only from the constant templates here, and what is put into them
goes through `inert`, which writes every ASCII punctuation mark as a numeric entity. The result therefore holds
no tag, link, image, reference or formula of foreign origin, whether it is read as HTML or, by mistake, as Markdown.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from ui.records import Answer, Sentence, Source
from ui.words import WORDS

# ASCII punctuation but the hyphen, which starts nothing inside a line.
_PUNCTUATION = re.compile(r"[!-,.-/:-@\[-`{-~]")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_MARK = re.compile(r"\s*\[\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*\]")
_OPEN_MARK = re.compile(r"\s*\[[\d,\s]*$")  # the last piece of a stream may end inside a mark
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_INLINE = re.compile(r"\*\*(?P<strong>[^*\n]{1,300})\*\*|`(?P<code>[^`\n]{1,300})`")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_AUTOLINK_START = re.compile(r"(?i)(://|www\.|mailto:|@)")
_DIRECTIVE = re.compile(
    r":(?=\S)"
)  # Streamlit draws :streamlit: and the like even where the colons are escaped
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
# What a page is called, by a part of the media type: the OpenDocument and Office Open XML names, and the older ones.
_SHEETS = ("spreadsheet", "ms-excel")
_SLIDES = ("presentation", "ms-powerpoint")
NO_NAMES: Mapping[str, str] = MappingProxyType({})
WORD_JOINER = "\u2060"


class Safe(str):
    """Mark HTML that was made here; nothing else may be shown."""

    __slots__ = ()


def inert(text: str) -> Safe:
    """Return `text` so that it shows as written and does nothing, on one line, without invisible characters."""
    visible = _CONTROL.sub("", text.encode("utf-8", "ignore").decode()).replace("\n", " ")
    return Safe(_PUNCTUATION.sub(lambda mark: f"&#{ord(mark[0])};", visible))


def lines(text: str) -> Safe:
    """Return `text` as `inert` does, its lines kept, for an attribute that is read by a script."""
    return Safe("&#10;".join(inert(line) for line in text.split("\n")))


def fill(template: str, **inserts: str | int) -> Safe:
    """Return a constant template with its {names} filled; everything but Safe is made inert."""
    return Safe(template.format_map({name: _insert(value) for name, value in inserts.items()}))


def join(parts: Sequence[Safe]) -> Safe:
    """Return the parts one after the other."""
    return Safe("".join(parts))


def plain_label(text: str, *, max_chars: int = 80) -> str:
    """Return `text` for a widget's label, which Streamlit reads as Markdown: escaped, short, without links or icons."""
    line = " ".join(_CONTROL.sub("", text.encode("utf-8", "ignore").decode()).split())
    short = line if len(line) <= max_chars else line[: max_chars - 1].rstrip() + "…"
    unlinked = _AUTOLINK_START.sub(lambda start: WORD_JOINER.join(start[0]) + WORD_JOINER, short)
    return _MARKDOWN.sub(r"\\\1", _DIRECTIVE.sub(f":{WORD_JOINER}", unlinked))


def stream_html(text: str) -> Safe:
    """Return an unfinished answer: its citation marks are left out until they are checked."""
    unmarked = _OPEN_MARK.sub("", _MARK.sub("", text))
    blocks = [_Block.of_line(line) for line in unmarked.split("\n") if line.strip()]
    return fill(_STREAM, body=_blocks_html([(block, _inline(block.rest)) for block in blocks]))


def answer_html(answer: Answer, sources: Sequence[Source], names: Mapping[str, str] = NO_NAMES) -> Safe:
    """Return a checked answer: paragraphs and lists, each sentence with the chips of what it cites.

    `names` are those of the collections by id, for a sentence that is copied.
    """
    placed = _place(answer)
    pieces = [(block, _sentence_html(sentence, answer, sources, names)) for block, sentence in placed]
    return fill(_ANSWER, body=_blocks_html(pieces))


def prose_html(text: str) -> Safe:
    """Return foreign text as paragraphs, one for each of its lines."""
    return join([fill(_LINE, text=_inline(line)) for line in text.split("\n") if line.strip()])


def copy_text(answer: Answer, sources: Sequence[Source], names: Mapping[str, str] = NO_NAMES) -> str:
    """Return the answer as plain text with the list of sources and, if a machine wrote it, the mark of that.

    A source is told by title, place in it, date and the name of its collection.
    """
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    return _copied(answer.text, answer, [one for one in sources if one.number in cited], names)


def sentence_text(
    sentence: Sentence, answer: Answer, sources: Sequence[Source], names: Mapping[str, str] = NO_NAMES
) -> str:
    """Return one sentence of the answer as plain text, in the form of `copy_text`."""
    used = [one for one in sources if one.number in sentence.citations]
    marks = "".join(f" [{one.number}]" for one in used)
    return _copied(f"{_Block.of_line(sentence.text).rest}{marks}", answer, used, names)


def _copied(text: str, answer: Answer, used: Sequence[Source], names: Mapping[str, str]) -> str:
    plain = _INLINE.sub(lambda mark: mark["strong"] or mark["code"], text)
    listed = [
        f"[{one.number}] " + " · ".join(filter(None, (where(one), one.dated, names.get(one.collection, ""))))
        for one in used
    ]
    mark = [] if answer.outcome == "documents" else [f"({WORDS.ai_label})"]
    return "\n".join([plain, "", *listed, *mark])


def tag(language: str) -> str:
    """Return what an element's `lang` says of a language; empty where none was recognised, so that none is claimed."""
    return "" if language == "und" else language


def where(source: Source) -> str:
    """Return title and page of a source in a line."""
    return ", ".join(part for part in (source.title, place_in(source)) if part)


def place_in(source: Source) -> str:
    """Return the page, slide, or sheet and cells of a source, empty where the format has none."""
    words = WORDS.page
    if any(kind in source.media_type for kind in _SHEETS):
        words = WORDS.sheet
    elif any(kind in source.media_type for kind in _SLIDES):
        words = WORDS.slide
    page = "" if source.page is None else words.format(page=source.page)
    return ", ".join(part for part in (page, source.cells) if part)


class _Block:
    """Say whether a line is a list item, a heading or running text, and hold what follows its mark."""

    def __init__(self, kind: str, rest: str, *, is_new: bool) -> None:
        self.kind = kind
        self.rest = rest
        self.is_new = is_new  # starts a paragraph or item, rather than going on in it

    @classmethod
    def of_line(cls, line: str) -> "_Block":
        if _BULLET.match(line):
            return cls("item", _BULLET.sub("", line), is_new=True)
        if _HEADING.match(line):
            return cls("heading", _HEADING.sub("", line), is_new=True)
        return cls("paragraph", line, is_new=True)


def _place(answer: Answer) -> list[tuple[_Block, Sentence]]:
    """Pair each sentence with its block, judged by what stands before it in the answer's text."""
    text = _MARK.sub("", answer.text)
    placed: list[tuple[_Block, Sentence]] = []
    cursor, kind = 0, "paragraph"
    for sentence in answer.sentences:
        found = text.find(sentence.text, cursor)
        gap = text[cursor:found] if found >= 0 else ""
        cursor = found + len(sentence.text) if found >= 0 else cursor
        own = _Block.of_line(sentence.text)
        is_new = not placed or "\n" in gap or own.kind != "paragraph"
        if is_new:
            kind = own.kind if own.kind != "paragraph" else _Block.of_line(gap.split("\n")[-1] + "x").kind
        placed.append((_Block(kind, own.rest, is_new=is_new), sentence))
    return placed


def _sentence_html(
    sentence: Sentence, answer: Answer, sources: Sequence[Source], names: Mapping[str, str]
) -> Safe:
    known = {source.number: source for source in sources}
    chips = join(
        [
            _chip(sentence, known[number], answer.id)
            for number in sentence.citations
            if number in known  # a number that no source bears is a forged citation
        ]
    )
    if chips:
        text = lines(sentence_text(sentence, answer, sources, names))
        chips = join([chips, fill(_COPY, text=text, done=WORDS.copied, label=WORDS.copy_sentence)])
    flag = fill(_FLAG, text=WORDS.unsupported_flag) if sentence.verdict == "unsupported" else Safe("")
    text = _inline(_Block.of_line(sentence.text).rest)
    language = answer.language
    if sentence.verdict == "quoted":  # in its document's own language
        language = next((known[n].language for n in sentence.citations if n in known), language)
    return fill(
        _SENTENCE, verdict=sentence.verdict, language=tag(language), text=text, flag=flag, chips=chips
    )


def _chip(sentence: Sentence, source: Source, answer_id: str) -> Safe:
    verdict = dict(WORDS.verdicts).get(sentence.verdict, "")
    label = WORDS.chip_label.format(number=source.number, title=where(source), verdict=verdict)
    target = f"{answer_id}:{source.number}"
    return fill(_CHIP, verdict=sentence.verdict, target=target, label=label, number=source.number)


def _blocks_html(pieces: Sequence[tuple[_Block, Safe]]) -> Safe:
    merged: list[tuple[str, Safe]] = []
    for block, html in pieces:
        if block.is_new or not merged:
            merged.append((block.kind, html))
        else:
            kind, before = merged[-1]
            merged[-1] = (kind, join([before, Safe(" "), html]))
    groups = []
    for kind, group in groupby(merged, key=lambda piece: piece[0]):
        lines = join([fill(_TEMPLATES[kind], text=html) for _, html in group])
        groups.append(fill(_LIST, items=lines) if kind == "item" else lines)
    return join(groups)


def _inline(text: str) -> Safe:
    """Return a line with **strong** and `code` kept, and every other mark shown as written."""
    parts, cursor = [], 0
    for match in _INLINE.finditer(text):
        parts.append(inert(text[cursor : match.start()]))
        if match["strong"]:
            parts.append(fill(_STRONG, text=match["strong"]))
        else:
            parts.append(fill(_CODE, text=match["code"]))
        cursor = match.end()
    return join([*parts, inert(text[cursor:])])


def _insert(value: str | int) -> str:
    return value if isinstance(value, Safe) else inert(str(value))


_STREAM = '<div class="im-answer im-writing">{body}</div>'
_ANSWER = '<div class="im-answer">{body}</div>'
_LINE = '<p class="im-line">{text}</p>'
_LIST = "<ul>{items}</ul>"
_STRONG = "<strong>{text}</strong>"
_CODE = "<code>{text}</code>"
_FLAG = '<span class="im-flag">{text}</span>'
_SENTENCE = (
    '<span class="im-sentence im-{verdict}"><span class="im-said" lang="{language}">{text}</span>'
    "{flag}{chips}</span>"
)
_CHIP = (
    '<button type="button" class="im-chip im-chip-{verdict}" data-cite="{target}" title="{label}" '
    'aria-label="{label}">{number}</button>'
)
_COPY = (
    '<button type="button" class="im-copy-one" data-copy="{text}" data-done="{done}" title="{label}" '
    'aria-label="{label}"></button>'
)
_TEMPLATES = {
    "paragraph": "<p>{text}</p>",
    "item": "<li>{text}</li>",
    "heading": '<p class="im-heading">{text}</p>',
}
