"""Keep accounts: `intramuros people list|add|disable|enable`. A trial brings its own, a provider the company's."""

import typer

from app.cli.shell import Shell, console

app = typer.Typer(help="Accounts: local ones, and those of the company's sign-in.", no_args_is_help=True)


@app.command("list")
def listed(context: typer.Context) -> None:
    """List all accounts with role, groups, and when the company's provider last vouched for each."""
    from rich.table import Table  # heavy: keeps --help under 0.3 s

    from app.records import open_existing

    shell: Shell = context.obj
    table = Table("account", "name", "role", "groups", "state", "last sign-in by the provider")
    for person, is_disabled, vouched in open_existing(shell.settings()).accounts.listed():
        state = "disabled" if is_disabled else ""
        table.add_row(person.id, person.name, person.role, ", ".join(person.groups), state, vouched[:16])
    console().print(table)


@app.command("add")
def add(
    context: typer.Context,
    user: str = typer.Argument(help="Name to sign in with, e.g. anna.keller."),
    *,
    name: str = typer.Option(..., help="Name as shown."),
    group: list[str] = typer.Option([], help="Group the account belongs to; repeat for more."),
    role: str = typer.Option("employee", help="employee, admin or auditor; none reads more than another."),
    password: str = typer.Option(..., prompt=True, hide_input=True, confirmation_prompt=True),
) -> None:
    """Add a local account, or change its name, groups, role and password."""
    from typing import get_args  # the imports below are heavy: this keeps --help under 0.3 s

    from app.audit.events import Kind
    from app.identity import Person, Role
    from app.records import open_records
    from retrieval.errors import InvalidRequest, NotAllowed

    shell: Shell = context.obj
    settings = shell.settings()
    if settings.sign_in.issuer:
        raise NotAllowed(
            "people sign in through the company's provider here",
            remedy="add them there, or empty sign_in.issuer",
        )
    roles: tuple[Role, ...] = get_args(Role)
    chosen = next((known for known in roles if known == role), None)
    if chosen is None:
        raise InvalidRequest(f"'{role}' is no role", remedy=f"choose one of {', '.join(roles)}")
    person = Person(user, name, "", chosen, tuple(group))
    person.reader()  # raises InvalidRequest for names that no principal can carry
    records = open_records(settings)
    records.audit.by_operator(Kind.ACCESS, outcome=f"account {role}", person=records.audit.pseudonym(user))
    records.accounts.save(person, password=password)
    console().print(f"{user} may sign in")


@app.command("disable")
def disable(context: typer.Context, user: str = typer.Argument(help="Account to disable.")) -> None:
    """Disable an account; its sessions and keys end at once, whatever the company's provider says."""
    from app.audit.events import Kind
    from app.records import open_records  # heavy: keeps --help under 0.3 s
    from ingest.database import utc_now
    from ingest.erasures import Erased

    shell: Shell = context.obj
    records = open_records(shell.settings())
    records.accounts.person(user)
    records.audit.by_operator(Kind.ACCESS, outcome="disabled", person=records.audit.pseudonym(user))
    records.erasures.add(Erased.DISABLED, user, now=utc_now())
    records.accounts.disable(user)
    console().print(f"{user} may no longer sign in")


@app.command("enable")
def enable(context: typer.Context, user: str = typer.Argument(help="Account to let in again.")) -> None:
    """Let a disabled account in again."""
    from app.audit.events import Kind
    from app.records import open_records  # heavy: keeps --help under 0.3 s
    from ingest.database import utc_now
    from ingest.erasures import Erased

    shell: Shell = context.obj
    records = open_records(shell.settings())
    records.audit.by_operator(Kind.ACCESS, outcome="enabled", person=records.audit.pseudonym(user))
    records.accounts.enable(user)
    records.erasures.add(Erased.ENABLED, user, now=utc_now())
    console().print(f"{user} may sign in")
