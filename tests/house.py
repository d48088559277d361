"""Build a whole small house in a test: real database, index, gate and parsers; fakes at the far ports."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from sqlalchemy import select

from app.adapters import local_engine
from app.admission import open_admission
from app.api.server import build
from app.identity import Person
from app.observation import Observation
from app.records import open_records
from app.schema import answer_passages, answers, conversations, feedback, messages
from app.sections import SignIn
from app.settings import Settings
from app.wiring import ClosableModel, Neighbours, Services, plug
from ingest.collections import Collection
from ingest.database import utc_now
from ingest.engines.local import Parser
from ingest.items import Item
from ingest.jobs import INGEST, Order
from ingest.parse.dispatch import parse
from ingest.parse.draw import draw_page
from ingest.schema import chunks
from ingest.types import Accepted, Drawing, Origin, ParsedDocument, Picture, SourceFile
from retrieval.edge import EdgeIndex
from tests.fakes import HashEmbedder

PASSWORD = "correct horse battery"
UNHURRIED = {"questions_per_minute": 100}
PEOPLE = (
    Person("anna", "Anna", "HR officer", "employee", ("hr",)),
    Person("ben", "Ben", "Controller", "employee", ("finance",)),
    Person("root", "Root", "Administrator", "admin", ()),
)
COLLECTIONS = (
    Collection("handbook", "Handbook", "HR", "inform", "Art. 6(1)(f) GDPR", 365, "internal", ("everyone",)),
    Collection("hr", "Personnel", "HR", "employ", "Art. 6(1)(b) GDPR", 365, "confidential", ("group:hr",)),
)


class PlainParser:
    """Parse in this process; the sandbox has tests of its own."""

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool]
    ) -> ParsedDocument:
        """Return the parsed document. Raises DocumentRejected."""
        del cancelled
        return parse(path, accepted.media_type, file_name)

    def page_image(self, path: Path, media_type: str, drawing: Drawing) -> Picture:
        """Draw as the sandbox does. Raises DocumentRejected."""
        return draw_page(path, media_type, drawing)

    def close(self) -> None:
        """Hold nothing, release nothing."""


@dataclass(frozen=True)
class House:
    """Hold the parts of the house that tests touch."""

    services: Services
    client: TestClient

    def token(self, user: str) -> dict[str, str]:
        """Return the headers of a signed-in person."""
        reply = self.client.post("/api/session", json={"user": user, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json()['token']}"}

    def bring_in(self, folder: Path, collection: str, **texts: str) -> None:
        """Write texts as Markdown files and ingest them under their collection's rule; `_` in a name is a hyphen."""
        folder.mkdir(exist_ok=True)
        rule = self.services.collections.get(collection).readers
        files = []
        for name, text in texts.items():
            path = folder / f"{name.replace('_', '-')}.md"
            path.write_text(text, encoding="utf-8")
            files.append(
                SourceFile(f"folder:{path.parent}", path.name, path, path.name, rule, origin=Origin.LISTED)
            )
        order = Order(INGEST, collection, f"folder:{folder}", tuple(files), "root")
        self.services.jobs.place(order, now=utc_now())
        self.work()

    def bring_in_files(self, collection: str, *files: SourceFile) -> list[Item]:
        """Ingest files of one source as a job does; return how each ended, by key."""
        order = Order(INGEST, collection, files[0].source, files, "root")
        job = self.services.jobs.place(order, now=utc_now())
        self.work()
        return list(self.services.items.of(job))

    def work(self) -> None:
        """Work off every job that waits."""
        worker = self.services.worker("test")
        while worker.run_one(threading.Event()):
            pass

    def parse_with(self, parser: Parser) -> None:
        """Let another parser read from now on."""
        pipeline = self.services.pipeline
        engine = local_engine(self.services.settings, parser, self.services.embedder)
        services = replace(self.services, pipeline=replace(pipeline, engine=engine))
        object.__setattr__(self, "services", services)

    def document(self, file_name: str) -> str:
        """Return the id of a document by its file name."""
        return next(d.id for d in self.services.catalog.listed() if d.file_name == file_name)


def settings_of(
    data_dir: Path,
    *collections: Collection,
    trial: bool = False,
    limits: Mapping[str, int] = UNHURRIED,
    sources: Sequence[Mapping[str, object]] = (),
    url: str = "",
) -> Settings:
    """Return the settings of a house with these collections."""
    return Settings.model_validate(
        {
            "site": {"data_dir": data_dir, "trial": trial},
            "database": {"url": url},
            "limits": limits,
            "model": {"answers": "written"},  # a scripted model says what it is told
            "collections": [
                {name: getattr(c, name) for name in Collection.__dataclass_fields__ if name != "private_to"}
                for c in collections
            ],
            "sources": list(sources),
        }
    )


def open_house(
    data_dir: Path,
    model: ClosableModel,
    *,
    trial: bool = False,
    collections: tuple[Collection, ...] = COLLECTIONS,
    limits: Mapping[str, int] = UNHURRIED,
    sources: Sequence[Mapping[str, object]] = (),
    observed: Observation | None = None,
    url: str = "",
) -> House:
    """Return a house without a worker of its own; close it through `services.close`."""
    settings = settings_of(data_dir, *collections, trial=trial, limits=limits, sources=sources, url=url)
    records = open_records(settings)
    for person in PEOPLE:
        records.accounts.save(person, password=PASSWORD)
    embedder = HashEmbedder()
    index = EdgeIndex(data_dir / "index", dimension=embedder.dimension)
    services = plug(
        records,
        Neighbours(embedder, index, model, PlainParser(), observed=observed or Observation()),
    )
    return House(services, TestClient(build(services, with_worker=False), raise_server_exceptions=False))


def admitting(house: House, settings: SignIn) -> House:
    """Return the house with people signing in by these settings, as if it had been started anew."""
    admission = open_admission(settings, house.services.engine)
    services = replace(
        house.services, admission=admission, accounts=admission.accounts, sessions=admission.sessions
    )
    return House(services, TestClient(build(services, with_worker=False), raise_server_exceptions=False))


def ask(house: House, user: str, question: str, **wishes: object) -> dict[str, Any]:
    """Ask in a new conversation and return the events' data by name, the last of each."""
    headers = house.token(user)
    conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
    reply = house.client.post(
        f"/api/conversations/{conversation}/messages", headers=headers, json={"question": question, **wishes}
    )
    return {"status": reply.status_code, "conversation": conversation, **events(reply.text)}


def events(text: str) -> dict[str, Any]:
    """Return each event's data by its name, and how many tokens there were."""
    found: dict[str, Any] = {"tokens": 0}
    for block in text.split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            found[fields["event"]] = json.loads(fields["data"])
            found["tokens"] += fields["event"] == "token"
    return found


def tell(house: House, user: str, day: date, outcome: str = "answered", **marks: Any) -> None:
    """Put an answer on record as the ledger keeps it; `cites` names a file, `thumb` a judgement."""
    conversation, message, answer = (str(uuid4()) for _ in range(3))
    moment = datetime.combine(day, datetime.min.time(), UTC).replace(hour=9).isoformat()
    person = house.services.accounts.person(user)
    cites = marks.get("cites")
    with house.services.engine.begin() as connection:
        connection.execute(
            conversations.insert().values(
                id=conversation, user_id=user, title="x", created_at=moment, updated_at=moment
            )
        )
        connection.execute(
            messages.insert().values(
                id=message, conversation_id=conversation, position=1, role="assistant", text="SECRET WORDS"
            ),
            {"created_at": moment},
        )
        connection.execute(
            answers.insert().values(
                id=answer,
                message_id=message,
                outcome=outcome,
                sentences=[
                    {"text": "SECRET WORDS", "citations": [1] if cites else [], "verdict": "supported"}
                ],
                language="en",
                model="m",
                timings_ms={"total": marks.get("total_ms", 1000.0), "search": 40.0},
                prompt_tokens=0,
                dropped=[],
                principals=sorted(person.reader().principals),
                collections=["handbook", "hr"],
                created_at=moment,
            )
        )
        if cites:
            known = house.services.catalog.find(cites)
            first = select(chunks.c.id).where(chunks.c.version_id == known.visible_version_id)
            chunk = connection.execute(first.order_by(chunks.c.position)).scalars().first()
            connection.execute(
                answer_passages.insert().values(
                    answer_id=answer,
                    number=1,
                    chunk_id=chunk,
                    document_id=known.id,
                    version_id=known.visible_version_id,
                    answered_at=moment,
                )
            )
        if thumb := marks.get("thumb"):
            connection.execute(
                feedback.insert().values(
                    answer_id=answer, value=thumb, reason="SECRET WORDS", created_at=moment
                )
            )
