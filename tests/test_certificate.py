"""Read the certificate that browsers see: how long it is good, for whom, and what is told of one that is not."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from app.certificate import ENDS_SOON, EVERY_S, Door, Lookout, check_certificate, door_of
from app.doctor import Severity
from app.founding.certificates import SERVER_DAYS, issue, new_authority
from app.sections import Page
from tests.test_embedding_models import until as comes_true
from tests.test_monitoring import rules

HOST = "ask.example.org"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
END = NOW + timedelta(days=SERVER_DAYS)
LISTENS = Path(__file__).parents[1] / "deploy"


@contextmanager
def shown(folder: Path, host: str = HOST) -> Iterator[str]:
    """Show a certificate as long as the block runs; give its HOST:PORT."""
    pair = issue(new_authority(host, now=NOW), host, now=NOW)
    (folder / "both.pem").write_text(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not stop.is_set():
                try:
                    taken = listener.accept()[0]
                except TimeoutError:
                    continue
                taken.settimeout(5)
                try:
                    context.wrap_socket(taken, server_side=True).close()
                except OSError:
                    taken.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield "127.0.0.1:{1}".format(*listener.getsockname())
        finally:
            stop.set()
            thread.join()


def page(door: str, public_url: str = f"https://{HOST}") -> Page:
    """Return the settings of a page behind a door."""
    return Page(public_url=public_url, door=door)


@pytest.mark.parametrize(
    ("left", "severity", "told"),
    [
        (ENDS_SOON + timedelta(seconds=1), Severity.OK, "is good until 2028-01-02"),
        (ENDS_SOON, Severity.WARNING, "is good until 2028-01-02"),
        (timedelta(0), Severity.ERROR, "ended on 2028-01-02"),
    ],
)
def test_doctor_tells_before_it_ends(tmp_path: Path, left: timedelta, severity: Severity, told: str) -> None:
    """Two weeks before with a warning, afterwards with an error, each with what to do."""
    with shown(tmp_path) as door:
        (found,) = check_certificate(page(door), now=END - left)
    assert (found.severity, told in found.message) == (severity, True)
    assert bool(found.remedy) is (severity is not Severity.OK)


def test_certificate_of_tomorrow_is_an_error(tmp_path: Path) -> None:
    """Browsers refuse it until its first day, or until this machine's clock is right."""
    with shown(tmp_path) as door:
        (found,) = check_certificate(page(door), now=NOW - timedelta(days=2))
    assert (found.severity, "is good from 2026-1" in found.message) == (Severity.ERROR, True)


def test_certificate_of_another_name_is_an_error(tmp_path: Path) -> None:
    """Browsers refuse it, however long it is good."""
    with shown(tmp_path, "other.example.org") as door:
        (found,) = check_certificate(page(door), now=NOW)
    assert (found.severity, found.message.endswith(f"is not made out to {HOST}")) == (Severity.ERROR, True)


def test_door_that_shows_none_is_told(free_port: int) -> None:
    """Nobody listens, or somebody who does not speak TLS: the certificate may be good, and somebody has to look."""
    (away,) = check_certificate(page(f"127.0.0.1:{free_port}"), now=NOW)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            with listener.accept()[0] as taken:
                taken.sendall(b"HTTP/1.1 400 no\r\n\r\n")

        said = threading.Thread(target=refuse)
        said.start()
        (plain,) = check_certificate(page("127.0.0.1:{1}".format(*listener.getsockname())), now=NOW)
        said.join()
    assert away.severity is plain.severity is Severity.WARNING
    assert "page.door" in away.remedy


def test_house_knows_where_its_door_is() -> None:
    """At the public address, where no other is named; nobody looks where people come without TLS."""
    assert door_of(page("")) == Door(HOST, HOST, 443)
    assert door_of(page("", f"https://{HOST}:8443")) == Door(HOST, HOST, 8443)
    assert door_of(page("caddy:8443")) == Door(HOST, "caddy", 8443)
    assert check_certificate(page("", "http://127.0.0.1:8601"), now=NOW) == []
    assert Lookout(door_of(page("", "http://127.0.0.1:8601"))).until() is None


def test_figure_is_read_beside_who_asks_and_again_later(tmp_path: Path, free_port: int) -> None:
    """The first who asks does not wait for it; it is read again after a while, and forgotten when it cannot be."""
    now = [0.0]
    with shown(tmp_path) as door:
        lookout = Lookout(door_of(page(door)), clock=lambda: now[0])
        assert comes_true(lambda: lookout.until() is not None)
        assert lookout.until() == END
    assert lookout.until() == END
    now[0] = EVERY_S + 1
    assert comes_true(lambda: lookout.until() is None)
    assert Lookout(Door(HOST, "127.0.0.1", free_port)).until() is None


def test_alert_and_doctor_have_one_threshold() -> None:
    """Who is told by the one is told by the other."""
    (alert,) = (one for one in rules() if one["alert"] == "CertificateEndsSoon")
    assert alert["expr"] == f"intramuros_certificate_left_seconds < {ENDS_SOON.days} * 86400"


def test_containers_look_at_the_proxy() -> None:
    """The API reaches the proxy on a network of both, at the port that it listens on."""
    compose = yaml.safe_load((LISTENS / "compose.yaml").read_text(encoding="utf-8"))
    service, _, port = compose["services"]["app"]["environment"]["INTRAMUROS_PAGE__DOOR"].partition(":")
    assert set(compose["services"]["app"]["networks"]) & set(compose["services"][service]["networks"])
    assert f"https://{{$PUBLIC_HOST}}:{port} {{" in (LISTENS / "Caddyfile").read_text(encoding="utf-8")
