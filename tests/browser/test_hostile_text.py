"""Every payload of the corpus on the real page: as an answer that streams, as titles, names and reasons."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, expect

from tests.browser.conftest import NEEDS_CHROMIUM, PATIENCE_MS, Contexts, ask, entered, picture
from tests.fake_site import documents, sources
from tests.fake_state import Site
from tests.payloads import PAYLOADS
from ui.past import AT_ONCE

pytestmark = NEEDS_CHROMIUM
# JSON carries no lone halves of a pair, and the fake speaks JSON as the API does.
SENT = tuple(payload.encode("utf-8", "ignore").decode() for payload in PAYLOADS)
# What of the page leads or loads somewhere. Its own pictures are data, its own links do not exist.
LEADS = """
() => [...document.querySelectorAll('a[href], area[href], img[src], image, use, iframe, object, embed, form[action], '
    + 'link[href], base, script[src], video, audio, source, [style*="url"], [srcset], [ping], '
    + '[onclick], [onerror], [onload]')]
  .map((element) => element.outerHTML.slice(0, 300))
  .filter((html) => /evil|javascript:|vbscript:|etc.passwd|onerror|onload|onclick/i.test(html)
    || /<(iframe|object|embed|base|form|video|audio)/i.test(html))
"""
WATCH = """
window.ran = [];
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = (what) => window.ran.push(name);
"""


@pytest.fixture(scope="module")
def site() -> Site:
    """Give a fake whose every document and passage is called like a payload."""
    made = Site(pace_s=0.0)
    row, source = documents()[0], sources()[0]
    made.documents = [
        row | {"id": f"doc-{n}", "title": text, "file_name": text} for n, text in enumerate(SENT, start=1)
    ]
    aside = {"state": "quarantined", "reason": "", "remedy": ""}
    made.documents += [
        row | aside | {"id": f"aside-{n}", "file_name": text, "reason": text, "remedy": text}
        for n, text in enumerate(SENT)
    ]
    made.sources = [
        source
        | {
            "number": n,
            "chunk_id": f"chunk-{n}",
            "title": text,
            "file_name": text,
            "heading_path": [text],
            "text": text,
        }
        | {"has_page_image": False}
        for n, text in enumerate(SENT, start=1)
    ]
    made.says = "\n".join(SENT)
    return made


@pytest.fixture
def context(contexts: Contexts) -> Iterator[BrowserContext]:
    """Give a fresh context; afterwards nothing may have run, nor broken a rule."""
    said: list[str] = []

    def note(dialog: Dialog) -> None:
        said.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def note_breaks(line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text:
            said.append(line.text)

    opened = contexts()
    opened.set_default_timeout(3 * PATIENCE_MS)
    expect.set_options(timeout=3 * PATIENCE_MS)
    opened.add_init_script(WATCH)
    opened.on("dialog", note)
    opened.on("console", note_breaks)
    yield opened
    for page in opened.pages:
        assert page.evaluate("window.ran") == []
        assert page.evaluate(LEADS) == []
    opened.close()
    assert said == []


def test_the_watch_sees_what_must_not_be_there(chromium: Browser) -> None:
    """The control: a link, a picture and a handler that were let through would be found."""
    page = chromium.new_page()
    page.set_content("<a href='https://evil.example'>x</a><b onclick='x()'>y</b><iframe></iframe><p>z</p>")
    assert len(page.evaluate(LEADS)) == 3
    page.close()


def test_an_answer_of_nothing_but_attacks(context: BrowserContext, address: str) -> None:
    """While it streams and when it is checked, with its sources opened: text, and nothing else."""
    page = entered(context, address)
    page.evaluate(
        """(leads) => {
          window.seen = [];
          const look = eval(leads);
          const watch = new MutationObserver(() => window.seen.push(...look()));
          watch.observe(document.body, { childList: true, subtree: true });
        }""",
        LEADS,
    )
    ask(page, "repeat")
    expect(page.locator(".im-answer .im-chip").first).to_be_visible()
    assert page.locator(".im-answer .im-sentence").count() > 200
    expect(page.locator(".im-answer").get_by_text("evil.example").first).to_be_visible()
    page.locator("[data-cite$=':1']").first.click()
    expect(page.locator(".st-key-viewer .im-passage")).to_be_visible()
    picture(page, "hostile-answer")
    assert page.evaluate("window.seen") == []


def test_documents_and_reasons_called_like_attacks(context: BrowserContext, address: str) -> None:
    """The lists of documents and of what was set aside show each name as it is written."""
    page = entered(context, address)
    page.get_by_role("button", name="Documents", exact=True).click()
    expect(page.get_by_text("evil.example").first).to_be_visible()
    picture(page, "hostile-documents")
    page.get_by_role("button", name="Intake", exact=True).click()
    expect(page.get_by_text("evil.example").filter(visible=True).first).to_be_visible()


def test_conversations_called_like_attacks(context: BrowserContext, address: str, site: Site) -> None:
    """Every label of the list is text, whatever Markdown it would be."""
    page = entered(context, address)
    for start in range(0, len(SENT), AT_ONCE):
        site.conversations.clear()
        for number, title in enumerate(SENT[start : start + AT_ONCE]):
            name = f"h{start + number}"
            made = {"id": name, "title": title, "updated_at": "2026-01-01T00:00:00+00:00", "messages": []}
            site.conversations[name] = made | {"owner": "anna.keller"}
        page.get_by_role("button", name="New conversation").click()
        last = min(AT_ONCE, len(SENT) - start) + start - 1
        page.locator(f".st-key-past_h{last}").wait_for(state="attached")
        assert page.evaluate(LEADS) == [], json.dumps(SENT[start : start + AT_ONCE])
        labels = page.locator("[class*='st-key-past_h'] button")
        drawn = labels.locator("a, img, code, .katex, [class*='icon']")
        assert drawn.evaluate_all("all => all.map((one) => one.outerHTML)") == []
