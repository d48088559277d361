"""Check app.doctor: each fault yields one finding with a remedy, and examining changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from app import doctor, offline
from app.consistency import Finding
from app.doctor import Check, Examination, Severity
from app.settings import load
from ingest.consistency import Fault, FaultKind
from ingest.room import Room
from retrieval.errors import IndexUnavailable, ModelFileRejected

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def fails(error: Exception) -> Callable[..., NoReturn]:
    """Return a function that raises `error` whatever it is given."""

    def fail(*_arguments: object) -> NoReturn:
        raise error

    return fail


def found(run: Callable[[], Check]) -> Check:
    """Return the one finding of one examination."""
    (check,) = doctor.diagnose([Examination("case", run)])
    return check


def test_one_broken_organ_does_not_hide_the_others() -> None:
    """A check that raises is a finding; the ones after it still run; the exit code is that of the worst."""
    examinations = [
        Examination("known", fails(IndexUnavailable("the index is locked", remedy="stop the other process"))),
        Examination("unknown", fails(ZeroDivisionError("secret detail"))),
        Examination("clock", lambda: doctor.check_clock(NOW, None)),
    ]
    known, unknown, clock = doctor.diagnose(examinations)
    assert (known.name, known.severity, known.remedy) == ("known", Severity.ERROR, "stop the other process")
    assert "ZeroDivisionError" in unknown.message
    assert "secret detail" not in unknown.message
    assert clock.severity is Severity.OK
    assert doctor.exit_code([known, unknown, clock]) == 1


def test_warning_does_not_stop_a_start_script() -> None:
    """Only errors make the exit code non-zero."""
    warning = Check("disk", Severity.WARNING, "nearly full", remedy="free space")
    assert doctor.exit_code([warning]) == 0


def test_wrong_settings_are_a_finding(tmp_path: Path) -> None:
    """The doctor reports what keeps the settings from loading, with its remedy."""
    path = tmp_path / "settings.toml"
    path.write_text("[sit]\n", encoding="utf-8")
    check = found(lambda: doctor.check_settings(lambda: load(path, {})))
    assert check.severity is Severity.ERROR
    assert "did you mean 'site'" in check.remedy
    assert found(lambda: doctor.check_settings(lambda: load(None, {}))).severity is Severity.OK


def test_data_directory_is_examined_before_it_exists(tmp_path: Path) -> None:
    """A fresh installation is examined at the place it will be created, and nothing is left there."""
    check = doctor.check_data_dir(tmp_path / "not" / "yet", Room(tmp_path))
    assert str(tmp_path) in check.message
    assert check.details["total_bytes"]
    assert list(tmp_path.iterdir()) == []


def test_data_directory_that_cannot_be_written_is_an_error() -> None:
    """Even root cannot create files in /proc; the finding names the place."""
    check = doctor.check_data_dir(Path("/proc/intramuros"), Room(Path("/proc")))
    assert check.severity is Severity.ERROR
    assert "'/proc'" in check.message


@pytest.mark.parametrize(
    ("revision", "severity"), [("0003", Severity.OK), (None, Severity.WARNING), ("0009", Severity.ERROR)]
)
def test_schema_of_another_version_is_an_error(revision: str | None, severity: Severity) -> None:
    """Only the schema of this version is well; an empty database is merely young."""
    assert doctor.check_database(lambda: revision, "0003").severity is severity


def test_index_in_use_is_not_opened() -> None:
    """A second opener would be refused by the lock; the running process is proof enough."""
    check = doctor.check_index(fails(AssertionError("opened")), owner_pid=42)
    assert check.severity is Severity.OK
    assert "42" in check.message
    assert doctor.check_index(lambda: 7, owner_pid=None).details == {"points": 7}


def test_documents_of_another_embedder_are_told() -> None:
    """A rebuild that was broken off leaves a house that answers, from a part of its documents by meaning."""
    assert doctor.check_vectors(lambda: 0).severity is Severity.OK
    left = doctor.check_vectors(lambda: 7)
    assert left.severity is Severity.WARNING
    assert left.message.startswith("7 documents")
    assert "ingest rebuild" in left.remedy


def test_each_fault_is_a_finding() -> None:
    """Every fault of the deep check is an error of its own with kind, id and remedy; a clean house is one line."""
    faults = tuple(Fault(FaultKind.EXPIRED, name, f"{name} is old", "remove it") for name in ("d1", "d2"))
    run = Examination("consistency", lambda: doctor.check_consistency(lambda: Finding(faults, 2, 9, 2)))
    checks = doctor.diagnose([run])
    assert [check.details for check in checks] == [
        {"kind": "expired not deleted", "subject": name} for name in ("d1", "d2")
    ]
    assert all(check.remedy == "remove it" for check in checks)
    assert doctor.exit_code(checks) == 1
    (clean,) = doctor.check_consistency(lambda: Finding((), 2, 9, 2))
    assert clean.severity is Severity.OK
    assert "9 chunks" in clean.message


def test_model_file_with_the_wrong_hash_is_an_error() -> None:
    """The finding is the error of the verification."""
    error = ModelFileRejected("'model.safetensors' has the wrong hash", remedy="intramuros models fetch")
    check = found(lambda: doctor.check_models(["one"], fails(error)))
    assert check.message == error.message
    seen: list[str] = []
    assert doctor.check_models(["one", "two"], seen.append).severity is Severity.OK
    assert seen == ["one", "two"]


def test_missing_ocr_language_names_its_package() -> None:
    """The remedy can be pasted into a terminal."""
    check = doctor.check_ocr(lambda: ["eng", "deu", "fra", "ita"])
    assert check.remedy == "apt-get install tesseract-ocr-spa"
    assert "tesseract-ocr-deu" in doctor.check_ocr(list).remedy
    assert doctor.check_ocr(lambda: doctor.OCR_LANGUAGES).severity is Severity.OK


def test_installed_ocr_languages_are_read_from_tesseract() -> None:
    """What tesseract lists comes without its heading; without tesseract the list is empty."""
    assert not any(" " in language for language in doctor.tesseract_languages())


def test_silence_and_errors_of_the_page_are_told_apart() -> None:
    """Not started and started but failing have different remedies."""
    url = "http://127.0.0.1:8601"
    silent = doctor.check_reachable("page", url, fails(ConnectionRefusedError()))
    failing = doctor.check_reachable("page", url, lambda _url: 500)
    assert "nothing answers" in silent.message
    assert "answers 500" in failing.message
    assert silent.remedy != failing.remedy
    assert doctor.check_reachable("page", url, lambda _url: 200).severity is Severity.OK


@pytest.mark.parametrize(
    ("now", "newest"), [(datetime(1970, 1, 1, tzinfo=UTC), None), (NOW, NOW + timedelta(hours=1))]
)
def test_clock_in_the_past_is_an_error(now: datetime, newest: datetime | None) -> None:
    """Retention and sign-in cannot work before the program or its newest data existed."""
    assert doctor.check_clock(now, newest).severity is Severity.ERROR
    assert doctor.check_clock(NOW, NOW + timedelta(minutes=1)).severity is Severity.OK


def test_secret_file_that_others_can_read_is_an_error(tmp_path: Path) -> None:
    """The mode decides, and the remedy closes it."""
    path = tmp_path / "key"
    path.touch(mode=0o600)
    assert doctor.check_secret_files([path]).severity is Severity.OK
    path.chmod(0o640)
    check = doctor.check_secret_files([path])
    assert check.severity is Severity.ERROR
    assert check.remedy == f"chmod 600 '{path}'"


def test_open_telemetry_switch_is_an_error() -> None:
    """The finding names the variables; a sealed environment is well."""
    environ: dict[str, str] = {}
    offline.seal(environ)
    assert doctor.check_offline(environ).severity is Severity.OK
    del environ["VLLM_NO_USAGE_STATS"]
    assert "VLLM_NO_USAGE_STATS" in doctor.check_offline(environ).message


def test_everything_that_is_not_well_has_a_remedy(tmp_path: Path) -> None:
    """A finding without a next step only worries people."""
    findings = [
        doctor.check_data_dir(Path("/proc/intramuros"), Room(Path("/proc"))),
        doctor.check_database(lambda: None, "1"),
        doctor.check_database(lambda: "2", "1"),
        doctor.check_ocr(list),
        doctor.check_reachable("page", "http://127.0.0.1:1", lambda _url: 503),
        doctor.check_clock(datetime(1970, 1, 1, tzinfo=UTC), None),
        doctor.check_offline({}),
    ]
    assert all(check.severity is not Severity.OK and check.remedy for check in findings)
