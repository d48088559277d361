"""Write a labelled set: the same contents for the same seed, each file with what must and must not be found in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.labelled.content import Content, Labelled, content_of
from tests.labelled.languages import LANGUAGES
from tests.labelled.markup import csv, eml, html
from tests.labelled.office import docx, pptx, xlsx
from tests.labelled.open_document import ods, odt
from tests.labelled.pdf import ruled_pdf, unruled_pdf


@dataclass(frozen=True, slots=True)
class Form:
    """Say how one file of the set is written."""

    name: str
    ending: str
    write: Callable[[Content], Labelled]
    rows: tuple[int, int]  # of the table, least and most
    is_grouped: bool = False  # headers over pairs of columns


FORMS = (
    Form("ruled", "pdf", ruled_pdf, (5, 9)),
    Form("ruled-over-pages", "pdf", ruled_pdf, (60, 75)),
    Form("ruled-spanning", "pdf", ruled_pdf, (5, 9), is_grouped=True),
    Form("unruled", "pdf", unruled_pdf, (5, 9)),
    Form("unruled-spanning", "pdf", unruled_pdf, (6, 9), is_grouped=True),
    Form("letter", "docx", docx, (4, 8)),
    Form("letter-spanning", "docx", docx, (4, 8), is_grouped=True),
    Form("slides", "pptx", pptx, (3, 6)),
    Form("slides-spanning", "pptx", pptx, (3, 6), is_grouped=True),
    Form("workbook", "xlsx", xlsx, (8, 20)),
    Form("workbook-spanning", "xlsx", xlsx, (8, 20), is_grouped=True),
    Form("page", "html", html, (4, 9)),
    Form("page-spanning", "html", html, (4, 9), is_grouped=True),
    Form("list", "csv", csv, (12, 30)),
    Form("sheet", "ods", ods, (8, 20)),
    Form("sheet-spanning", "ods", ods, (8, 20), is_grouped=True),
    Form("text", "odt", odt, (4, 8)),
    Form("mail", "eml", eml, (3, 6)),
)


def write(folder: Path, seed: int) -> None:
    """Write the files and their manifest; the same seed gives the same contents."""
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)
    lines = []
    for at, form in enumerate(FORMS):
        language = LANGUAGES[(at + seed) % len(LANGUAGES)]
        content = content_of(random, language, rows=random.randint(*form.rows), is_grouped=form.is_grouped)
        labelled = form.write(content)
        file = f"{form.name}-{language.code}.{form.ending}"
        (folder / file).write_bytes(labelled.content)
        lines.append(
            {
                "id": f"{seed}/{file}",
                "file": file,
                "format": form.ending,
                "category": form.name,
                "lang": language.code,
                "expect": "text",
                "expected_snippets": labelled.snippets,
                "forbidden_snippets": labelled.forbidden,
                "expected_cells": labelled.cells,
                "reference_kind": "generated",
                "bytes": len(labelled.content),
                "metric": "snippet_recall",
            }
        )
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "manifest.jsonl").write_text(text, encoding="utf-8")
