"""Ask the question of an answer again: through the running API where there is one, else in this process."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any

import httpx

from app.cli.asking import answered, reached
from app.cli.shell import write_json, write_table
from app.provenance import JUDGED, Entry
from app.records import Records
from app.reopening import Today
from app.replay import Change, changes
from app.settings import Settings
from ingest.database import utc_now
from retrieval.errors import InvalidRequest, Unavailable
from retrieval.kinds import MEDIA_TYPES
from retrieval.types import Only

WIDE = 140  # columns of a table side by side in a log


@dataclass(frozen=True, slots=True)
class Replayed:
    """Hold an answer, what its question got today, and what differs."""

    then: Entry
    now: Entry
    changes: tuple[Change, ...]


def replay_answer(settings: Settings, answer_id: str, *, user: str | None, as_json: bool) -> bool:
    """Write what differs; return whether nothing does. Raises NotFound, InvalidRequest, Unavailable."""
    done = replayed(settings, answer_id, user)
    if as_json:
        write_json(_as_json(done))
    elif done.changes:
        title = f"answer {done.then.id} of {done.then.answered_at}, asked again"
        rows = [[change.what, change.then, change.now] for change in done.changes]
        write_table(title, ["", "then", "now"], rows, width_in_logs=WIDE)
    else:
        sys.stdout.write(
            f"the same: outcome {done.now.answer.outcome}, {len(done.now.passages)} passages, "
            f"{len(done.now.answer.sentences)} sentences, model and prompt\n"
        )
    return not done.changes


def replayed(settings: Settings, answer_id: str, user: str | None) -> Replayed:
    """Ask again as whoever asked, and return what differs; words only where `user` says that this is who looks.

    Never as another account: the words of the one would stand in the conversations of the other.
    """
    with reached(settings) as (client, records):
        then = records.ledger.entry(answer_id)
        if not then.question:
            raise InvalidRequest("the question of this answer is not on record", remedy="ask it in words")
        if user not in (None, then.user):
            raise InvalidRequest(
                "this answer was given to another account",
                remedy="leave out --as, or name the one that asked",
            )
        try:
            records.audit.acts_as(then.user, answer=then.id)
            with records.sessions.as_person(then.user, now=utc_now()) as token:
                client.headers["Authorization"] = f"Bearer {token}"
                now = _again(client, records, then)
        except httpx.HTTPError as error:
            raise Unavailable(
                f"the API broke off: {type(error).__name__}", remedy="run `intramuros doctor`"
            ) from error
    return Replayed(then, now, changes(then, now, with_words=user is not None))


def _again(client: httpx.Client, records: Records, then: Entry) -> Entry:
    with _conversation(records, then) as conversation:
        body = {
            "question": then.question,
            "collections": list(then.collections),
            "only": _only(then.provenance.only or Only()),
            "quoted": _was_quoted(then),
        }
        response = client.post(f"/api/conversations/{conversation}/messages", json=body)
        return records.ledger.entry(answered(response).answer["id"])


@contextmanager
def _conversation(records: Records, then: Entry) -> Iterator[str]:
    """Give a conversation that stands where the first one stood, and is gone afterwards.

    Of what was said before, it holds what this account may read today.
    """
    said = records.history.messages(then.conversation, then.user)
    earlier = tuple(takewhile(lambda message: message.id != then.question_id, said))
    turns = Today(records.passages, records.accounts.person(then.user).reader()).turns(earlier)
    conversation = records.history.start(then.user, turns).id
    try:
        yield conversation
    finally:
        records.history.delete(conversation, then.user)


def _was_quoted(then: Entry) -> bool | None:
    """Return how the answer was made; None where no model had a part in it, and none of both was wished for."""
    if JUDGED in then.answer.timings_ms:
        return True
    return False if then.answer.prompt_tokens else None


def _only(only: Only) -> dict[str, object]:
    """Return what was looked into as the API takes it: kinds by name."""
    kinds = [kind for kind, types in MEDIA_TYPES.items() if set(types) <= set(only.media_types)]
    return {"kinds": kinds, "since": only.since or None, "until": only.until or None}


def _as_json(done: Replayed) -> dict[str, Any]:
    return {
        "id": done.then.id,
        "is_same": not done.changes,
        "changes": [asdict(change) for change in done.changes],
    }
