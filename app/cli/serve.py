"""Serve the API: `intramuros serve`."""

import sys

import typer

from app.cli.shell import Shell


def serve(
    context: typer.Context,
    sample: str = typer.Option("", help="Folder of the rendered sample company to ingest at start (trial)."),
) -> None:
    """Serve the HTTP API and ingest beside it, until interrupted."""
    from pathlib import Path

    import uvicorn  # heavy: keeps --help under 0.3 s

    from app import logs
    from app.api.server import build
    from app.sample import sample_orders
    from app.wiring import open_services
    from ingest.database import utc_now

    shell: Shell = context.obj
    settings = shell.settings()
    logs.configure(sys.stderr)
    services = open_services(settings)
    if sample:
        for order in sample_orders(Path(sample), services.collections.all()):
            services.jobs.place(order, now=utc_now())
    uvicorn.run(
        build(services),
        host=settings.api.host,
        port=settings.api.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
