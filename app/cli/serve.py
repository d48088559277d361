"""Serve the API: `intramuros serve`."""

import socket
import sys
from pathlib import Path

import typer

from app.cli.shell import Shell
from retrieval.errors import SetupRefused


def serve(
    context: typer.Context,
    sample: str = typer.Option("", help="Folder of the rendered sample company to ingest at start (trial)."),
) -> None:
    """Serve the HTTP API and ingest beside it, until interrupted."""
    import uvicorn  # heavy: keeps --help under 0.3 s

    from app import logs
    from app.api.server import KEEP_ALIVE_S, build
    from app.sample import sample_orders
    from app.wiring import open_services
    from ingest.database import utc_now

    shell: Shell = context.obj
    settings = shell.settings()
    logs.configure(sys.stderr)
    listener = _listener(settings.api.host, settings.api.port)  # first: the rest takes seconds
    services = open_services(settings)
    if sample:
        for order in sample_orders(Path(sample), services.collections.all()):
            services.jobs.place(order, now=utc_now())
    config = uvicorn.Config(
        build(services),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run([listener])


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise SetupRefused(
            f"the API cannot listen on {host}:{port}: {error.strerror}",
            remedy="stop what listens there, or set api.port (INTRAMUROS_API__PORT) to a free port",
        ) from error
