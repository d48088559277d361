"""A fresh machine is set up by one command, and a second run installs nothing."""

import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from app import bootstrap, environments
from app.environments import APP, PROJECT, VLLM_ENVIRONMENT, Environment, uv_settings
from retrieval.errors import SetupRefused

SYSTEM_IMPORTS = """
import sys
import app.bootstrap
outside = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(sorted(name for name in outside if not name.startswith("_")))
"""


def pins(name: str) -> dict[str, str]:
    """Return package to version of a constraints file."""
    text = (PROJECT / name).read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", text, flags=re.MULTILINE))


def nothing(_key: str) -> str:
    """Stand for a pip without configuration."""
    return ""


def test_it_runs_before_anything_is_installed() -> None:
    """Bootstrap imports the standard library and two of our packages, nothing else."""
    command = [
        sys.executable,
        "-I",
        "-c",
        f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n{SYSTEM_IMPORTS}",
    ]
    outcome = subprocess.run(command, capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "['app', 'retrieval']"


def test_wrong_use_says_what_is_possible() -> None:
    """An unknown task ends with code 2 and one line of usage."""
    command = [sys.executable, "-m", "app.bootstrap", "fly"]
    outcome = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    assert outcome.returncode == 2
    assert outcome.stdout == "usage: python3 -m app.bootstrap run|test|test-compose|check|app|vllm\n"


@pytest.mark.parametrize("name", ["deploy/constraints.txt", "deploy/constraints-vllm.txt"])
def test_constraints_pin_versions_and_no_machine(name: str) -> None:
    """Every line pins a public version: no local build, no address, no path of one machine."""
    lines = [line for line in (PROJECT / name).read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) > 100
    assert [
        line
        for line in lines
        if not re.fullmatch(r"[A-Za-z0-9_.\[\],-]+==[0-9][\w.]*(post\d+)?( ;.*)?", line)
    ] == []
    assert pins(name)["torch"] == "2.13.0"


def test_every_dependency_is_pinned() -> None:
    """What pyproject.toml names directly has its version in the constraints, and so has what vLLM needs."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    named = [
        *project["dependencies"],
        *(
            line
            for name, extra in project["optional-dependencies"].items()
            if name != "all"
            for line in extra
        ),
    ]
    app = {re.sub(r"[-_.]+", "-", package).lower() for package in pins("deploy/constraints.txt")}
    assert {re.split(r"[\[<>=!; ]", line)[0].lower() for line in named} - app == set()
    needs = [
        line for line in (PROJECT / "deploy/vllm.in").read_text().splitlines() if line and line[0] != "#"
    ]
    vllm = {re.sub(r"[-_.]+", "-", package).lower() for package in pins("deploy/constraints-vllm.txt")}
    only_later_python = {"six"}  # from Python 3.12 on
    wanted = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!; ]", line)[0]).lower() for line in needs}
    assert wanted - vllm - only_later_python == set()


def test_both_environments_run_the_same_torch() -> None:
    """One build of torch serves both, so a machine downloads it once."""
    assert pins("deploy/constraints.txt")["torch"] == pins("deploy/constraints-vllm.txt")["torch"]


def made(folder: Path) -> Environment:
    """Return an environment that looks complete."""
    environment = replace(APP, folder=folder)
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    (folder / environments.STAMP).write_text(environment.stamp + "\n")
    return environment


def test_a_stamped_environment_is_left_alone(tmp_path: Path) -> None:
    """With the stamp of the same files nothing is created, installed or asked for."""
    environment = made(tmp_path / "venv")
    assert environment.is_current
    assert environments.set_up(environment) == 0


def test_other_constraints_mean_another_environment(tmp_path: Path) -> None:
    """A changed file, a changed list or a missing interpreter makes an environment stale."""
    environment = made(tmp_path / "venv")
    assert not replace(environment, made_from=VLLM_ENVIRONMENT.made_from).is_current
    assert not replace(environment, installs=()).is_current
    environment.python.unlink()
    assert not environment.is_current


def test_uv_hears_what_pip_was_told() -> None:
    """An administrator's mirror, extra index, wheel folder and certificate reach uv, from file or environment."""
    configuration = {
        "global.find-links": "/srv/wheels\n/srv/more",
        "global.index-url": "https://mirror.example/simple",
        "global.extra-index-url": "https://a.example https://b.example",
    }
    settings = uv_settings({"PIP_CERT": "/srv/ca.pem"}, lambda key: configuration.get(key, ""))
    assert settings["UV_FIND_LINKS"] == "/srv/wheels,/srv/more"
    assert settings["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert settings["UV_INDEX"] == "https://a.example https://b.example"
    assert settings["SSL_CERT_FILE"] == "/srv/ca.pem"


def test_what_was_set_for_uv_itself_stays() -> None:
    """A person who configured uv knows better than pip's file."""
    settings = uv_settings({"UV_FIND_LINKS": "/mine", "PIP_FIND_LINKS": "/theirs"}, nothing)
    assert settings["UV_FIND_LINKS"] == "/mine"
    assert "UV_INDEX" not in uv_settings({}, nothing)


def test_a_failing_step_is_one_message_with_a_remedy() -> None:
    """A command of the set-up that fails or is missing ends as a refusal that quotes its last line."""
    failing = [sys.executable, "-c", "import sys; sys.exit('no route to index')"]
    with pytest.raises(SetupRefused, match="no route to index") as refused:
        environments.call(failing, {}, quiet=True)
    assert "package index" in refused.value.remedy
    with pytest.raises(SetupRefused, match="/nowhere/uv"):
        environments.call(["/nowhere/uv"], {})


def test_make_shows_what_there_is() -> None:
    """`make` alone lists every target with a word about it."""
    outcome = subprocess.run(["make"], capture_output=True, text=True, cwd=PROJECT, check=True)
    for target in ("run", "test", "check", "format", "eval", "bench", "clean"):
        assert f"make {target}" in outcome.stdout


def test_checks_name_only_markers_that_exist() -> None:
    """The split into a fast and a slow part uses markers that pytest knows, so that none is silently empty."""
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"][
        "markers"
    ]
    names = {marker.partition(":")[0] for marker in declared}
    assert set(re.findall(r"\w+", bootstrap.FAST)) - {"not", "and"} <= names
