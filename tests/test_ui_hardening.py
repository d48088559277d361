"""The options the page starts with, and the page's shape."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ui.hardening import REQUIRED, colours, differences, options

UI = Path(__file__).resolve().parent.parent / "ui"
TREES = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(UI.glob("*.py"))}


def test_every_required_option_exists_in_streamlit() -> None:
    """A renamed option of Streamlit fails here, not silently in production."""
    from streamlit import config  # heavy: half a second, needed here only

    assert [name for name in REQUIRED if name not in config.get_config_options()] == []


def test_the_file_beside_the_entry_holds_what_is_required() -> None:
    """`streamlit run ui/chat.py` reads the same values that `python -m ui` demands."""
    written = tomllib.loads((UI / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    for name, value in REQUIRED.items():
        section, option = name.split(".")
        if value not in ({}, []):
            assert written[section][option] == value, name
    # An empty list cannot be passed on the command line, so only this file closes Streamlit's own places for secrets.
    without_provider = options(host="127.0.0.1", port=1, public_url="http://127.0.0.1:1")
    assert written["secrets"]["files"] == without_provider["secrets.files"] == []


def test_the_address_decides_hosts_and_origins() -> None:
    """Only the public address is an origin, and Streamlit never has to ask the internet for it."""
    chosen = options(host="0.0.0.0", port=8601, public_url="https://ask.example.eu")
    assert chosen["server.corsAllowedOrigins"] == ["https://ask.example.eu"]
    assert chosen["server.allowedHosts"] == ["127.0.0.1", "ask.example.eu", "localhost"]
    assert (chosen["browser.serverAddress"], chosen["browser.serverPort"]) == ("ask.example.eu", 443)


def test_a_difference_names_option_and_value() -> None:
    """The refusal says which option is wrong and what it must be."""
    assert differences({"a.b": False}, lambda name: True) == ["a.b is True, must be False"]


def start_with(settings: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Return how the page's start ended in a directory whose Streamlit configuration is `settings`."""
    (directory / ".streamlit").mkdir()
    (directory / ".streamlit" / "config.toml").write_text(settings, encoding="utf-8")
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "ui",
            "--port",
            "1",
        ],  # a port that nobody may open: a start that is let through ends
        env=os.environ | {"PYTHONPATH": str(UI.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=directory,
    )


@pytest.mark.parametrize(
    "option", ['unsafeMetricsUserAttributes = ["email"]', 'trustedUserHeaders = \'{"X-User": "email"}\'']
)
def test_a_weakened_page_does_not_start(option: str, tmp_path: Path) -> None:
    """An option set from outside that opens a door ends the start with its name and exit code 2."""
    run = start_with(f"[server]\n{option}\n", tmp_path)
    assert run.returncode == 2, run.stderr
    assert option.split(maxsplit=1)[0] in run.stderr
    assert "Traceback" not in run.stderr


def test_foreign_configuration_is_overruled() -> None:
    """What `python -m ui` passes stands above any file, so every other required option holds anyway."""
    passed = {name for name, value in REQUIRED.items() if value not in ({}, [])}
    assert set(REQUIRED) - passed == {"server.unsafeMetricsUserAttributes", "server.trustedUserHeaders"}


def test_html_leaves_in_one_place() -> None:
    """Only theme sends HTML, nothing allows raw HTML in Markdown, and nothing runs script beside ui.browser."""
    senders = {name for name, tree in TREES.items() if _calls(tree, "html")}
    assert senders == {"theme.py"}
    assert [name for name, tree in TREES.items() if _keyword(tree, "unsafe_allow_html")] == []
    assert [name for name, tree in TREES.items() if _keyword(tree, "unsafe_allow_javascript")] == []
    assert {name for name, tree in TREES.items() if _calls(tree, "component")} == {"browser.py"}


def test_foreign_text_never_becomes_markdown() -> None:
    """The page calls none of Streamlit's Markdown writers."""
    for name, tree in TREES.items():
        for writer in (
            "markdown",
            "write_text",
            "latex",
            "write_stream",
            "caption",
            "info",
            "warning",
            "error",
            "success",
        ):
            assert not _calls(tree, writer), f"{name} calls {writer}"


def test_caches_know_no_person() -> None:
    """Whatever is cached for all takes only an address, the house's colours, a kind of record, or a language."""
    cached = [
        function
        for tree in TREES.values()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and any("cache" in ast.unparse(decorator) for decorator in function.decorator_list)
    ]
    arguments = {function.name: [argument.arg for argument in function.args.args] for function in cached}
    assert arguments == {
        "_pool": ["base_url"],
        "_css": ["light", "dark"],
        "_component": [],
        "_reader": ["kind"],
        "words_in": ["language"],
    }


def test_the_page_knows_the_api_only_by_http() -> None:
    """The page imports none of the other packages."""
    imported = {
        (node.module or "").partition(".")[0]
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported.isdisjoint({"app", "ingest", "retrieval"})


def _calls(tree: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
        for node in ast.walk(tree)
    )


def _keyword(tree: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.keyword) and node.arg == name for node in ast.walk(tree))


def test_colour_of_the_company_can_be_read_in_the_dark_too() -> None:
    """Buttons keep it, since they carry white letters; letters in it are lightened on the dark ground."""
    assert colours("") == {}
    told = colours("#7a1f2b")

    assert told["theme.light.primaryColor"] == told["theme.dark.primaryColor"] == "#7a1f2b"
    assert told["theme.dark.linkColor"] == "#c39aa0"
