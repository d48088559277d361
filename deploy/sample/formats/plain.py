"""Write MD, TXT and CSV: the body nearly as it stands."""

from deploy.sample.formats.brand import COMPANY, facts
from deploy.sample.formats.source import Source


def to_markdown(source: Source) -> bytes:
    """Return the body under its title, with a line saying version, date and owner."""
    return f"# {source.title}\n\n{COMPANY}  ·  {facts(source)}\n\n{source.body}".encode()


def to_text(source: Source) -> bytes:
    """Return the body under its title and date."""
    rule = "=" * len(source.title)
    head = f"{source.title}\n{rule}\n{source.department}, {source.dated.isoformat()}"
    return f"{head}\n\n{source.body}".encode()


def to_csv(source: Source) -> bytes:
    """Return the body as it stands."""
    return source.body.encode()
