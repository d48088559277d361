"""Serve the API: `intramuros serve`."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.shell import Shell

if TYPE_CHECKING:
    from fastapi import FastAPI


def serve(
    context: typer.Context,
    sample: str = typer.Option("", help="Folder of the rendered sample company to ingest at start (trial)."),
) -> None:
    """Serve the HTTP API, and ingest beside it unless `intramuros work` does, until interrupted."""
    # heavy: keeps --help under 0.3 s
    from app import logs
    from app.api.server import build
    from app.front import Front
    from app.sample import sample_orders
    from app.serving import listen, serve_until_told
    from app.winding_down import wind_down
    from app.wiring import open_services
    from ingest.database import utc_now

    shell: Shell = context.obj
    settings = shell.settings()
    logs.configure(sys.stderr)
    listener = listen(
        settings.api.host, settings.api.port, setting="api.port"
    )  # first: the rest takes seconds

    def opened() -> "FastAPI":
        services = open_services(settings)
        if sample:
            for order in sample_orders(Path(sample), services.collections.all()):
                services.jobs.place(order, now=utc_now())
        return build(services)

    # The neighbours of a server are other containers, which may start later; those of one machine are files.
    app = Front(opened) if settings.site.profile == "server" else opened()
    serve_until_told(app, listener, wind_down=partial(wind_down, app))
