"""Use a house of the trial once, under observation: start, ingest, ask, look after it, read its trail.

The house is observed; the people who use it are played from outside, as browsers on other machines would be.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from app.bench.visitor import Visitor
from app.cli.asking import answered, client_of
from app.egress.watching import Watched, watch
from app.identity import Role
from app.sample import Persona, read_company
from ingest.database import utc_now
from retrieval.errors import IntramurosError, Unavailable

PATIENCE_S = 900.0  # for each step, on a machine that is busy with other things
POLL_S = 1.0
TIMEOUT = httpx.Timeout(300.0, connect=2.0)  # a small model on a processor, while it warms up
NO_MODEL = "none"  # no id of the catalogue, so that `up` serves none
QUESTION = "What is the hotel cap per night in France?"
LOOKS: Mapping[Role, tuple[str, ...]] = {  # what the page reads for each role
    "employee": ("me", "status", "documents", "documents/search?q=hotel", "conversations", "collections"),
    "admin": ("jobs", "quarantine", "remarks", "administration/collections", "usage/weeks", "checkup"),
    "auditor": ("audit", "audit/verify"),
}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Hold where a house of the trial keeps its things and listens, all on this machine."""

    folder: Path
    api: int
    page: int
    model: int

    def environment(self, models_dir: Path, *, with_model: bool) -> dict[str, str]:
        """Return the variables of its processes; nothing of another house's settings reaches it."""
        settings = self.folder / "trial.toml"
        settings.write_text("", encoding="utf-8")
        own = {
            "INTRAMUROS_SETTINGS": str(settings),
            "INTRAMUROS_SITE__DATA_DIR": str(self.folder / "data"),
            "INTRAMUROS_SITE__MODELS_DIR": str(models_dir),
            "INTRAMUROS_API__PORT": str(self.api),
            "INTRAMUROS_PAGE__PORT": str(self.page),
            "INTRAMUROS_MODEL__BASE_URL": f"http://127.0.0.1:{self.model}/v1",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("INTRAMUROS_")}
        return {**kept, **own, **({} if with_model else {"INTRAMUROS_MODEL__NAME": NO_MODEL})}


@dataclass(frozen=True, slots=True)
class Visit:
    """Play the people of a house."""

    place: Place
    process: "subprocess.Popen[bytes]"
    say: Say

    def live(self, *, with_model: bool) -> None:
        """Go through a day of it. Raises Unavailable where it does not come to an answer."""
        people = {one.role: one for one in reversed(read_company().personas)}
        with client_of(f"http://127.0.0.1:{self.place.api}", timeout=TIMEOUT) as client:
            self._until("the API answers", lambda: client.get("/healthz").is_success)
            admin = self._signed_in(client, people["admin"])
            self._until("the sample company is read", lambda: _is_read(client, admin))
            if with_model:
                self._until("the model answers", lambda: _has_model(client, admin))
            asker = self._signed_in(client, people["employee"])
            conversation = client.post("/api/conversations", headers=asker).raise_for_status().json()["id"]
            address = f"/api/conversations/{conversation}/messages"
            answer = answered(client.post(address, headers=asker, json={"question": QUESTION}))
            self.say(f"asked: {QUESTION} Outcome: {answer.answer['outcome']}, {len(answer.sources)} sources")
            for role, paths in LOOKS.items():
                signed = self._signed_in(client, people[role])
                for path in paths:
                    client.get(f"/api/{path}", headers=signed).raise_for_status()
        asyncio.run(self._open_page(people["employee"]))

    async def _open_page(self, person: Persona) -> None:
        address = f"http://127.0.0.1:{self.place.page}"
        async with Visitor(address, person.id, password=person.password) as visitor:
            for turn in (await visitor.arrive(), await visitor.sign_in(), await visitor.ask(QUESTION)):
                if turn.error:
                    raise Unavailable(f"the page: {turn.error}", remedy="run `intramuros up --trial`")
        self.say("signed in and asked in the page")

    def _signed_in(self, client: httpx.Client, person: Persona) -> dict[str, str]:
        told = {"user": person.id, "password": person.password}
        session = client.post("/api/session", json=told).raise_for_status().json()
        return {"Authorization": f"Bearer {session['token']}"}

    def _until(self, what: str, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if is_so():
                    self.say(what)
                    return
            except httpx.TransportError:
                pass  # not yet
            time.sleep(POLL_S)
        raise Unavailable(
            f"it did not come about that {what}", remedy="run `intramuros up --trial`, which says why"
        )


def watch_trial(models_dir: Path, *, with_model: bool, say: Say) -> Watched:
    """Return what a house of the trial attempted from its start to its end.

    Raises Unavailable where it did not come as far as an answer, SetupRefused.
    """
    troubles: list[Exception] = []
    with TemporaryDirectory(prefix="intramuros-egress-") as folder:
        place = Place(Path(folder), *_free_ports(3))

        def live(process: "subprocess.Popen[bytes]") -> None:
            try:
                Visit(place, process, say).live(with_model=with_model)
            except (IntramurosError, httpx.HTTPError) as error:
                troubles.append(error)
            finally:
                process.terminate()

        seen = watch(
            [str(Path(sys.executable).with_name("intramuros")), "up", "--trial"],
            environment=place.environment(models_dir, with_model=with_model),
            clock=utc_now,
            meanwhile=live,
        )
    for trouble in troubles:
        if isinstance(trouble, IntramurosError):
            raise trouble
        raise Unavailable(
            f"the house of the trial: {trouble}", remedy="run `intramuros up --trial`"
        ) from trouble
    return seen


def _is_read(client: httpx.Client, admin: Mapping[str, str]) -> bool:
    jobs = client.get("/api/jobs", headers=admin).raise_for_status().json()
    return bool(jobs) and all(job["finished_at"] for job in jobs)


def _has_model(client: httpx.Client, admin: Mapping[str, str]) -> bool:
    return bool(
        client.get("/api/status", headers=admin).raise_for_status().json()["model"]["state"] == "ready"
    )


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        listeners = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(listener.getsockname()[1]) for listener in listeners]
