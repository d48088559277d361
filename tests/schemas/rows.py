"""Say what the small house of the fixtures holds: a row or more in every table, as each schema stored it."""

import hashlib
from dataclasses import replace
from typing import Any, Final

from app.audit.events import GENESIS, Kind, Record, seal, written

AUDIT_KEY: Final = b"a key that only the fixtures use"
PASSWORD: Final = "correct horse battery"
PASSWORD_HASH: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$C3eZp7+MeUAQ1bL76DO/zA$rWHlgzkmnJ1anyxBtOWtR6nd08bcJyEtybYlrSNV4Ok"
)
API_KEY: Final = "key-of-the-fixtures"
EMBEDDER: Final = "multilingual-e5-small-q4@571fc98+level0.8-1a2b"
FORMER: Final = "all-minilm-l6-v2@53aa511+level0.8-1a2b"
DAY: Final = "2026-03-02T08:00:00.000+00:00"
LATER: Final = "2026-03-02T09:30:00.000+00:00"
NEVER: Final = "2999-12-31T00:00:00.000+00:00"
LEAVE, MAIL, ATTACHED, FAILED = (f"00000000-0000-4000-8000-0000000000d{place}" for place in range(1, 5))
LEAVE_V, MAIL_V, ATTACHED_V = (f"00000000-0000-4000-8000-0000000000e{place}" for place in range(1, 4))
CHUNKS: Final = tuple(f"00000000-0000-4000-8000-0000000000c{place}" for place in range(1, 5))
TEXTS: Final = (
    "Every employee has 30 days of annual leave, says the handbook’s first page.",
    "| Ort | Tage |\n| --- | --- |\n| Zürich | 25 |",
    "Please find the new rules attached.",
    "Les congés payés s’acquièrent chaque mois.",
)
SHA256: Final = tuple(hashlib.sha256(text.encode()).hexdigest() for text in TEXTS)
INSIDE: Final = "\x1f"

Row = dict[str, Any]


def rows(revision: str) -> dict[str, list[Row]]:
    """Return the rows by table, parents first. A column that `revision` does not have is to be left out."""
    return {
        "collections": [_collection()],
        "users": [_user("anna", "employee"), _user("root", "admin")],
        "memberships": [{"user_id": "anna", "group_name": "hr"}],
        "sessions": [_session()],
        "api_keys": [_api_key()],
        "documents": _documents(revision),
        "document_readers": _readers(revision),
        "versions": _versions(revision),
        "chunks": _chunks(revision),
        "jobs": [_job()],
        "job_items": _items(revision),
        "conversations": [
            {"id": "talk", "user_id": "anna", "title": "Leave", "created_at": DAY, "updated_at": LATER}
        ],
        "messages": [
            _message("question", 1, "user", "How many days of leave?"),
            _message("reply", 2, "assistant", "30 days [1]."),
        ],
        "answers": [_answer()],
        "answer_passages": [_read()],
        "feedback": [_thumb()],
        "audit_events": _audit(),
        "indexes": [
            _index("multilingual-e5-small-q4", "current", EMBEDDER),
            _index("all-minilm-l6-v2", "kept", FORMER),
        ],
        "index_followers": [
            {
                "name": "app-1-0a1b2c3d",
                "current": "multilingual-e5-small-q4",
                "beside": "all-minilm-l6-v2",
                "fault": "a model file is missing",
                "seen_at": DAY,
            }
        ],
        "title_vectors": [{"version_id": LEAVE_V, "embedder": FORMER, "vector": bytes(range(8))}],
        "holds": [_hold()],
        "break_glass": [_break_glass()],
        "retention_runs": [_retention_run()],
        "erasure_requests": [_erasure_request()],
    }


def _collection() -> Row:
    return {
        "id": "handbook",
        "name": "Handbook",
        "owner": "HR",
        "purpose": "inform employees",
        "legal_basis": "Art. 6(1)(f) GDPR",
        "retention_days": 365,
        "confidentiality": "internal",
        "readers": ["everyone"],
        "managers": ["user:root"],
        "private_to": None,
        "created_at": DAY,
    }


def _user(name: str, role: str) -> Row:
    return {
        "id": name,
        "name": name.title(),
        "title": "",
        "role": role,
        "password_hash": PASSWORD_HASH,
        "is_disabled": False,
        "issuer": None,
        "subject": None,
        "signed_in_at": None,
    }


def _session() -> Row:
    return {
        "token_sha256": hashlib.sha256(b"token").hexdigest(),
        "user_id": "anna",
        "created_at": DAY,
        "seen_at": DAY,
        "expires_at": NEVER,
        "ended_at": None,
        "id_token_sha256": None,
        "proven_at": None,
    }


def _api_key() -> Row:
    return {
        "id": "key",
        "user_id": "anna",
        "name": "bot",
        "key_sha256": hashlib.sha256(API_KEY.encode()).hexdigest(),
        "scopes": ["ask"],
        "created_at": DAY,
        "seen_at": None,
        "expires_at": NEVER,
    }


def attached_key(revision: str) -> str:
    """Return the key of the attachment: by its place until 0002, by its content since."""
    name = "0-conges.txt" if revision < "0003" else f"{SHA256[3][:16]}.1-conges.txt"
    return f"mail.eml{INSIDE}{name}"


def _documents(revision: str) -> list[Row]:
    document = {
        "collection_id": "handbook",
        "source": "folder:/srv/handbook",
        "parent_id": None,
        "media_type": "text/markdown",
        "state": "visible",
        "reason": None,
        "remedy": None,
        "attempts": 1,
        "signature": "1700000000-75",
        "worker": None,
        "leased_until": None,
        "failed_sha256": None,
        "expires_at": None,
        "created_at": DAY,
        "updated_at": LATER,
    }
    shown = [
        {
            "id": LEAVE,
            "key": "leave.md",
            "file_name": "leave.md",
            "title": "Leave",
            "visible_version_id": LEAVE_V,
        },
        {
            "id": MAIL,
            "key": "mail.eml",
            "file_name": "mail.eml",
            "title": "Rules",
            "visible_version_id": MAIL_V,
        },
    ]
    failed = {
        **document,
        "id": FAILED,
        "key": "bad.pdf",
        "file_name": "bad.pdf",
        "title": "bad.pdf",
        "state": "quarantined",
        "visible_version_id": None,
        "reason": "'bad.pdf' is damaged",
        "remedy": "bring a whole copy",
        "failed_sha256": "0" * 64,
    }
    attached = {
        **document,
        "id": ATTACHED,
        "key": attached_key(revision),
        "parent_id": MAIL,
        "file_name": "conges.txt",
        "title": "Congés",
        "visible_version_id": ATTACHED_V,
    }
    found = [*({**document, **one} for one in shown), failed]
    return found if revision < "0002" else [*found, attached]  # the first release had no attachments


def _readers(revision: str) -> list[Row]:
    return [
        {"document_id": one["id"], "principal": principal}
        for one in _documents(revision)
        for principal in (("everyone",) if one["id"] != MAIL else ("group:hr", "user:root"))
    ]


def _versions(revision: str) -> list[Row]:
    version = {
        "size_bytes": 75,
        "pages": None,
        "parser": "intramuros 1",
        "embedder": EMBEDDER,
        "ocr_pages": [1],
        "ocr_confidence": 93.5,
        "ocr": [{"page": 1, "confidence": 93.5}],
        "findings": [{"kind": "hidden text", "count": 2, "detail": ""}],
        "reviewed_at": LATER,
        "tables_found": 1,
        "timings_ms": {"parse": 12.5, "embed": 3.0},
        "dated": "2026-03-01",
        "title_vector": bytes(range(16)),
        "created_at": DAY,
    }
    shown = ((LEAVE_V, LEAVE, SHA256[0]), (MAIL_V, MAIL, SHA256[2]), (ATTACHED_V, ATTACHED, SHA256[3]))
    return [
        {**version, "id": identity, "document_id": document, "sha256": sha256}
        for identity, document, sha256 in shown[: 2 if revision < "0002" else 3]
    ]


def _chunks(revision: str) -> list[Row]:
    places = ((LEAVE_V, 0), (LEAVE_V, 1), (MAIL_V, 0), (ATTACHED_V, 0))[: 3 if revision < "0002" else 4]
    return [
        {
            "id": chunk,
            "version_id": version,
            "position": position,
            "text": text,
            "heading_path": ["Holidays", "Who & how long"],
            "language": "en",
            "page": 1,
            "boxes": [{"page": 1, "x0": 10.0, "y0": 20.5, "x1": 110.0, "y1": 40.0}],
            "tokens": 20,
            "section": 0,
            "cells": "A1:B2" if position else None,
            "digest": hashlib.sha256(text.encode()).hexdigest(),
        }
        for chunk, text, (version, position) in zip(CHUNKS, TEXTS, places, strict=False)
    ]


def _job() -> Row:
    return {
        "id": "job",
        "kind": "sync",
        "collection_id": "handbook",
        "state": "done",
        "created_by": "root",
        "vanished": True,
        "source": "folder:/srv/handbook",
        "worker": "api-1",
        "heartbeat_at": LATER,
        "message": None,
        "created_at": DAY,
        "started_at": DAY,
        "finished_at": LATER,
    }


def _items(revision: str) -> list[Row]:
    return [
        {
            "job_id": "job",
            "key": one["key"],
            "path": f"/srv/handbook/{one['file_name']}",
            "file_name": one["file_name"],
            "origin": "listed",
            "parent_id": one["parent_id"],
            "depth": one["key"].count(INSIDE),
            "readers": None,
            "state": one["state"],
            "is_unchanged": False,
            "size_bytes": 75,
            "signature": one["signature"],
            "pages": 1,
            "attempts": 1,
            "reason": one["reason"],
            "remedy": one["remedy"],
        }
        for one in _documents(revision)
    ]


def _message(identity: str, position: int, role: str, text: str) -> Row:
    return {
        "id": identity,
        "conversation_id": "talk",
        "position": position,
        "role": role,
        "text": text,
        "created_at": DAY,
        "expired_at": None,
    }


def _answer() -> Row:
    return {
        "id": "answer",
        "message_id": "reply",
        "outcome": "answered",
        "sentences": [{"text": "30 days.", "citations": [1], "verdict": "supported"}],
        "language": "en",
        "model": "mixtral",
        "notice": None,
        "timings_ms": {"total": 1200.5},
        "prompt_tokens": 900,
        "dropped": ["passage 2"],
        "principals": ["everyone", "group:hr", "user:anna"],
        "collections": ["handbook"],
        "created_at": LATER,
        "asker": "0123456789abcdef0123456789abcdef",
        "question_id": "question",
        "earlier_turns": 0,
        "only_documents": None,
        "scope": ["handbook"],
        "weights": "abc",
        "prompt_version": "3",
        "temperature": 0.0,
        "max_tokens": 300,
        "completion_tokens": 40,
    }


def _read() -> Row:
    return {
        "answer_id": "answer",
        "number": 1,
        "chunk_id": CHUNKS[0],
        "document_id": LEAVE,
        "version_id": LEAVE_V,
        "sha256": SHA256[0],
        "answered_at": LATER,
    }


def _thumb() -> Row:
    return {
        "answer_id": "answer",
        "value": "down",
        "kinds": ["wrong"],
        "reason": "it is 31",
        "has_question": True,
        "created_at": LATER,
    }


def _index(model: str, state: str, identity: str) -> Row:
    return {
        "model": model,
        "state": state,
        "identity": identity,
        "wish": {"questions": [], "margin": 0.02, "accept": True},
        "done": 3,
        "total": 3,
        "report": None,
        "message": None,
        "worker": None,
        "heartbeat_at": None,
        "ordered_at": DAY,
        "started_at": DAY,
        "switched_at": LATER,
    }


def _hold() -> Row:
    return {
        "id": "hold",
        "kind": "document",
        "target": LEAVE,
        "reason": "a lawsuit",
        "placed_by": "root",
        "placed_at": DAY,
        "released_by": None,
        "released_at": None,
    }


def _break_glass() -> Row:
    return {
        "id": "glass",
        "person": "anna",
        "reason": "a leak is looked into",
        "hours": 4,
        "requested_by": "root",
        "requested_at": DAY,
        "approved_by": "vera",
        "approved_at": DAY,
        "expires_at": LATER,
        "ended_at": None,
        "reads": 1,
    }


def _retention_run() -> Row:
    return {"store": "chat", "tried_at": LATER, "done_at": LATER, "dropped": 2, "failure": None}


def _erasure_request() -> Row:
    return {
        "id": "erasure",
        "kind": "document",
        "scope": "0" * 32,
        "answers": "redact",
        "target": None,
        "documents": [],
        "before": {"texts": 4},
        "receipt": {"after": {"texts": 0}, "kept": []},
        "ordered_at": DAY,
        "erased_at": LATER,
        "purged_at": None,
    }


def _audit() -> list[Row]:
    found, before = [], GENESIS
    for seq, kind in enumerate((Kind.SIGN_IN, Kind.ACCESS), start=1):
        about = written({"collection": "handbook"})
        bare = Record(seq, DAY, kind, "0" * 32, "done", about, None, "")
        record = replace(bare, mac=seal(bare, before, AUDIT_KEY))
        found.append({name: getattr(record, name) for name in Record.__slots__})
        before = record.mac
    return found
