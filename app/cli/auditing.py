"""Verify, list and export the audit trail from the command line, beside a house that runs or without it."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from app.audit.chain import Finding
from app.audit.events import Kind, Record
from app.audit.export import Format, lines
from app.audit.keeper import look_through, note
from app.audit.recorder import OPERATOR
from app.audit.trail import Wanted
from app.cli.shell import foreign, write_json
from app.records import Records, open_existing
from app.settings import Settings
from retrieval.errors import DatabaseUnavailable, InvalidRequest, SetupRefused

OWNER_ONLY = 0o600


def wanted(
    *, since: str = "", until: str = "", kinds: Sequence[str] = (), actor: str = "", thing: str = ""
) -> Wanted:
    """Return which records are looked for. Raises InvalidRequest for a time or kind that there is not."""
    known = [kind.value for kind in Kind]
    for kind in kinds:
        if kind not in known:
            raise InvalidRequest(
                f"--kind {kind!r} is no kind of record", remedy=f"name one of: {', '.join(known)}"
            )
    return Wanted(_moment("--since", since), _moment("--until", until), tuple(kinds), actor, thing)


def verify_trail(settings: Settings, *, as_json: bool) -> bool:
    """Write what is wrong with the chain and return whether it is whole. Raises DatabaseUnavailable, SetupRefused."""
    with _records(settings) as records:
        finding = look_through(records.audit)
        if as_json:
            write_json(asdict(finding) | {"is_whole": finding.is_whole})
        else:
            sys.stdout.write("\n".join(_said(finding)) + "\n")
        try:
            note(records.audit, finding, actor=OPERATOR)
        except (DatabaseUnavailable, SetupRefused) as error:  # of a copy that is only looked at
            sys.stderr.write(f"not put on record: {error.message}\n")
    return finding.is_whole


def list_records(settings: Settings, chosen: Wanted, *, limit: int) -> None:
    """Write the newest records, one a line. Raises DatabaseUnavailable."""
    with _records(settings) as records:
        found = records.audit.trail.found(chosen, limit=limit)
        records.audit.by_operator(Kind.SEARCH, kinds=chosen.kinds)
        for record in found:
            sys.stdout.write(_row(record) + "\n")


def export_records(settings: Settings, chosen: Wanted, *, form: Format, out: Path | None) -> None:
    """Write records to `out`, readable by its owner alone, or to standard output. Raises SetupRefused."""
    with _records(settings) as records:
        records.audit.by_operator(Kind.EXPORT, kinds=chosen.kinds)
        found = lines(records.audit.trail.all_found(chosen), form, version=records.version)
        if out is None:
            sys.stdout.writelines(line + "\n" for line in found)
            return
        try:
            descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.writelines(line + "\n" for line in found)
        except OSError as error:
            raise SetupRefused(
                f"{out} cannot be written: {error.strerror}",
                remedy="name a file in a folder you may write in",
            ) from error


@contextmanager
def _records(settings: Settings) -> Iterator[Records]:
    records = open_existing(settings)
    try:
        yield records
    finally:
        records.engine.dispose()


def _said(finding: Finding) -> Iterator[str]:
    if not finding.records:
        yield "there is no record yet"
    else:
        yield (
            f"{finding.records} records, {finding.first} to {finding.last}, the last of {finding.last_at}; "
            f"anchored up to {finding.anchored or 'none yet'}"
        )
    if finding.is_whole:
        yield "the chain is whole"
        return
    for fault in finding.faults:
        yield f"record {fault.seq} {fault.message}"
    if finding.faults_total > len(finding.faults):
        yield f"… and {finding.faults_total - len(finding.faults)} more"
    yield "THE CHAIN IS BROKEN: keep database, key and anchors as they are, and compare them with a backup"


def _row(record: Record) -> str:
    who, what = record.actor or "-", f"{record.kind:15}  {record.outcome:20}"
    return foreign(f"{record.seq:>8}  {record.at:29}  {what}  {who:32}  {record.objects}")


def _moment(option: str, text: str) -> str:
    try:
        datetime.fromisoformat(text or "2026-01-01")
    except ValueError as error:
        raise InvalidRequest(
            f"{option} {text!r} names no day or time", remedy="write year, month and day: 2026-03-01"
        ) from error
    return text
