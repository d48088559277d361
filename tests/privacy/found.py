"""Find what a house has: the tables it declares, the places its code names, what its compose files mount and set."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from app.privacy.inventory import STORES, is_variable_named, of_path, of_setting, of_table, of_volume
from app.sections import Site
from app.settings import Settings
from tests.deploy.merged import DEPLOY, image_lines
from tests.syntax import Module, modules

HERE = Path("/data")
# Expressions that stand for a folder of the house, by how they end, and what that folder is called in data_dir.
FOLDERS: Mapping[str, str] = {
    "data_dir": "",
    "secrets_dir": "secrets/",
    "key_dir(settings)": "secrets/",
    "run_dir": "run/",
    "index_dir": "index/",
    "originals_dir": "originals/",
    "uploads_dir": "uploads/",
}
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+|HOME|PATH|LANG|TZ|USER")
READ = re.compile(r"(?:^|\.)environ(?:ment)?$")


def unnamed_tables(tables: Iterable[str]) -> set[str]:
    """Return the tables that no store names."""
    return {table for table in tables if not of_table(table)}


def unnamed_places(modules: Iterable[Module]) -> set[str]:
    """Return the places below data_dir that the code names and no store does, each with its module."""
    return {
        f"{module.name}: {place}" for module in modules for place in _places(module) if not _is_named(place)
    }


def unnamed_properties(site: type[Site] = Site) -> set[str]:
    """Return the folders and files that the settings give a name of their own and no store names."""
    made = site(data_dir=HERE, models_dir=Path("/models"))
    properties = [name for name, value in vars(site).items() if isinstance(value, property)]
    places = [getattr(made, name).relative_to(HERE).as_posix() for name in properties]
    return {place for place in places if not _is_named(place)}


def unnamed_files(data_dir: Path) -> set[str]:
    """Return the files that lie there and no store names."""
    files = (path.relative_to(data_dir).as_posix() for path in data_dir.rglob("*") if path.is_file())
    return {file for file in files if not of_path(file)}


def unnamed_volumes(compose: Mapping[str, Any]) -> set[str]:
    """Return the volumes, folders, memory disks and secrets of a compose file that no store names."""
    return {volume for volume in _volumes(compose) if not of_volume(volume)}


def unnamed_settings(model: type[BaseModel] = Settings) -> set[str]:
    """Return the settings that name a file or folder and belong to no store."""
    return {key for key in path_settings(model) if not of_setting(key) and key != "site.data_dir"}


def unnamed_variables(variables: Iterable[str]) -> set[str]:
    """Return the environment variables of which it is not said what they decide."""
    return {variable for variable in variables if not is_variable_named(variable)}


def compose_files() -> dict[str, Any]:
    """Return every compose file of deploy/ by its name."""
    return {
        path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted(DEPLOY.glob("compose*.yaml"))
    }


def variables_of_compose(compose: Mapping[str, Any]) -> Iterator[str]:
    """Yield the variables that containers are given."""
    for service in (compose.get("services") or {}).values():
        yield from (service or {}).get("environment") or ()


def variables_of_images() -> set[str]:
    """Return the variables that the operator fills in."""
    return set(image_lines())


def variables_of_code(module: Module) -> Iterator[str]:
    """Yield the variables that a module reads or sets: keys of an environment, and every name with our prefix."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Subscript) and READ.search(ast.unparse(node.value)):
            yield from _names([node.slice])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if READ.search(ast.unparse(node.func.value)):
                yield from _names(node.args[:1])
        elif isinstance(node, ast.Dict):
            yield from _names(key for key in node.keys if key is not None)
        elif isinstance(node, ast.Constant) and str(node.value).startswith("INTRAMUROS_"):
            yield from _names([node])


def _is_named(place: str) -> bool:
    """Return whether a store has this file, or all or some of what lies in this folder."""
    return bool(of_path(place)) or any(
        pattern.startswith(f"{place}/") for store in STORES for pattern in store.paths
    )


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and VARIABLE.fullmatch(str(node.value)):
            yield str(node.value)


def _volumes(compose: Mapping[str, Any]) -> Iterator[str]:
    yield from compose.get("volumes") or ()
    yield from (f"secrets:{name}" for name in compose.get("secrets") or ())
    for service in (compose.get("services") or {}).values():
        for mounted in (service or {}).get("volumes", ()):
            # A variable with a default holds a colon of its own: ${MODELS_DIR:-./models}:/models:ro
            yield re.sub(r":/[^:}]*(:ro)?$", "", mounted)
        yield from (f"tmpfs:{disk.partition(':')[0]}" for disk in (service or {}).get("tmpfs", ()))


def path_settings(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Yield the settings that name a file or folder: "audit.key_dir"."""
    for key, spec in model.model_fields.items():
        kinds = set(_kinds(spec.annotation))
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from path_settings(kind, f"{key}.")
        if Path in kinds:
            yield prefix + key


def _kinds(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):  # of a union, a tuple, an annotated type
        yield from _kinds(part)


def _places(module: Module) -> Iterator[str]:
    known = _constants(module.tree) | _imported_constants(module.tree)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            left = ast.unparse(node.left)
            for ending, folder in FOLDERS.items():
                if left == ending or left.endswith(f".{ending}"):
                    yield folder + _written(node.right, known)


def _constants(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                found |= {
                    name.id: str(value.value)
                    for name, value in zip(names, values, strict=False)
                    if isinstance(name, ast.Name) and isinstance(value, ast.Constant)
                }
    return found


def _imported_constants(tree: ast.Module) -> dict[str, str]:
    by_name = {module.name: module for module in modules()}
    return {
        alias.asname or alias.name: _constants(by_name[node.module].tree)[alias.name]
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module in by_name
        for alias in node.names
        if alias.name in _constants(by_name[node.module].tree)
    }


def _written(node: ast.expr, known: Mapping[str, str]) -> str:
    """Return how a name begins or is; what only a run knows is `*`."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name):
        return known.get(node.id, "*")
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return "*"
