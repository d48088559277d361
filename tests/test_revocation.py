"""A right that is taken away is gone with the next request, at every way out; nothing is embedded again for it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest.types import Origin, SourceFile, State
from tests.conftest import ROOT
from tests.fakes import ScriptedModel
from tests.house import PASSWORD, PEOPLE, House, ask, open_house

LEAVE = "# Annual leave\n\nEmployees in Kassel have 28 days of annual leave.\n"
LEAVE_QUESTION = "How many days of annual leave do employees in Kassel have?"
SECRET, QUESTION = "Quince", "What is the archive code?"
ANNA = PEOPLE[0]


@dataclass(frozen=True)
class Site:
    """Hold a house with a page for HR alone, and Anna's answer from it."""

    house: House
    model: ScriptedModel
    file: SourceFile
    headers: dict[str, str]
    conversation: str
    answer: str
    chunk: str

    @property
    def document(self) -> str:
        """Return the id of HR's document."""
        return self.house.document("code.pdf")

    def get(self, path: str) -> str:
        """Return the body of what Anna gets, "" where she is refused."""
        reply = self.house.client.get(path, headers=self.headers)
        assert reply.status_code in {200, 401, 404}, reply.text
        return reply.text if reply.status_code == 200 else ""

    def post(self, path: str, body: Mapping[str, object]) -> str:
        """Return the body of what Anna gets for a question."""
        return self.house.client.post(path, headers=self.headers, json=body).text

    def ways_out(self) -> dict[str, bool]:
        """Return every way by which something of the document could still reach Anna, and whether it does."""
        self.model.text = "Nothing of it."  # what the model says is its own; what it is given is what counts
        given = len(self.model.asked)
        asked = self.post("/api/conversations/" + self.conversation + "/messages", {"question": QUESTION})
        self.post("/api/conversations/" + self.conversation + "/messages", {"question": LEAVE_QUESTION})
        chat = {"messages": [{"role": "user", "content": QUESTION}]}
        texts = {
            "sources of a question": asked,
            "chat client": self.post("/v1/chat/completions", chat),
            "the model's prompts": repr(self.model.asked[given:]),
            "open conversation": self.get(f"/api/conversations/{self.conversation}"),
            "answer followed again": self.get(f"/api/answers/{self.answer}/events"),
            "passage": self.get(f"/api/passages/{self.chunk}"),
        }
        found = {way: SECRET in text for way, text in texts.items()}
        found["page image"] = bool(self.get(f"/api/passages/{self.chunk}/page.png"))
        found["page image with marks"] = bool(self.get(f"/api/passages/{self.chunk}/page.png?mark=0-20"))
        found["page image by number"] = bool(
            self.get(f"/api/passages/{self.chunk}/page.png?page=1&width=400")
        )
        found["original"] = bool(self.get(f"/api/documents/{self.document}/original"))
        found["list of documents"] = "code.pdf" in self.get("/api/documents")
        found["number of documents"] = '"documents":2' in self.get("/api/status")
        return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give the house after Anna has asked and been answered."""
    model = ScriptedModel(f"The archive code is {SECRET} [1].")
    house = open_house(tmp_path / "data", model)
    path = tmp_path / "code.pdf"
    page = Canvas(str(path))
    page.drawString(72, 700, f"The archive code is {SECRET}.")
    page.save()
    file = SourceFile(
        f"folder:{tmp_path}", "code.pdf", path, "code.pdf", ("group:hr",), origin=Origin.LISTED, signature="1"
    )
    with house.client:
        house.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
        house.bring_in_files("hr", file)
        got = ask(house, "anna", QUESTION)
        chunk = next(s["chunk_id"] for s in got["sources"]["sources"] if s["file_name"] == "code.pdf")
        headers = house.token("anna")
        yield Site(house, model, file, headers, got["conversation"], got["answer"]["id"], chunk)


def leave_group(site: Site) -> None:
    """Take Anna out of her group."""
    site.house.services.accounts.save(replace(ANNA, groups=("sales",)), password=PASSWORD)


def disable(site: Site) -> None:
    """Disable Anna's account."""
    site.house.services.accounts.disable("anna")


def sync_readers(site: Site) -> None:
    """Let the source name other readers, as a sync would find them."""
    ended = site.house.bring_in_files("hr", replace(site.file, readers=("group:board",)))
    assert [item.state for item in ended] == [State.VISIBLE]


def change_in_database(site: Site) -> None:
    """Change the database alone: another process did, and the index does not know yet."""
    site.house.services.catalog.set_readers({site.document: ["group:board"]})


def change_rule(site: Site) -> None:
    """Declare the collection with other readers."""
    rule = replace(site.house.services.collections.get("hr"), readers=("group:board",))
    assert site.house.services.collections.declare(rule) == (site.document,)


def forget(site: Site) -> None:
    """Take the document itself away."""
    site.house.services.catalog.hide(site.document)


WAYS: list[Callable[[Site], None]] = [
    leave_group, disable, sync_readers, change_in_database, change_rule, forget
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("revoke", WAYS, ids=lambda way: str(way.__name__))
def test_right_is_gone_with_the_next_request(site: Site, revoke: Callable[[Site], None]) -> None:
    """However a right ends, nothing of the document comes out by any way that gave it a moment before."""
    before = site.ways_out()
    revoke(site)

    assert before == dict.fromkeys(before, True)
    assert site.ways_out() == dict.fromkeys(before, False)


def test_change_of_readers_embeds_nothing(site: Site) -> None:
    """With the embedder down the readers still change; vectors and all else the index holds stay as they are."""
    services = site.house.services
    (before,) = (record for record in services.index.records() if record.document_id == site.document)
    vector = services.index.vectors([site.chunk])[site.chunk]
    object.__setattr__(services.embedder, "is_down", True)

    sync_readers(site)

    (after,) = (record for record in services.index.records() if record.document_id == site.document)
    assert after == replace(before, readers=("group:board",))
    assert services.index.vectors([site.chunk])[site.chunk].tobytes() == vector.tobytes()


@pytest.mark.slow
def test_another_process_takes_a_right_away(site: Site) -> None:
    """The command line ends a membership beside the running API; the session lives on and its next request shows it."""
    before = site.ways_out()
    settings = {"INTRAMUROS_SITE__DATA_DIR": str(site.house.services.settings.site.data_dir)}
    command = ("people", "add", "anna", "--name", "Anna", "--group", "sales", "--password", PASSWORD)
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli.main import main; main()", *command],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert site.house.client.get("/api/me", headers=site.headers).json()["groups"] == ["sales"]
    assert site.ways_out() == dict.fromkeys(before, False)
