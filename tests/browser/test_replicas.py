"""Two page processes behind the real proxy: who signed in stays signed in when one of them is gone."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from app.api.lending import lent
from app.sections import SignIn
from tests.browser.conftest import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM, PATIENCE_MS, running
from tests.browser.test_proxied import ON_ITS_OWN
from tests.browser.test_sign_in import ANNA, LOOKS, SECRET, sign_in, written
from tests.deploy.names import name_server
from tests.fakes import ScriptedModel
from tests.house import admitting, open_house
from tests.proxy import PUBLIC_HOST, Behind, ports, proxied
from ui import HEALTH_PATH

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.slow]
ADDRESSES = ("127.0.0.8", "127.0.0.9")


@dataclass
class Replicas:
    """Hold where the proxy is, which addresses carry the name of the page, and how to end each page process."""

    address: str
    named: list[str]
    ends: dict[str, ExitStack]


@pytest.fixture
def issuer() -> Iterator[str]:
    """Give the address of a provider that knows Anna."""
    (port,) = ports(1)
    url = f"http://127.0.0.1:{port}"
    provider = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "-n", "true"]
    with running([*provider, f"--user-claims={json.dumps(ANNA)}"], f"{url}/.well-known/openid-configuration"):
        yield url


@pytest.fixture
def replicas(tmp_path: Path, issuer: str) -> Iterator[Replicas]:
    """Give two page processes of one key behind the proxy."""
    door, port = ports(2)
    address = f"https://{PUBLIC_HOST}:{door}"
    house = admitting(open_house(tmp_path / "data", ScriptedModel("[1].")), SignIn(issuer=issuer))
    options = [f"--public-url={address}", f"--port={port}", f"--issuer={issuer}"]
    options += [f"--client-secret-file={written(tmp_path / 'client', SECRET)}"]
    options += [f"--cookie-secret-file={written(tmp_path / 'cookie', 'c' * 40)}"]
    named = list(ADDRESSES)
    (tmp_path / "proxy").mkdir()
    with ExitStack() as house_is_open:
        house_is_open.callback(house.services.close)
        api = house_is_open.enter_context(lent(house.services))
        ends = {one: house_is_open.enter_context(ExitStack()) for one in ADDRESSES}
        for one, end in ends.items():
            command = [sys.executable, "-m", "ui", f"--host={one}", f"--api-url={api}", *options]
            end.enter_context(running(command, f"http://{one}:{port}{HEALTH_PATH}"))
        names = house_is_open.enter_context(name_server(named))
        found = f"dynamic a {{\nname \\1\nport {port}\nrefresh 100ms\nresolvers udp/127.0.0.1:{names}\n}}"
        behind = Behind(found, api.removeprefix("http://"))
        house_is_open.enter_context(proxied(tmp_path / "proxy", behind, door=door, with_tls=True))
        yield Replicas(address, named, ends)


@pytest.fixture
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Give a browser for which the public name leads here."""
    rules = f"--host-resolver-rules=MAP {PUBLIC_HOST} 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, rules, ON_ITS_OWN])
    yield browser
    browser.close()


def test_sign_in_outlives_a_page_process(chromium: Browser, replicas: Replicas) -> None:
    """The process that took the sign-in ends: its tab goes on at the other one, and a new tab needs no sign-in."""
    context = chromium.new_context(ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    context.route(f"{LOOKS}/**", lambda route: route.abort())
    page = context.new_page()
    sign_in(page, replicas.address, ANNA)
    mine = {one["name"]: one["value"] for one in context.cookies()}["intramuros_page"]
    for (
        address
    ) in ADDRESSES:  # which one it is, the cookie does not tell: the first that ends may be the other
        replicas.named[:] = [one for one in ADDRESSES if one != address]
        page.goto(replicas.address)
        expect(page.get_by_text("What would you like to know?")).to_be_visible()
        now = {one["name"]: one["value"] for one in context.cookies()}["intramuros_page"]
        if now != mine:
            replicas.ends[address].close()
            tab = context.new_page()  # which has nothing but the cookies that the other process sealed
            tab.goto(replicas.address)
            expect(tab.get_by_text("What would you like to know?")).to_be_visible()
            expect(tab.get_by_text("Anna Keller").first).to_be_visible()
            break
    else:
        pytest.fail("the browser never came to the other process")
    context.close()
