"""Write the labelled sentences of the citation check: `python -m tests.labelled.claims` makes claims.jsonl anew.

`claims.txt` is written by hand from the sample company's sources. `@` names the document whose sections the model is
shown, `#` the section that a sentence cites (how its heading begins; two are parted by a bar). A line of language, kind
and sentence is true. Each indented line below it names a kind of mistake and what becomes of the sentence: `old => new`
puts one thing for another, `=> new` another sentence in its place. No shown section supports what comes out.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.sample.formats.source import Source, read_source

HERE = Path(__file__).resolve().parent
WRITTEN = HERE / "claims.txt"
MADE = HERE / "claims.jsonl"
SOURCES = HERE.parent.parent / "deploy" / "sample" / "sources"
ARROW = "=>"


@dataclass(frozen=True, slots=True)
class Section:
    """Hold a section as ingestion cuts it: the headings above it and its text, tables as Markdown rows."""

    headings: tuple[str, ...]
    text: str


def documents() -> list[dict[str, Any]]:
    """Return one record a document: its sections, and the sentences with the 1-based numbers they cite."""
    return [_document(part) for part in re.split(r"(?m)^@ ", WRITTEN.read_text(encoding="utf-8"))[1:]]


def sections(source: Source) -> tuple[Section, ...]:
    """Return the sections of a document in order; a table file is one."""
    if source.format == "csv":
        return (Section((), _rows(source.body)),)
    found: list[Section] = []
    path: list[str] = []
    for part in re.split(r"(?m)^(?=#{2,3} )", source.body):
        heading = re.match(r"(#+) (.*)\n", part)
        if heading:
            path = [*path[: len(heading[1]) - 2], heading[2].strip()]
        text = _unwrapped(part[heading.end() :] if heading else part)
        if text:
            found.append(Section(tuple(path), text))
    return tuple(found)


def _document(part: str) -> dict[str, Any]:
    name, _, body = part.partition("\n")
    source = read_source(SOURCES / f"{name.strip()}.md")
    shown = sections(source)
    return {
        "document": name.strip(),
        "title": source.title,
        "language": source.language,
        "dated": source.dated.isoformat(),
        "passages": [{"headings": one.headings, "text": one.text} for one in shown],
        "sentences": list(_sentences(body.splitlines(), shown)),
    }


def _sentences(lines: Sequence[str], shown: Sequence[Section]) -> Iterator[dict[str, object]]:
    cites: list[int] = []
    language = truth = ""
    for line in filter(str.strip, lines):
        if line.startswith("#"):
            cites = [_number(name.strip(), shown) for name in line[1:].split("|")]
            continue
        label, _, text = line.strip().partition(": ")
        is_true = not line.startswith(" ")
        if is_true:
            language, kind = label.split()
            truth = text
        else:
            kind, text = label, _changed(truth, text)
        yield {"language": language, "kind": kind, "is_true": is_true, "cites": cites, "text": text}


def _number(name: str, shown: Sequence[Section]) -> int:
    matching = [
        number
        for number, section in enumerate(shown, 1)
        if (section.headings[-1] if section.headings else "").startswith(name)
    ]
    if not matching:
        raise ValueError(f"no section begins with {name!r}")
    return matching[0]


def _changed(truth: str, change: str) -> str:
    old, _, new = (part.strip() for part in change.partition(ARROW))
    if not new or truth.count(old) < 1:
        raise ValueError(f"{change!r} does not fit {truth!r}")
    return truth.replace(old, new, 1) if old else new


def _unwrapped(text: str) -> str:
    """Return the text with each paragraph and list item on one line; tables keep their rows, marks of layout go."""
    text = re.sub(r"(?m)^(?:>|\[hidden\]) ?.*$|^---$|\*\*|(?<!\w)\*|\*(?!\w)", "", text)
    lines: list[str] = []
    for line in text.splitlines():
        goes_on = lines and lines[-1] and line and not re.match(r"\||- |\d+\. ", line)
        if goes_on:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines)).strip()


def _rows(body: str) -> str:
    lines = ["| " + " | ".join(line.split(";")) + " |" for line in body.strip().splitlines()]
    return "\n".join((lines[0], re.sub(r"[^|]+", " --- ", lines[0]), *lines[1:]))


def write(file: Path) -> int:
    """Write the records as JSON lines and return how many sentences they hold."""
    records = documents()
    file.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return sum(len(one["sentences"]) for one in records)


if __name__ == "__main__":
    sys.stdout.write(f"{write(MADE)} sentences\n")
