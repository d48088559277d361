"""Keep the head of the chain in a file beside the key: what is cut off the end of the table is found by it."""

import hmac
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.audit.events import Record
from ingest.events import event, logger
from retrieval.errors import SetupRefused

READ_AND_WRITE = 0o600
TAIL_BYTES = 1_000  # holds the last line whole: number, time and two seals


@dataclass(frozen=True, slots=True)
class Anchor:
    """Hold the number, the seal and the time of a record that was the last one."""

    seq: int
    mac: str
    at: str
    is_ours: bool = True  # its own seal fits


class Anchors:
    """Append anchors, one a line, each sealed with the key. Every method raises SetupRefused."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key

    def add(self, head: Record) -> None:
        """Anchor the last record, here and in the log, which may be kept elsewhere."""
        anchor = {"seq": head.seq, "mac": head.mac, "at": head.at}
        line = json.dumps(anchor | {"seal": self._seal(head.seq, head.mac, head.at)}, sort_keys=True)
        try:
            _write(self._path, line + "\n", os.O_APPEND)
        except OSError as error:
            raise self._refused(error) from error
        event(logger("audit"), "audit_anchored", audit_seq=head.seq, audit_mac=head.mac)

    def last(self) -> Anchor | None:
        """Return the newest anchor, None where there is none."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, self._path.stat().st_size - TAIL_BYTES))
                tail = file.read().decode("ascii", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refused(error) from error
        return next(self._read("\n".join(tail.splitlines()[-1:])), None)

    def all(self) -> tuple[Anchor, ...]:
        """Return all anchors, oldest first; a line that cannot be read is an anchor that is not ours, of number 0."""
        try:
            text = self._path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._refused(error) from error
        return tuple(self._read(text))

    def forget(self, *, until: int) -> None:
        """Drop the anchors of records that were purged."""
        self._rewrite([one for one in self.all() if one.seq > until or not one.is_ours])

    def rewind(self, *, to: int, moment: str) -> int:
        """Set aside the anchors of records that a restored trail does not have; return how many records those are."""
        known = self.all()
        newest = max((one.seq for one in known if one.is_ours), default=0)
        if newest > to:
            try:
                shutil.copy2(self._path, self._path.with_name(f"{self._path.name}.before-{moment}"))
            except OSError as error:
                raise self._refused(error) from error
            self._rewrite([one for one in known if one.seq <= to])
        return max(newest - to, 0)

    def _rewrite(self, kept: Sequence[Anchor]) -> None:
        lines = [
            json.dumps(
                {name: value for name, value in asdict(one).items() if name != "is_ours"}
                | {"seal": self._seal(one.seq, one.mac, one.at) if one.is_ours else ""},
                sort_keys=True,
            )
            for one in kept
        ]
        fresh = self._path.with_suffix(".new")
        try:
            _write(fresh, "".join(line + "\n" for line in lines), os.O_TRUNC)
            fresh.replace(self._path)
        except OSError as error:
            raise self._refused(error) from error

    def _read(self, text: str) -> Iterator[Anchor]:
        for line in text.splitlines():
            try:
                found = json.loads(line)
                seq, mac, at = int(found["seq"]), str(found["mac"]), str(found["at"])
                fits = hmac.compare_digest(str(found["seal"]), self._seal(seq, mac, at))
            except (ValueError, KeyError, TypeError):
                yield Anchor(0, "", "", is_ours=False)
            else:
                yield Anchor(seq, mac, at, is_ours=fits)

    def _seal(self, seq: int, mac: str, at: str) -> str:
        return hmac.digest(self._key, f"anchor\n{seq}\n{mac}\n{at}".encode(), "sha256").hex()

    def _refused(self, error: OSError) -> SetupRefused:
        return SetupRefused(
            f"the anchors of the audit trail in {self._path} cannot be read or written: {error.strerror}",
            remedy="give the account that runs Intramuros the right to write in the folder of audit.key_dir",
        )


def _write(path: Path, text: str, how: int) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | how, READ_AND_WRITE), "w", encoding="ascii"
    ) as file:
        file.write(text)
