"""Write all papers of a house into a folder that is whole or not there."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

from app.compliance import assessment, cards, conduct, flow, html, measures, records
from app.compliance.paper import Frame, Paper, Picture
from app.compliance.tongue import Tongue, tongue
from app.compliance.weights import Weights, in_use
from app.settings import Settings
from retrieval.errors import SetupRefused

OWNER_ONLY: Final = 0o700  # the papers name machines and what protects them


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold a file of the pack: its place in the folder, and its bytes."""

    place: str
    content: bytes


def papers(settings: Settings, models: Sequence[Weights], say: Tongue) -> tuple[Paper, ...]:
    """Return the papers in the order in which they are read."""
    return (
        records.records(settings, say),
        assessment.assessment(settings, say),
        measures.measures(settings, say),
        flow.flow(settings, say),
        cards.cards(settings, models, say),
        conduct.conduct(say),
        flow.recipients(settings, say),
        records.terms(settings, say),
    )


def frame(settings: Settings, pack: Sequence[Paper], say: Tongue, *, now: datetime) -> Frame:
    """Return what stands on every paper."""
    made = say(
        "{site}, profile {profile}. Made on {day} from the settings as they run. A draft, no legal advice.",
        site=settings.site.name,
        profile=settings.site.profile,
        day=f"{now:%Y-%m-%d}",
    )
    titles = tuple((paper.name, paper.title) for paper in pack)
    ask = say("To be filled in by the company")
    page = say("page {number}")
    return Frame(say.language, settings.site.name, made, ask, page, titles)


def sheets(settings: Settings, languages: Sequence[str], *, now: datetime) -> Iterator[Sheet]:
    """Yield every file of the pack: each paper as HTML and PDF, the picture as SVG. Raises InvalidRequest."""
    from app.compliance.pdf import pdf  # reportlab: half a second

    models = in_use(settings)
    for say in map(tongue, languages):
        pack = papers(settings, models, say)
        around = frame(settings, pack, say, now=now)
        for paper in pack:
            place = f"{say.language}/{paper.name}"
            yield Sheet(f"{place}.html", html.page(paper, around).encode())
            yield Sheet(f"{place}.pdf", pdf(paper, around))
            for picture in (block for block in paper.blocks if isinstance(block, Picture)):
                yield Sheet(f"{place}.svg", html.alone(picture).encode())


def zipped(settings: Settings, languages: Sequence[str], *, now: datetime) -> bytes:
    """Return the pack as a zip. Raises InvalidRequest."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as parcel:
        for file in sheets(settings, languages, now=now):
            parcel.writestr(file.place, file.content)
    return out.getvalue()


def write_pack(
    settings: Settings, folder: Path, languages: Sequence[str], *, now: datetime
) -> tuple[Sheet, ...]:
    """Write the pack; return its files. Raises InvalidRequest; SetupRefused where the folder is there already."""
    files = tuple(sheets(settings, languages, now=now))
    folder = folder.absolute()
    partial = folder.with_name(f".{folder.name}.{uuid4().hex}.partial")
    try:
        if folder.exists():
            raise FileExistsError(17, "it exists already")
        partial.mkdir(OWNER_ONLY)
        for file in files:
            place = partial / file.place
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(file.content)
        partial.rename(folder)
    except OSError as error:
        raise SetupRefused(
            f"{folder} cannot be written: {(error.strerror or type(error).__name__).lower()}",
            remedy="name a folder that is not there yet, in one you may write in, with room on its disk",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return files
