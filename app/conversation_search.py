"""Find one's own conversations by words of their titles, questions and answers, answers as the reader of today."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

from app.history import Conversation, History
from app.reopening import Today


def find(
    history: History, user: str, today: Today, wanted: str, *, skip: int, limit: int
) -> tuple[Conversation, ...]:
    """Return the conversations of this person in which every word of `wanted` occurs, newest first.

    Letters count as the same in either case on every database. An answer is looked through as it would be shown now:
    else the search would tell what stands in a document that was closed since.
    """
    words = folded(wanted).split()
    return tuple(islice(_found(history, user, today, words), skip, skip + limit))


def _found(history: History, user: str, today: Today, words: Sequence[str]) -> Iterator[Conversation]:
    # Collected before they are looked through as of today, which asks the database itself.
    candidates = [one for one, texts in history.texts(user) if _has_all([one.title, *texts], words)]
    for one in candidates:
        messages = history.messages(one.id, user)
        if _has_all([one.title, *(today.text(message) for message in messages)], words):
            yield one


def folded(text: str) -> str:
    """Return `text` without differences of case and of how its letters are composed."""
    return unicodedata.normalize("NFKC", text).casefold()


def _has_all(texts: Sequence[str], words: Sequence[str]) -> bool:
    everything = folded("\n".join(texts))
    return all(word in everything for word in words)
