"""Gather settings as plain values from TOML, environment and secret files, and say in words what is wrong."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from retrieval.errors import SettingsInvalid

PREFIX = "INTRAMUROS_"
# Variables of other programs of this house that carry the prefix and are no settings of the service.
NOT_SETTINGS = frozenset({"INTRAMUROS_SETTINGS", "INTRAMUROS_EVAL_DATA", "INTRAMUROS_API_URL"})


class Contradiction(ValueError):
    """Carry settings that are fine each and wrong together; pydantic takes only a ValueError from a validator."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def gather(
    path: Path | None, environ: Mapping[str, str], *, secrets: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Return what file, environment and secret files say, as nested plain values. Raises SettingsInvalid."""
    values = {} if path is None else _read(path)
    for section, keys in _from_environment(environ).items():
        values[section] = {**_table(values, section), **keys}
    for section, key in secrets:
        _put_secret(values, section, key)
    return values


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsInvalid(
            f"'{path}' is not valid TOML: {error}", remedy="correct that line; text values stand in quotes"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(
            f"'{path}' cannot be read: {error}",
            remedy="name an existing, readable UTF-8 file; deploy/intramuros.toml is a complete example",
        ) from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the settings among the variables by section. A name that only looks like a setting is refused."""
    values: dict[str, dict[str, str]] = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        section, separator, key = variable.removeprefix(PREFIX).lower().partition("__")
        if not separator or not key:
            raise SettingsInvalid(
                f"the environment variable {variable} is no setting",
                remedy=f"write {PREFIX}<SECTION>__<KEY> with two underscores, or unset it",
            )
        values.setdefault(section, {})[key] = value
    return values


def _table(values: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Return the keys of a section as written so far. Raises SettingsInvalid where it is no section."""
    table = values.get(section, {})
    if not isinstance(table, dict):
        raise SettingsInvalid(
            f"'{section}' is a section, not a value", remedy=f"write [{section}] and its keys below"
        )
    return table


def _with_secret(table: Mapping[str, Any], place: str, key: str) -> dict[str, Any]:
    """Return the table with the one line of the file that `<key>_file` names under `key`. Raises SettingsInvalid."""
    if key in table:
        raise SettingsInvalid(
            f"the secret {place}.{key} may stand neither in the settings nor in the environment",
            remedy=f"put it into a file that only the service can read and name the file in {place}.{key}_file",
        )
    name = table.get(f"{key}_file")
    if not isinstance(name, str) or not name:
        return dict(table)
    try:
        secret = Path(name).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(
            f"the secret file '{name}' of {place}.{key}_file cannot be read",
            remedy="create it, one line, readable by the account of the service",
        ) from error
    if not secret or "\n" in secret:
        raise SettingsInvalid(
            f"the secret file '{name}' of {place}.{key}_file must hold exactly one line",
            remedy="write a long random secret into it, for instance 32 bytes as hexadecimal digits",
        )
    return {**table, key: SecretStr(secret)}


def _put_secret(values: dict[str, Any], section: str, key: str) -> None:
    """Read a section's secret, or that of each of its entries where the section is repeated."""
    written = values.get(section, {})
    if isinstance(written, list):
        values[section] = [
            _with_secret(entry, f"{section}.{number}", key) if isinstance(entry, dict) else entry
            for number, entry in enumerate(written, start=1)
        ]
    else:
        table = _with_secret(_table(values, section), section, key)
        if table:
            values[section] = table


def explain(error: ValidationError, model: type[BaseModel], *, path: Path | None) -> SettingsInvalid:
    """Return pydantic's findings in words: which key of which section, which rule, what to write instead."""
    where = "the environment" if path is None else f"'{path}' and the environment"
    found = [_sentence(fault, model) for fault in error.errors(include_url=False)]
    return SettingsInvalid(
        f"in {where}: " + "; ".join(message for message, _ in found),
        remedy="; ".join(dict.fromkeys(remedy for _, remedy in found)),
    )


def _sentence(fault: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    section, *inside = (str(part + 1) if isinstance(part, int) else part for part in (*fault["loc"], ""))
    key = ".".join(inside).rstrip(".")
    place = f"{section}.{key}" if key else section
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, Contradiction):
        return (f"{place}: {cause}" if place else str(cause)), cause.remedy
    if fault["type"] == "extra_forbidden":
        return _unknown(section, key, model)
    if fault["type"] == "missing":
        return f"{place} is missing", f"add {key.rpartition('.')[2]}; deploy/intramuros.toml shows an example"
    if not key:
        return f"'{section}' is a section, not a value", f"write [{section}] and its keys below"
    rule = fault["msg"].replace("Input should be", "should be").replace("String should", "should")
    shown = "" if "@" in str(fault["input"]) else f" = {fault['input']!r}"  # an address may carry a password
    return f"{place}{shown} is wrong: it {rule}", f"correct {key} in [{section}]"


def _unknown(section: str, key: str, model: type[BaseModel]) -> tuple[str, str]:
    """Name the nearest valid name: of a section, of a key in it, or of a key in another section."""
    if not key:
        names = list(model.model_fields)
        return f"[{section}] is no section", f"{_nearest(section, names)}sections are: {', '.join(names)}"
    key = key.rpartition(".")[2]
    names = list(_keys(model, section))
    elsewhere = [other for other in model.model_fields if other != section and key in _keys(model, other)]
    hint = f"'{key}' belongs to [{elsewhere[0]}]; " if elsewhere else _nearest(key, names)
    return f"'{key}' is no setting of [{section}]", f"{hint}settings of [{section}] are: {', '.join(names)}"


def _nearest(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'? " if close else ""


def _keys(model: type[BaseModel], section: str) -> Iterator[str]:
    """Yield the keys a person may set in a section: not the secrets, which only files hold."""
    yield from _keys_inside(model.model_fields[section].annotation)


def _keys_inside(kind: object) -> Iterator[str]:
    for part in (kind, *get_args(kind)):  # the section itself, or what a list of sections holds
        if isinstance(part, type) and issubclass(part, BaseModel):
            for key, spec in part.model_fields.items():
                if not spec.exclude:
                    yield key
                    yield from _keys_inside(spec.annotation)
