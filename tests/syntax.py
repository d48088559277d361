"""Read the four packages as syntax trees; what `tests/test_house.py` judges."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("ui", "app", "ingest", "retrieval")  # each may import those to its right; ui none: it speaks HTTP


@dataclass(frozen=True)
class Module:
    """Hold one file of the house."""

    name: str  # "ingest.parse.pdf.document"
    path: Path
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """Return the top-level package."""
        return self.name.partition(".")[0]

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Yield every function and method, also nested ones."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the four packages, by name."""
    found = []
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, path, text, ast.parse(text)))
    return tuple(found)


@cache
def imported(tree: ast.AST) -> tuple[str, ...]:
    """Return each imported name, fully dotted, wherever it stands. `from a import b` gives a.b."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.extend(f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


def at_top(module: Module) -> Iterator[str]:
    """Yield the names a module imports when it is imported: not inside functions, not for the type checker only."""
    waiting: list[ast.AST] = list(module.tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)
        waiting.extend(
            part for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt | ast.excepthandler)
        )


def neighbours(module: Module) -> set[str]:
    """Return the modules of the house that `module` imports, wherever in it the import stands."""
    names = {known.name for known in modules()}
    found = set()
    for name in imported(module.tree):
        target = name if name in names else name.rpartition(".")[0]
        if target in names and target != module.name:
            found.add(target)
    return found


def cycles() -> list[tuple[str, ...]]:
    """Return each ring of modules that import each other, found by depth-first search."""
    graph = {module.name: sorted(neighbours(module)) for module in modules()}
    done: set[str] = set()
    found: list[tuple[str, ...]] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append((*path[path.index(name) :], name))
        elif name not in done:
            for neighbour in graph[name]:
                visit(neighbour, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())
    return found


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many parameters a caller may pass, `self` and `cls` not counted."""
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return (
        len([name for name in names if name not in {"self", "cls"}]) + bool(given.vararg) + bool(given.kwarg)
    )
