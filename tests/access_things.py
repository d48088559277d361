"""Bring in the things of Anna's that the access matrix is tried with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from app.privacy.erasing import erase
from app.privacy.holds import Kind as HoldKind
from ingest.database import reading, utc_now
from ingest.schema import chunks
from ingest.types import Origin, SourceFile
from tests.access_callers import AUDITOR, COLLEAGUE, LEAVER, MANAGER, NEWCOMER, OTHER_MANAGER, Standing
from tests.house import COLLECTIONS, PASSWORD, House, ask

MANAGED = (
    replace(COLLECTIONS[0], managers=(f"user:{OTHER_MANAGER.id}",)),
    replace(COLLECTIONS[1], managers=(f"user:{MANAGER.id}",)),
)
QUESTION = "Where does salary band E7 start?"
# Words that only these may be shown, wherever they turn up.
SECRETS: Mapping[str, Standing] = {"61,400": "group", "Zwetschge": "owner", "Mirabelle": "owner"}


@dataclass(frozen=True, slots=True)
class Thing:
    """Name Anna's things by the parameters of paths, and what one has to be to read the document among them."""

    readers: Standing
    names: Mapping[str, str]


def furnish(house: House, folder: Path) -> tuple[Thing, Thing]:
    """Bring in Anna's private scan and a document of her group, ask about it; return both things, hers first."""
    for person in (COLLEAGUE, NEWCOMER, MANAGER, OTHER_MANAGER, AUDITOR, LEAVER):
        house.services.accounts.save(person, password=PASSWORD)
    path = folder / "salary.pdf"
    path.write_bytes(pdf("Salary bands", "Salary band E7 starts at 61,400 euros a year."))
    file = SourceFile(f"folder:{folder}", path.name, path, path.name, ("group:hr",), origin=Origin.LISTED)
    house.bring_in_files("hr", file)
    upload(house, "zwetschge.pdf", pdf("My note", "The word of the day is Zwetschge."))
    house.work()
    job = upload(house, "zwetschge-later.md", b"# Later\n\nIt waits, and can be cancelled.")
    asked = ask(house, "anna", QUESTION)
    house.services.history.rename(asked["conversation"], "anna", "Mirabelle")
    common = {"conversation": asked["conversation"], "answer": asked["answer"]["id"], "job": job}
    made = house.services.admission.keys.make("anna", "mine", ("read",), days=1, now=utc_now())[1]
    own = house.client.post(
        "/api/files", headers=house.token("anna"), files={"file": ("own.md", b"# Own")}
    ).json()
    common |= {"key": made.id, "collection": "hr", "source": "policies", "file": own["id"]}
    held = house.services.holds.place(
        HoldKind.PERSON, LEAVER.id, "Quince against Medlar", by="root", now=utc_now()
    )
    asked_for = house.services.break_glass.ask(
        "anna", "a leak is looked into", hours=4, by="operator", now=utc_now()
    )
    common |= {"hold": held.id, "request": asked_for.id, "erasure": erased(house)}
    return (
        Thing("owner", common | place(house, "zwetschge.pdf")),
        Thing("group", common | place(house, path.name)),
    )


def erased(house: House) -> str:
    """Erase a collection without a document that nobody asks for; return the request."""
    unused = replace(COLLECTIONS[0], id="unused", name="Unused")
    house.services.collections.declare(unused)
    return erase(house.services, HoldKind.COLLECTION, "unused", answers="redact", by="operator").id


def upload(house: House, file_name: str, content: bytes) -> str:
    """Hand in a file of Anna's for herself; return its job."""
    reply = house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": (file_name, content)},
        data={"collection": "hr", "readers": "me"},
    )
    return str(reply.json()["job"])


def place(house: House, file_name: str) -> dict[str, str]:
    """Return the ids of a document and of its first passage."""
    document = house.document(file_name)
    version = house.services.versions.visible(document)
    assert version is not None, f"{file_name} was not taken in"
    with reading(house.services.engine) as connection:
        chunk = (
            connection.execute(select(chunks.c.id).where(chunks.c.version_id == version.id)).scalars().first()
        )
    return {"document": document, "chunk": str(chunk)}


def pdf(heading: str, text: str) -> bytes:
    """Return a page with a heading and a line."""
    made = BytesIO()
    canvas = Canvas(made)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 760, heading)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 720, text)
    canvas.save()
    return made.getvalue()


def secrets_in(text: str) -> set[str]:
    """Return which of the words that are not for everybody stand in a response, also within JSON's escapes."""
    plain = json.dumps(text, ensure_ascii=False) + text
    return {word for word in SECRETS if word.lower() in plain.lower()}
