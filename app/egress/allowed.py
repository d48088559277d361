"""Compare what was attempted with what the settings name: provider, buckets, database, index, models, collector."""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import make_url

from app.egress.addresses import Address, is_local
from app.egress.watching import LOOKUP, Attempt
from app.settings import Settings

PORTS: Mapping[str, int] = {"http": 80, "https": 443, "postgresql": 5432}
RESOLVER_FILE = Path("/etc/resolv.conf")


class Named(NamedTuple):
    """Hold an address and who names it: a setting, or the option of the report."""

    setting: str
    target: Address


@dataclass(frozen=True, slots=True)
class Row:
    """Hold equal attempts of one process as one line of the report; `setting` is empty where none names it."""

    first: Attempt
    count: int
    setting: str

    def as_json(self) -> dict[str, object]:
        """Return the line for machines."""
        return {
            "first_at": self.first.at.isoformat(),
            "pid": self.first.pid,
            "process": self.first.process,
            "kind": self.first.kind,
            "host": self.first.target.host,
            "port": self.first.target.port,
            "count": self.count,
            "allowed_by": self.setting or None,
        }


Resolve = Callable[[str], set[str]]


def named_by(settings: Settings) -> list[Named]:
    """Return the addresses on other machines that the settings name."""
    urls = [
        ("page.public_url", settings.page.public_url if settings.page.public_url.startswith("https") else ""),
        ("page.door", settings.page.door),
        ("sign_in.issuer", settings.sign_in.issuer),
        ("model.base_url", settings.model.base_url),
        ("index.url", settings.index.url),
        ("embedder.url", settings.embedder.url),
        ("ingest.ray_address", settings.ingest.ray_address),
        ("tracing.endpoint", settings.tracing.endpoint),
        *((f"sources.{source.id}", source.endpoint) for source in settings.sources),
    ]
    found = [Named(setting, address_in(url)) for setting, url in urls if url]
    if settings.database.url:
        url = make_url(settings.database.url)
        found.append(Named("database.url", Address(url.host or "", url.port or PORTS["postgresql"])))
    return [one for one in found if not is_local(one.target.host)]


def address_in(url: str) -> Address:
    """Return host and port of a URL, or of HOST:PORT."""
    parts = urlsplit(url if "://" in url else f"//{url}")
    return Address(parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0))


def rows(
    attempts: Iterable[Attempt],
    named: Sequence[Named],
    *,
    resolve: Resolve | None = None,
    domains: Sequence[str] | None = None,
) -> list[Row]:
    """Return the attempts, equal ones as one, in the order of the first; those that nothing names come first.

    `resolve` gives the numbers of a name, `domains` what this machine's resolver appends to names; both as the machine
    has them where they are not given. A process that found a name by itself (a wildcard, another resolver) is not
    believed: its number counts as unnamed.
    """
    places = {one.target: one.setting for one in named}
    resolving = resolve or numbers_of
    for one in named:
        places |= dict.fromkeys(
            [Address(n, one.target.port) for n in resolving(one.target.host)], one.setting
        )
    names = {one.target.host.lower(): one.setting for one in named}
    for domain in search_domains() if domains is None else domains:
        names |= {f"{one.target.host.lower()}.{domain}": one.setting for one in named}
    gathered: dict[tuple[int, str, Address], list[Attempt]] = {}
    for attempt in attempts:
        gathered.setdefault((attempt.pid, attempt.kind, attempt.target), []).append(attempt)
    found = [
        Row(
            same[0],
            len(same),
            names.get(target.host, "") if kind == LOOKUP else places.get(target, ""),
        )
        for (_, kind, target), same in gathered.items()
    ]
    return sorted(found, key=lambda row: (bool(row.setting), row.first.at))


def numbers_of(host: str) -> set[str]:
    """Return the numbers of a name as this machine resolves it; none where it does not, or where it is one itself."""
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return set()
    with suppress(OSError):
        return {str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host, None)}
    return set()


def search_domains(file: Path = RESOLVER_FILE) -> list[str]:
    """Return the domains that this machine's resolver appends to short names (man 5 resolv.conf)."""
    with suppress(OSError):
        lines = [line.split() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
        return [
            word.lower()
            for words in lines
            if words and words[0] in {"search", "domain"}
            for word in words[1:]
        ]
    return []
