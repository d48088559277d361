"""Make and check the directory an air-gapped site is installed from: `intramuros bundle create|verify`."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.shell import EXIT_REFUSED, Shell, console

if TYPE_CHECKING:
    from app.bundle.contents import Contents
    from app.settings import Settings

app = typer.Typer(
    help="Everything for a site behind an air gap, in one signed directory.", no_args_is_help=True
)
DEPLOY = Path("deploy")
OVERLAYS = typer.Option(
    [],
    "--overlay",
    help="Overlay to compose.yaml: gpu or cpu, edge, gpu-replicas, qdrant-cluster, monitoring.",
)


@app.command("create")
def create(
    context: typer.Context,
    target: Path = typer.Argument(help="Directory to make; it appears once it is whole."),
    *,
    key: Path = typer.Option(
        help="Ed25519 key that signs, PEM: openssl genpkey -algorithm ed25519 -out bundle.key"
    ),
    overlay: list[str] = OVERLAYS,
    model: list[str] = typer.Option([], help="Catalogue id. Default: the models that the site starts with."),
    wheels: bool = typer.Option(
        False, help="Also the wheels of deploy/locks, for machines without containers."
    ),
) -> None:
    """Save images, models, compose files and checksums into one directory, signed."""
    from app.bundle.contents import create  # heavy: keeps --help under 0.3 s
    from app.bundle.engine import Engine
    from app.bundle.seal import private_key

    shell: Shell = context.obj
    screen = console(is_error=True)
    wanted = _contents(shell.settings(), overlay, model, has_wheels=wheels)

    def say(line: str) -> None:
        screen.print(f"· {line}", markup=False)

    create(wanted, target, private_key(key), engine=Engine(), say=say)
    screen.print(
        f"✓ {target}: carry it over, and by another way the public key and the first step of RUNBOOK.md in it",
        markup=False,
    )


def _contents(
    settings: "Settings", overlays: list[str], models: list[str], *, has_wheels: bool
) -> "Contents":
    """Return what the installation in deploy/ starts with: its own `.env`, or that of the images just built."""
    from app.bundle.contents import Contents  # heavy: keeps --help under 0.3 s
    from app.founding.environment import compose_files, value_of

    env_file = DEPLOY / (".env" if (DEPLOY / ".env").exists() else "images.env")
    variables = env_file.read_text(encoding="utf-8")
    answering = "CPU_MODEL" if "cpu" in overlays else "MODEL"
    named = (value_of(variables, answering), value_of(variables, "EMBEDDER"), settings.search.reranker)
    return Contents(
        deploy=DEPLOY,
        files=compose_files(overlays),
        env_file=env_file,
        models=tuple(models) or tuple(one for one in named if one),
        models_dir=settings.site.models_dir,
        locks=tuple(sorted(DEPLOY.glob("locks/*.txt"))) if has_wheels else (),
    )


@app.command("verify")
def verify(
    target: Path = typer.Argument(help="Directory of the bundle."),
    *,
    key: Path = typer.Option(help="Public key, PEM, of whoever made it."),
) -> None:
    """Compare the signature and every file. Exits 1 where anything differs; the other side does the same on import."""
    from app.bundle.seal import differences, public_key  # heavy: keeps --help under 0.3 s
    from retrieval.errors import SetupRefused

    if key.resolve().is_relative_to(target.resolve()):
        raise SetupRefused(
            f"'{key}' lies in the bundle", remedy="take the public key that came by another way"
        )
    screen = console()
    found = differences(target, public_key(key), on_file=lambda _name: None)
    for one in found:
        screen.print(f"{one.state:>9}  {one.name}", markup=False)
    if found:
        raise typer.Exit(EXIT_REFUSED)
    screen.print(f"{target} is whole and signed", markup=False)
