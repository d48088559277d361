"""Nobody can ask without saying who asks: read off the code, so that a new way of asking is judged too."""

import ast
import inspect
import re
from collections.abc import Iterator

import pytest

from app.answer import Assistant, FindDocuments, Search
from ingest.catalog import Catalog
from ingest.passages import DatabasePassages
from retrieval.edge import EdgeIndex
from retrieval.langchain import IntramurosRetriever
from retrieval.mentions import DocumentSearch
from retrieval.search import Searcher
from retrieval.server import QdrantIndex
from retrieval.types import DocumentStore, PassageStore, Reader, VectorIndex
from tests.fakes import InMemoryStore
from tests.syntax import Module, modules

# What hands out text, hits or documents to people.
SHOWN = re.compile(r"\b(Passage|RankedPassage|SearchResult|Hit|Fused|Mentions?)\b")
# Methods of these that name no reader, and why nobody is shown anything by them.
UNREAD: dict[tuple[type, str], str] = {
    (VectorIndex, "vectors"): "numbers of chunks that the database has shown before; never text",
    (VectorIndex, "chunk_ids"): "consistency checks: ids alone",
    (VectorIndex, "records"): "consistency checks: ids and readers",
    (VectorIndex, "count"): "consistency checks",
    **{
        (VectorIndex, name): "writes"
        for name in ("upsert", "forget_version", "set_readers", "optimise", "purge", "close")
    },
    (QdrantIndex, "remove"): "removes",
    **{(Catalog, name): "writes" for name in ("set_readers", "hide", "drop_document")},
    (Catalog, "get"): "ingestion, and routes for administrators; no text",
    (Catalog, "find"): "the operator's command line; no text",
    (Catalog, "listed"): "administrators see states; no text",
    (Catalog, "attached_to"): "ingestion",
    (Catalog, "with_attached"): "ingestion",
    (Catalog, "readers"): "ingestion, and rows of documents that were listed before",
}
# Routes that call one of these without the role in their signature, and why that is right.
ROUTES_BY_ROLE = {
    "documents": "asks the role itself, and lists for the reader otherwise",
    "row_of": "shows a row that was listed for the asker, or that they look after: no content",
    "document": "gives a steward a document of their collections alone, to act on and not to read",
    "_cited": "names to a steward what is cited most, where it is not somebody's own",
}


def methods(kind: type) -> dict[str, inspect.Signature]:
    """Return the public methods of a class."""
    found = inspect.getmembers(kind, inspect.isfunction)
    return {name: inspect.signature(method) for name, method in found if not name.startswith("_")}


@pytest.mark.parametrize(
    "kind",
    [
        VectorIndex,
        EdgeIndex,
        QdrantIndex,
        PassageStore,
        DocumentStore,
        DatabasePassages,
        InMemoryStore,
        Searcher,
        DocumentSearch,
        Catalog,
    ],
)
def test_every_method_that_shows_something_asks_who(kind: type) -> None:
    """Each public method demands a keyword `reader` of type Reader, or stands in the table with its reason."""
    port = VectorIndex if kind in {EdgeIndex, QdrantIndex} else kind
    signatures = methods(kind)
    asking = {
        name: made.parameters["reader"] for name, made in signatures.items() if "reader" in made.parameters
    }
    assert {name for name, one in asking.items() if one.default is not inspect.Parameter.empty} == set()
    assert {name for name, one in asking.items() if one.annotation is not Reader} == set()
    open_ones = {(port, name): made for name, made in signatures.items() if name not in asking}
    assert {key for key in open_ones if key not in UNREAD and (kind, key[1]) not in UNREAD} == set()
    assert not [key for key, made in open_ones.items() if SHOWN.search(str(made.return_annotation))]


def test_table_names_living_methods() -> None:
    """An exception for a method that is gone would let the next one of that name through."""
    assert [(kind, name) for kind, name in UNREAD if name not in methods(kind)] == []


def functions() -> Iterator[tuple[Module, ast.FunctionDef]]:
    """Yield every function of the three packages that see readers."""
    for module in modules():
        if module.package != "ui":
            yield from ((module, f) for f in module.functions() if isinstance(f, ast.FunctionDef))


def test_no_function_has_a_reader_by_default() -> None:
    """Wherever a Reader or a Person is asked for, it cannot be left out."""
    forgettable = []
    for module, function in functions():
        given = function.args
        plain = [*given.posonlyargs, *given.args]
        defaults = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
        pairs = [*zip(plain, defaults, strict=True), *zip(given.kwonlyargs, given.kw_defaults, strict=True)]
        forgettable += [
            f"{module.name}.{function.name}({argument.arg})"
            for argument, default in pairs
            if default is not None
            and argument.annotation is not None
            and re.search(r"\b(Reader|Person|SignedInPerson)\b", ast.unparse(argument.annotation))
        ]
    assert forgettable == []


def test_whatever_fetches_text_asks_who() -> None:
    """A method anywhere that returns passages or hits from somewhere takes a reader, or holds one it was built with."""
    silent = []
    for module, function in functions():
        names = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
        returns = "" if function.returns is None else ast.unparse(function.returns)
        is_lookup = "self" in names and SHOWN.search(returns) and not function.name.startswith("_")
        if is_lookup and not names & {"reader", "question"}:
            silent.append(f"{module.name}.{function.name}")
    # The reader of `Today` is one of its fields, without a default.
    assert silent == ["app.reopening.sources"]


def test_routes_that_look_past_the_readers_are_for_administrators() -> None:
    """A route that uses a method without a reader demands a role, or is in the table with its reason."""
    past = {name for kind, name in UNREAD if kind is Catalog}
    wrong = []
    routes = [
        function
        for module, function in functions()
        if module.name.startswith("app.api.") and module.name != "app.api.server"
    ]
    for function in routes:
        calls = {
            node.func.attr
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value).endswith("catalog")
        }
        asks_role = any(
            ast.unparse(a.annotation) in {"Admin", "Looking"} for a in function.args.args if a.annotation
        )
        if calls & past and not asks_role and function.name not in ROUTES_BY_ROLE:
            wrong.append(function.name)
    assert wrong == []


def test_the_reader_of_chains_and_answers_has_no_default() -> None:
    """A LangChain retriever is built, and a question asked, only with a reader."""
    for made, parameter in (
        (IntramurosRetriever.__init__, "reader"), (Search.__call__, "reader"), (Search.__call__, "collections"),
        (FindDocuments.__call__, "reader"), (FindDocuments.__call__, "collections"),
    ):  # fmt: skip
        assert inspect.signature(made).parameters[parameter].default is inspect.Parameter.empty
    assert "question" in inspect.signature(Assistant.answer).parameters
