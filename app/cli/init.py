"""Found a house in containers: `intramuros init`."""

from pathlib import Path

import typer

from app.cli.shell import EXIT_REFUSED, console

NO_PROVIDER = "none"


def init(
    *,
    folder: Path = typer.Option(Path("deploy"), help="Folder of compose.yaml."),
    public_host: str = typer.Option("", help="The name employees type, without https://."),
    issuer: str = typer.Option("", help="Issuer of the company's sign-in provider; none: local accounts."),
    overlay: list[str] = typer.Option(
        [], help="gpu or cpu, edge, monitoring, qdrant-cluster, gpu-replicas; repeat for more. Default: gpu."
    ),
    model: str = typer.Option("", help="Model to serve, of `intramuros models list`."),
    own_authority: bool = typer.Option(False, help="Make a certificate where the company makes none."),
) -> None:
    """Write .env and the secrets of an installation in containers, and say what is still needed.

    Nothing that is there is changed. Exits 1 while something is needed.
    """
    from app.founding.environment import Answers  # heavy: keeps --help under 0.3 s
    from app.founding.site import ENVIRONMENT, found
    from ingest.database import utc_now

    answers = None
    if (folder / ENVIRONMENT).exists():
        _refuse_answers(folder / ENVIRONMENT, overlay, model)
    else:
        public_host = public_host or typer.prompt("The name employees type, without https://")
        issuer = issuer or typer.prompt("Issuer of the company's sign-in provider, or none")
        answers = Answers(
            public_host, "" if issuer == NO_PROVIDER else issuer, tuple(overlay or ["gpu"]), model
        )
    told = found(folder, answers, own_authority=own_authority, now=utc_now())
    screen = console()
    for mark, lines in (("made", told.made), ("kept", told.kept), ("needed", told.needed)):
        for line in lines:
            screen.print(f"{mark:>6}  {line}", markup=False, soft_wrap=True)
    if told.needed:
        raise typer.Exit(EXIT_REFUSED)
    screen.print(f"Start it: cd {folder} && docker compose up -d", markup=False, soft_wrap=True)


def _refuse_answers(path: Path, overlays: list[str], model: str) -> None:
    """Refuse what is asked of a site that has its .env: this command changes nothing that is there."""
    from app.founding.environment import compose_files  # heavy: keeps --help under 0.3 s
    from retrieval.errors import InvalidRequest

    wanted = [f"COMPOSE_FILE={':'.join(compose_files(overlays))}"] if overlays else []
    wanted += [f"the lines that `intramuros models show {model}` prints"] if model else []
    if wanted:
        raise InvalidRequest(
            f"{path} is there, and nothing in it is changed",
            remedy=f"write into it: {'; '.join(wanted)}. Then run this again without --overlay and --model",
        )
