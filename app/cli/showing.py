"""Describe one model of the catalogue for people and for machines."""

from pathlib import Path

from rich.console import Console

from app.models.entries import CatalogueEntry
from app.models.serving import GIB, Layout, Serving


def described(known: CatalogueEntry, models_dir: Path) -> dict[str, object]:
    """Return the model and its layouts as plain values; bytes are over all GPUs of a layout."""
    layouts = known.serving.layouts if known.serving else ()
    return {
        "id": known.id,
        "title": known.title,
        "licence": known.licence,
        "hub_repository": known.hub_repository,
        "context_tokens": known.context_tokens,
        "tokenizer": known.tokenizer,
        "takes_system": known.takes_system,
        "layouts": [_layout(known, known.serving, one, models_dir) for one in layouts if known.serving],
    }


def show_model(known: CatalogueEntry, models_dir: Path, *, screen: Console) -> None:
    """Print the model and its layouts; a command stands on one line of its own, to be copied."""
    role = "has" if known.takes_system else "has no"
    facts = f"{known.licence}, context of {known.context_tokens} tokens"
    screen.print(f"{known.title} ({known.hub_repository or known.model_card}): {facts}", markup=False)
    if known.serving is None:
        screen.print(f"needs {known.memory_bytes / GIB:.0f} GiB of memory and no GPU", markup=False)
        return
    screen.print(
        f"tokenizer {known.tokenizer}, {role} system role; sizes are computed, not measured", markup=False
    )
    for layout in known.serving.layouts:
        memory = known.serving.memory(layout)
        note = f"; {layout.note}" if layout.note else ""
        screen.print(f"\n{layout.title}{note}", markup=False)
        screen.print(
            f"  weights {memory.weights / GIB:.1f} GiB + cache {memory.cache / GIB:.1f} GiB for {layout.sequences} "
            f"answers at a time of {layout.context_tokens} tokens + {memory.besides / GIB:.0f} GiB, "
            f"of {memory.usable / GIB:.1f} GiB usable",
            markup=False,
        )
        screen.print(f"  {_command(known, known.serving, layout, models_dir)}", markup=False, soft_wrap=True)
        screen.print("  in containers, three lines of deploy/.env:", markup=False)
        for line in env_lines(known, known.serving, layout):
            screen.print(line, markup=False, soft_wrap=True)


def env_lines(known: CatalogueEntry, serving: Serving, layout: Layout) -> tuple[str, str, str]:
    """Return what deploy/.env says where the containers are to serve this model so, on the first GPUs."""
    gpus = ",".join(map(str, range(layout.gpus)))
    return f"MODEL={known.id}", f"MODEL_FLAGS={' '.join(serving.own_flags(layout))}", f"GPUS={gpus}"


def _command(known: CatalogueEntry, serving: Serving, layout: Layout, models_dir: Path) -> str:
    return serving.command(layout, folder=str(models_dir / known.id), name=known.id)


def _layout(known: CatalogueEntry, serving: Serving, layout: Layout, models_dir: Path) -> dict[str, object]:
    memory = serving.memory(layout)
    return {
        "gpus": layout.gpus,
        "gpu_gib": layout.gpu_gib,
        "weights": layout.weights,
        "context_tokens": layout.context_tokens,
        "sequences": layout.sequences,
        "weights_bytes": memory.weights,
        "cache_bytes": memory.cache,
        "besides_bytes": memory.besides,
        "usable_bytes": memory.usable,
        "note": layout.note,
        "command": _command(known, serving, layout, models_dir),
    }
