"""The document beside the answer, over the API: its pages, their marks, its header, and whom it is shown to."""

import io
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from ingest.parse.draw import MARK
from ingest.types import Origin, SourceFile
from tests.fakes import ScriptedModel
from tests.house import House, open_house

LINES = ("The archive code is Quince.", "It is changed in May.")
MAIL = (
    "From: Anna <anna@x.example>\nTo: all@x.example\nDate: Thu, 05 Nov 2026 09:30:00 +0000\nSubject: Canteen\n"
    "Content-Type: text/plain; charset=utf-8\n\nThe canteen opens at eleven.\n"
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with a PDF of three pages and a mail, both for HR alone."""
    opened = open_house(tmp_path / "data", ScriptedModel("Nothing."))
    pdf, mail = tmp_path / "code.pdf", tmp_path / "canteen.eml"
    canvas = Canvas(str(pdf))
    for number in range(3):
        canvas.drawString(72, 780, f"Part {number + 1} of the rules for everybody in the house.")
        for row, line in enumerate(LINES if number == 1 else ()):
            canvas.drawString(72, 700 - 40 * row, line)
        canvas.showPage()
    canvas.save()
    mail.write_text(MAIL, encoding="utf-8")
    with opened.client:
        for path in (pdf, mail):
            place(opened, path)
        yield opened


def place(house: House, path: Path, *, signature: str = "1", key: str = "") -> None:
    """Ingest a file for HR."""
    source = f"folder:{path.parent}"
    file = SourceFile(
        source, key or path.name, path, path.name, ("group:hr",), origin=Origin.LISTED, signature=signature
    )
    house.bring_in_files("hr", file)


def chunk_with(house: House, file_name: str, words: str) -> tuple[str, str]:
    """Return the id and the text of the passage of a document that holds these words."""
    version = house.services.versions.visible(house.document(file_name))
    assert version is not None
    found = ((name, chunk.text) for name, chunk in house.services.versions.chunks(version.id))
    return next((name, text) for name, text in found if words in text)


def get(house: House, path: str, user: str = "anna") -> httpx2.Response:
    """Return what a person gets."""
    return house.client.get(path, headers=house.token(user))


def yellow_rows(reply: httpx2.Response) -> set[int]:
    """Return the rows of a page image that hold yellow, in points from the top."""
    picture = Image.open(io.BytesIO(reply.content)).convert("RGB")
    scale = picture.width / int(reply.headers["x-page-points"])
    pixels = picture.load()
    assert pixels is not None
    rows = range(picture.height)
    return {round(y / scale) for y in rows if any(pixels[x, y] == MARK for x in range(0, picture.width, 4))}


def test_page_opens_where_the_phrase_is_and_marks_it_alone(house: House) -> None:
    """Of a passage that goes over three pages the second is drawn, its one sentence yellow; headers tell it."""
    chunk, text = chunk_with(house, "code.pdf", "Quince")
    start = text.index(LINES[0])
    path = f"/api/passages/{chunk}/page.png?width=600"
    reply = get(house, f"{path}&mark={start}-{start + len(LINES[0])}")
    told = {
        name: reply.headers[name]
        for name in ("x-page", "x-page-points", "x-marked", "x-mark-at", "cache-control")
    }
    assert told == {
        "x-page": "2",
        "x-page-points": "595",
        "x-marked": "phrase",
        "x-mark-at": "12% 15%",
        "cache-control": "private, no-store",
    }
    rows = yellow_rows(reply)
    assert min(rows) > 842 - 720
    assert max(rows) < 842 - 690
    assert max(yellow_rows(get(house, f"{path}&page=2"))) > 842 - 670, "without a phrase, the passage"


def test_other_pages_of_the_original_are_drawn_unmarked(house: House) -> None:
    """Any page of the document may be looked at, and none beyond it."""
    chunk, _ = chunk_with(house, "canteen.eml", "eleven")
    assert get(house, f"/api/passages/{chunk}/page.png").status_code == 404
    chunk, text = chunk_with(house, "code.pdf", "Quince")
    assert get(house, f"/api/passages/{chunk}").json()["pages"] == 3
    reply = get(house, f"/api/passages/{chunk}/page.png?page=3&mark=0-{len(text)}")
    assert reply.headers["x-page"] == "3"
    assert get(house, f"/api/passages/{chunk}/page.png?page=4").status_code == 404


@pytest.mark.parametrize(
    "wish", ["mark=1", "mark=a-b", "mark=1-2;3", "page=0", "width=99999", "mark=1-2&" * 9]
)
def test_odd_wishes_are_refused(house: House, wish: str) -> None:
    """A place is two numbers, and there are few of them."""
    chunk, _ = chunk_with(house, "code.pdf", "Quince")
    assert get(house, f"/api/passages/{chunk}/page.png?{wish}").status_code == 422


def test_places_beyond_the_passage_mark_it_whole(house: House) -> None:
    """Numbers that name no words of the passage are as if they were not there."""
    chunk, _ = chunk_with(house, "code.pdf", "Quince")
    reply = get(house, f"/api/passages/{chunk}/page.png?mark=9000-9999&mark=9-3")
    assert (reply.status_code, reply.headers["x-marked"]) == (200, "passage")


def test_mail_is_told_with_its_header(house: House) -> None:
    """The header's lines come with any passage of a mail, and with no other document's."""
    chunk, _ = chunk_with(house, "canteen.eml", "eleven")
    header = get(house, f"/api/passages/{chunk}").json()["header"]
    assert [line.partition(": ")[0] for line in header] == ["From", "To", "Date", "Subject"]
    assert header[-1] == "Subject: Canteen"
    chunk, _ = chunk_with(house, "code.pdf", "Quince")
    assert get(house, f"/api/passages/{chunk}").json()["header"] == []


def test_kept_page_is_refused_to_whom_it_is_closed(house: House) -> None:
    """What Anna looked at a moment ago is drawn from memory for her, and is not found for anybody without the right."""
    chunk, _ = chunk_with(house, "code.pdf", "Quince")
    path = f"/api/passages/{chunk}/page.png?page=2"
    before = get(house, path)
    assert before.content == get(house, path).content
    stranger, nobody = get(house, path, "ben"), get(house, path.replace(chunk, "0" * 36), "ben")
    assert (stranger.status_code, stranger.json()) == (404, nobody.json())
    house.services.catalog.set_readers({house.document("code.pdf"): ["group:board"]})
    assert get(house, path).json() == nobody.json()


def test_replaced_and_removed_documents_give_neither_text_nor_picture(house: House, tmp_path: Path) -> None:
    """The passage of an earlier version is gone once another is there, and so is all of what was removed."""
    chunk, _ = chunk_with(house, "code.pdf", "Quince")
    paths = [f"/api/passages/{chunk}", f"/api/passages/{chunk}/page.png"]
    assert [get(house, path).status_code for path in paths] == [200, 200]
    canvas = Canvas(str(tmp_path / "code.pdf"))
    canvas.drawString(72, 700, "The archive code is Medlar.")
    canvas.save()
    place(house, tmp_path / "code.pdf", signature="2")
    assert [get(house, path).status_code for path in paths] == [404, 404]
    later, _ = chunk_with(house, "code.pdf", "Medlar")
    paths = [f"/api/passages/{later}", f"/api/passages/{later}/page.png"]
    assert [get(house, path).status_code for path in paths] == [200, 200]
    original = f"/api/documents/{house.document('code.pdf')}/original"
    house.services.pipeline.forget(house.document("code.pdf"))
    assert [get(house, path).status_code for path in (*paths, original)] == [404, 404, 404]
    assert house.services.page_images.size_bytes > 0, "kept in memory, and not handed out"
