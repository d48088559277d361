"""Check app.offline: the house is sealed before libraries are imported."""

import subprocess
import sys
from collections.abc import Mapping

from app import offline


def table() -> Mapping[str, str]:
    """Return the switches as an environment."""
    return {switch.variable: switch.value for switch in offline.SWITCHES}


def test_sealing_closes_every_opening() -> None:
    """An open environment has openings; a sealed one has none, and keeps what is not ours."""
    environ = {"PATH": "/bin", "HF_HUB_OFFLINE": "0", "LANGSMITH_API_KEY": "secret"}
    assert "DO_NOT_TRACK" in offline.openings(environ)
    assert "LANGSMITH_API_KEY" in offline.openings(environ)
    offline.seal(environ)
    assert offline.openings(environ) == ()
    assert environ == {"PATH": "/bin", **table()}


def test_do_not_track_is_exactly_one() -> None:
    """VLLM compares with the string "1": `true` would leave it talking."""
    environ = {**table(), "DO_NOT_TRACK": "true"}
    assert offline.openings(environ) == ("DO_NOT_TRACK",)


def test_every_switch_says_why() -> None:
    """A switch without its reason gets removed by the next tidy person; names are unique."""
    assert all(len(switch.reason) > 20 for switch in offline.SWITCHES)
    assert len(table()) == len(offline.SWITCHES)


def test_this_process_is_sealed_where_no_environment_is_given() -> None:
    """An entry point calls seal() and its children inherit the switches."""
    code = "from app import offline; import os; offline.seal(); raise SystemExit(len(offline.openings(os.environ)))"
    done = subprocess.run([sys.executable, "-c", code], env={}, check=False)
    assert done.returncode == 0


def test_importing_seals_nothing() -> None:
    """Importing a module does nothing; the entry point decides."""
    code = "import os; before = dict(os.environ); import app.offline; raise SystemExit(dict(os.environ) != before)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
