"""Keep local accounts: `intramuros people add|disable`. The trial brings its own."""

import typer

from app.cli.shell import Shell, console

app = typer.Typer(help="Local accounts, for sites without a sign-in of their own.", no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    user: str = typer.Argument(help="Name to sign in with, e.g. anna.keller."),
    *,
    name: str = typer.Option(..., help="Name as shown."),
    group: list[str] = typer.Option([], help="Group the account belongs to; repeat for more."),
    admin: bool = typer.Option(False, "--admin", help="May run ingestion; reads no more than anyone else."),
    password: str = typer.Option(..., prompt=True, hide_input=True, confirmation_prompt=True),
) -> None:
    """Add an account, or change its name, groups, role and password."""
    from app.identity import Person  # heavy: keeps --help under 0.3 s
    from app.records import open_records

    shell: Shell = context.obj
    person = Person(user, name, "", "admin" if admin else "employee", tuple(group))
    person.reader()  # raises InvalidRequest for names that no principal can carry
    open_records(shell.settings()).accounts.save(person, password=password)
    console().print(f"{user} may sign in")


@app.command("disable")
def disable(context: typer.Context, user: str = typer.Argument(help="Account to disable.")) -> None:
    """Disable an account; its sessions end at once."""
    from app.records import open_records  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    accounts = open_records(shell.settings()).accounts
    accounts.person(user)
    accounts.disable(user)
    console().print(f"{user} may no longer sign in")
