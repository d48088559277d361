"""Uploads over HTTP: whom they are for, whom they are named to, and which are refused."""

import asyncio
import json
from collections.abc import MutableMapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.types import State
from tests.house import House, ask


def test_upload_becomes_searchable_for_its_owner(house: House) -> None:
    """A note uploaded for oneself is found by its owner and by nobody else."""
    reply = house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("../../etc/träume.md", "# Träume\n\nDas Codewort lautet Zwetschge.".encode())},
        data={"collection": "handbook", "readers": "me"},
    )
    house.work()
    job = house.client.get(f"/api/jobs/{reply.json()['job']}", headers=house.token("anna")).json()

    assert reply.status_code == 202
    assert (job["state"], job["documents"][0]["file_name"]) == ("done", "träume.md")
    assert "Zwetschge" in json.dumps(ask(house, "anna", "Wie lautet das Codewort?"), ensure_ascii=False)
    assert "Zwetschge" not in json.dumps(ask(house, "ben", "Wie lautet das Codewort?"), ensure_ascii=False)
    assert not list(house.services.settings.site.uploads_dir.iterdir())


def test_page_of_a_scan_is_shown_with_the_passage(house: House, tmp_path: Path) -> None:
    """A picture of a page is found by its text, and the page is drawn with the cited passage marked yellow."""
    path = tmp_path / "scan.png"
    picture = Image.new("L", (1400, 300), 255)
    ImageDraw.Draw(picture).text((100, 100), "The archive code is Quince.", font=ImageFont.load_default(56))
    picture.save(path, dpi=(150, 150))
    files = {"file": ("scan.png", path.read_bytes())}
    data = {"collection": "handbook", "readers": "me"}
    house.client.post("/api/documents", headers=house.token("anna"), files=files, data=data)
    house.work()

    sources = ask(house, "anna", "What is the archive code?")["sources"]["sources"]
    source = next(one for one in sources if one["file_name"] == "scan.png")
    url = f"/api/passages/{source['chunk_id']}/page.png?width=700"
    reply = house.client.get(url, headers=house.token("anna"))
    shades = Image.open(BytesIO(reply.content)).convert("RGB").getcolors(1 << 24)

    assert source["has_page_image"]
    assert (255, 214, 0) in {shade for _, shade in shades or ()}
    assert house.client.get(url, headers=house.token("ben")).status_code == 404


def test_private_upload_is_named_to_nobody_else(house: House) -> None:
    """The administrator sees that there is a document and its state, not what it is called."""
    house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("my-illness.md", b"# Note\n\nprivate")},
        data={"collection": "hr", "readers": "me"},
    )
    house.work()

    assert "my-illness.md" in house.client.get("/api/documents", headers=house.token("anna")).text
    assert "my-illness" not in house.client.get("/api/documents", headers=house.token("root")).text


def test_private_upload_is_named_to_no_administrator(house: House) -> None:
    """Neither the list, nor the jobs, nor the reason of its quarantine tell what somebody brought for themselves."""
    house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("my-diagnosis.pdf", b"%PDF-1.7 broken")},
        data={"collection": "hr", "readers": "me"},
    )
    house.work()
    own = house.client.get("/api/jobs", headers=house.token("anna")).text
    headers = house.token("root")

    assert "my-diagnosis" in own
    for path in ("/api/documents", "/api/jobs", "/api/remarks"):
        assert "my-diagnosis" not in house.client.get(path, headers=headers).text, path


def test_collections_say_where_one_may_add(house: House) -> None:
    """The list tells an employee where an upload would be taken."""
    cards = house.client.get("/api/collections", headers=house.token("anna")).json()

    assert {card["id"]: card["can_add"] for card in cards} == {"handbook": True, "hr": True}


def test_empty_upload_is_quarantined_with_a_remedy(house: House) -> None:
    """Zero bytes are taken in, judged and explained; nothing is searchable."""
    reply = house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("empty.pdf", b"")},
        data={"collection": "hr", "readers": "me"},
    )
    house.work()
    job = house.client.get(f"/api/jobs/{reply.json()['job']}", headers=house.token("anna")).json()

    assert job["documents"][0]["state"] == State.QUARANTINED
    assert job["documents"][0]["remedy"]


@pytest.mark.slow
def test_upload_of_60_megabytes_is_refused(house: House) -> None:
    """Over the limit: 413 with a remedy, and nothing stays on the disk."""
    reply = house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("big.txt", b"x" * (60 << 20))},
        data={"collection": "hr"},
    )

    assert reply.status_code == 413
    assert reply.json()["remedy"]
    assert not house.services.settings.site.uploads_dir.exists()


@pytest.mark.parametrize("authorization", ["", "Bearer nobody's"])
def test_upload_of_a_stranger_is_refused_before_its_body_is_taken(house: House, authorization: str) -> None:
    """Who is not signed in cannot fill the disk: the answer comes while no byte of the file has been asked for."""
    asked, answers = [], []
    headers = {
        "content-type": "multipart/form-data; boundary=x",
        "content-length": str(40 << 20),
        "host": "x",
    }
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/documents",
        "query_string": b"",
        "headers": [
            (name.encode(), value.encode())
            for name, value in {**headers, "authorization": authorization}.items()
        ],
    }

    async def receive() -> dict[str, object]:
        asked.append(1)
        return {"type": "http.request", "body": bytes(1 << 20), "more_body": len(asked) < 40}

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.append((message.get("status"), len(asked)))

    async def serve() -> None:
        await house.client.app(scope, receive, send)

    asyncio.run(serve())

    assert answers[0] == (401, 0)


def test_upload_for_all_needs_an_administrator(house: House) -> None:
    """An employee cannot put a document before a whole group, nor into a collection they do not know."""
    files = {"file": ("x.md", b"# X\n\ntext")}
    form = {"collection": "hr", "readers": "collection"}

    assert (
        house.client.post("/api/documents", headers=house.token("anna"), files=files, data=form).status_code
        == 403
    )
    assert (
        house.client.post("/api/documents", headers=house.token("ben"), files=files, data=form).status_code
        == 404
    )
