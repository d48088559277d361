"""The trial model is served to this machine only, quietly, and with all its cores."""

from pathlib import Path

from app import offline
from app.models.catalogue import CATALOGUE, TRIAL_CHAT, entry
from app.models.install import VLLM_PYTHON
from app.vllm_server import launch_vllm

LAUNCH = launch_vllm(entry(TRIAL_CHAT), folder=Path("/models/trial"), port=8602)


def option(name: str) -> str:
    """Return the value after an option of the command line."""
    return LAUNCH.command[LAUNCH.command.index(name) + 1]


def test_it_listens_on_this_machine_only() -> None:
    """Neither the server nor the talk between its processes is reachable from outside."""
    assert (option("--host"), option("--port")) == ("127.0.0.1", "8602")
    assert LAUNCH.environment["VLLM_HOST_IP"] == "127.0.0.1"


def test_questions_are_not_logged() -> None:
    """The logs hold neither requests nor their addresses."""
    assert "--disable-uvicorn-access-log" in LAUNCH.command
    assert "--no-enable-log-requests" in LAUNCH.command


def test_nothing_is_reported_or_fetched() -> None:
    """Each switch of the telemetry table that vLLM reads is closed."""
    closed = {switch.variable: switch.value for switch in offline.SWITCHES}
    for variable in ("DO_NOT_TRACK", "VLLM_NO_USAGE_STATS", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        assert LAUNCH.environment[variable] == closed[variable]


def test_it_serves_the_catalogue_id_from_local_files() -> None:
    """The name in the settings is the served name; the model is a folder, never a name to look up."""
    assert (option("--served-model-name"), option("--model")) == (TRIAL_CHAT, "/models/trial")
    assert option("--dtype") == "bfloat16"
    assert LAUNCH.command[0] == str(VLLM_PYTHON)


def test_no_core_is_kept_in_reserve() -> None:
    """On two cores a reserved one would be half the machine."""
    assert LAUNCH.environment["VLLM_CPU_NUM_OF_RESERVED_CPU"] == "0"
    assert int(LAUNCH.environment["VLLM_CPU_KVCACHE_SPACE"]) >= 1


def test_the_context_never_exceeds_the_model() -> None:
    """Every chat model that can be fetched starts with a context it was trained for."""
    for known in CATALOGUE:
        if known.can_fetch and known.use == "chat":
            command = launch_vllm(known, folder=Path("/m"), port=1).command
            assert int(command[command.index("--max-model-len") + 1]) <= known.context_tokens
