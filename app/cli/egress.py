"""Say which connections the house attempted: `intramuros egress-report`."""

from typing import TYPE_CHECKING

import typer

from app.cli.shell import EXIT_REFUSED, Shell, console, foreign, write_json, write_table

if TYPE_CHECKING:
    from app.egress.allowed import Row
    from app.egress.watching import Watched
    from app.settings import Settings

NOT_SEEN = (
    "Not seen: what browsers on other machines do, processes that this command did not start (another container),"
    " raw packets, which need root's rights. io_uring is refused meanwhile, because it would hide connections."
)


def egress_report(
    context: typer.Context,
    command: list[str] = typer.Argument(
        None,
        help="What to observe, behind `--`. Default: a house of the trial: start, ingest, ask, administer.",
    ),
    *,
    allow: list[str] = typer.Option(
        [], help="HOST:PORT that is to be reached besides those of the settings."
    ),
    with_model: bool = typer.Option(True, help="Whether the house of the trial serves its language model."),
    as_json: bool = typer.Option(False, "--json", help="Write JSON for machines."),
) -> None:
    """Observe processes; list each connection to other machines and each name they looked up.

    Exits 1 where one goes to what no setting names.
    """
    from app.egress.allowed import Named, address_in, named_by, rows  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    named = [Named("--allow", address_in(one)) for one in allow] + (named_by(settings) if command else [])
    seen = _seen(settings, command or [], with_model=with_model)
    lines = rows(seen.attempts, named)
    if as_json:
        attempts = [line.as_json() for line in lines]
        write_json({"inside": seen.inside, "exit_code": seen.exit_code, "attempts": attempts})
    else:
        _show(seen, lines)
    if not all(line.setting for line in lines):
        raise typer.Exit(EXIT_REFUSED)


def _seen(settings: "Settings", command: list[str], *, with_model: bool) -> "Watched":
    import os  # the imports below are heavy: this keeps --help under 0.3 s

    from app.egress.watching import require_sight, watch
    from ingest.database import utc_now

    require_sight(utc_now)
    if command:
        return watch(command, environment=os.environ, clock=utc_now)
    from app.cli.observing import watch_trial  # heavier still: the bench's visitor comes with it

    screen = console(is_error=True)

    def say(line: str) -> None:
        screen.print(f"[egress-report] {line}", markup=False)

    return watch_trial(settings.site.models_dir, with_model=with_model, say=say)


def _show(seen: "Watched", lines: "list[Row]") -> None:
    if lines:
        write_table(
            "Attempts to reach other machines",
            ("first", "process", "what", "to", "times", "named by"),
            [
                (
                    f"{line.first.at:%H:%M:%S}",
                    f"{line.first.pid} {foreign(line.first.process)}",
                    line.first.kind,
                    foreign(
                        line.first.target.host if line.first.kind == "lookup" else str(line.first.target)
                    ),
                    str(line.count),
                    line.setting or "nothing",
                )
                for line in lines
            ],
            width_in_logs=120,
        )
    unnamed = sum(not line.setting for line in lines)
    screen = console()
    screen.print(
        f"{seen.inside} calls within this machine, {len(lines)} attempts to reach others, {unnamed} of them to what"
        f" no setting names. The command ended with code {seen.exit_code}."
    )
    screen.print(NOT_SEEN)
