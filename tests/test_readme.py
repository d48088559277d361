"""The README's commands exist, its pictures are there, its links lead somewhere."""

import re

import pytest
import typer.main

from app.cli.main import app
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
GROUP = typer.main.get_command(app)


@pytest.mark.parametrize("line", sorted(set(re.findall(r"intramuros ([a-z][a-z-]*(?: [a-z]+)?)", README))))
def test_command_exists(line: str) -> None:
    """Each `intramuros x y` names a command, or a command with an argument."""
    first, _, second = line.partition(" ")
    commands = getattr(GROUP, "commands", {})
    assert first in commands, line
    inner = getattr(commands[first], "commands", None)
    assert inner is None or not second or second in inner, line


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_link_leads_somewhere(target: str) -> None:
    """Every relative link and picture is in the repository."""
    assert (ROOT / target).exists()


def test_make_targets_exist() -> None:
    """Every `make x` of the README is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", README)) <= targets
