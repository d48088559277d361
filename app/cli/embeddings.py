"""Serve the embedding models: `intramuros embeddings`."""

import sys

import typer

from app.cli.shell import Shell


def embeddings(context: typer.Context) -> None:
    """Serve the embedding models of models_dir to API and workers (/v1/embeddings), until interrupted."""
    # heavy: keeps --help under 0.3 s
    from app import logs
    from app.embeddings import build, open_bench
    from app.serving import listen, serve_until_told

    shell: Shell = context.obj
    settings = shell.settings()
    logs.configure(sys.stderr)
    listener = listen(settings.embedder.host, settings.embedder.port, setting="embedder.port")
    serve_until_told(build(open_bench(settings)), listener)
