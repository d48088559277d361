"""An old answer as the reader of today: nothing that may rest on closed text is shown, the rest stays."""

from dataclasses import replace

from app.history import Message
from app.ledger import StoredAnswer
from app.listing import LISTED
from app.reopening import Today
from app.types import Answer, Outcome, Sentence, Turn, Verdict
from retrieval.readers import reader_of
from retrieval.types import Passage
from tests.fakes import InMemoryStore

ANNA = reader_of("anna", [])
OPEN, CLOSED = ("everyone",), ("group:board",)
IDS = ("c1", "c2")
HELD = Sentence("Leave is 28 days.", (1,), Verdict.SUPPORTED)
SECRET = Sentence("Band E7 starts at 61,400.", (2,), Verdict.REPAIRED)
GUESS = Sentence("The band was raised in May.", (), Verdict.UNSUPPORTED)
LEAD = Sentence("On the pay of the plant manager:", (), Verdict.NOT_A_CLAIM)
ANSWER = Answer(
    Outcome.ANSWERED, "Leave is 28 days [1]. And more.", (HELD, SECRET, GUESS, LEAD), "en", "m", None, {}, 0, ()
)  # fmt: skip
CLOSED_NOTICE = "Parts of this answer rest on documents you may no longer read."


def today(*readers: tuple[str, ...]) -> Today:
    """Return how Anna sees passages with these readers."""
    passages = {
        chunk: (
            Passage(chunk, "d", "v", "c", "T", "t.md", "text/plain", "en", (), "text", n, None, (), ""),
            names,
        )
        for n, (chunk, names) in enumerate(zip(IDS, readers, strict=True))
    }
    return Today(InMemoryStore(passages), ANNA)


def test_open_answer_stays_as_it_was() -> None:
    """While all that was read may be read, nothing is taken from the answer."""
    assert today(OPEN, OPEN).answer(ANSWER, IDS) is ANSWER


def test_only_what_rests_on_open_passages_is_kept() -> None:
    """Sentences on the closed passage go, and with them those without a citation: they may rest on it too."""
    shown = today(OPEN, CLOSED).answer(ANSWER, IDS)
    assert shown.sentences == (HELD,)
    assert (shown.text, shown.notice) == ("Leave is 28 days [1].", CLOSED_NOTICE)


def test_list_of_documents_keeps_its_lines() -> None:
    """What is left of a list stays a list; the document that was closed is not on it, nor in its count."""
    head = Sentence("Documents that you may read and that mention leave: 2.", (), Verdict.NOT_A_CLAIM)
    lines = tuple(
        Sentence(f"{name} (t.md, c)", (number,), Verdict.SUPPORTED)
        for number, name in enumerate(("Leave", "Pay", "Travel"), start=1)
    )
    listed = Answer(Outcome.DOCUMENTS, "", (head, *lines), "en", "", None, {}, 0, ())
    passages = today(OPEN, CLOSED).passages
    assert isinstance(passages, InMemoryStore)
    first = passages.passages["c1"][0]
    passages.passages["c3"] = (replace(first, chunk_id="c3"), OPEN)
    shown = Today(passages, ANNA).answer(replace(listed, text="list"), (*IDS, "c3"))
    assert shown.text == "Documents listed here: 2.\n- Leave (t.md, c) [1]\n- Travel (t.md, c) [3]"
    assert [one.citations for one in shown.sentences] == [(), (1,), (3,)]
    assert shown.notice == CLOSED_NOTICE


def test_full_list_of_documents_counts_its_lines_alone() -> None:
    """The first count was of all that mention it; of those that were not listed some may be closed by now."""
    head = Sentence("Documents that you may read and that mention leave: 26.", (), Verdict.NOT_A_CLAIM)
    line = Sentence("Leave (t.md, c)", (1,), Verdict.SUPPORTED)
    listed = Answer(Outcome.DOCUMENTS, "…: 26.", (head, *[line] * LISTED), "en", "", "20 of 26.", {}, 0, ())
    shown = today(OPEN, OPEN).answer(listed, IDS[:1] * LISTED)
    assert shown.text.startswith(f"Documents listed here: {LISTED}.\n- Leave (t.md, c) [1]")
    assert shown.notice is None
    whole = replace(listed, sentences=(head, line), notice=None)
    assert today(OPEN, OPEN).answer(whole, IDS[:1]) is whole


def test_list_of_closed_documents_alone_says_so() -> None:
    """Where no line is left there is no head either."""
    line = Sentence("Leave (t.md, c)", (1,), Verdict.SUPPORTED)
    listed = Answer(Outcome.DOCUMENTS, "list", (line,), "en", "", None, {}, 0, ())
    shown = today(CLOSED, CLOSED).answer(listed, IDS[:1])
    assert (shown.sentences, shown.text, shown.notice) == ((), CLOSED_NOTICE, CLOSED_NOTICE)


def test_answer_on_closed_passages_alone_says_so() -> None:
    """Where nothing is left, the fixed sentence stands for the text."""
    shown = today(CLOSED, CLOSED).answer(ANSWER, IDS)
    assert shown.sentences == ()
    assert shown.text == shown.notice == CLOSED_NOTICE


def test_what_was_never_shown_goes_without_a_word() -> None:
    """An unsupported sentence was not in the text: no notice says that it is gone, nor repeats a word read off it."""
    answer = Answer(Outcome.ANSWERED, "Leave is 28 days [1].", (HELD, GUESS), "en", "m", "told", {}, 0, ())
    shown = today(OPEN, CLOSED).answer(answer, IDS)
    assert (shown.sentences, shown.text, shown.notice) == ((HELD,), "Leave is 28 days [1].", None)


def test_citations_keep_their_numbers() -> None:
    """A closed passage leaves a gap; the others are found under the numbers they are cited by."""
    assert set(today(CLOSED, OPEN).sources(IDS)) == {2}


def test_follow_up_is_told_only_what_may_still_be_read() -> None:
    """The history that the model gets is that of today, the last six messages, oldest first."""
    stored = StoredAnswer("a", ANSWER, IDS, None)
    messages = [Message(str(n), "user", f"question {n}", "", None) for n in range(9)]
    messages.append(Message("9", "assistant", ANSWER.text, "", stored))
    turns = today(CLOSED, CLOSED).turns(messages)
    assert turns == (*(Turn("user", f"question {n}") for n in range(4, 9)), Turn("assistant", CLOSED_NOTICE))
