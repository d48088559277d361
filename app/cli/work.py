"""Take ingestion jobs: `intramuros work`."""

import sys
from functools import partial

import typer

from app.cli.shell import Shell


def work(context: typer.Context) -> None:
    """Take ingestion jobs until interrupted; start as many as there are documents to read (server profile)."""
    # heavy: keeps --help under 0.3 s
    from app import logs
    from app.front import Front
    from app.serving import listen, serve_until_told
    from app.work import build, ended, open_workplace, wind_down

    shell: Shell = context.obj
    settings = shell.settings()
    logs.configure(sys.stderr)
    listener = listen(settings.ingest.host, settings.ingest.port, setting="ingest.port")
    app = Front(lambda: build(open_workplace(settings)))
    serve_until_told(app, listener, wind_down=partial(wind_down, app), ended=partial(ended, app))
