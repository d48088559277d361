"""Plant a canary in every store that the inventory names, as people would bring it there: through the API and a job."""

import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.identity import Person
from app.selftest.canaries import Canary
from app.selftest.temporary import House
from ingest.collections import Collection
from ingest.database import utc_now
from ingest.jobs import INGEST, Order
from ingest.types import Origin, SourceFile
from retrieval.readers import EVERYONE

PASSWORD: Final = "a password that only this test uses"  # noqa: S105  of a house that lasts for minutes
COLLEAGUE, ADMIN, AUDITOR = "colleague", "administrator", "auditor"
SHARED, CLOSED = "shared", "closed"


@dataclass(frozen=True)
class Planted:
    """Hold what was planted, what is to be erased, and what nobody may lose."""

    canaries: tuple[Canary, ...]
    person: str
    document: str
    collection: str
    bystander: Canary
    ids: dict[str, list[str]]  # by the parameter of a route


def word(of: str) -> str:
    """Return a word that stands nowhere else."""
    return f"{of}{secrets.token_hex(6)}"


def plant(house: House, folder: Path) -> Planted:
    """Fill the house; everything of it is found by the returned words."""
    words = {name: word(name) for name in NAMES}
    person = words["account"]
    _declare(house, words, person)
    _bring_in(house, folder, words)
    talk, answer, file = _use(house, words, person)
    own, document = _documents(house, words)
    asked = house.services.break_glass.ask(person, words["reason"], hours=1, by="operator", now=utc_now())
    found = [Canary(*NAMES[name], words[name].encode()) for name in NAMES if name != "bystander"]
    version = house.services.catalog.get(document).visible_version_id or ""
    chunk = house.services.versions.chunks(version)[0][0]
    vector = house.services.index.vectors([chunk])[chunk]
    found.append(Canary("vector index", "vector of a text", vector.tobytes()))
    ids = {
        "conversation": [talk],
        "answer": [answer],
        "file": [file],
        "document": [own, document],
        "chunk": [chunk, house.services.versions.chunks(_version(house, own))[0][0]],
        "collection": [CLOSED, SHARED],
        "request": [asked.id],
        "job": [one.id for one in house.services.jobs.recent()],
    }
    return Planted(tuple(found), person, document, CLOSED, _bystander(words), ids)


NAMES: Final = {
    "account": ("accounts", "account name"),
    "name": ("accounts", "name of the person"),
    "group": ("accounts", "group"),
    "key": ("API keys", "name of a key"),
    "question": ("conversations", "question and title"),
    "thumb": ("feedback", "comment"),
    "own": ("own files", "text of an own file"),
    "ownname": ("queue", "file name of an own file"),
    "waiting": ("uploads", "content of a file that waits"),
    "reason": ("requests to read chats", "reason"),
    "title": ("documents", "title"),
    "file": ("documents", "file name"),
    "text": ("texts", "text of a document, quoted by answers"),
    "original": ("originals", "part of the file that is no text"),
    "closed": ("texts", "text of a document of the collection"),
    "broken": ("quarantine", "name of a file that cannot be read"),
    "purpose": ("collections", "purpose"),
    "bystander": ("texts", "text of another document"),
}


def sign_in(house: House, user: str) -> dict[str, str]:
    """Return the headers of somebody who has just shown who they are; {} for who is not let in."""
    reply = house.client.post("/api/session", json={"user": user, "password": PASSWORD})
    return {"Authorization": f"Bearer {reply.json()['token']}"} if reply.is_success else {}


def ask(house: House, headers: dict[str, str], question: str, says: str) -> tuple[str, str]:
    """Return conversation and text of the reply to a question, with a model that says this."""
    house.model.says = says
    talk = house.client.post("/api/conversations", headers=headers).json()["id"]
    path = f"/api/conversations/{talk}/messages"
    return talk, house.client.post(path, headers=headers, json={"question": question}).text


def _declare(house: House, words: dict[str, str], person: str) -> None:
    services = house.services
    for identity, purpose in ((SHARED, "prove erasure"), (CLOSED, words["purpose"])):
        services.collections.declare(
            Collection(identity, identity, "DPO", purpose, "Art. 5(2) GDPR", 30, "internal", (EVERYONE,))
        )
    for one in (
        Person(person, words["name"], "", "employee", (words["group"],)),
        Person(COLLEAGUE, "Colleague", "", "employee", ()),
        Person(ADMIN, "Administrator", "", "admin", ()),
        Person(AUDITOR, "Auditor", "", "auditor", ()),
    ):
        services.accounts.save(one, password=PASSWORD)


def _bring_in(house: House, folder: Path, words: dict[str, str]) -> None:
    texts = {
        SHARED: {
            f"{words['file']}.html": f"<html><head><title>{words['title']}</title><!-- {words['original']} --></head>"
            f"<body><p>The codeword of the depot in Kassel is {words['text']}.</p></body></html>",
            "bystander.md": f"# Bystander\n\nThe codeword of the harbour in Emden is {words['bystander']}.\n",
        },
        CLOSED: {
            "closed.md": f"# Closed\n\nThe codeword of the tower in Jena is {words['closed']}.\n",
            f"{words['broken']}.pdf": "%PDF-1.4 broken",
        },
    }
    for collection, files in texts.items():
        (folder / collection).mkdir(parents=True)
        listed = []
        for name, text in files.items():
            place = folder / collection / name
            place.write_text(text, encoding="utf-8")
            listed.append(
                SourceFile(f"folder:{place.parent}", name, place, name, (EVERYONE,), origin=Origin.LISTED)
            )
        order = Order(INGEST, collection, listed[0].source, tuple(listed), "operator")
        house.services.jobs.place(order, now=utc_now())
    work(house)


def work(house: House) -> None:
    """Work off every job that waits."""
    worker = house.services.worker("selftest")
    while worker.run_one(threading.Event()):
        pass


def _use(house: House, words: dict[str, str], person: str) -> tuple[str, str, str]:
    """Bring files, ask, judge, and make a key; return a conversation, an answer and a file."""
    client, headers = house.client, sign_in(house, person)
    own = f"# {words['own']}\n\nMy own codeword is {words['own']}.\n".encode()
    file = client.post("/api/files", headers=headers, files={"file": (f"{words['ownname']}.md", own)}).json()[
        "id"
    ]
    work(house)
    waiting = words["waiting"].encode()
    client.post("/api/files", headers=headers, files={"file": ("later.md", b"# Later\n\n" + waiting)})
    key = {"name": words["key"], "scopes": ["ask"], "days": 1}
    client.post("/api/keys", headers=headers, json=key)
    said = f"The codeword of the depot in Kassel is {words['text']} [1]."
    question = "What is the codeword of the depot in Kassel?"
    talk, _ = ask(house, headers, f"{question} {words['question']}", said)
    answer = _answer_of(client.get(f"/api/conversations/{talk}", headers=headers).json())
    thumb = {"value": "down", "kinds": [], "reason": words["thumb"]}
    client.post(f"/api/answers/{answer}/feedback", headers=headers, json=thumb)
    ask(house, sign_in(house, COLLEAGUE), question, said)
    return talk, answer, file


def _answer_of(dialogue: dict[str, Any]) -> str:
    return next(str(one["answer"]["id"]) for one in dialogue["messages"] if one.get("answer"))


def _documents(house: House, words: dict[str, str]) -> tuple[str, str]:
    by_name = {one.file_name: one.id for one in house.services.catalog.listed()}
    return by_name[f"{words['ownname']}.md"], by_name[f"{words['file']}.html"]


def _version(house: House, document: str) -> str:
    return house.services.catalog.get(document).visible_version_id or ""


def _bystander(words: dict[str, str]) -> Canary:
    return Canary(*NAMES["bystander"], words["bystander"].encode())
