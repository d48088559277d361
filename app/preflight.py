"""Say whether this machine can run Intramuros, before anything is downloaded. Standard library only.

`look_at_machine` reads; everything else is a pure decision over what it read.
"""

import os
import platform
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.errors import SetupRefused

GB = 1_000_000_000
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)  # what pyproject.toml says
MEMORY_FOR_TRIAL = 8 * GB  # 3.6 GB of weights, 2 GB of cache, API, page and embedder, and some air
MEMORY_AT_ALL = 3 * GB  # the light model with nothing else running
DISK_APP = int(3.0 * GB)  # the application's environment with a CPU build of torch
DISK_VLLM = int(3.3 * GB)  # vLLM's environment
DISK_MODELS = {  # installed, plus the download while it is converted
    "qwen2.5-coder-1.5b-instruct": int(3.6 * GB + 2.3 * GB),
    "qwen2.5-coder-0.5b-instruct": int(1.3 * GB + 1.0 * GB),
    "multilingual-e5-small-q4": int(0.7 * GB),
}
DISK_DATA = int(0.5 * GB)  # sample corpus, database, index, logs
TRIAL_MODEL, LIGHT_MODEL = "qwen2.5-coder-1.5b-instruct", "qwen2.5-coder-0.5b-instruct"
TRIAL_EMBEDDER = "multilingual-e5-small-q4"
PORTS = (("API", "INTRAMUROS_API__PORT", 8600), ("PAGE", "INTRAMUROS_PAGE__PORT", 8601))
VLLM_PORT = ("MODEL", "INTRAMUROS_MODEL__BASE_URL", 8602)


@dataclass(frozen=True, slots=True)
class Check:
    """Say what was looked at, whether it will do, and what to do if not."""

    name: str
    ok: bool
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Hold what was read of this machine; bytes throughout."""

    python: tuple[int, int]
    architecture: str
    cpu_flags: frozenset[str]
    cores: int
    memory_free: int
    disk_free: int
    busy_ports: Mapping[int, str] = field(default_factory=dict)  # port to who holds it ("" where not known)
    present: frozenset[str] = frozenset()  # what is installed: "app", "vllm", model ids


def chosen_model(machine: Machine) -> str:
    """Return the catalogue id of the trial model that fits into this machine's free memory."""
    return TRIAL_MODEL if machine.memory_free >= MEMORY_FOR_TRIAL else LIGHT_MODEL


def check_python(machine: Machine) -> Check:
    """Return whether this Python is one that every dependency supports."""
    version = ".".join(map(str, machine.python))
    if OLDEST_PYTHON <= machine.python <= NEWEST_PYTHON:
        return Check("python", ok=True, message=f"Python {version}")
    return Check(
        "python",
        ok=False,
        message=f"Python {version} is not supported; 3.11, 3.12 and 3.13 are",
        remedy="install Python 3.12 and run `make run PYTHON=python3.12`",
    )


def check_memory(machine: Machine) -> Check:
    """Return whether there is memory for at least the light model."""
    free = f"{machine.memory_free / GB:.1f} GB of memory free"
    if machine.memory_free < MEMORY_AT_ALL:
        return Check(
            "memory",
            ok=False,
            message=f"{free}; the smallest model needs {MEMORY_AT_ALL / GB:.0f} GB",
            remedy="close other programs, or set model.base_url to a vLLM on another machine",
        )
    if chosen_model(machine) == LIGHT_MODEL:
        return Check(
            "memory",
            ok=True,
            message=f"{free}, less than {MEMORY_FOR_TRIAL / GB:.0f} GB: the light model is taken, "
            "whose answers are weaker",
        )
    return Check("memory", ok=True, message=free)


def disk_needed(machine: Machine) -> int:
    """Return how many bytes are still to be written for a trial: environments, models, data."""
    needs = {"app": DISK_APP, "vllm": DISK_VLLM}
    needs |= {model: DISK_MODELS[model] for model in (chosen_model(machine), TRIAL_EMBEDDER)}
    return DISK_DATA + sum(size for name, size in needs.items() if name not in machine.present)


def check_disk(machine: Machine) -> Check:
    """Return whether the disk takes what is still missing."""
    need, free = disk_needed(machine), machine.disk_free
    message = f"{free / GB:.1f} GB of disk free, {need / GB:.1f} GB needed"
    if free >= need:
        return Check("disk", ok=True, message=message)
    return Check(
        "disk",
        ok=False,
        message=message,
        remedy=f"free {(need - free) / GB:.1f} GB, or set INTRAMUROS_SITE__MODELS_DIR to a larger disk",
    )


def check_processor(machine: Machine) -> Check:
    """Return whether vLLM's CPU build runs here."""
    if machine.architecture == "x86_64" and "avx2" in machine.cpu_flags:
        return Check("processor", ok=True, message=f"x86-64 with AVX2, {machine.cores} cores")
    return Check(
        "processor",
        ok=False,
        message=f"vLLM on the CPU needs an x86-64 processor with AVX2; this is {machine.architecture}",
        remedy="set model.base_url to a vLLM on another machine and start without `--trial`",
    )


def check_ports(machine: Machine, ports: Sequence[tuple[str, str, int]]) -> list[Check]:
    """Return for each (name, environment variable, port) whether the port is free, and who holds it if not."""
    checks = []
    for name, variable, port in ports:
        if port not in machine.busy_ports:
            checks.append(Check(f"port {port}", ok=True, message=f"port {port} is free"))
            continue
        holder = machine.busy_ports[port] or "another program"
        other = port + 100
        value = f"http://127.0.0.1:{other}/v1" if name == VLLM_PORT[0] else str(other)
        checks.append(
            Check(
                f"port {port}",
                ok=False,
                message=f"port {port} is taken by {holder}",
                remedy=f"stop {holder}, or choose another port: {variable}={value} make run",
            )
        )
    return checks


def all_checks(machine: Machine, ports: Sequence[tuple[str, str, int]]) -> list[Check]:
    """Return every check of a trial on this machine."""
    return [
        check_python(machine),
        check_processor(machine),
        check_memory(machine),
        check_disk(machine),
        *check_ports(machine, ports),
    ]


def refuse_unless(checks: Sequence[Check]) -> None:
    """Raise SetupRefused that names every failed check and its remedy."""
    failed = [check for check in checks if not check.ok]
    if failed:
        raise SetupRefused(
            "; ".join(check.message for check in failed), remedy="; ".join(check.remedy for check in failed)
        )


def ports_of(environment: Mapping[str, str]) -> tuple[tuple[str, str, int], ...]:
    """Return (name, environment variable, port) of the three servers as this environment sets them."""
    ports = [(name, variable, _number(environment.get(variable, ""), port)) for name, variable, port in PORTS]
    name, variable, port = VLLM_PORT
    base_url = environment.get(variable, "").removesuffix("/").removesuffix("/v1")
    ports.append((name, variable, _number(base_url.rpartition(":")[2], port)))
    return tuple(ports)


def look_at_machine(*, disk: Path, ports: Sequence[int], present: frozenset[str] = frozenset()) -> Machine:
    """Read this machine: the disk that holds `disk`, and who listens on `ports`."""
    return Machine(
        python=sys.version_info[:2],
        architecture=platform.machine().replace("AMD64", "x86_64"),
        cpu_flags=_cpu_flags(),
        cores=len(os.sched_getaffinity(0)),
        memory_free=_memory_free(),
        disk_free=shutil.disk_usage(_nearest_existing(disk)).free,
        busy_ports={port: _holder(port) for port in ports if is_port_busy(port)},
        present=present,
    )


def is_port_busy(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether something listens on `port` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() else otherwise


def _nearest_existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _cpu_flags() -> frozenset[str]:
    for line in _read("/proc/cpuinfo").splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def _memory_free() -> int:
    available = [line for line in _read("/proc/meminfo").splitlines() if line.startswith("MemAvailable")]
    free = int(available[0].split()[1]) * 1024 if available else sys.maxsize
    return min(free, _memory_left_in_group())


def _memory_left_in_group() -> int:
    """Return what the control group of a container leaves, which /proc/meminfo does not know."""
    limit = _read("/sys/fs/cgroup/memory.max").strip()
    used = _read("/sys/fs/cgroup/memory.current").strip()
    return int(limit) - int(used) if limit.isdigit() and used.isdigit() else sys.maxsize


def _holder(port: int) -> str:
    """Return "name (pid n)" of the process listening on `port`, or "" where /proc does not tell."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in _read(table).splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and int(cells[1].rpartition(":")[2], 16) == port:  # 0A: listening
                inodes.add(f"socket:[{cells[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(handle.readlink()) in inodes for handle in (process / "fd").iterdir()):
                return f"{_read(str(process / 'comm')).strip()} (pid {process.name})"
        except OSError:  # ended meanwhile, or somebody else's
            pass
    return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
