"""Register the commands of `intramuros`.

Exit codes: 0 done · 1 a check failed, or a document or an answer was refused · 2 wrong use or wrong settings ·
3 this machine or a model file is not as needed · 4 a neighbour (database, index, model) is down.
"""

import os
import sys

import typer

from app import offline
from app.cli import (
    answer,
    ask,
    audit,
    backup,
    bench,
    bundle,
    doctor,
    egress,
    embeddings,
    evaluate,
    find,
    index,
    ingest,
    init,
    models,
    people,
    privacy,
    secrets,
    serve,
    sizing,
    up,
    work,
)
from app.cli.shell import Shell, settings_path
from retrieval.errors import IntramurosError

TRACE = "--trace"

app = typer.Typer(
    name="intramuros",
    help="Answers from your own documents, within your own walls.",
    epilog=(
        "Exit codes: 0 done, 1 a check failed or something was refused, 2 wrong use or settings, "
        "3 machine or model files, 4 a neighbour is down."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("work")(work.work)
app.command("embeddings")(embeddings.embeddings)
app.add_typer(ingest.app, name="ingest")
app.add_typer(index.app, name="index")
app.command("ask")(ask.ask)
app.command("find")(find.find)
app.add_typer(answer.app, name="answer")
app.add_typer(audit.app, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(models.app, name="models")
app.command("doctor")(doctor.doctor)
app.command("egress-report")(egress.egress_report)
app.command("sizing")(sizing.sizing)
app.add_typer(people.app, name="people")
app.add_typer(privacy.app, name="privacy")
app.add_typer(bundle.app, name="bundle")
app.command("init")(init.init)
app.add_typer(secrets.app, name="secrets")
app.add_typer(evaluate.app, name="eval")
app.add_typer(bench.app, name="bench")


@app.callback()
def start(
    context: typer.Context,
    settings: str = typer.Option(
        "", "--settings", help="Settings file. Default: $INTRAMUROS_SETTINGS, else deploy/intramuros.toml."
    ),
    trace: bool = typer.Option(False, TRACE, help="Show where an unforeseen error came from."),
) -> None:
    """Answers from your own documents, within your own walls."""
    del trace  # read in `main`, which is where such an error arrives
    context.obj = Shell(settings_path(settings, os.environ), os.environ)


def unforeseen(error: Exception) -> IntramurosError:
    """Return an error of ours for one that nobody foresaw."""
    kind = type(error).__name__
    return IntramurosError(
        f"something went wrong on our side ({kind})",
        remedy=f"run the command again as `intramuros {TRACE} ...` and report what it prints",
    )


def main() -> None:
    """Run the command line; every known error ends as one message, one remedy and an exit code."""
    offline.seal(os.environ)
    try:
        app()
    except IntramurosError as error:
        sys.exit(Shell.report(error))
    except KeyboardInterrupt:
        sys.exit(130)  # what a shell expects after Ctrl-C
    except Exception as error:
        if TRACE in sys.argv:
            raise
        sys.exit(Shell.report(unforeseen(error)))
