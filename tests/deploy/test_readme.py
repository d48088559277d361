"""The instructions of deploy/ name files, commands and secrets that are there, and all of them."""

import re
import shlex

import pytest
import typer.main

from app.cli.main import app
from app.founding.secrets import SECRETS
from tests.deploy.merged import DEPLOY, image_lines, merged

TEXT = (DEPLOY / "README.md").read_text(encoding="utf-8")
SPANS = " ".join(TEXT.split())
TABLE = set(re.findall(r"^\| `([\w./-]+)` \|", TEXT, re.MULTILINE))
FOUND = typer.main.get_command(app)


def test_table_names_the_files() -> None:
    """Every file that somebody may look into is there with a word on it."""
    secrets = {secret.name for secret in SECRETS}
    for name in TABLE - secrets:
        assert (DEPLOY / name).exists(), name
    wanted = {path.name for pattern in ("compose*.yaml", "Caddyfile*") for path in DEPLOY.glob(pattern)}
    assert {*wanted, "images.env", "intramuros.toml", "Dockerfile"} <= TABLE


def test_every_secret_has_its_line() -> None:
    """What each costs when it is replaced; those of the founding command are those of the compose files."""
    said = TEXT.partition("## Rotate a secret")[2].partition("\n## ")[0]
    assert {secret.name for secret in SECRETS} == set(merged("everything")["secrets"])
    for secret in SECRETS:
        assert re.search(rf"^\|.*`{secret.name}`", said, re.MULTILINE), secret.name


@pytest.mark.parametrize(
    "line", sorted(set(re.findall(r"intramuros ((?:init|people add|secrets) [^\n`\\]*)", TEXT)))
)
def test_command_takes_its_options(line: str) -> None:
    """Each command of this page exists, with every option that is shown."""
    command, words = FOUND, shlex.split(line)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_variables_exist() -> None:
    """What is to be set in .env has its line in images.env."""
    for name in set(re.findall(r"`([A-Z][A-Z_]+)`", TEXT)) - {"NAME"}:
        assert name in image_lines(), name
