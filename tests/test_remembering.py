"""Nothing is remembered of one person that another could be given: no cache knows people, and two never cross."""

import ast
import random
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from app.answer import Assistant
from app.types import Answer, Question, Sources
from app.waiting import WaitingLine
from retrieval.edge import EdgeIndex
from retrieval.mentions import DocumentSearch
from retrieval.readers import reader_of
from retrieval.search import Searcher
from retrieval.sparse import SparseEncoder
from tests.fakes import ScriptedModel
from tests.syntax import modules
from tests.test_search import HANDBOOK, House

REMEMBERING = re.compile(r"(^|\.)(cache|lru_cache|cached|cache_data|cache_resource|memoize)(\(|$)")
PERSONAL = re.compile(
    r"\b(Reader|Person|Principal|User|Tab|Api|Session|token|reader|person|user|principal\w*)\b"
)


def remembered() -> dict[str, ast.FunctionDef]:
    """Return every function of all packages whose results are kept, by its full name."""
    found = {}
    for module in modules():
        for function in module.functions():
            if any(REMEMBERING.search(ast.unparse(one)) for one in function.decorator_list):
                assert isinstance(function, ast.FunctionDef)
                found[f"{module.name}.{function.name}"] = function
    return found


def test_nothing_remembered_depends_on_who_asks() -> None:
    """A function whose results are kept takes no person, token or reader and touches no session's state."""
    kept = remembered()
    assert len(kept) > 10
    personal = {
        name
        for name, function in kept.items()
        if PERSONAL.search(ast.unparse(function.args))
        or "session_state" in ast.unparse(function)
        or re.search(r"\btab\(\)", ast.unparse(function))
    }
    # The account that owns a file on the disk, by its number: no asker.
    assert personal <= {"ingest.sources.permissions.user_name"}


def test_the_page_keeps_one_thing_for_all() -> None:
    """Streamlit's caches are shared by everybody: the pool of connections is all that lies there."""
    shared = [
        name
        for name, function in remembered().items()
        if any(ast.unparse(one).startswith("st.") for one in function.decorator_list)
    ]
    assert shared == ["ui.chat._pool"]


@pytest.mark.parametrize("kind", [Searcher, Assistant])
def test_nothing_is_kept_between_two_questions(kind: type) -> None:
    """Search and assistant are frozen, without a place for anything but the parts they were built from."""
    parameters = kind.__dataclass_params__  # type: ignore[attr-defined]  # both are dataclasses
    assert parameters.frozen
    assert not hasattr(kind, "__dict__") or "__dict__" not in kind.__slots__  # type: ignore[attr-defined]  # as above
    assert set(kind.__slots__) == set(kind.__dataclass_fields__)  # type: ignore[attr-defined]  # as above


ROUNDS = 1_000
PEOPLE = {"anna": ("group:hr", "group:everybody"), "ben": ("group:sales", "group:everybody")}


@pytest.mark.slow
def test_two_people_in_turn_never_get_each_others(tmp_path: Path) -> None:
    """1,000 rounds of the same question by two people, in turn and at once: each gets what is theirs, every time.

    The model is asked with one salt a person, so that no cached prompt of one serves the other.
    """
    house = House(EdgeIndex(tmp_path / "index", dimension=64))
    for number, owner in enumerate((("group:hr",), ("group:sales",), ("group:everybody",)) * 4, start=1):
        house.add(number, f"Travel expenses are paid monthly, rule {number}.", owner)
    model = ScriptedModel("Travel expenses are paid monthly [1].")
    documents = DocumentSearch(house.index, house.store, SparseEncoder())
    assistant = Assistant(house.searcher().search, documents.find, model, WaitingLine(4), b"k" * 32)
    readers = {
        "anna": reader_of("anna", ["hr", "everybody"]),
        "ben": reader_of("ben", ["sales", "everybody"]),
    }
    own = {
        name: {one.chunk_id for one, of in house.store.passages.values() if set(of) & set(groups)}
        for name, groups in PEOPLE.items()
    }

    def ask(name: str) -> tuple[str, frozenset[str], str]:
        question = Question("When are travel expenses paid?", readers[name], HANDBOOK)
        events = list(assistant.answer(question, stop=threading.Event()))
        (sources,) = (event for event in events if isinstance(event, Sources))
        assert isinstance(events[-1], Answer)
        return name, frozenset(one.passage.chunk_id for one in sources.passages), events[-1].text

    turns = [name for _ in range(ROUNDS // 2) for name in random.Random(1).sample(sorted(readers), 2)]
    with ThreadPoolExecutor(2) as pool:
        shown = [*map(ask, turns[: ROUNDS // 2]), *pool.map(ask, turns[ROUNDS // 2 :])]

    assert len(shown) == ROUNDS
    assert all(sources == own[name] for name, sources, _ in shown)
    assert len(model.asked) == ROUNDS
    assert len(set(model.salts)) == 2
    for number, name in enumerate(turns[: ROUNDS // 2]):  # those asked in turn
        assert model.salts[number] == model.salts[turns.index(name)]
    for prompt in model.asked:
        numbers = {int(n) for n in re.findall(r"rule (\d+)\.", prompt[-1].content)}
        assert {str(UUID(int=n)) for n in numbers} <= own["anna"] or {
            str(UUID(int=n)) for n in numbers
        } <= own["ben"]
    house.index.close()
