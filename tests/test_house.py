"""Hold the house to its style: direction, size, names, docstrings, one file a vendor, and imports that do nothing."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest

from retrieval import errors
from tests.syntax import PACKAGES, ROOT, Module, at_top, cycles, imported, modules, neighbours, parameters

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 40
MAX_PARAMETERS = 6
FORBIDDEN_NAMES = {"utils", "helpers", "base", "manager", "service", "common", "misc", "util", "helper"}
HEAVY = {
    "torch", "unstructured", "transformers", "sentence_transformers", "streamlit", "pandas", "sklearn", "spacy",
    "langchain", "langchain_core", "langchain_community", "langchain_text_splitters", "ray", "vllm",
}  # fmt: skip

# Who may import a heavy library at module top, and why. The page's files run inside Streamlit, which is there already.
HEAVY_AT_TOP: Mapping[str, str] = {
    "retrieval.langchain": "a subclass of LangChain's retriever; only users' own chains import it",
}
STREAMLIT_PACKAGE = "ui"

# One vendor, one file; more only with the reason here.
VENDORS: Mapping[str, set[str]] = {
    "alembic": {"app.migrate", "app.migrations.*"},  # the caller, and the migrations it runs
    "argon2": {"app.identity"},
    "babel": {"ui.languages"},
    "botocore": {"ingest.sources.bucket"},
    "docutils": {"ingest.parse.rst"},
    "joserfc": {"app.openid"},
    "langchain_core": {
        "retrieval.langchain",
        "app.bench.rivals.langchain",  # compares with its retriever
        "app.bench.rivals.chain",  # compares with its chain
    },
    "langchain_text_splitters": {"ingest.chunk"},
    "olefile": {"ingest.parse.ole", "ingest.parse.msg"},
    "opentelemetry": {"app.tracing_otlp"},
    "phonenumbers": {"ingest.guard.phones"},
    "prometheus_client": {"app.metrics"},
    "pypdfium2": {
        "ingest.parse.pdf.document",
        "ingest.parse.pdf.pdfium",  # its functions called with plain integers
        "ingest.parse.pdf.text",  # text and boxes
        "ingest.parse.pdf.objects",  # lines, areas, pictures
        "ingest.parse.pdf.forms",  # fields and notes
        "ingest.parse.ocr",  # pictures of pages to read
        "ingest.parse.draw",  # pictures of pages to show
        "ingest.parse.pdf.look",  # samples pages
        "app.bench.ingest",  # timed beside the others
        "app.bench.end_to_end",  # makes a long document
    },
    # certificates; signatures of bundles, and of receipts
    "cryptography": {"app.founding.certificates", "app.bundle.*", "app.privacy.receipt"},
    "python_calamine": {"ingest.parse.xls"},
    "pytesseract": {"ingest.parse.ocr"},
    "qdrant_client": {
        "retrieval.server",
        "retrieval.server_setup",  # what the server must have and be
        "app.bench.rivals.*",  # compared with, each as its users start it
    },
    "qdrant_edge": {
        "retrieval.edge",
        "retrieval.shard",  # opened, and written anew
        "retrieval.sparse",  # its BM25 weights
    },
    "sentence_transformers": {"retrieval.embed", "retrieval.cross_encoder"},
    "stdnum": {"ingest.guard.number_rules"},
    # The database is one neighbour with two owners of tables: documents (ingest) and people (app).
    "sqlalchemy": {
        "app.admission",  # passes the engine
        "app.asked",  # reads alone
        "app.audit.trail",
        "app.backup.create",  # the versions that its snapshot shows
        "app.backup.place",
        "app.backup.replay",
        "app.backup.restore",  # the versions that were restored
        "app.backup.rows",
        "app.backup.trail",
        "app.backup.vectors",  # the texts in the order of their digests
        "app.entries",
        "app.feedback",
        "app.history",
        "app.identity",
        "app.keys",
        "app.ledger",
        "app.migrate",
        "app.migrations.*",
        "app.privacy.handed_over",  # reads alone
        "app.privacy.of_person",  # reads alone
        "app.privacy.restriction",
        "app.schema",
        "app.adapters",  # completes the address
        "app.bench.backup",  # fills a house with made documents
        "app.bench.audit",  # fills and touches a trail
        "app.bench.export",  # fills a house with made conversations
        "app.bench.house",  # fills a house with made chunks
        "app.bench.ledger",  # fills a ledger with made answers
        "app.cli.consistency",  # passes the engine
        "app.egress.allowed",  # takes the address apart
        "app.cli.indexing",  # counts what is to be embedded
        "app.in_use",  # reads alone
        "app.privacy.break_glass",
        "app.privacy.carrying_out",
        "app.privacy.chat_term",
        "app.privacy.counted",  # reads alone
        "app.privacy.document_terms",
        "app.privacy.erasure_requests",
        "app.privacy.erasure_terms",  # passes the engine
        "app.privacy.holds",
        "app.privacy.kept",  # reads alone
        "app.privacy.person_rows",
        "app.privacy.purging",
        "app.privacy.redaction",
        "app.privacy.retention",
        "app.privacy.terms",
        "app.records",  # passes the engine
        "app.selftest.looking",  # reads every row
        "app.selftest.temporary",  # empties the database that it was lent
        "app.sessions",
        "ingest.attempts",
        "ingest.building",  # reads alone
        "ingest.catalog",
        "ingest.collections",
        "ingest.counting",  # reads alone
        "ingest.database",
        "ingest.followers",
        "ingest.guard.tally",  # reads alone
        "ingest.holdings",  # reads alone
        "ingest.index_store",
        "ingest.inventory",
        "ingest.items",
        "ingest.jobs",
        "ingest.own_files",
        "ingest.passages",
        "ingest.review",
        "ingest.schema",
        "ingest.version_store",
        "ingest.stocktaking",  # reads alone
        "ingest.versions",
    },
    "ray": {"ingest.engines.ray"},
    "reportlab": {"app.compliance.pdf"},
    "watchdog": {"ingest.watch"},
    "unstructured": {
        "ingest.parse.html_partition",
        "app.bench.ingest",  # timed beside the others
    },
    "httpx": {
        "app.vllm_protocol",
        "app.endpoint_asking",  # examines a server that may be none of ours, plainly and in order
        "app.models.fetch",
        "app.openid",
        "app.bench.asking",  # plays the employees
        "app.bench.page",  # waits for its servers
        "app.bench.permissions",  # plays a stranger
        "app.cli.asking",  # a command is a client of the running API
        "app.cli.consistency",  # likewise
        "app.cli.erasing",  # likewise
        "app.cli.replaying",  # likewise
        "app.cli.examining",
        "app.cli.observing",  # plays the people of a trial
        "app.cli.starting",
        "retrieval.embed_http",
        "retrieval.server",  # qdrant-client lets its exceptions through
        "ui.chat",  # holds the one connection pool of the page
        "ui.client",
    },
}
UNSAFE = {
    "pickle",
    "marshal",
    "joblib",
    "shelve",
    "dill",
    "cloudpickle",
}  # loading runs what the bytes say
UNSAFE_CALLS = {"eval", "exec", "yaml.load", "torch.load", "numpy.load", "np.load", "__import__"}
UNSAFE_NAMES = {"langchain_core.load", "langchain.load"}

REASONED = re.compile(
    r"#\s*(type:\s*ignore\[[\w-]+(, ?[\w-]+)*\]|noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*)\s+\S.{8,}"  # codes, then why
)

each_module = pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)


@each_module
def test_imports_go_down_the_stairs(module: Module) -> None:
    """The order is ui, app, ingest, retrieval; the page imports none of the others, not even inside a function."""
    place = PACKAGES.index(module.package)
    allowed = {"ui"} if module.package == "ui" else set(PACKAGES[place:])
    wrong = {name for name in imported(module.tree) if name.partition(".")[0] in set(PACKAGES) - allowed}
    assert not wrong


def test_no_modules_import_each_other() -> None:
    """There is no ring, not even one that closes inside a function."""
    assert cycles() == []


def test_parsing_knows_nothing_of_the_sandbox() -> None:
    """The sandbox starts parsers; none of them knows how it is confined or spoken to."""
    wrong = {
        (module.name, name)
        for module in modules()
        if module.name.startswith("ingest.parse")
        for name in neighbours(module)
        if name.startswith("ingest.sandbox")
    }
    assert wrong == set()


def test_every_module_is_reached_by_another_or_started() -> None:
    """A file that nothing imports is dead, unless it is an entry."""
    entries = {"app.cli.main", "ui.chat", "ui.__main__", "app.bootstrap", "retrieval.langchain"}
    used = {name for module in modules() for name in neighbours(module)}
    packages = {module.name for module in modules() if module.path.name == "__init__.py"}
    migrations = {
        module.name for module in modules() if ".migrations." in module.name
    }  # Alembic finds them by path
    texts = "".join(module.text for module in modules())
    children = {
        module.name for module in modules() if f'"{module.name}"' in texts or f'"{module.name}:parse' in texts
    }  # started by name, `python -m`, or a parser that the table of formats names
    assert (
        sorted({module.name for module in modules()} - used - packages - entries - migrations - children)
        == []
    )


@each_module
def test_heavy_library_is_imported_where_it_is_used(module: Module) -> None:
    """`intramuros --help` answers at once, because no module pulls in a heavy library when it is imported."""
    heavy = HEAVY - {"streamlit"} if module.package == STREAMLIT_PACKAGE else HEAVY
    wrong = {name for name in at_top(module) if name.partition(".")[0] in heavy}
    assert not wrong or module.name in HEAVY_AT_TOP


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_one_file_talks_to_a_vendor(vendor: str) -> None:
    """A vendor's types and exceptions stop at its file."""
    users = {m.name for m in modules() if any(name.partition(".")[0] == vendor for name in imported(m.tree))}
    assert {user for user in users if not any(fnmatch(user, known) for known in VENDORS[vendor])} == set()


def test_tables_name_living_modules() -> None:
    """An exception for a file that is gone would let the next file of that name through."""
    names = {module.name for module in modules()}
    listed = {*HEAVY_AT_TOP, *(user for users in VENDORS.values() for user in users)}
    assert sorted(user for user in listed if not any(fnmatch(name, user) for name in names)) == []


@each_module
def test_size_is_bounded(module: Module) -> None:
    """Modules, functions and signatures fit a screen and a mind."""
    is_history = (
        ".migrations.versions." in module.name
    )  # a migration spells out tables and is never touched again
    assert is_history or len(module.text.splitlines()) <= MAX_MODULE_LINES
    long = {f.name: _lines(f) for f in module.functions() if _lines(f) > MAX_FUNCTION_LINES}
    assert is_history or not long
    wide = {f.name: parameters(f) for f in module.functions() if parameters(f) > MAX_PARAMETERS}
    assert not wide


@each_module
def test_name_is_of_the_trade(module: Module) -> None:
    """File names are the map of the house; a drawer for everything is no room."""
    assert not set(module.name.split(".")) & FORBIDDEN_NAMES


@pytest.mark.parametrize(
    "package",
    [m for m in modules() if m.package == "ingest" and m.path.name == "__init__.py"],
    ids=lambda module: module.name,
)
def test_map_of_a_package_names_what_is_in_it(package: Module) -> None:
    """Who opens a package of ingest finds each file of it named in the docstring, and none that is gone."""
    text = ast.get_docstring(package.tree) or ""
    entries = re.findall(r"(?:^|;  |, )(\w+)/?(?=  |, )", text, re.MULTILINE)
    below = {
        module.name.removeprefix(f"{package.name}.")
        for module in modules()
        if module.name.rpartition(".")[0] == package.name
    }
    assert sorted(below - set(entries)) == []
    assert sorted(set(re.findall(r"^(\w+)/?  ", text, re.MULTILINE)) - below) == []


@each_module
def test_everything_public_says_what_the_caller_gets(module: Module) -> None:
    """Modules, public classes and public functions have a docstring; a package's is its map."""
    assert ast.get_docstring(module.tree)
    owners: list[ast.Module | ast.ClassDef] = [module.tree]
    owners += [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    silent = [
        node.name
        for owner in owners
        for node in owner.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not (isinstance(owner, ast.ClassDef) and owner.name.startswith("_"))
        and not ast.get_docstring(node)
    ]
    assert not silent


@each_module
def test_every_exception_from_a_rule_gives_its_reason(module: Module) -> None:
    """An ignore names its code and is followed by why."""
    ignores = [line for line in module.text.splitlines() if re.search(r"#\s*(type:\s*ignore|noqa)", line)]
    assert [line.strip() for line in ignores if not REASONED.search(line)] == []


@each_module
def test_nothing_is_loaded_that_can_run(module: Module) -> None:
    """No unpickling, evaluating or framework deserialisation: bytes stay bytes."""
    names = set(imported(module.tree))
    assert not {name for name in names if name.partition(".")[0] in UNSAFE}
    assert not {name for name in names if any(name.startswith(unsafe) for unsafe in UNSAFE_NAMES)}
    calls = {ast.unparse(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
    assert not calls & UNSAFE_CALLS


@each_module
def test_nothing_is_swallowed_or_printed(module: Module) -> None:
    """A bare `except`, `except: pass` around everything, and print() hide what a person must know."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
            assert not (broad and all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)), (
                node.lineno
            )
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) != "print", node.lineno


def test_every_error_is_raised_or_is_a_branch() -> None:
    """An error that nobody raises is a promise nobody keeps; a branch of the tree is caught, not raised."""
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type)}
    branches = {
        base.__name__
        for value in vars(errors).values()
        if isinstance(value, type)
        for base in value.__bases__
    }
    mentioned = {
        node.id if isinstance(node, ast.Name) else node.attr
        for module in modules()
        if module.name != "retrieval.errors"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name | ast.Attribute)
    }
    assert sorted(kinds - branches - mentioned) == []


def test_no_place_of_this_workshop_is_named() -> None:
    """No path of the machine this was written on stands in the code, the tests or the deployment."""
    files = [path for folder in (*PACKAGES, "tests", "deploy") for path in (ROOT / folder).rglob("*.py")]
    places = re.compile("/" + r"work/|/tmp" + r"/boot|/opt" + r"/wheels")
    assert [
        str(path.relative_to(ROOT)) for path in files if places.search(path.read_text(encoding="utf-8"))
    ] == []


IMPORTER = Path(__file__).with_name("import_all.py")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("packages", "heavy"), [(PACKAGES[1:], HEAVY), (PACKAGES[:1], HEAVY - {"streamlit", "pandas"})]
)
def test_importing_does_nothing(packages: tuple[str, ...], heavy: set[str]) -> None:
    """Importing opens no socket, writes no file, starts no child, loads nothing heavy but the page's own Streamlit."""
    started = {
        "ui.chat",
        "app.migrations.env",
    }  # Streamlit and Alembic run these files instead of importing them
    skipped = {*started, *HEAVY_AT_TOP, *(m.name for m in modules() if m.path.name == "__main__.py")}
    report = imports([m.name for m in modules() if m.package in packages and m.name not in skipped])
    assert report["deeds"] == []
    assert sorted(heavy & set(report["loaded"])) == []


def imports(names: list[str]) -> dict[str, list[str]]:
    """Return what importing these modules in a fresh interpreter did, and what it loaded."""
    arguments = [sys.executable, "-B", str(IMPORTER), *names]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, list[str]] = json.loads(done.stdout)
    return report


def test_importing_is_judged_by_something_that_notices() -> None:
    """The negative control: a module that opens a socket and writes a file when imported is caught."""
    deeds = imports(["tests.sinner"])["deeds"]
    assert any(deed.startswith("socket") for deed in deeds)
    assert any(deed.startswith("open") for deed in deeds)


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
