"""Files in the browser: those that were handed over make room for the next."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import NEEDS_CHROMIUM, Open
from ui.uploads import SESSION_FILES

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.slow]


def files(name: str, count: int) -> list[FilePayload]:
    """Return small files."""
    return [{"name": f"{name}-{n}.txt", "mimeType": "text/plain", "buffer": b"blue"} for n in range(count)]


def test_files_handed_over_make_room(visit: Open) -> None:
    """As many as a tab may hold are taken twice in a row; one more at a time is refused."""
    page = visit()
    statuses: list[int] = []
    page.on("response", lambda got: statuses.append(got.status) if "/upload_file/" in got.url else None)
    page.get_by_role("button", name="Documents", exact=True).click()
    page.get_by_text("Add documents").first.click()
    for time in ("first", "second"):
        with page.expect_response(lambda got: "/upload_file/" in got.url):
            page.locator('input[type="file"]').set_input_files(files(time, SESSION_FILES))
        expect(page.get_by_text(f"{time}-{SESSION_FILES - 1}.txt").first).to_be_visible()
        expect.set_options(timeout=60_000)
        page.wait_for_load_state("networkidle")
        page.get_by_role("button", name="Take in").click()
        expect(page.get_by_text(f"Files handed over: {SESSION_FILES}.")).to_be_visible()
        expect(page.get_by_text(f"{time}-{SESSION_FILES - 1}.txt")).to_have_count(0)
    assert statuses == [204] * 2 * SESSION_FILES
    with page.expect_response(lambda got: got.status == 413):
        page.locator('input[type="file"]').set_input_files(files("third", SESSION_FILES + 1))
