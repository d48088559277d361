"""Say how the house is doing and what to do, for administrators: states, counts and remedies; no content."""

from collections.abc import Iterable

from fastapi import APIRouter

from app.api.schemas import Wire
from app.api.sessions import Admin, Wired
from app.checkup import check_up, examine_model
from app.doctor import Check, Examination, diagnose
from ingest.database import utc_now

router = APIRouter(prefix="/api/checkup", tags=["administration"])


class FindingRow(Wire):
    """Show one finding; the remedy is empty where all is well."""

    name: str
    severity: str
    message: str
    remedy: str


class Checkup(Wire):
    """Show all findings, and as of when they hold."""

    checked_at: str
    findings: tuple[FindingRow, ...]

    @classmethod
    def of(cls, checks: Iterable[Check]) -> "Checkup":
        """Return the findings as of now."""
        rows = (
            FindingRow(name=one.name, severity=one.severity, message=one.message, remedy=one.remedy)
            for one in checks
        )
        return cls(checked_at=utc_now().isoformat(timespec="seconds"), findings=tuple(rows))


@router.get("")
def checkup(services: Wired, _person: Admin) -> Checkup:
    """Return what takes seconds to find out."""
    return Checkup.of(check_up(services, now=utc_now()))


@router.get("/model")
def model(services: Wired, _person: Admin) -> Checkup:
    """Return what the model's server takes and keeps to; a dozen short requests of fixed words."""
    return Checkup.of(diagnose([Examination("model", lambda: examine_model(services.settings))]))
