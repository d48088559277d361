"""Fill a house as it is after some weeks: documents, a quarantine, a job at work, and questions of many people."""

from datetime import timedelta
from pathlib import Path

from app.identity import Person
from app.usage import weeks_over
from ingest.database import utc_now
from ingest.draft import Result
from ingest.jobs import INGEST, Order
from ingest.schema import documents, versions
from ingest.types import UPLOAD, Origin, SourceFile, State
from tests.house import COLLECTIONS, House, tell

HANDBOOK, HR = COLLECTIONS
MIA = Person("mia", "Mia Lund", "Works council", "employee", ())
STAFF = [Person(f"staff-{n:02}", f"Staff {n}", "", "employee", ("hr",) if n < 8 else ()) for n in range(14)]
FATES = ("answered", "answered", "answered", "not_in_documents", "answered", "passages_only", "answered")


def a_file(source: str, name: str, path: Path, readers: tuple[str, ...]) -> SourceFile:
    """Return a file of a source."""
    origin = Origin.COPY if source == UPLOAD else Origin.LISTED
    return SourceFile(source, name, path, name, readers, origin=origin)


def fill(house: House, folder: Path) -> None:
    """Bring in what a house holds after some weeks: documents, a quarantine, a remark, a job at work."""
    services = house.services
    house.client.post("/api/sources/policies/sync", headers=house.token("root"))
    broken = []
    for name in ("bands-2024.pdf", "bands-2025.pdf", "bands-2026.pdf", "empty.txt"):
        path = folder / name
        path.write_bytes(b"" if name == "empty.txt" else b"%PDF-1.7 broken")
        broken.append(a_file(UPLOAD, name, path, HR.readers))
    services.jobs.place(Order(INGEST, "hr", UPLOAD, tuple(broken), "root"), now=utc_now())
    house.work()
    shown = house.document("travel.md")
    with services.engine.begin() as connection:
        version = documents.select().with_only_columns(documents.c.visible_version_id)
        chosen = connection.execute(version.where(documents.c.id == shown)).scalar_one()
        finding = [{"kind": "hidden text", "count": 2, "detail": ""}]
        connection.execute(versions.update().where(versions.c.id == chosen).values(findings=finding))


def ask_for_weeks(house: House) -> None:
    """Put eight weeks of questions on record, more each week; in the first, two people alone ask."""
    for age, week in enumerate(weeks_over(utc_now())[:8]):
        people = STAFF[:2] if age == 7 else STAFF
        for number, person in enumerate(people * (9 - age)):
            marks = {"cites": "leave.md", "total_ms": 3000.0 + 137 * (number % 11)}
            marks |= {"thumb": "up"} if number % 3 == 0 else {}
            day = week + timedelta(days=number % 5)
            tell(house, person.id, day, FATES[(number * 5 + number // len(people)) % len(FATES)], **marks)


def start_a_job(house: House, collection: str) -> str:
    """Place a job, take it up as a worker would and leave it in the middle; return its id."""
    services, place = house.services, f"folder:/srv/{collection}"
    readers = services.collections.get(collection).readers
    files = tuple(a_file(place, f"{n:02}.pdf", Path("/srv") / f"{n:02}.pdf", readers) for n in range(40))
    job = services.jobs.place(Order(INGEST, collection, place, files, "operator"), now=utc_now())
    while services.jobs.claim("somebody", now=utc_now() - timedelta(seconds=30)) != job:
        pass
    ends = {file.key: Result(State.VISIBLE, pages=12) for file in files[:17]}
    services.items.settle(job, ends)
    for file in files[17:19]:
        services.items.report(job, file.key, State.PARSING)
    return job
