"""Tell what becomes of a question that waits in a line for the model."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.types import Failure, Outcome, Question, Sources, Turn, Waiting
from app.waiting import WaitingLine
from retrieval.types import Reader
from tests.fakes import ScriptedModel
from tests.told_assistant import ANNA, assistant, last


def test_later_question_sees_its_sources_and_its_position_while_it_waits() -> None:
    """One place: the second question is told that it is next, and answered when the first has gone."""
    line = WaitingLine(1)
    model = ScriptedModel("A night costs at most 145 euros in France [1].")
    question = Question("What may a hotel cost?", ANNA, frozenset({"handbook"}))

    with line.joined(threading.Event()) as positions:
        assert list(positions) == []
        second = assistant(model, line=line).answer(question, stop=threading.Event())
        assert isinstance(next(second), Sources)
        assert next(second) == Waiting(1)
        assert not model.asked
    answered = last(list(second))
    assert answered.outcome is Outcome.ANSWERED
    assert "queue" in answered.timings_ms
    assert line.length == 0


def test_right_that_ends_in_the_line_ends_the_answer() -> None:
    """Who waited and may no longer read what was found gets no answer, and the model gets no text of it."""
    line, model, looked = WaitingLine(1), ScriptedModel("145 euros [1]."), list[tuple[str, ...]]()

    def nothing_any_more(_reader: Reader, chunks: Sequence[str]) -> bool:
        looked.append(tuple(chunks))
        return False

    revoked = replace(assistant(model, line=line), may_still_read=nothing_any_more)
    question = Question("What may a hotel cost?", ANNA, frozenset({"handbook"}))
    with line.joined(threading.Event()) as positions:
        assert list(positions) == []
        waiting = revoked.answer(question, stop=threading.Event())
        assert [type(next(waiting)) for _ in range(2)] == [Sources, Waiting]
    failure = list(waiting)[-1]
    assert isinstance(failure, Failure)
    assert "rights changed" in failure.message
    assert looked == [("chunk-1", "chunk-2")]
    assert (model.asked, line.length, line.is_free) == ([], 0, True)


@pytest.mark.parametrize("quotes", [True, False])
def test_who_is_stopped_while_waiting_never_reaches_the_model(*, quotes: bool) -> None:
    """The line goes on without it, and the answer says that it was stopped."""
    line, stop = WaitingLine(1), threading.Event()
    model = ScriptedModel("A night costs at most 145 euros in France [1].")
    question = Question("What may a hotel cost?", ANNA, frozenset({"handbook"}), is_quoted=quotes)

    with line.joined(threading.Event()) as positions:
        assert list(positions) == []
        second = assistant(model, line=line).answer(question, stop=stop)
        assert [type(next(second)) for _ in range(2)] == [Sources, Waiting]
        stop.set()
        assert last(list(second)).outcome is Outcome.STOPPED
        assert line.length == 0
    assert not model.asked


def test_follow_up_is_restated_by_rules_while_the_model_is_busy() -> None:
    """A restatement takes no place in the line, so it is left out when there is none."""
    history = (Turn("user", "What is the hotel cap in France?"), Turn("assistant", "145 euros [1]."))
    line, model = WaitingLine(1), ScriptedModel("145 euros [1].")
    busy = replace(assistant(model, line=line), restates=True)
    question = Question("And in Spain?", ANNA, frozenset({"handbook"}), history)
    with line.joined(threading.Event()) as positions:
        assert list(positions) == []
        waiting = busy.answer(question, stop=threading.Event())
        next(waiting)
        assert not model.asked
    last(list(waiting))
    assert len(model.asked) == 1
