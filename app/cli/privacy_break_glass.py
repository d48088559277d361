"""Ask to read somebody's chats, and read them: `intramuros privacy break-glass …`. Approving is done in the API alone.

Whoever sits at the command line can act as anybody, so that they are one person, however often they say otherwise.
"""

import typer

from app.cli.shell import Shell, console, foreign, rendered, write_json, write_table

app = typer.Typer(
    help="Read somebody's chats in an emergency, with a second person's approval.", no_args_is_help=True
)

REQUEST = typer.Argument(help="Id of the request, as `list` shows it.")


@app.command("ask")
def ask(
    context: typer.Context,
    person: str = typer.Argument(help="Account whose chats are to be read."),
    *,
    reason: str = typer.Option(..., help="What happened; the person is told of it afterwards."),
    hours: int = typer.Option(4, help="For how many hours from the approval, 24 at most."),
) -> None:
    """Ask to read a person's chats. An administrator approves, signed in: POST /api/break-glass/REQUEST/approval."""
    from app.cli.holding import records_of  # heavy: keeps --help under 0.3 s
    from app.identity import OPERATOR
    from app.privacy.emergency import Emergency

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        made = Emergency(records, OPERATOR).ask(person, reason, hours=hours)
    state = "is open" if made.approved_at else "waits for an administrator to approve it"
    console().print(f"request {made.id} {state}", markup=False, soft_wrap=True)


@app.command("list")
def listed(
    context: typer.Context, *, as_json: bool = typer.Option(False, "--json", help="Write JSON for machines.")
) -> None:
    """List every request on record, newest first."""
    from dataclasses import asdict

    from app.cli.holding import records_of  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        found = records.break_glass.listed()
    if as_json:
        write_json([asdict(one) for one in found])
        return
    rows = rendered(
        found,
        (
            lambda r: r.id,
            lambda r: r.person,
            lambda r: r.reason,
            lambda r: r.requested_by,
            lambda r: r.approved_by,
            lambda r: r.expires_at,
            lambda r: r.ended_at,
            lambda r: r.reads,
        ),
    )
    headings = ("id", "person", "reason", "asked by", "approved by", "until", "ended", "read")
    write_table("Requests to read chats", headings, rows, width_in_logs=200)


@app.command("end")
def end(context: typer.Context, request: str = REQUEST) -> None:
    """Withdraw, refuse or give back a request."""
    from app.cli.holding import records_of  # heavy: keeps --help under 0.3 s
    from app.identity import OPERATOR
    from app.privacy.emergency import Emergency

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        Emergency(records, OPERATOR).end(request)
    console().print("nothing is read by it any more")


@app.command("read")
def read(
    context: typer.Context,
    request: str = REQUEST,
    conversation: str = typer.Argument("", help="Conversation to show; without one they are listed."),
) -> None:
    """Show the conversations that an approved request of the command line opens. Each look is on record."""
    from app.cli.holding import records_of  # heavy: keeps --help under 0.3 s
    from app.identity import OPERATOR
    from app.privacy.emergency import Emergency
    from app.reopening import Today

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        emergency = Emergency(records, OPERATOR)
        if not conversation:
            found = emergency.conversations(request)
            rows = [(one.id, one.title, one.updated_at[:16]) for one in found]
            write_table("Conversations", ("id", "title", "last asked"), rows, width_in_logs=140)
            return
        today = Today(records.passages, OPERATOR.reader())
        for message in emergency.conversation(request, conversation)[1]:
            console().print(
                f"{message.created_at[:16]}  {message.role}: {foreign(today.text(message))}",
                markup=False,
                soft_wrap=True,
            )
