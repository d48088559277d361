"""Tell the story of `intramuros up` on one screen: check, fetch, render, start, wait, show, watch."""

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app import preflight
from app.cli.fetching import fetch_models
from app.cli.shell import Shell, console
from app.models.catalogue import CATALOGUE, entry
from app.models.install import PROJECT
from app.models.verify import require_verified
from app.settings import Settings
from app.supervise import Child, Supervisor, only_one
from app.vllm_server import launch_vllm
from retrieval.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from ingest.jobs import Job, JobStore

API_WITHIN_S, PAGE_WITHIN_S = 120.0, 90.0  # loading the embedder on a busy machine; importing Streamlit
PROBE_TIMEOUT_S = 2.0
LINE_EVERY = 10  # documents between two lines of progress, where there is no screen to draw a bar on
TRIAL_SETTINGS = {  # what suits two cores without a GPU; a variable that is set already wins
    "INTRAMUROS_SEARCH__PASSAGES": "5",  # a small model answers better from five passages than from eight
    "INTRAMUROS_MODEL__MAX_PROMPT_TOKENS": "1000",  # a CPU reads 100 to 400 tokens a second
    "INTRAMUROS_INGEST__MAX_DISK_PERCENT": "97",  # the sample is small, and people's own disks are often full
    "INTRAMUROS_LIMITS__AT_ONCE": "2",  # more would only be slower together
    "INTRAMUROS_MODEL__FIRST_TOKEN_TIMEOUT_S": "90",
    "INTRAMUROS_MODEL__TOTAL_TIMEOUT_S": "240",
}
RENDERER = PROJECT / "deploy" / "sample" / "render.py"


@dataclass(frozen=True, slots=True)
class House:
    """Hold what the steps share: settings as they will run, the variables of all children, the machine."""

    settings: Settings
    environment: dict[str, str]
    machine: preflight.Machine
    screen: Console

    @property
    def serves_model(self) -> bool:
        """Return whether the model is ours to serve: in the catalogue, and expected on this machine."""
        host = urlsplit(self.settings.model.base_url).hostname
        known = {known.id for known in CATALOGUE if known.can_fetch and known.use == "chat"}
        return host in ("127.0.0.1", "localhost") and self.settings.model.name in known


def start_house(shell: Shell, *, trial: bool) -> None:
    """Run the whole house until Ctrl-C or SIGTERM. Raises IntramurosError kinds, each with a remedy."""
    settings = prepare_settings(shell, trial=trial)
    with only_one(settings.settings.site.run_dir):
        house = check_machine(settings)
        site = house.settings.site
        named = house.settings
        wanted = [one for one in (named.embedder.model, named.search.reranker) if one]
        wanted += [named.model.name] if house.serves_model else []
        fetch_models(wanted, site.models_dir, screen=house.screen)
        for name in wanted:
            require_verified(entry(name), site.models_dir)
        sample = render_sample(house) if trial else None
        with Supervisor(
            site.run_dir, lambda line: house.screen.print(f"[yellow]![/] {escape(line)}")
        ) as supervisor:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: supervisor.stopping.set())
            if house.serves_model:
                supervisor.start(vllm_child(house))  # first: it takes longest, and nobody waits for it
            started = datetime.now(UTC).isoformat()
            supervisor.start(api_child(house, sample))
            supervisor.start(page_child(house))
            if wait_for_servers(house, supervisor):
                house.screen.print(welcome(house))
                if sample is None or show_ingestion(house, supervisor, started):
                    supervisor.watch(announce_model(house))
            house.screen.print("stopping …")
        house.screen.print("stopped")


def prepare_settings(shell: Shell, *, trial: bool) -> House:
    """Return the house as it will run: trial settings and, where memory is short, the light model."""
    environment = dict(shell.environ)
    if trial:
        environment = {**TRIAL_SETTINGS, **environment, "INTRAMUROS_SITE__TRIAL": "true"}
    settings = replace(shell, environ=environment).settings()
    ports = [settings.api.port, settings.page.port, urlsplit(settings.model.base_url).port or 80]
    machine = preflight.look_at_machine(disk=settings.site.models_dir, ports=ports)
    if trial and settings.model.name == preflight.TRIAL_MODEL:
        environment["INTRAMUROS_MODEL__NAME"] = preflight.chosen_model(machine)
        settings = replace(shell, environ=environment).settings()
    if shell.path:
        environment["INTRAMUROS_SETTINGS"] = str(shell.path.absolute())
    return House(settings, environment, machine, console())


def check_machine(house: House) -> House:
    """Return `house` if ports, memory and processor will do. Raises SetupRefused with every remedy."""
    settings = house.settings
    ports = [(*preflight.PORTS[0][:2], settings.api.port), (*preflight.PORTS[1][:2], settings.page.port)]
    checks = []
    if house.serves_model:
        ports.append((*preflight.VLLM_PORT[:2], urlsplit(settings.model.base_url).port or 80))
        checks += [preflight.check_processor(house.machine), preflight.check_memory(house.machine)]
    checks += preflight.check_ports(house.machine, ports)
    preflight.refuse_unless(checks)
    return house


def render_sample(house: House) -> Path:
    """Return the folder of the sample company's documents, rendered if they are not there yet."""
    folder = house.settings.site.data_dir / "sample"
    with house.screen.status("writing the sample company's documents …"):
        subprocess.run(
            [sys.executable, str(RENDERER), str(folder)], check=True, stdout=subprocess.DEVNULL, cwd=PROJECT
        )
    return folder


def vllm_child(house: House) -> Child:
    """Return vLLM serving the chosen model."""
    settings = house.settings
    chosen = entry(settings.model.name)
    port = urlsplit(settings.model.base_url).port or 80
    launch = launch_vllm(chosen, folder=settings.site.models_dir / chosen.id, port=port)
    return Child(
        name="vllm",
        command=launch.command,
        environment={**house.environment, **launch.environment},
        is_healthy=lambda: answers(f"http://127.0.0.1:{port}/health"),
        remedy="read its log; `python3 -m app.bootstrap vllm` repairs its environment",
    )


def api_child(house: House, sample: Path | None) -> Child:
    """Return the API, which ingests `sample` by itself."""
    command = [str(Path(sys.executable).with_name("intramuros")), "serve"]
    return Child(
        name="api",
        command=command + (["--sample", str(sample)] if sample else []),
        environment=house.environment,
        is_healthy=lambda: answers(f"{api_url(house)}/healthz"),
        remedy="`intramuros doctor` says what is wrong",
    )


def page_child(house: House) -> Child:
    """Return the page, hardened by its own start-up."""
    page = house.settings.page
    command = [sys.executable, "-m", "ui", "--host", page.host, "--port", str(page.port)]
    # A port chosen for one run moves the address with it; a public address that was configured stays.
    address = page_url(house)
    return Child(
        name="page",
        command=[*command, "--public-url", address, "--api-url", api_url(house), *page_arguments(house)],
        environment=house.environment,
        is_healthy=lambda: answers(f"http://{page.host}:{page.port}/_stcore/health"),
        remedy="read its log; options of Streamlit set elsewhere may weaken the page, which it refuses",
        folder=PROJECT,
    )


def page_arguments(house: House) -> list[str]:
    """Return what the page must know of the settings: its colour, and of the sign-in provider where there is one."""
    sign_in = house.settings.sign_in
    told = {
        "--accent": house.settings.page.accent,
        "--issuer": sign_in.issuer,
        "--client-id": sign_in.client_id,
        "--scope": sign_in.scope,
        "--client-secret-file": sign_in.client_secret_file,
        "--cookie-secret-file": sign_in.cookie_secret_file,
        "--ca-file": sign_in.ca_file,
    }
    return [f"{name}={value}" for name, value in told.items() if value]


def wait_for_servers(house: House, supervisor: Supervisor) -> bool:
    """Return True once API and page answer, False if stopped before. Raises SetupRefused with the end of a log."""
    with house.screen.status("starting …") as status:
        for name, within_s in (("api", API_WITHIN_S), ("page", PAGE_WITHIN_S)):

            def show(waited: float, name: str = name) -> None:
                status.update(f"starting the {name} … {waited:.0f} s")

            if not supervisor.wait_healthy(name, within_s=within_s, on_wait=show):
                return False
            house.screen.print(f"[green]✓[/] the {name} answers")
    return True


def show_ingestion(house: House, supervisor: Supervisor, since: str) -> bool:
    """Draw the ingestion of the sample; return True when it is done, False if stopped before."""
    from app.adapters import database_url  # heavy: once children run, the supervisor should stay small
    from ingest.database import open_database
    from ingest.jobs import JobStore

    jobs = JobStore(open_database(database_url(house.settings)))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=house.screen, transient=True) as progress:
        task = progress.add_task("reading the sample company's documents", total=None)
        told = 0
        while not supervisor.stopping.wait(0.5):
            done, total, is_finished = sample_progress(jobs, since)
            progress.update(task, completed=done, total=total or None)
            if not house.screen.is_terminal and done >= told + LINE_EVERY:  # a log has no moving bar
                told = done
                house.screen.print(f"  {done} of {total} documents of the sample company are read")
            if supervisor.has_ended("api"):
                supervisor.wait_healthy("api", within_s=0, on_wait=lambda _: None)  # raises with its log
            if is_finished:
                house.screen.print(f"[green]✓[/] {done} documents of the sample company are read")
                return True
    return False


def sample_progress(jobs: "JobStore", since: str) -> tuple[int, int, bool]:
    """Return files done, files in all, and whether all jobs placed `since` (ISO time) came to an end."""
    try:
        placed: list[Job] = [job for job in jobs.recent() if job.created_at >= since]
    except DatabaseUnavailable:  # locked for a moment by the API
        return 0, 0, False
    ended = bool(placed) and all(job.finished_at for job in placed)
    return sum(job.done for job in placed), sum(job.total for job in placed), ended


def welcome(house: House) -> Panel:
    """Return the box with address, demo accounts, and what to expect of the model."""
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]Open[/]", f"[bold cyan]{page_url(house)}[/]")
    for persona in personas(house):
        groups = f" ({', '.join(persona['groups'])})" if persona["groups"] else ""
        who = f"{persona['name']}, {persona['title']}{groups}"
        table.add_row(escape(str(persona["id"])), f"{escape(str(persona['password']))}   {escape(who)}")
    table.add_row("Stop", "Ctrl-C")
    if house.serves_model:
        note = "The model is still loading: until then the page shows the passages found, without an answer."
        table.add_row("Model", f"{house.settings.model.name}. {note}")
    return Panel(table, title=house.settings.site.name, expand=False)


def personas(house: House) -> list[dict[str, str]]:
    """Return the demo accounts as the API tells them; none outside a trial."""
    answer = httpx.get(f"{api_url(house)}/api/personas", timeout=PROBE_TIMEOUT_S)
    return list(answer.json()) if answer.status_code == httpx.codes.OK else []


def announce_model(house: House) -> Callable[[], None]:
    """Return what to call again and again; it says once that the model is ready."""
    address = house.settings.model.base_url.removesuffix("/").removesuffix("/v1") + "/health"
    seen = {"ready": not house.serves_model, "ticks": 0}

    def tick() -> None:
        seen["ticks"] += 1
        if seen["ready"] or seen["ticks"] % 8:  # every two seconds is often enough
            return
        if answers(address):
            seen["ready"] = True
            house.screen.print(f"[green]✓[/] {house.settings.model.name} is ready: the page answers now")

    return tick


def answers(address: str) -> bool:
    """Return whether `address` answers 200 at this moment."""
    try:
        return httpx.get(address, timeout=PROBE_TIMEOUT_S).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def api_url(house: House) -> str:
    """Return the address of the API on this machine."""
    return f"http://{house.settings.api.host}:{house.settings.api.port}"


def page_url(house: House) -> str:
    """Return the address people type: as configured, or with the port of this run."""
    page = house.settings.page
    is_default = page.public_url == type(page).model_fields["public_url"].default
    return f"http://{page.host}:{page.port}" if is_default else page.public_url
