"""Tell what becomes of a question that asks two things at once, and of one that leans on the turns before it."""

from dataclasses import replace

import pytest

from app.types import Outcome, Turn
from retrieval.evidence import Answerability
from retrieval.types import SearchResult
from tests.fakes import ScriptedModel
from tests.told_assistant import ToldSearch, ask, assistant, last

TWO = "What may a hotel cost in France and who feeds my dogs at home?"


def of_dogs_knows_nothing(question: str, _result: SearchResult) -> Answerability:
    """Judge that everything can be answered but what is asked of dogs."""
    return Answerability(0.5, is_answerable="dogs" not in question, reason="told")


def test_each_part_is_searched_and_one_without_evidence_is_named() -> None:
    """The model is asked for the other part alone, and the reader is told what nobody answered."""
    model, search = ScriptedModel("A night costs at most 145 euros in France [1]."), ToldSearch()
    answer = last(ask(replace(assistant(model, search), judge=of_dogs_knows_nothing), TWO))

    assert [text for text, *_ in search.asked] == [
        "What may a hotel cost in France",
        "who feeds my dogs at home?",
    ]
    assert answer.outcome is Outcome.ANSWERED
    assert answer.notice == "Not answered by your documents: “who feeds my dogs at home?”."
    assert "Question: What may a hotel cost in France\n" in model.asked[-1][-1].content


def test_part_for_which_nothing_can_be_quoted_is_named() -> None:
    """Each part is quoted for by itself; a gap is told only beside an answer."""
    model = ScriptedModel(leans=lambda prompt: 2.0 if "Question: What may a hotel" in prompt else -9.0)
    quoting = replace(assistant(model), quotes=True)

    answer = last(ask(quoting, TWO))
    assert answer.outcome is Outcome.ANSWERED
    assert "“who feeds my dogs at home?”" in str(answer.notice)
    nothing = last(ask(replace(quoting, model=ScriptedModel(leans=lambda _: -9.0)), TWO))
    assert nothing.outcome is Outcome.NOT_IN_DOCUMENTS
    assert "dogs" not in str(nothing.notice)


def test_second_part_alone_is_asked_for_in_full() -> None:
    """Where the first part is a gap, the model gets the second with its subject, and no earlier turns."""
    model = ScriptedModel("A night costs at most 145 euros in France [1].")
    earlier = (Turn("user", "Is parking free?"), Turn("assistant", "Yes [1]."))
    asked = replace(assistant(model), judge=of_dogs_knows_nothing)
    answer = last(
        ask(asked, "Who feeds my dogs at the hotel in Dijon tonight and what does it cost?", history=earlier)
    )

    assert "“Who feeds my dogs at the hotel in Dijon tonight”" in str(answer.notice)
    (_, prompt) = model.asked[-1]
    assert "hotel" in prompt.content.rpartition("Question: ")[2]
    assert "parking" not in prompt.content


def test_model_that_restates_is_asked_for_the_search() -> None:
    """What leans on the turns before is searched as the model restates it; what it may not mean, by the rules."""
    history = (Turn("user", "What is the hotel cap in France?"), Turn("assistant", "145 euros [1]."))
    for written, searched in (
        ("What is the hotel cap in Spain?", "What is the hotel cap in Spain?"),
        ("Berlin is nice.", "And in Spain? hotel cap France"),
    ):
        search, model = ToldSearch(), ScriptedModel(written)
        asked = replace(assistant(model, search), restates=True)
        last(ask(asked, "And in Spain?", history=history))
        assert search.asked[0][0] == searched
        assert len(model.asked) == 2
    model = ScriptedModel("145 euros [1].")
    last(
        ask(
            replace(assistant(model), restates=True),
            "What may a hotel in Spain cost each night?",
            history=history,
        )
    )
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    ("text", "reads"), [("How long is the probation period of new employees?", 0), ("And in Spain?", 2)]
)
def test_earlier_turns_are_read_where_the_question_leans_on_them(text: str, reads: int) -> None:
    """A question that stands alone is answered without them."""
    model = ScriptedModel("A night costs at most 145 euros in France [1].")
    turns = (Turn("user", "What may a hotel cost in France?"), Turn("assistant", "At most 145 euros [1]."))
    ask(assistant(model), text, history=turns)
    assert len(model.asked[-1]) == 2 + reads
