"""Drive one installation with compose, as whoever runs it would."""

import http.client
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.sample import read_company

HOST = "ask.example.org"
POLL_S = 0.5
RECOVERS_WITHIN_S = 60.0  # REQUIREMENTS C21
GET = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=5).read().decode())"
PROBE = """
for word in Uid CapPrm CapEff CapBnd NoNewPrivs Seccomp; do grep "^$word:" /proc/self/status; done
for place in / /etc /usr /opt /home; do touch $place/probe 2>/dev/null && echo "written: $place"; done
true
"""


# A host that is in no network of a site: whoever reaches it has a way out of the machine.
OUTSIDE, NEAR_OUTSIDE, PORT = "198.51.100.2", "198.51.100.1", 8080  # RFC 5737
KNOCK = f"""
import socket
try: socket.create_connection(("{OUTSIDE}", {PORT}), timeout=3); print("reached")
except OSError: print("not reached")
"""


@contextmanager
def outside() -> Iterator[None]:
    """Have a host beyond this machine, which is a network namespace with one listener; needs root."""
    name, near, far = "im-outside", "im-near", "im-far"
    subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
    call(["ip", "netns", "add", name])
    try:
        call(["ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name])
        call(["ip", "addr", "add", f"{NEAR_OUTSIDE}/30", "dev", near])
        call(["ip", "link", "set", near, "up"])
        inside = ["ip", "netns", "exec", name]
        call([*inside, "ip", "addr", "add", f"{OUTSIDE}/30", "dev", far])
        for link in ("lo", far):
            call([*inside, "ip", "link", "set", link, "up"])
        call([*inside, "ip", "route", "add", "default", "via", NEAR_OUTSIDE])
        serving = [*inside, sys.executable, "-m", "http.server", str(PORT), "--bind", OUTSIDE]
        with subprocess.Popen(serving, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as listener:
            try:
                waited(lambda: knock(inside) == "reached", within_s=20.0)
                yield
            finally:
                listener.terminate()
    finally:
        call(["ip", "netns", "del", name])


def knock(prefix: Sequence[str]) -> str:
    """Return whether the host outside is reached by a program that is started so."""
    return call([*prefix, sys.executable, "-c", KNOCK]).strip()


@dataclass(frozen=True, slots=True)
class Site:
    """Hold the folder of an installation's compose files and the name its containers go by."""

    folder: Path
    name: str

    def compose(self, *words: str, within_s: float = 180.0, given: str | None = None) -> str:
        """Return what docker-compose says; fails with its last words."""
        return call(["docker-compose", "-p", self.name, *words], self.folder, within_s=within_s, given=given)

    def services(self) -> list[str]:
        """Return the names of the services that run."""
        return sorted(row["Config"]["Labels"]["com.docker.compose.service"] for row in self.containers())

    def containers(self) -> list[Mapping[str, Any]]:
        """Return what the engine knows of each running container of the site."""
        ids = call(
            ["docker", "ps", "-q", "--filter", f"label=com.docker.compose.project={self.name}"]
        ).split()
        return list(json.loads(call(["docker", "inspect", *ids]))) if ids else []

    def container(self, service: str) -> Mapping[str, Any]:
        """Return what the engine knows of the one running container of a service."""
        (found,) = [one for one in self.containers() if service_of(one) == service]
        return found

    def run(self, service: str, *command: str, within_s: float = 180.0, given: str | None = None) -> str:
        """Return what a command says inside the running container of a service."""
        return self.compose("exec", "-T", service, *command, within_s=within_s, given=given)

    def get(self, service: str, url: str) -> str:
        """Return the body that a service gets from an address inside the site; fails for any other status than 2xx."""
        return self.run(service, "python3", "-c", GET, url, within_s=60.0)

    def is_ready(self) -> bool:
        """Return whether the API generates and searches: its own word, which rests on doing both."""
        with suppress(subprocess.CalledProcessError):
            return "app" in self.services() and bool(self.get("app", "http://127.0.0.1:8600/readyz"))
        return False

    def is_healthy(self) -> bool:
        """Return whether every container is, by its own health check."""
        found = self.containers()
        return bool(found) and all(one["State"].get("Health", {}).get("Status") == "healthy" for one in found)

    def kill(self, service: str) -> None:
        """End the first process of a service without a word, as a crash does; the engine's kill is an order."""
        pid = self.container(service)["State"]["Pid"]
        call(["kill", "-9", str(pid)])


def service_of(container: Mapping[str, Any]) -> str:
    """Return the service a container belongs to."""
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def waited(until: Callable[[], bool], *, within_s: float) -> float:
    """Return the seconds until something holds; fails where it does not hold in time."""
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < within_s, f"it does not hold within {within_s:.0f} s"
        time.sleep(POLL_S)
    return time.monotonic() - began


def call(
    command: Sequence[str], folder: Path | None = None, *, within_s: float = 180.0, given: str | None = None
) -> str:
    """Return what a command writes; a failure shows all it said."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=within_s, input=given
    )
    if done.returncode:
        raise subprocess.CalledProcessError(
            done.returncode, command, f"{done.stdout}\n{done.stderr}"
        ) from AssertionError(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def recovers(site: Site, service: str) -> float:
    """Kill a service; return the seconds until it runs again, all are healthy, and the house finds and generates."""
    before = restarts(site, service)
    site.kill(service)
    waited(lambda: restarts(site, service) > before, within_s=RECOVERS_WITHIN_S)
    took = waited(site.is_healthy, within_s=RECOVERS_WITHIN_S)  # of each container, by its own check
    return took + waited(site.is_ready, within_s=RECOVERS_WITHIN_S)


def stops(site: Site) -> float:
    """Stop a site; return the seconds it took. Fails where a container had to be killed."""
    ids = [one["Id"] for one in site.containers()]
    began = time.monotonic()
    site.compose("stop")
    took = time.monotonic() - began
    codes = {
        service_of(one): one["State"]["ExitCode"] for one in json.loads(call(["docker", "inspect", *ids]))
    }
    assert 137 not in codes.values(), codes
    return took


def assert_sealed(site: Site) -> None:
    """Assert of every container: no root, no capability, no way to one, a filter of system calls, no place to write."""
    for container in site.containers():
        said = call(["docker", "exec", container["Id"], "/bin/sh", "-c", PROBE])
        facts = dict(line.split(":", 1) for line in said.splitlines())
        service = service_of(container)
        assert "0" not in facts["Uid"].split(), service
        assert {int(facts[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")} == {0}, service
        assert facts["NoNewPrivs"].strip() == "1", service
        assert facts["Seccomp"].strip() == "2", service  # a filter is in force
        assert "written" not in facts, service


def assert_no_other_way_out(site: Site, *, sealed: set[str], open_to: set[str]) -> None:
    """Assert that the services are these, and that a host beyond the machine is reached by those of `open_to` alone."""
    with outside():
        ways = {
            service_of(one): knock(["nsenter", "--target", str(one["State"]["Pid"]), "--net"])
            for one in site.containers()
        }
    assert {service for service, way in ways.items() if way == "reached"} == open_to
    assert set(ways) == sealed | open_to


def assert_nothing_shows_a_secret(site: Site) -> None:
    """Assert that no secret stands in a container's settings, an image's history, a log or in what compose shows."""
    secrets = [path.read_text(encoding="utf-8").strip() for path in (site.folder / "secrets").iterdir()]
    keys = [secret for secret in secrets if len(secret) >= 32 and not secret.startswith("-----")]
    assert len(keys) >= 4
    shown = [site.compose("config"), site.compose("logs", "--no-color"), json.dumps(site.containers())]
    shown += [call(["docker", "history", "--no-trunc", one["Image"]]) for one in site.containers()]
    assert [key[:4] for key in keys if any(key in text for text in shown)] == []


def restarts(site: Site, service: str) -> int:
    """Return how often the engine has started a service again, -1 while it does not run."""
    found = [one["RestartCount"] for one in site.containers() if service_of(one) == service]
    return int(found[0]) if found else -1


def asked(path: str, context: ssl.SSLContext) -> tuple[int, bytes]:
    """Return status and body that the proxy gives for a path of the public name."""
    try:
        with (
            socket.create_connection(("127.0.0.1", 443), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as sealed,
            closing(http.client.HTTPConnection(HOST)) as connection,
        ):
            connection.sock = sealed
            connection.request("GET", path, headers={"Host": HOST})
            answer = connection.getresponse()
            return answer.status, answer.read()
    except ConnectionError:
        return 0, b""


def found_by(site: Site) -> int:
    """Return how many documents an employee finds that name the hotel cap."""
    said = site.run("app", "intramuros", "find", "hotel cap", "--as", read_company().personas[0].id, "--json")
    return len(json.loads(said)["documents"])
