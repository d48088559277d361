"""Run the rules of deploy/ on a real Caddy with free ports, before any page and API."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.unpacked import find

DEPLOY = Path(__file__).parent.parent / "deploy"
CADDYFILE = DEPLOY / "Caddyfile"
# Where the engine's name server would say which containers carry a name.
FOUND_BY_NAME = re.compile(r"dynamic a \{\s+name (\w+)\s+port (\d+)\s+(refresh \w+)\s+\}")
PUBLIC_HOST = "ask.example.org"
SECRETS = "/run/secrets/tls_certificate /run/secrets/tls_key"


@dataclass(frozen=True, slots=True)
class Behind:
    """Say where page and API listen, as host:port; the page also as a rule by which Caddy finds several."""

    page: str
    api: str


def ports(count: int) -> list[int]:
    """Return different free ports of 127.0.0.1."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [int(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return found


def certificate(folder: Path) -> tuple[Path, Path]:
    """Return a certificate of the public name that signed itself, and its key."""
    made, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-days", "1", "-subj", f"/CN={PUBLIC_HOST}", "-addext", f"subjectAltName=DNS:{PUBLIC_HOST}"]
    subprocess.run([*command, "-out", made, "-keyout", key], check=True, capture_output=True)
    return made, key


@contextmanager
def proxied(folder: Path, behind: Behind, *, door: int, with_tls: bool) -> Iterator[None]:
    """Run the proxy on port `door` for as long as the block; skip where there is no Caddy."""
    redirect, health = ports(2)
    text = CADDYFILE.read_text(encoding="utf-8")
    if with_tls:
        text = text.replace(SECRETS, " ".join(str(path) for path in certificate(folder)))
        text = text.replace("https://{$PUBLIC_HOST}:8443", f"https://{PUBLIC_HOST}:{door}")
    else:
        text = re.sub(r"^\ttls .*$", "", text, count=1, flags=re.MULTILINE)
        text = text.replace("https://{$PUBLIC_HOST}:8443", f"http://{PUBLIC_HOST}:{door}")
    text = text.replace(":8081", f":{health}").replace(":8080", f":{redirect}")
    text = text.replace("{$PUBLIC_HOST}", PUBLIC_HOST)
    text = text.replace("app:8600", behind.api)
    text = FOUND_BY_NAME.sub(behind.page if "{" in behind.page else f"to {behind.page}", text)
    with running(text, folder):
        yield


@contextmanager
def running(text: str, folder: Path) -> Iterator[None]:
    """Run Caddy by these rules for as long as the block; skip where there is no Caddy."""
    caddy = find("caddy")
    if caddy is None:
        pytest.skip("caddy: not installed and not unpacked; the proxy's rules were not tried")
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    command = [str(caddy), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    log = folder / "caddy.log"
    with log.open("w") as sink:
        process = subprocess.Popen(command, stderr=sink, env={"HOME": str(folder)})
    try:
        while "serving initial configuration" not in log.read_text(encoding="utf-8"):
            assert process.poll() is None, log.read_text(encoding="utf-8")
        yield
    finally:
        process.terminate()
        process.wait(20)
