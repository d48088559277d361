"""Write records for a SIEM: JSON lines as sealed, or in the fields of OCSF, the open schema of such events. Pure."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, Literal

from app.audit.events import Kind, Record

Format = Literal["jsonl", "ocsf"]

AUTHENTICATION, API_ACTIVITY, ACCOUNT_CHANGE = 3002, 6003, 3001
OCSF_VERSION: Final = "1.3.0"
# Kind -> class and activity of OCSF; the numbers are those of its dictionary.
_CLASSES: Final = {
    Kind.SIGN_IN: (AUTHENTICATION, 1),  # logon
    Kind.SIGN_IN_DENIED: (AUTHENTICATION, 1),
    Kind.SIGN_OUT: (AUTHENTICATION, 2),  # logoff
    Kind.KEY_MADE: (ACCOUNT_CHANGE, 99),
    Kind.KEY_REVOKED: (ACCOUNT_CHANGE, 99),
    Kind.INGESTION: (API_ACTIVITY, 1),  # create
    Kind.QUESTION: (API_ACTIVITY, 2),  # read
    Kind.RETRIEVAL: (API_ACTIVITY, 2),
    Kind.ANSWER: (API_ACTIVITY, 2),
    Kind.OPENED: (API_ACTIVITY, 2),
    Kind.ADMIN_VIEW: (API_ACTIVITY, 2),
    Kind.SEARCH: (API_ACTIVITY, 2),
    Kind.EXPORT: (API_ACTIVITY, 2),
    Kind.DENIED: (API_ACTIVITY, 2),
    Kind.ACCESS: (API_ACTIVITY, 3),  # update
    Kind.ERASURE: (API_ACTIVITY, 4),  # delete
    Kind.RETENTION: (API_ACTIVITY, 4),
    Kind.BREAK_GLASS: (API_ACTIVITY, 2),
    Kind.HOLD: (API_ACTIVITY, 3),
}
_OTHER: Final = (API_ACTIVITY, 99)
_REFUSED: Final = frozenset({Kind.DENIED, Kind.SIGN_IN_DENIED})
_INFORMATIONAL, _MEDIUM = 1, 3
_SUCCESS, _FAILURE = 1, 2
_THINGS: Final = (
    "answer",
    "conversation",
    "document",
    "chunk",
    "collection",
    "job",
    "key",
    "person",
    "hold",
    "request",
)


def lines(records: Iterable[Record], form: Format, *, version: str) -> Iterator[str]:
    """Yield one line of ASCII a record, without its end."""
    for record in records:
        yield record.line() if form == "jsonl" else json.dumps(ocsf(record, version), separators=(",", ":"))


def ocsf(record: Record, version: str) -> dict[str, object]:
    """Return a record in OCSF's fields; what those have no place for stands in `unmapped`."""
    kind = Kind(record.kind)
    class_uid, activity = _CLASSES.get(kind, _OTHER)
    is_refused = kind in _REFUSED or record.outcome == "broken"
    about = json.loads(record.objects)
    user = {"uid": record.actor or "unknown", "type_id": 0 if record.actor is None else 1}
    found: dict[str, object] = {
        "category_uid": class_uid // 1000,
        "class_uid": class_uid,
        "activity_id": activity,
        "type_uid": class_uid * 100 + activity,
        "severity_id": _MEDIUM if is_refused else _INFORMATIONAL,
        "status_id": _FAILURE if is_refused else _SUCCESS,
        "status_detail": record.outcome,
        "time": int(datetime.fromisoformat(record.at).timestamp() * 1000),
        "metadata": {
            "version": OCSF_VERSION,
            "uid": str(record.seq),
            "sequence": record.seq,
            "log_name": "audit",
            "product": {"name": "Intramuros", "vendor_name": "Intramuros", "version": version},
        },
        "actor": {"user": user},
        "src_endpoint": {"ip": record.source} if record.source else {},
        "unmapped": {"kind": record.kind, "objects": about, "mac": record.mac},
    }
    if class_uid == API_ACTIVITY:
        found["api"] = {"operation": record.kind}
        found["resources"] = [
            {"type": name, "uid": str(about[name])} for name in _THINGS if name in about
        ] + [{"type": "document", "uid": uid} for uid in about.get("documents", ())]
    else:
        found["user"] = user
    return found
