"""Draw the pages of an export to be read: HTML without scripts, whatever is in it shown as it was written. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from app.privacy.export_records import (
    AboutFile,
    AccountRecord,
    AuditRecord,
    ConversationRecord,
    MessageRecord,
    UploadsFile,
)
from app.privacy.export_words import ExportWords

CONTENTS: Final = "index.html"
STYLE: Final = """
:root { color-scheme: light dark; --ink: #1f2a2c; --soft: #5b686b; --line: #d9dfe0; --paper: #fff; --tint: #f3f6f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebec; --soft: #a3b0b3; --line: #36434a; --paper: #161c1f; --tint: #1e262a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
p { margin: .35rem 0; } .soft { color: var(--soft); font-size: .9rem; } a { color: inherit; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td { min-width: 5rem; } ul { padding-left: 1.2rem; margin: .35rem 0; }
.said { margin: .6rem 0; padding: .6rem .9rem; border-radius: .5rem; white-space: pre-wrap; }
.asked { background: var(--tint); } .answered { border: 1px solid var(--line); } .said .soft { white-space: normal; }
"""
_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>{style}</style></head><body>
"""
_FOOT: Final = "</body></html>\n"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold the frame of pages that go on: how their files are called, what stands at the top and at the foot."""

    name: str
    top: str
    foot: str


@dataclass(frozen=True, slots=True)
class Contents:
    """Hold what the first page shows, and the names of the pages that follow."""

    about: AboutFile
    account: AccountRecord
    uploads: UploadsFile
    conversations: tuple[str, ...]
    trail: tuple[str, ...]


def index(contents: Contents, words: ExportWords) -> str:
    """Return the first page."""
    about, account = contents.about, contents.account
    moment = about.exported_at[:16].replace("T", " ")
    title = words.title.format(site=about.site)
    parts = [
        _head(title, words),
        f"<h1>{escape(title)}</h1>",
        _p(words.made.format(moment=moment, account=about.account)),
        *(_p(text) for text in (words.for_machines, words.left_out, words.ai_notice)),
        *_account(account, words),
        _section(words.sign_ins, words.sign_in_columns, _sign_ins(account), words),
        _section(words.keys, words.key_columns, _keys(account), words),
        _section(words.accesses, words.access_columns, _accesses(account), words),
        _section(words.uploads, words.upload_columns, _uploads(contents.uploads), words),
        _section(words.orders, words.order_columns, _orders(contents.uploads), words),
        _links(words.conversations, contents.conversations, words),
        _links(words.trail, contents.trail, words),
        _FOOT,
    ]
    return "\n".join(parts)


def talk(heading: ConversationRecord, words: ExportWords) -> str:
    """Return the heading of a conversation."""
    day = f'<p class="soft">{escape(heading.created_at[:16].replace("T", " "))}</p>'
    return f"<h2>{escape(heading.title or words.untitled)}</h2>{day}\n"


def message(one: MessageRecord, words: ExportWords) -> str:
    """Return a message; an answer carries its mark, also for machines, and its sources."""
    answer = one.answer
    if answer is None:
        return f'<div class="said asked"><p class="soft">{escape(words.you)}</p>{escape(one.text)}</div>\n'
    mark = f"{words.ai_generated} · {answer.model}" if answer.ai_generated else words.a_list
    kind = (
        f' data-digital-source-type="{escape(answer.digital_source_type)}"'
        if answer.digital_source_type
        else ""
    )
    return "".join(
        (
            f'<div class="said answered"{kind}><p class="soft">{escape(mark)}</p>{escape(one.text)}',
            f'<p class="soft">{escape(answer.notice)}</p>' if answer.notice else "",
            *_sources(one, words),
            *_feedback(one, words),
            "</div>\n",
        )
    )


def record(one: AuditRecord, words: ExportWords) -> str:
    """Return a row of the audit trail."""
    by = {"you": words.by_you, "operator": words.by_operator}.get(one.by, words.by_other)
    told = ", ".join(f"{name}: {value}" for name, value in one.about.items())
    return _row((one.at[:19].replace("T", " "), one.kind, one.outcome, by, told))


def talks(words: ExportWords) -> Sheet:
    """Return the frame of the pages of conversations."""
    return Sheet("conversations", _top(words.conversations, words), _FOOT)


def trail(words: ExportWords) -> Sheet:
    """Return the frame of the pages of the audit trail; `record` gives the rows of its table."""
    table = f'<div class="scroll"><table>{_row(words.trail_columns, "th")}'
    return Sheet("audit", _top(words.trail, words) + table, f"</table></div>{_FOOT}")


def _account(account: AccountRecord, words: ExportWords) -> Iterator[str]:
    values = (
        account.id,
        account.name,
        account.title,
        account.role,
        ", ".join(account.groups),
        ", ".join(account.groups_around),
        account.issuer or "",
        (account.signed_in_at or "")[:16].replace("T", " "),
        ", ".join(account.reads),
        ", ".join(account.manages),
    )
    yield f"<h2>{escape(words.account)}</h2>"
    if account.is_disabled:
        yield _p(words.disabled)
    rows = [_row(pair) for pair in zip(words.account_rows, values, strict=True) if pair[1]]
    yield f"<table>{''.join(rows)}</table>"


def _sign_ins(account: AccountRecord) -> Iterator[Sequence[str]]:
    for one in account.sessions:
        yield tuple(map(_moment, (one.created_at, one.seen_at, one.expires_at, one.ended_at)))


def _keys(account: AccountRecord) -> Iterator[Sequence[str]]:
    for one in account.api_keys:
        yield (one.name, ", ".join(one.scopes), *map(_moment, (one.created_at, one.seen_at, one.expires_at)))


def _accesses(account: AccountRecord) -> Iterator[Sequence[str]]:
    for one in account.accesses:
        who = ", ".join(dict.fromkeys((one.requested_by, one.approved_by)))
        yield (who, one.reason, _moment(one.since), _moment(one.until), str(one.reads))


def _uploads(uploads: UploadsFile) -> Iterator[Sequence[str]]:
    for one in uploads.documents:
        yield (one.file_name, one.collection, one.state, _moment(one.created_at))


def _orders(uploads: UploadsFile) -> Iterator[Sequence[str]]:
    for one in uploads.orders:
        yield (_moment(one.created_at), f"{one.kind}, {one.state}", one.collection, ", ".join(one.files))


def _section(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]], words: ExportWords) -> str:
    drawn = [_row(row) for row in rows]
    if not drawn:
        return f"<h2>{escape(heading)}</h2>{_p(words.nothing)}"
    table = f'<div class="scroll"><table>{_row(columns, "th")}{"".join(drawn)}</table></div>'
    return f"<h2>{escape(heading)}</h2>{table}"


def _links(heading: str, pages: Sequence[str], words: ExportWords) -> str:
    items = [
        f'<li><a href="{name}">{escape(words.part.format(number=number))}</a></li>'
        for number, name in enumerate(pages, start=1)
    ]
    return f"<h2>{escape(heading)}</h2>" + (f"<ul>{''.join(items)}</ul>" if items else _p(words.nothing))


def _sources(one: MessageRecord, words: ExportWords) -> Iterator[str]:
    if one.answer is None:
        return
    if one.answer.sources:
        yield f'<p class="soft">{escape(words.sources)}</p><ul class="soft">'
        for source in one.answer.sources:
            place = "" if source.page is None else f"p. {source.page}"
            told = " · ".join(part for part in (source.title, place, source.cells, source.dated) if part)
            yield f"<li>[{source.number}] {escape(told)}</li>"
        yield "</ul>"
    if one.answer.withheld_sources:
        yield f'<p class="soft">{escape(words.withheld.format(count=one.answer.withheld_sources))}</p>'


def _feedback(one: MessageRecord, words: ExportWords) -> Iterator[str]:
    if one.answer is not None and (thumb := one.answer.feedback) is not None:
        told = ", ".join(part for part in (thumb.value, *thumb.kinds, thumb.reason) if part)
        yield f'<p class="soft">{escape(words.feedback)}: {escape(told)}</p>'


def _row(cells: Sequence[str], tag: str = "td") -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _moment(moment: str | None) -> str:
    return (moment or "")[:16].replace("T", " ")


def _head(title: str, words: ExportWords) -> str:
    return _PAGE.format(language=words.language, title=escape(title), style=STYLE)


def _top(title: str, words: ExportWords) -> str:
    back = f'<p class="soft"><a href="{CONTENTS}">{escape(words.contents)}</a></p>'
    return f"{_head(title, words)}{back}<h1>{escape(title)}</h1>\n"


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"
