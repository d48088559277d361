"""Bound what readers' files take of the page process's memory, and take none where nobody is signed in.

Streamlit takes a file for every open session, and keeps it until the session ends. Two of its names are replaced before
it starts: the store of files, and the routes that fill it, so that a file is refused before its content is read.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from types import ModuleType
from typing import cast

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.web.server import server
from streamlit.web.server.starlette import starlette_app

from ui.provider import Unfit

MEGABYTE = 1 << 20
SESSION_FILES = 20  # what a person picks by hand; folders are taken in by a source
SESSION_BYTES = 200 * MEGABYTE  # several of the largest files (50 MB, ui/hardening.py), or twenty of 10 MB
PROCESS_BYTES = 1024 * MEGABYTE  # five full sessions: beside Streamlit itself it fits a container of 2 GB

Refusal = tuple[HTTPStatus, str]
Endpoint = Callable[[Request], Awaitable[Response]]


class KeptFiles(MemoryUploadedFileManager):
    """Hold the files of sessions in which somebody is signed in, and room for those that are on their way."""

    def __init__(self, upload_endpoint: str) -> None:
        super().__init__(upload_endpoint)
        self._places: dict[str, str] = {}  # of the sessions in which somebody is signed in
        self._coming: list[tuple[str, int]] = []  # session and bytes of bodies that are being read

    def admit(self, session_id: str, place: str) -> None:
        """Take files from this session. Those it left unsent at another place are dropped: no field shows them."""
        if self._places.get(session_id, place) != place:
            super().remove_session_files(session_id)
        self._places[session_id] = place

    def remove_session_files(self, session_id: str) -> None:
        """Drop all files of a session that ended or signed out, and take no more from it."""
        self._places.pop(session_id, None)
        super().remove_session_files(session_id)

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep a file, unless its session ended or signed out while it was on its way: nobody would drop it again."""
        if session_id in self._places:
            super().add_file(session_id, file)

    def refusal(self, session_id: str, headers: Headers) -> Refusal | None:
        """Return why a file announced by these headers is not taken, None where it is."""
        if session_id not in self._places:
            return HTTPStatus.FORBIDDEN, "Sign in before adding files."
        announced = headers.get("content-length", "")
        if not (announced.isascii() and announced.isdecimal()) or "transfer-encoding" in headers:
            return HTTPStatus.LENGTH_REQUIRED, "Say in Content-Length how large the file is."
        files, kept, everywhere = self._held(session_id)
        if files >= SESSION_FILES or kept + int(announced) > SESSION_BYTES:
            most = f"{SESSION_FILES} files and {SESSION_BYTES // MEGABYTE} MB"
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {most} at a time. Hand these over first."
        if everywhere + int(announced) > PROCESS_BYTES:
            return (
                HTTPStatus.INSUFFICIENT_STORAGE,
                "Too many files are being added. Try again in a few minutes.",
            )
        return None

    @contextmanager
    def room(self, session_id: str, size_bytes: int) -> Iterator[None]:
        """Count a body of this size while it is read, so that many at once do not pass the limits together."""
        coming = (session_id, size_bytes)
        self._coming.append(coming)
        try:
            yield
        finally:
            self._coming.remove(coming)

    def _held(self, session_id: str) -> tuple[int, int, int]:
        """Return files and bytes of the session, and the bytes of all; what is on its way counts."""
        with self._lock:  # runs of the page drop files in other threads
            kept = [
                (owner, len(one.data)) for owner, own in self.file_storage.items() for one in own.values()
            ]
        sizes = [*kept, *self._coming]
        own = [size for owner, size in sizes if owner == session_id]
        return len(own), sum(own), sum(size for _, size in sizes)


def install(web: ModuleType = starlette_app, store: ModuleType = server) -> None:
    """Put the bounds into Streamlit before it starts. Raises Unfit where this version has no place for them."""
    try:
        build = web.create_upload_routes
        is_used = "create_upload_routes" in web.create_streamlit_routes.__code__.co_names
        is_store_used = "MemoryUploadedFileManager" in store.Server.__init__.__code__.co_names
        is_store = store.MemoryUploadedFileManager is MemoryUploadedFileManager
        wrapped = _bounded(build, cast(Runtime, None), KeptFiles(""), None)  # a trial: it serves nothing
    except (AttributeError, TypeError) as error:
        raise Unfit(_OTHER_VERSION) from error
    if not (is_used and is_store_used and is_store and wrapped):
        raise Unfit(_OTHER_VERSION)
    setattr(store, "MemoryUploadedFileManager", KeptFiles)  # noqa: B010 - a module's type knows no such name
    setattr(web, "create_upload_routes", partial(_bounded, build))  # noqa: B010 - as above


_OTHER_VERSION = "this version of Streamlit takes uploads in another way, so they could fill the memory"


def admit(place: str) -> None:
    """Take files from the tab of this run, in which somebody is signed in and at this place."""
    if (found := _of_this_run()) is not None:
        files, session_id = found
        files.admit(session_id, place)


def close() -> None:
    """Take no file from the tab of this run, and drop what it brought: nobody is signed in."""
    if (found := _of_this_run()) is not None:
        files, session_id = found
        files.remove_session_files(session_id)


def release(handed_over: Sequence[UploadedFile]) -> None:
    """Drop files of this tab that the API has taken or refused; Streamlit would keep them until the tab closes."""
    if (found := _of_this_run()) is not None:
        files, session_id = found
        for one in handed_over:
            files.remove_file(session_id, one.file_id)


def _of_this_run() -> tuple[KeptFiles, str] | None:
    context = get_script_run_ctx()
    if context is None or not isinstance(context.uploaded_file_mgr, KeptFiles):
        return None  # a run without a server, as in tests
    return context.uploaded_file_mgr, context.session_id


def _bounded(
    build: Callable[..., list[BaseRoute]], runtime: Runtime, upload_mgr: KeptFiles, base_url: str | None
) -> list[BaseRoute]:
    """Return Streamlit's routes with a gate before the one that takes files. Raises TypeError where they are others."""
    routes = [one for one in build(runtime, upload_mgr, base_url) if isinstance(one, Route)]
    methods = [one.methods for one in routes]
    if methods != [{"PUT"}, {"DELETE"}, {"OPTIONS"}] or not isinstance(upload_mgr, KeptFiles):
        raise TypeError(_OTHER_VERSION)
    put, *others = routes
    if not {"session_id", "file_id"} <= put.param_convertors.keys():
        raise TypeError(_OTHER_VERSION)
    return [Route(put.path, _gate(put.endpoint, upload_mgr), methods=["PUT"]), *others]


def _gate(take: Endpoint, files: KeptFiles) -> Endpoint:
    async def gate(request: Request) -> Response:
        session_id = request.path_params["session_id"]
        refused = files.refusal(session_id, request.headers)
        if refused is not None:
            status, why = refused
            return PlainTextResponse(why, status_code=status)
        with files.room(session_id, int(request.headers["content-length"])):
            return await take(request)

    return gate
