"""Read and write the figures that are committed beside the tests: JSON, one file a subject, no date in it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from retrieval.errors import InvalidRequest

T = TypeVar("T")


def read(file: Path, kind: type[T], empty: T) -> T:
    """Return the figures in `file`, `empty` where there is none. Raises InvalidRequest where it holds other things."""
    if not file.is_file():
        return empty
    try:
        return TypeAdapter(kind).validate_json(file.read_bytes())
    except ValidationError as error:
        raise InvalidRequest(
            f"{file} does not hold figures of this kind: {error.errors()[0]['msg']}",
            remedy="take the committed file back, or move it away and write new figures with --save",
        ) from error


def write(file: Path, figures: object) -> None:
    """Write the figures, a dataclass, as JSON that shows well in a difference."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(figures), ensure_ascii=False, indent=1)  # type: ignore[call-overload]  # any dataclass
    file.write_text(text + "\n", encoding="utf-8")
