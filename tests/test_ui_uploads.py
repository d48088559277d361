"""What readers' files may take of the page process's memory, and whose files it takes at all."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, cast

import httpx
import pytest
from starlette.datastructures import Headers
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from app.bench.page import opened
from app.bench.visitor import Turn, Visitor
from tests.fake_api import serve
from tests.fake_site import PASSWORD
from tests.fake_state import Site
from ui.provider import Unfit
from ui.uploads import MEGABYTE, PROCESS_BYTES, SESSION_BYTES, SESSION_FILES, KeptFiles, install

if TYPE_CHECKING:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parent.parent


class Tab(Visitor):
    """Be a tab that also knows its session, and where the key to sign out is."""

    session = ""
    sign_out_id = ""

    def _take(self, message: "ForwardMsg", turn: Turn) -> bool:
        if message.WhichOneof("type") == "new_session":
            self.session = message.new_session.initialize.session_id
        if message.delta.new_element.button.label == "Sign out":
            self.sign_out_id = message.delta.new_element.button.id
        return super()._take(message, turn)

    async def press(self, **values: str | bool) -> None:
        """Fill in fields and press a key, by what they are for."""
        from streamlit.proto.WidgetStates_pb2 import WidgetState  # heavy: Streamlit comes with it

        ids = self._ids | {"sign_out": self.sign_out_id}
        states: list[WidgetState] = [
            WidgetState(id=ids[name], trigger_value=True)
            if value is True
            else WidgetState(id=ids[name], string_value=str(value))
            for name, value in values.items()
        ]
        turn = await self._run(states)
        assert not turn.error

    async def enter(self) -> None:
        """Sign in as Anna."""
        await self.press(user="anna.keller", password=PASSWORD, submit=True)
        assert "question" in self._ids


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Give the address of a page process before the fake API."""
    with serve(Site(pace_s=0.0)) as api, opened(api) as page:
        yield page.address


async def put(client: httpx.AsyncClient, tab: Tab, name: str, size: int = 10) -> httpx.Response:
    """Send a file as the browser does."""
    return await client.put(
        f"/_stcore/upload_file/{tab.session}/{name}",
        files={"file": (name, b"x" * size)},
        headers={"X-Xsrftoken": client.cookies["_streamlit_xsrf"]},
    )


@pytest.mark.slow
def test_only_those_who_are_signed_in_add_files(address: str) -> None:
    """A stranger's file is refused, a reader's is taken up to the limit, and nobody's after the sign-out."""

    async def visit() -> None:
        async with (
            httpx.AsyncClient(base_url=address, trust_env=False) as client,
            Tab(address, "anna") as tab,
        ):
            await client.get("/_stcore/health")
            await tab.arrive()
            assert tab.session
            stranger = await put(client, tab, "early")
            assert (stranger.status_code, stranger.text) == (403, "Sign in before adding files.")
            await tab.enter()
            taken = [(await put(client, tab, f"f{n}")).status_code for n in range(SESSION_FILES)]
            assert taken == [204] * SESSION_FILES
            full = await put(client, tab, "more")
            assert full.status_code == 413
            assert full.text.startswith("At most 20 files and 200 MB at a time.")
            removed = await client.delete(
                f"/_stcore/upload_file/{tab.session}/f3",
                headers={"X-Xsrftoken": client.cookies["_streamlit_xsrf"]},
            )
            assert removed.status_code == 204
            assert (await put(client, tab, "again")).status_code == 204
            await tab.press(sign_out=True)
            assert (await put(client, tab, "late")).status_code == 403

    asyncio.run(visit())


@pytest.mark.slow
def test_a_file_without_its_size_is_not_read(address: str) -> None:
    """A body in chunks could be of any size, so it is refused before it is read."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    async def visit() -> int:
        async with (
            httpx.AsyncClient(base_url=address, trust_env=False) as client,
            Tab(address, "anna") as tab,
        ):
            await client.get("/_stcore/health")
            await tab.arrive()
            await tab.enter()
            sent = await client.put(
                f"/_stcore/upload_file/{tab.session}/f",
                content=chunks(),
                headers={"X-Xsrftoken": client.cookies["_streamlit_xsrf"]},
            )
            return sent.status_code

    assert asyncio.run(visit()) == 411


def announced(size: int) -> Headers:
    """Return the headers of a body of this size."""
    return Headers({"content-length": str(size)})


def status(files: KeptFiles, session: str, size: int) -> int:
    """Return with what a file is refused, 0 where it is taken."""
    refused = files.refusal(session, announced(size))
    return refused[0].value if refused else 0


def file(name: str, size: int) -> UploadedFileRec:
    """Return a file of this size."""
    return UploadedFileRec(file_id=name, name=name, type="text/plain", data=b"x" * size)


def test_a_session_holds_so_many_bytes() -> None:
    """What is kept and what is on its way count together; what is removed is free again."""
    files = KeptFiles("")
    files.admit("a", "ask")
    files.add_file("a", file("one", 3 * MEGABYTE))
    with files.room("a", SESSION_BYTES - 4 * MEGABYTE):
        assert status(files, "a", MEGABYTE) == 0
        assert status(files, "a", MEGABYTE + 1) == 413
        files.remove_file("a", "one")
        assert status(files, "a", 4 * MEGABYTE) == 0
    assert status(files, "a", SESSION_BYTES) == 0


def test_many_at_once_do_not_pass_the_limit_together() -> None:
    """Twenty bodies that are being read fill a session as twenty files do."""
    files = KeptFiles("")
    files.admit("a", "ask")
    with ExitStack() as bodies:
        for _ in range(SESSION_FILES):
            assert status(files, "a", 1) == 0
            bodies.enter_context(files.room("a", 1))
        assert status(files, "a", 1) == 413
    assert status(files, "a", 1) == 0


def test_the_process_holds_so_many_bytes() -> None:
    """Where many sessions have filled the memory, the next is refused although it holds nothing itself."""
    files = KeptFiles("")
    for number in range(6):
        files.admit(str(number), "ask")
    left = PROCESS_BYTES - 5 * SESSION_BYTES
    with ExitStack() as bodies:
        for number in range(5):
            bodies.enter_context(files.room(str(number), SESSION_BYTES))
        assert status(files, "5", left) == 0
        assert status(files, "5", left + 1) == 507


def test_nothing_is_kept_of_those_who_left() -> None:
    """Signed out or at another place, a session's files are gone; one that was on its way is not kept."""
    files = KeptFiles("")
    files.admit("a", "documents")
    files.add_file("a", file("one", 10))
    files.admit("a", "documents")
    assert len(files.get_files("a", ["one"])) == 1
    files.admit("a", "ask")
    assert files.get_files("a", ["one"]) == []
    assert status(files, "a", 1) == 0
    files.remove_session_files("a")
    files.add_file("a", file("two", 10))
    assert files.get_files("a", ["two"]) == []
    assert status(files, "a", 1) == 403


def test_a_streamlit_without_the_place_is_refused() -> None:
    """Routes that are made elsewhere, or a store that is another, end the start."""
    with pytest.raises(Unfit):
        install(cast(ModuleType, SimpleNamespace()))
    with pytest.raises(Unfit):
        install(store=cast(ModuleType, SimpleNamespace()))


def test_the_page_does_not_start_without_the_place() -> None:
    """The start ends with a sentence and exit code 2."""
    other = (
        "import sys; from streamlit.web.server.starlette import starlette_app as web; "
        "web.create_streamlit_routes = lambda runtime: []; "
        "sys.argv = ['ui', '--port', '1']; from ui.__main__ import main; sys.exit(main())"
    )
    run = subprocess.run(
        [sys.executable, "-c", other], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 2, run.stderr
    assert re.search("does not start: this version of Streamlit takes uploads", run.stderr)
