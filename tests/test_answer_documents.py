"""Tell what becomes of a question for documents: a list of them, and the documents that bound a question."""

import threading

import pytest

from app.types import Outcome, Question, Sources
from tests.fakes import ScriptedModel
from tests.told_assistant import ANNA, ToldDocuments, ToldSearch, ask, assistant, last


def test_documents_are_listed_and_no_model_is_asked() -> None:
    """Who asks which documents mention something gets all of them, each line citing where the document opens."""
    model, search, documents = ScriptedModel("never"), ToldSearch(), ToldDocuments()
    events = ask(assistant(model, search, documents=documents), "Which documents mention hotels?")
    answer = last(events)
    assert documents.asked == [("hotels", ANNA, frozenset({"handbook"}))]
    assert (model.asked, search.asked, answer.model) == ([], [], "")
    assert answer.outcome is Outcome.DOCUMENTS
    assert answer.text.splitlines() == [
        "Documents that you may read and that mention hotels: 2.",
        "- Travel policy (travel-1.pdf, handbook, 2025-02-01, passages: 3) [1]",
        "- Travel policy (travel-2.pdf, handbook, 2025-02-01, passages: 3) [2]",
    ]
    assert [one.citations for one in answer.sentences] == [(), (1,), (2,)]
    assert [one.passage.file_name for one in events[0].passages] == ["travel-1.pdf", "travel-2.pdf"]  # type: ignore[union-attr]  # the first event is Sources


def test_list_of_documents_may_be_empty_or_long() -> None:
    """Where none is found, the question is answered like any other; of many, it says how many are listed."""
    model, search = ScriptedModel("A night costs at most 145 euros in France [1]."), ToldSearch()
    none = assistant(model, search, documents=ToldDocuments((), 0))
    events = ask(none, "Which documents mention badgers?")
    assert sum(isinstance(event, Sources) for event in events) == 1
    assert last(events).outcome is Outcome.ANSWERED
    assert [asked[0] for asked in search.asked] == ["Which documents mention badgers?"]
    assert model.asked
    many = last(
        ask(assistant(ScriptedModel(), documents=ToldDocuments(total=57)), "Which files mention hotels?")
    )
    assert many.notice is not None
    assert "2 of 57" in many.notice


@pytest.mark.parametrize("text", ["Which documents mention hotels?", "What may a hotel cost?"])
def test_question_about_chosen_documents_is_answered_from_these(text: str) -> None:
    """Documents that the asker chose bound the list of documents as they bound the passages."""
    search, documents, chosen = ToldSearch(), ToldDocuments(), frozenset({"document"})
    asked = assistant(ScriptedModel("Breakfast is included [1]."), search, documents=documents)
    question = Question(text, ANNA, frozenset({"handbook"}), documents=chosen)
    last(list(asked.answer(question, stop=threading.Event())))
    assert [*documents.scopes, *search.scopes] == [chosen]


def test_title_cannot_forge_a_citation_in_a_list() -> None:
    """What a title or a question pretends to cite is no citation."""
    answer = last(ask(assistant(ScriptedModel("x")), "Which documents mention hotels [7]?"))
    assert "[7]" not in answer.text


def test_wording_too_long_for_a_list_is_a_question() -> None:
    """A sentence in the form of such a question is answered like any other."""
    model = ScriptedModel("145 euros [1].")
    words = " ".join(f"word{number}" for number in range(20))
    assert last(ask(assistant(model), f"Which documents mention {words}?")).outcome is not Outcome.DOCUMENTS
    assert model.asked


def test_documents_that_nobody_may_read_are_told_as_none() -> None:
    """A list was asked for: where the search finds no other meaning, none is what is said."""
    none = assistant(ScriptedModel(), documents=ToldDocuments((), 0), is_answerable=False)
    answer = last(ask(none, "Which documents mention Hollin Bay?"))

    assert answer.outcome is Outcome.NOT_IN_DOCUMENTS
    assert answer.text == "Documents that you may read and that mention Hollin Bay: 0."
