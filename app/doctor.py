"""Examine an installation and say what is wrong and what to do; nothing is changed.

Each check takes what it examines as arguments, so that the command line wires it to the real thing and a test to
another. A check returns its finding; where it raises, `diagnose` turns the error into one.
"""

import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from app import offline
from app.consistency import Finding
from app.settings import Settings
from ingest.room import Room, disk_full
from ingest.sandbox.confine import Confinement
from retrieval.errors import IntramurosError

OCR_LANGUAGES = ("eng", "deu", "fra", "ita", "spa")  # Debian's names of the languages of the sample corpus
MIN_FREE_BYTES = 2 * 1024**3  # an index doubles while it is rewritten
BUILT_AFTER = datetime(2026, 11, 1, tzinfo=UTC)  # a clock before the first version of this file is wrong
CLOCK_TOLERANCE = timedelta(minutes=5)
MOUNTED_SECRETS = Path("/run/secrets")
TESSERACT_TIMEOUT_S = 20  # it lists a directory; a network drive may sleep


class Severity(StrEnum):
    """Say how much a finding matters."""

    OK = "ok"
    WARNING = "warning"  # works, but not well or not for long
    ERROR = "error"  # something does not work


@dataclass(frozen=True, slots=True)
class Check:
    """Hold one finding. `remedy` is empty where all is well; `details` are for machines, ids and figures only."""

    name: str
    severity: Severity
    message: str
    remedy: str = ""
    details: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Examination:
    """Pair a check's name with what carries it out."""

    name: str
    run: Callable[[], Check | Sequence[Check]]


def diagnose(examinations: Iterable[Examination]) -> list[Check]:
    """Return the findings in the order of the examinations. One that raises has found an error."""
    return [check for examination in examinations for check in _examine(examination)]


def exit_code(checks: Sequence[Check]) -> int:
    """Return 1 where any finding is an error, else 0: a warning does not stop a start script."""
    return int(any(check.severity is Severity.ERROR for check in checks))


def check_settings(load: Callable[[], Settings]) -> Check:
    """Return whether the settings load; SettingsInvalid becomes the finding."""
    settings = load()
    return Check("settings", Severity.OK, f"settings are valid, profile {settings.site.profile}")


def check_data_dir(data_dir: Path, room: Room) -> Check:
    """Return whether `data_dir`, or the directory it will be created in, can be written and has room."""
    place = next(parent for parent in (data_dir, *data_dir.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"0")
    except OSError as error:
        return Check(
            "data directory",
            Severity.ERROR,
            f"'{place}' cannot be written: {error.strerror}",
            remedy="give the account of the service the right to write there, or set site.data_dir to another place",
        )
    usage = room.usage()
    details = {"free_bytes": usage.free, "total_bytes": usage.used + usage.free}
    if fault := room.fault():
        return Check(
            "data directory", Severity.WARNING, fault, remedy=disk_full(fault).remedy, details=details
        )
    if usage.free < MIN_FREE_BYTES:
        return Check(
            "data directory",
            Severity.WARNING,
            f"{usage.free / 1024**3:.1f} GB are free on the disk of '{place}'",
            remedy="free space or move site.data_dir to a larger disk before ingesting more",
            details=details,
        )
    free = f"{usage.free / 1024**3:.1f} GB are free"
    return Check("data directory", Severity.OK, f"'{place}' can be written, {free}", details=details)


def check_database(current: Callable[[], str | None], expected: str) -> Check:
    """Return whether the database opens with the schema of this version; `current` raises DatabaseUnavailable."""
    revision = current()
    if revision == expected:
        return Check("database", Severity.OK, f"the database opens with schema {expected}")
    if revision is None:
        return Check(
            "database",
            Severity.WARNING,
            "the database is empty",
            remedy="start `intramuros up` or `intramuros serve`",
        )
    return Check(
        "database",
        Severity.ERROR,
        f"the database has schema {revision}, this version needs {expected}",
        remedy="start the newer version once to migrate it, or use the version that wrote it",
    )


def check_index(count: Callable[[], int], *, owner_pid: int | None) -> Check:
    """Return whether the index opens; one that a running process holds is not touched. `count` may raise."""
    if owner_pid is not None:
        message = f"the index is in use by the running process {owner_pid}"
        return Check("index", Severity.OK, message, details={"pid": owner_pid})
    points = count()
    return Check(
        "index", Severity.OK, f"the index opens and holds {points} chunks", details={"points": points}
    )


def check_vectors(count_others: Callable[[], int]) -> Check:
    """Return whether all documents were embedded by the model that embeds questions; `count_others` may raise."""
    others = count_others()
    if not others:
        return Check("vectors", Severity.OK, "all documents were embedded by the model that embeds questions")
    return Check(
        "vectors",
        Severity.WARNING,
        f"{others} documents are found by words only: another model or release embedded them, or a rebuild broke off",
        remedy="stop the server and run `intramuros ingest rebuild`: everything is embedded anew",
    )


def check_models(names: Sequence[str], verify: Callable[[str], None]) -> Check:
    """Return whether the files of all these models are there with their pinned hashes; `verify` raises if not."""
    for name in names:
        verify(name)
    return Check("model files", Severity.OK, f"verified by SHA-256: {', '.join(names)}")


def check_ocr(languages: Callable[[], Sequence[str]]) -> Check:
    """Return whether scanned pages can be read in the languages of Europe's larger offices."""
    installed = languages()
    packages = " ".join(f"tesseract-ocr-{language}" for language in OCR_LANGUAGES)
    if not installed:
        return Check(
            "OCR",
            Severity.WARNING,
            "tesseract is not installed: scanned pages stay empty",
            remedy=f"apt-get install tesseract-ocr {packages}",
        )
    missing = [language for language in OCR_LANGUAGES if language not in installed]
    if missing:
        wanted = " ".join(f"tesseract-ocr-{language}" for language in missing)
        return Check(
            "OCR",
            Severity.WARNING,
            f"tesseract lacks {', '.join(missing)}",
            remedy=f"apt-get install {wanted}",
        )
    return Check("OCR", Severity.OK, f"tesseract reads {', '.join(OCR_LANGUAGES)}")


def tesseract_languages() -> Sequence[str]:
    """Return the languages of this machine's tesseract, empty where there is none."""
    program = shutil.which("tesseract")
    if program is None:
        return ()
    done = subprocess.run(
        [program, "--list-langs"], capture_output=True, text=True, timeout=TESSERACT_TIMEOUT_S, check=False
    )
    return tuple(done.stdout.split("\n")[1:])  # the first line is a heading


def check_parsers(found: Confinement) -> Check:
    """Return how far the kernel keeps a document's parser from files, the network and the service's account."""
    files = f"Landlock {found.landlock}" if found.landlock else "no Landlock"
    network = "no network" if found.is_without_network else "the network refused in Python only"
    account = "account nobody" if found.account == "nobody" else "the service's account without privileges"
    message = f"each document is read in a process with {files}, {network}, {account}"
    if found.landlock and found.is_without_network:
        return Check("parsers", Severity.OK, message)
    remedy = "use a kernel of 5.13 or newer with Landlock, and allow landlock_* and seccomp in the container"
    return Check("parsers", Severity.WARNING, message, remedy=remedy)


def check_reachable(name: str, url: str, status: Callable[[str], int]) -> Check:
    """Return whether `url` answers 200; `status` returns the code or raises OSError where nothing answers."""
    try:
        code = status(url)
    except OSError:
        return Check(
            name,
            Severity.ERROR,
            f"nothing answers at {url}",
            remedy="start it with `intramuros up` or `serve`",
        )
    if code == 200:
        return Check(name, Severity.OK, f"{url} answers")
    return Check(name, Severity.ERROR, f"{url} answers {code}", remedy="read the log in data_dir/run")


def check_clock(now: datetime, newest: datetime | None) -> Check:
    """Return whether the clock can be right: not before this program, not before the `newest` thing it stored."""
    if now < BUILT_AFTER or (newest is not None and now + CLOCK_TOLERANCE < newest):
        return Check(
            "clock",
            Severity.ERROR,
            f"the clock says {now.isoformat(timespec='seconds')}, which is in the past",
            remedy="set the clock, for instance with timedatectl set-ntp true; sign-ins and retention depend on it",
        )
    return Check("clock", Severity.OK, f"the clock says {now.isoformat(timespec='seconds')}")


def check_secret_files(paths: Sequence[Path]) -> Check:
    """Return whether only the account of the service can read these files."""
    for path in paths:
        if path.is_relative_to(MOUNTED_SECRETS):
            continue  # an engine mounts there only what this container may read
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            return Check(
                "secret files",
                Severity.ERROR,
                f"'{path}' can be read by other accounts (mode {mode:o})",
                remedy=f"chmod 600 '{path}'",
            )
    return Check("secret files", Severity.OK, f"{len(paths)} secret files are closed to other accounts")


def check_offline(environ: Mapping[str, str]) -> Check:
    """Return whether every telemetry switch is set in this environment."""
    openings = offline.openings(environ)
    if openings:
        return Check(
            "telemetry",
            Severity.ERROR,
            f"not switched off: {', '.join(openings)}",
            remedy="start the program through `intramuros`, which sets them, or set them as deploy/compose.yaml does",
        )
    return Check("telemetry", Severity.OK, f"all {len(offline.SWITCHES)} switches are set")


def check_consistency(inspect: Callable[[], Finding]) -> list[Check]:
    """Return one finding a fault; `inspect` compares database, index, originals and answers, and may raise."""
    finding = inspect()
    if not finding.faults:
        message = (
            f"{finding.documents} documents, {finding.chunks} chunks in the index and {finding.originals} originals "
            "fit together"
        )
        return [Check("consistency", Severity.OK, message)]
    return [
        Check(
            "consistency",
            Severity.ERROR,
            f"{fault.kind}: {fault.message}",
            remedy=fault.remedy,
            details={"kind": fault.kind.value, "subject": fault.subject},
        )
        for fault in finding.faults
    ]


def _examine(examination: Examination) -> Sequence[Check]:
    try:
        found = examination.run()
    except IntramurosError as error:
        return [Check(examination.name, Severity.ERROR, error.message, remedy=error.remedy)]
    except Exception as error:  # noqa: BLE001 - one broken organ must not keep the doctor from the others
        return [
            Check(
                examination.name,
                Severity.ERROR,
                f"the check itself failed with {type(error).__name__}",
                remedy="report this with the version of Intramuros; the other findings hold",
            )
        ]
    return [found] if isinstance(found, Check) else found
