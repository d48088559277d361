"""Tell what is kept of a person as that person may see it today: what rests on closed documents is left out."""

import heapq
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Final, Literal

from app.audit.events import Kind
from app.audit.events import Record as OnTrail
from app.audit.recorder import OPERATOR
from app.audit.trail import Wanted
from app.privacy import export_records as told
from app.privacy.handed_over import HandedOver, Upload
from app.privacy.of_person import Line, OfPerson, Told
from app.provenance import AI_SOURCE, is_ai_made
from app.records import Records
from app.reopening import Today
from retrieval.readers import principal, with_parents
from retrieval.types import FloatVector, Passage, Reader

NAME_CHARS: Final = 80  # of a file's name in the export; the whole name stands in uploads.json
# What others did about the person, told in account.json once it is over, or not as long as a proceeding lasts.
TOLD_ELSEWHERE: Final = frozenset({Kind.BREAK_GLASS, Kind.HOLD})
Opener = Callable[[], BinaryIO]
Said = tuple[told.ConversationRecord, told.MessageRecord | None]


@dataclass(frozen=True, slots=True)
class _Fetched:
    """Be the passages that a page of messages read, fetched at once as their reader may see them."""

    found: dict[str, Passage]

    def fetch(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Passage]:
        """Return those of them that were found for this reader."""
        del reader  # for whom they were fetched
        return {one: self.found[one] for one in chunk_ids if one in self.found}

    def titles(
        self, version_ids: Collection[str], *, embedder: str, reader: Reader
    ) -> dict[str, FloatVector]:
        """Return none: nothing is looked for in them."""
        del version_ids, embedder, reader
        return {}


class Teller:
    """Tell of the account `user`. Every method raises NotFound where there is none, and DatabaseUnavailable."""

    def __init__(self, records: Records, user: str, *, now: datetime) -> None:
        self._records = records
        self._now = now
        self._kept = OfPerson(records.engine, user)
        self._handed_over = HandedOver(records.engine, user)
        self.user = user

    def account(self) -> told.AccountRecord:
        """Return the account with its sign-ins and keys."""
        row = self._kept.account()
        ((person, _, _),) = self._records.accounts.listed(self.user)
        around = with_parents(person.groups, self._parents()) - set(person.groups)
        itself = principal("user", self.user)
        known = [one for one in self._records.collections.all() if one.private_to is None]
        return told.AccountRecord(
            **{name: row[name] for name in ("id", "name", "title", "role", "issuer", "subject")},
            signed_in_at=row["signed_in_at"],
            is_disabled=row["is_disabled"],
            restricted_at=row["restricted_at"],
            groups=person.groups,
            groups_around=tuple(sorted(around)),
            reads=tuple(one.name for one in known if itself in one.readers),
            manages=tuple(one.name for one in known if itself in one.managers),
            sessions=self._kept.sessions(),
            api_keys=self._kept.keys(),
            accesses=tuple(
                told.AccessRecord(
                    requested_by=one.requested_by,
                    approved_by=one.approved_by or "",
                    reason=one.reason,
                    since=one.approved_at or "",
                    until=one.ended_at or one.expires_at or "",
                    reads=one.reads,
                )
                for one in self._records.break_glass.told(self.user, now=self._now)
            ),
        )

    def messages(self) -> Iterator[Said]:
        """Yield every message with its conversation, the oldest first; (conversation, None) for one without any."""
        reader = self._reader()
        names = {one.id: one.name for one in self._records.collections.all()}
        for lines in self._kept.lines():
            chunks = list({chunk for line in lines if line.told for chunk in line.told.chunk_ids})
            today = Today(_Fetched(self._records.passages.fetch(chunks, reader=reader)), reader)
            for line in lines:
                heading = told.ConversationRecord(
                    id=line.heading.id,
                    title=line.heading.title,
                    created_at=line.heading.created_at,
                    updated_at=line.heading.updated_at,
                    messages=(),
                )
                yield heading, _message(line, today, names)

    def count(self) -> int:
        """Return about how many messages there are."""
        return self._kept.count()

    def uploads(self) -> told.UploadsFile:
        """Return what the person handed over and ordered."""
        return told.UploadsFile(
            documents=tuple(self._upload(one) for one in self._handed_over.uploads()),
            orders=self._handed_over.orders(),
        )

    def files(self) -> Iterator[tuple[str, Opener]]:
        """Yield what nobody else may read of what was handed over: its name in the export, and how to open it."""
        for one in self._handed_over.uploads():
            if (opener := self._opener(one)) is not None:
                yield name_of(one), opener

    def records(self) -> Iterator[told.AuditRecord]:
        """Yield what is on the audit trail of the person, or about them, oldest first."""
        trail, own = self._records.audit.trail, self._records.audit.pseudonym(self.user)
        both = heapq.merge(
            trail.all_found(Wanted(actor=own)), trail.all_found(Wanted(thing=own)), key=lambda one: one.seq
        )
        for _, same in groupby(both, key=lambda one: one.seq):
            one = next(same)
            if one.actor == own or one.kind not in TOLD_ELSEWHERE:
                yield _on_record(one, own)

    def _parents(self) -> dict[str, frozenset[str]]:
        parents = self._records.settings.sign_in.group_parents
        return {group: frozenset(above) for group, above in parents.items()}

    def _reader(self) -> Reader:
        """Return whom it is told to: who may not sign in any more reads no document but own files."""
        ((person, is_disabled, _),) = self._records.accounts.listed(self.user)
        if is_disabled:
            subject = principal("user", self.user)
            return Reader(subject, frozenset({subject}))
        return self._records.accounts.person(person.id).reader()

    def _upload(self, one: Upload) -> told.UploadRecord:
        return told.UploadRecord(
            **{name: getattr(one, name) for name in told.UploadRecord.model_fields if name != "file"},
            file=None if self._opener(one) is None else name_of(one),
        )

    def _opener(self, one: Upload) -> Opener | None:
        if not one.is_theirs_alone:
            return None
        if one.version_id is not None:
            return partial(self._original, one.version_id)
        return None if one.path is None else partial(_opened, Path(one.path))

    def _original(self, version: str) -> BinaryIO:
        return _opened(self._records.originals.path(version))


def _opened(place: Path) -> BinaryIO:
    return place.open("rb")


def name_of(one: Upload) -> str:
    """Return where a file lies in the export: by its id, so that two may be called the same, and under its name."""
    plain = "".join(c if c.isalnum() or c in "-_. " else "_" for c in one.file_name).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    short = f"{stem[:NAME_CHARS]}{dot}{ending[:10]}" if dot else plain[:NAME_CHARS]
    return f"files/{one.id[:8]}-{short or 'file'}"


def _message(line: Line, today: Today, names: dict[str, str]) -> told.MessageRecord | None:
    if line.role == "user" or line.told is None:
        if not line.role:
            return None
        role: Literal["user", "assistant"] = "user" if line.role == "user" else "assistant"
        return told.MessageRecord(role=role, created_at=line.created_at, text=line.text, answer=None)
    shown = today.answer(line.told.answer, line.told.chunk_ids)
    sources = today.sources(line.told.chunk_ids)
    is_made = is_ai_made(shown.outcome)
    answer = told.AnswerRecord(
        id=line.told.id,
        ai_generated=is_made,
        digital_source_type=AI_SOURCE if is_made else None,
        model=shown.model,
        outcome=shown.outcome,
        language=shown.language,
        notice=shown.notice,
        sentences=tuple(
            told.SentenceRecord(text=one.text, citations=one.citations, verdict=one.verdict)
            for one in shown.sentences
        ),
        sources=tuple(_source(number, passage, names) for number, passage in sources.items()),
        withheld_sources=len(line.told.chunk_ids) - len(sources),
        feedback=_thumb(line.told),
        searched=line.told.scope,
    )
    return told.MessageRecord(role="assistant", created_at=line.created_at, text=shown.text, answer=answer)


def _source(number: int, passage: Passage, names: dict[str, str]) -> told.SourceRecord:
    return told.SourceRecord(
        number=number,
        document_id=passage.document_id,
        title=passage.title,
        file_name=passage.file_name,
        collection=names.get(passage.collection_id, ""),
        heading_path=passage.heading_path,
        page=passage.page,
        cells=passage.cells,
        dated=passage.dated,
    )


def _thumb(one: Told) -> told.FeedbackRecord | None:
    if one.thumb is None:
        return None
    return told.FeedbackRecord(**{name: one.thumb[name] for name in told.FeedbackRecord.model_fields})


def _on_record(one: OnTrail, own: str) -> told.AuditRecord:
    by: Literal["you", "operator", "somebody else"] = "you" if one.actor == own else "somebody else"
    return told.AuditRecord(
        seq=one.seq,
        at=one.at,
        kind=one.kind,
        outcome=one.outcome,
        by="operator" if one.actor == OPERATOR else by,
        about=json.loads(one.objects),
        source=one.source if one.actor == own else None,
    )
