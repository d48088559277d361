"""Lend tests a real vLLM that serves the smallest model of the catalogue."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.models.catalogue import entry
from app.models.fetch import Origins
from app.models.install import install_model
from app.preflight import check_processor, look_at_machine
from app.supervise import Child, Supervisor
from app.vllm_server import Launch, launch_vllm

TEST_MODEL = "smollm2-135m-instruct"
BOOT_WITHIN_S = 280.0  # 60 s alone, 130 s on two cores shared by eight; pytest gives up at 300


@pytest.fixture(scope="session")
def vllm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the base URL (".../v1") of a real vLLM serving `TEST_MODEL`; it ends with the run.

    Skipped only where vLLM cannot exist. Where it is merely not installed, the failure says how to install it.
    """
    _skip_where_vllm_cannot_be()
    models_dir = Path("~/.cache/intramuros/models").expanduser()
    folder = install_model(entry(TEST_MODEL), models_dir, origins=Origins(), report=lambda *_: None)
    with served(
        lambda port: launch_vllm(entry(TEST_MODEL), folder=folder, port=port), tmp_path_factory.mktemp("vllm")
    ) as base_url:
        yield base_url


@contextmanager
def served(launch: Callable[[int], Launch], run_dir: Path) -> Iterator[str]:
    """Give the base URL of what `launch` serves on the port it is given; it ends with the block.

    Its log lies in `run_dir`. Skipped where vLLM cannot exist.
    """
    _skip_where_vllm_cannot_be()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    started = launch(port)
    with Supervisor(run_dir, say=lambda _: None) as supervisor:
        supervisor.start(
            Child(
                name="vllm",
                command=started.command,
                environment={**os.environ, **started.environment},
                is_healthy=lambda: _answers(f"http://127.0.0.1:{port}/health"),
                remedy="python3 -m app.bootstrap vllm",
            )
        )
        supervisor.wait_healthy("vllm", within_s=BOOT_WITHIN_S, on_wait=lambda _: None)
        yield f"http://127.0.0.1:{port}/v1"


def _skip_where_vllm_cannot_be() -> None:
    able = check_processor(look_at_machine(disk=Path.home(), ports=[]))
    if not able.ok:
        pytest.skip(f"vllm: {able.message}")


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
