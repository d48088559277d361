"""Build the FastAPI application around wired services, with the worker that ingests beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import anyio.to_thread
from fastapi import Depends, FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import (
    administration,
    audit,
    break_glass,
    checkup,
    compliance,
    consistency,
    conversations,
    documents,
    erasures,
    exports,
    feedback,
    health,
    holds,
    jobs,
    keys,
    openai,
    own_files,
    passages,
    personal,
    personal_data,
    problems,
    recorded,
    restrictions,
    sessions,
    usage,
)
from app.api.audited import Audited, record_request
from app.audit.events import address
from app.audit.recorder import SOURCE
from app.beside import Beside
from app.traceparent import TRACEPARENT, is_traceparent
from app.vitals import Vitals
from app.wiring import Services
from ingest.events import bound
from retrieval.errors import IntramurosError

# In the order their paths are tried: an export before the conversation that "export" might be the id of.
ROUTERS = tuple(
    module.router
    for module in (
        sessions,
        keys,
        exports,
        personal,
        conversations,
        feedback,
        documents,
        own_files,
        passages,
        jobs,
        administration,
        restrictions,
        erasures,
        personal_data,
        usage,
        checkup,
        openai,
        consistency,
        audit,
        holds,
        break_glass,
        recorded,
        compliance,
        health,
    )
)
JOIN_S = 60.0  # the threads beside the API end within seconds of being told; where not, leases are taken over
SPARE_THREADS = (
    64  # beside those of answers: each that is followed holds one while it waits for the next piece
)
BODY_BYTES = 1 << 20  # a question is a few kilobytes; only uploads are larger
UPLOAD_PATHS = frozenset({"/api/documents", "/api/files"})
ALWAYS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def build(services: Services, *, with_worker: bool = True) -> FastAPI:
    """Return the application. It closes the services when it shuts down, those that took the place of these too."""

    def adopt(new: Services) -> None:
        app.state.services = new  # in one step: no request sees an embedder with another one's index

    beside = Beside(services, adopt=adopt) if with_worker else Beside()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        limits = services.settings.limits
        threads = 2 * (limits.at_once + limits.waiting) + SPARE_THREADS  # a page may be open twice
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        services.audit.started(services.settings, services.version)
        beside.start()
        yield
        beside.stop()
        services.answers.stop_all()
        await anyio.to_thread.run_sync(beside.join, JOIN_S)
        app.state.services.close()

    app = FastAPI(
        title="Intramuros",
        version=services.version,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere; /openapi.json stays
        redoc_url=None,
        dependencies=[Depends(record_request)],
    )
    app.state.services, app.state.beside = services, beside
    app.state.audited = Audited(services)
    app.state.vitals = Vitals(lambda: app.state.services)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(_Guard, services=services)
    return app


class _Guard:
    """Refuse what is too large or from nobody before a byte of it is stored; mark and count every response.

    Written to the protocol itself: Starlette's middleware hands each piece of a stream through a queue of its own.
    """

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if self._services.settings.audit.addresses and request.client is not None:
            SOURCE.set(address(request.client.host))
        parent = request.headers.get("traceparent", "")
        TRACEPARENT.set(parent if is_traceparent(parent) else "")
        request_id = uuid4().hex
        with bound({"request_id": request_id}):
            await self._pass_on(scope, receive, send, request_id)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        request = Request(scope)
        has_begun = False

        async def marked(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                self._services.metrics.count_request(problems.route_of(request), message["status"])
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        too_large = _too_large(request, self._services.settings.api.max_upload_mb)
        refused = too_large or await _unknown_sender(request, self._services)
        try:
            await (refused or self._app)(scope, receive, marked)
        except Exception as error:
            broken = problems.unforeseen(request, error)
            if has_begun:
                raise  # the connection has to break: half an answer must not look like a whole one
            await broken(scope, receive, marked)


async def _unknown_sender(request: Request, services: Services) -> Response | None:
    """Refuse who is not signed in before a file is taken: routes ask only once the whole body is on the disk."""
    if request.method != "POST" or request.url.path not in UPLOAD_PATHS:
        return None
    try:
        token = sessions.token_of(request.headers.get("authorization", ""))
        await anyio.to_thread.run_sync(sessions.person_of, request, services, token)
    except IntramurosError as error:
        return await problems.refusal(request, error)
    return None


def _too_large(request: Request, max_upload_mb: int) -> Response | None:
    """Refuse by the announced length, before a byte is stored; a body without one is refused too."""
    if request.method not in {"POST", "PUT", "PATCH"}:
        return None
    is_upload = request.url.path in UPLOAD_PATHS
    limit = (max_upload_mb << 20) + BODY_BYTES if is_upload else BODY_BYTES
    length = request.headers.get("content-length", "0")
    # A body in chunks has another length than it announces, and the parser reads the chunks.
    if not length.isdecimal() or "transfer-encoding" in request.headers:
        return problems.Problem(
            411, "Length required", "the request does not say how long it is", "send its length"
        )
    if int(length) > limit:
        what = f"{max_upload_mb} MB" if is_upload else f"{BODY_BYTES >> 20} MB"
        return problems.Problem(413, "Too large", f"the request is larger than {what}", "send less at once")
    return None
