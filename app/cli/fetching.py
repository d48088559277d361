"""Show models being fetched."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from app.models.catalogue import entry
from app.models.fetch import Origins
from app.models.install import install_model
from app.models.verify import is_installed


def fetch_models(names: Sequence[str], models_dir: Path, *, screen: Console) -> dict[str, Path]:
    """Install the models called `names` with a bar each; return their folders. Raises as `install_model` does."""
    return {name: _fetch(name, models_dir, screen) for name in names}


def _fetch(name: str, models_dir: Path, screen: Console) -> Path:
    wanted = entry(name)
    if is_installed(wanted, models_dir):
        screen.print(f"[green]✓[/] {wanted.title}: already here")
        return models_dir / wanted.id
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task(wanted.title, total=wanted.download_bytes or None)
        finished = 0  # bytes of the files before the present one
        present = ""

        def report(label: str, done: int, total: int) -> None:
            nonlocal finished, present
            if not total:  # a step without a size: converting, waiting
                progress.update(task, description=label, total=None)
                return
            if label != present:
                finished += next((file.size_bytes for file in wanted.files if file.name == present), 0)
                present = label
            progress.update(task, description=wanted.title, completed=finished + done)

        folder = install_model(wanted, models_dir, origins=Origins(), report=report)
    screen.print(f"[green]✓[/] {wanted.title}: fetched, verified, ready")
    return folder
