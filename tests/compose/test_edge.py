"""The smallest installation, from a bundle alone: walled in, asked through TLS, killed, wiped and restored."""

import http.client
import ssl
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from app.sample import read_company
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PATIENCE_MS
from tests.compose.conftest import MEASURED, READY_WITHIN_S, ROOT
from tests.compose.site import (
    HOST,
    RECOVERS_WITHIN_S,
    Site,
    asked,
    assert_no_other_way_out,
    assert_nothing_shows_a_secret,
    assert_sealed,
    call,
    found_by,
    recovers,
    stops,
    waited,
)

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1800)]
STATUS = """
import sys, urllib.error, urllib.request
try: print(urllib.request.urlopen(sys.argv[1], timeout=5).status)
except urllib.error.HTTPError as refused: print(refused.code)
"""
ANSWER_MS = 120_000


@pytest.fixture(scope="module")
def page(lived_in: Site) -> Iterator[Page]:
    """Give the page as a browser of the house sees it, under its public name and certificate."""
    del lived_in
    rules = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, rules])
        context = browser.new_context(ignore_https_errors=True, viewport={"width": 1360, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()
        browser.close()


def test_no_process_has_a_right(edge: Site) -> None:
    """In every container: no root, no capability, no way to one, a filter of system calls, no place to write."""
    assert_sealed(edge)


def test_nobody_but_the_proxy_has_a_way_out(edge: Site) -> None:
    """A host beyond the machine is reached from the one network that publishes ports, and from no other container."""
    assert_no_other_way_out(edge, sealed={"ui", "app", "gate", "vllm"}, open_to={"caddy"})


def test_a_secret_is_in_its_file_and_nowhere_else(edge: Site) -> None:
    """No value of one stands in a container's settings, an image's history, a log or in what compose shows."""
    assert_nothing_shows_a_secret(edge)


def test_the_public_name_answers_over_tls_and_nothing_else_does(edge: Site) -> None:
    """Whoever trusts the house's authority gets the page; a path that nobody needs is not there; HTTP is sent on."""
    trusting = ssl.create_default_context(cafile=str(edge.folder / "secrets" / "own_ca.pem"))
    assert asked("/", trusting)[0] == 200
    assert asked("/_stcore/metrics", trusting)[0] == 404
    assert asked("/api/documents", trusting)[0] == 404
    assert asked("/v1/models", trusting)[0] == 401
    with pytest.raises(ssl.SSLCertVerificationError):
        asked("/", ssl.create_default_context())
    with closing(http.client.HTTPConnection("127.0.0.1", 80, timeout=10)) as plain:
        plain.request("GET", "/", headers={"Host": HOST})
        answer = plain.getresponse()
        assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}/")


def test_the_gate_lets_the_api_reach_what_it_needs_of_the_model(lived_in: Site) -> None:
    """With its key the API lists the models; any other path of the model server is refused whatever the key."""
    for path, status in (
        ("/v1/models", "401"),
        ("/metrics", "403"),
        ("/docs", "403"),
        ("/v1/embeddings", "403"),
    ):
        assert lived_in.run("app", "python3", "-c", STATUS, f"http://gate:8000{path}").strip() == status, path


def test_people_ask_in_the_browser_and_see_the_place(lived_in: Site, page: Page) -> None:
    """An employee signs in through the proxy, asks, gets a checked sentence and opens the page it stands on."""
    person = read_company().personas[0]
    page.goto(f"https://{HOST}/")
    page.get_by_role("textbox", name="User name").fill(person.id)
    page.get_by_role("textbox", name="Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    field = page.get_by_placeholder("Ask your documents")
    field.fill("What is the hotel cap per night in France?")
    field.press("Enter")
    chip = page.locator(".im-chip").first
    expect(chip).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_text("145 EUR").first).to_be_visible()
    chip.click()
    expect(page.locator(".im-page img")).to_be_visible()
    (ROOT / "artefacts" / "compose").mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ROOT / "artefacts" / "compose" / "answer.png")


@pytest.mark.parametrize("service", ["caddy", "gate", "ui", "app", "vllm"])
def test_a_killed_container_comes_back(service: str, lived_in: Site) -> None:
    """Its process ends without a word; within a minute all are healthy, and the answer is the one of before."""
    found = found_by(lived_in)
    took = recovers(lived_in, service)
    trusting = ssl.create_default_context(cafile=str(lived_in.folder / "secrets" / "own_ca.pem"))
    took += waited(lambda: asked("/", trusting)[0] == 200, within_s=RECOVERS_WITHIN_S)
    MEASURED.append(f"{service} killed: the house ready again after {took:.1f} s")
    assert found_by(lived_in) == found > 0


def test_a_backup_brings_everything_back(lived_in: Site) -> None:
    """The data is wiped with its volume; from the backup come the same documents, people and chats."""
    before, found = lived_in.run("app", "intramuros", "ingest", "list", "--json"), found_by(lived_in)
    lived_in.run("app", "intramuros", "backup", "create", "/backups/evening", "--with-keys", "/backups/keys")
    lived_in.compose("rm", "--stop", "--force", "-v", "app")
    call(["docker", "volume", "rm", f"{lived_in.name}_documents"])
    began = time.monotonic()
    restore = ["intramuros", "backup", "restore", "/backups/evening", "--keys", "/backups/keys"]
    restore += ["--without", "erasures"]  # nothing was: the list went with the volume
    lived_in.compose("run", "--rm", "-T", "app", *restore, within_s=600.0)
    lived_in.compose("up", "-d")
    waited(lived_in.is_ready, within_s=READY_WITHIN_S)
    MEASURED.append(f"wiped, restored and ready after {time.monotonic() - began:.0f} s")
    assert lived_in.run("app", "intramuros", "ingest", "list", "--json") == before
    assert found_by(lived_in) == found > 0


def test_it_stops_in_time_and_in_order(lived_in: Site) -> None:
    """Every container ends by itself within the grace, and none had to be killed."""
    MEASURED.append(f"smallest site stopped in {stops(lived_in):.1f} s")
    lived_in.compose("start")
    waited(lived_in.is_ready, within_s=READY_WITHIN_S)
