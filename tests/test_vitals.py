"""Check what `serve` tells of the whole house at /metrics, against a house that is really at work."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.backup.newest import NOTE, OLD_AFTER, Newest, check_backup, remember
from app.doctor import Severity
from app.metric_families import FAMILIES
from app.readiness import Readiness
from app.vitals import AGE_S, Vitals
from ingest.database import stamp, utc_now
from ingest.jobs import INGEST, Order
from ingest.types import Origin, SourceFile
from retrieval.errors import IndexUnavailable, ModelUnavailable
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.test_monitoring import rules
from tests.two_documents import ANSWER, LEAVE, QUESTION


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Return a house with one document."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    return opened


def figures(text: bytes) -> dict[str, float]:
    """Return every sample by its name with labels, without the prefix."""
    found = re.findall(r"^intramuros_(\S+(?:\{.*\})?) (\S+)$", text.decode(), re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_a_house_at_work_is_told(house: House) -> None:
    """A question and two documents, one of them no document, leave their figures; all families of a house are there."""
    with house.client:
        assert ask(house, "ben", QUESTION)["answer"]
        found = figures(house.client.get("/metrics").content)
    assert found['questions_total{language="en",outcome="answered"}'] == 1
    assert found["first_text_seconds_count"] == 1
    assert found['question_stage_seconds_count{stage="ledger"}'] == 1
    assert found['question_stage_seconds_count{stage="rewrite"}'] == 1
    assert found['documents_total{outcome="visible"}'] == 1
    stages = set(re.findall(r'document_stage_seconds_count\{stage="(\w+)"\}', " ".join(found)))
    assert stages == {"gate", "parse", "chunk", "guard", "wait", "embed", "store", "index", "verify", "show"}
    assert found["chunks"] == found["index_points"] > 0
    assert found['jobs{state="done"}'] == 1
    assert found['documents_held{state="visible"}'] == 1
    assert found['documents_held{state="quarantined"}'] == 0
    assert (found["database_up"], found["index_up"], found["disk_refuses"]) == (1, 1, 0)
    assert found["disk_free_bytes"] < found["disk_size_bytes"]
    assert [name for name in found if name.startswith("build_info{")]
    assert not house.services.answers.in_flight


def test_what_waits_is_told_with_its_age(house: House, tmp_path: Path) -> None:
    """Files of a job that nobody has taken up are a backlog, as old as the job."""
    path = tmp_path / "more.md"
    path.write_text(LEAVE, encoding="utf-8")
    files = tuple(
        SourceFile("folder:x", f"{number}.md", path, "more.md", ("everyone",), origin=Origin.LISTED)
        for number in range(3)
    )
    house.services.jobs.place(Order(INGEST, "handbook", "folder:x", files, "root"), now=utc_now())
    found = figures(Vitals(lambda: house.services).render())
    assert found["backlog_documents"] == 3
    assert found['jobs{state="queued"}'] == 1
    assert 0 <= found["backlog_oldest_seconds"] < 60
    house.services.close()


def test_figures_are_read_now_and_then_only(house: House) -> None:
    """Counting is not repeated within AGE_S, whoever scrapes; after it, it is."""
    now = [0.0]
    vitals = Vitals(lambda: house.services, clock=lambda: now[0])
    before = figures(vitals.render())["chunks"]
    house.services.pipeline.forget(house.document("leave.md"))
    assert figures(vitals.render())["chunks"] == before > 0
    now[0] = AGE_S + 1
    assert figures(vitals.render())["chunks"] == 0
    house.services.close()


def test_a_neighbour_that_is_away_leaves_no_figures(house: House) -> None:
    """Without index its count is not told, and that it is away is; the rest is told as before."""

    class Away:
        def count(self, **_scope: str) -> int:
            raise IndexUnavailable("away", remedy="none")

    now = [0.0]
    services = replace(house.services, index=Away())  # type: ignore[arg-type]  # only counting is asked of it
    vitals = Vitals(lambda: services, clock=lambda: now[0])
    found = figures(vitals.render())
    assert found["index_up"] == 0
    assert "index_points" not in found
    assert found["chunks"] > 0
    house.services.close()


def test_readiness_is_told_without_waiting_for_it(house: House) -> None:
    """A probe that hangs holds up nobody who scrapes: the last finding is told with its age, a new try runs beside."""
    import threading

    let_go, hangs = threading.Event(), threading.Event()

    def probe() -> None:
        hangs.set()
        let_go.wait(30)
        raise ModelUnavailable("away", remedy="none")

    readiness = Readiness({"model": probe, "search": lambda: None})
    services = replace(house.services, readiness=readiness)
    vitals = Vitals(lambda: services)
    assert 'ready{part="model"}' not in figures(vitals.render())
    assert hangs.wait(30)
    assert 'ready{part="model"}' not in figures(vitals.render())
    let_go.set()
    assert readiness.faults()  # waits for the try that runs
    found = figures(vitals.render())
    assert (found['ready{part="model"}'], found['ready{part="search"}']) == (0, 1)
    assert found["ready_checked_seconds"] >= 0
    house.services.close()


def back_up(house: House, made_at: str | None = None) -> None:
    """Leave the note that a backup leaves."""
    note = house.services.settings.site.run_dir / NOTE
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"made_at": made_at or stamp(utc_now()), "folder": "/backups"}))


def test_age_of_the_last_backup_is_told_where_there_was_one(house: House) -> None:
    """Without a backup no age is served, and the alert on its absence says so."""
    vitals = Vitals(lambda: house.services)
    assert "backup_age_seconds" not in figures(vitals.render())
    back_up(house, "some day")
    assert "backup_age_seconds" not in figures(vitals.render())
    back_up(house)
    assert 0 <= figures(vitals.render())["backup_age_seconds"] < 60
    back_up(house, stamp(utc_now() + timedelta(hours=1)))
    assert "backup_age_seconds" not in figures(vitals.render())
    house.services.close()


def test_backup_that_grows_old_is_told_by_doctor_and_alert_alike(house: House) -> None:
    """Both have one threshold, past which a nightly backup must have failed."""
    made = datetime.fromisoformat(stamp(utc_now()))
    remember(house.services.settings, Newest(stamp(made), "/backups/monday"))
    found = [
        check_backup(house.services.settings, now=made + OLD_AFTER + timedelta(minutes=one)) for one in (0, 1)
    ]
    assert [one.severity for one in found] == [Severity.OK, Severity.WARNING]
    assert "26 hours old" in found[1].message
    (alert,) = (one for one in rules() if one["alert"] == "BackupOld")
    assert alert["expr"] == f"intramuros_backup_age_seconds > {OLD_AFTER // timedelta(hours=1)} * 3600"
    house.services.close()


def test_backup_dated_in_the_future_is_told(house: House) -> None:
    """A clock that was ahead would keep the doctor content until then; clocks that differ a little would not."""
    now = utc_now()
    found = []
    for ahead in (timedelta(minutes=4), timedelta(minutes=6)):
        remember(house.services.settings, Newest(stamp(now + ahead), "/backups/monday"))
        found.append(check_backup(house.services.settings, now=now))
    assert [one.severity for one in found] == [Severity.OK, Severity.WARNING]
    assert "has not come yet" in found[1].message
    house.services.close()


def test_an_event_that_cannot_be_recorded_is_counted(house: House) -> None:
    """A trail that takes nothing refuses what is asked, and /metrics shows why."""
    with house.client:
        headers = house.token("ben")
        conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
        before = figures(house.client.get("/metrics").content)["audit_failures_total"]
        with house.services.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE audit_events RENAME TO audit_elsewhere")
        try:
            path = f"/api/conversations/{conversation}/messages"
            reply = house.client.post(path, headers=headers, json={"question": QUESTION})
            after = figures(house.client.get("/metrics").content)["audit_failures_total"]
        finally:
            with house.services.engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE audit_elsewhere RENAME TO audit_events")
    assert reply.status_code == 503
    assert after > before == 0


def test_every_family_of_the_house_is_served_in_time(house: House) -> None:
    """What the table for IT names is there on a house that has a backup and was tried: no name is for show."""
    back_up(house)
    house.services.readiness.faults()
    served = Vitals(lambda: house.services).render().decode()
    missing = {family.full_name for family in FAMILIES if f"# TYPE {family.full_name} " not in served}
    # A scripted model has no breaker, this is no worker process, and people come without TLS.
    of_others = {"model_breaker_open", "worker_state", "certificate_left_seconds"}
    assert missing == {f"intramuros_{name}" for name in of_others}
    house.services.close()
