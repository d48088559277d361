"""Serve the API's contract with canned answers: the page's test double, and a way to look at the page alone.

    python -m tests.fake_api 8600          then: INTRAMUROS_API_URL=http://127.0.0.1:8600 python -m ui

Words in the question choose what happens: "salary" is not in the documents, "loading" finds no model, "broken" ends
in an error, "refused" is one too many, "cut" loses the connection in the middle, "busy" waits in a line first, "slow"
writes slowly, "attack" answers with hostile text.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.fake_administration import administration_routes
from tests.fake_answers import answer_routes
from tests.fake_audit import audit_routes
from tests.fake_conversations import conversation_routes, past_routes
from tests.fake_documents import document_routes, own_file_routes, viewer_routes
from tests.fake_emergency import emergency_routes
from tests.fake_people import people_routes
from tests.fake_privacy import privacy_routes
from tests.fake_state import Problem, Site


def make_app(site: Site) -> FastAPI:
    """Return the fake with all routes of the contract that the page uses."""
    app = FastAPI()

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        body = {
            "type": f"urn:intramuros:problem:{error.kind}" if error.kind else "about:blank",
            "title": error.detail,
            "status": error.status,
            "detail": error.detail,
            "remedy": error.remedy,
        }
        return JSONResponse(body, status_code=error.status, media_type="application/problem+json")

    people_routes(app, site)
    privacy_routes(app, site)
    emergency_routes(app, site)
    past_routes(app, site)
    conversation_routes(app, site)
    answer_routes(app, site)
    viewer_routes(app, site)
    document_routes(app, site)
    own_file_routes(app, site)
    administration_routes(app, site.person)
    audit_routes(app, site)
    return app


@contextmanager
def serve(site: Site, port: int = 0) -> Iterator[str]:
    """Run the fake in a thread and give its address; it ends with the block."""
    server = uvicorn.Server(
        uvicorn.Config(make_app(site), port=port, log_level="warning", timeout_graceful_shutdown=1)
    )
    is_up = threading.Event()
    startup = server.startup

    async def announced(sockets: Any = None) -> None:
        await startup(sockets)
        is_up.set()

    server.startup = announced  # type: ignore[method-assign]  # the one moment at which the port is known
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    if not is_up.wait(20):
        raise RuntimeError("the fake API did not start")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    uvicorn.run(make_app(Site(pace_s=0.05)), port=int(sys.argv[1]), log_level="warning")
