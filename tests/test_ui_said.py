"""What readers say, as those who look after a collection see it."""

from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
import httpx
from ui import said
from ui.administered import Said, Spoken
from ui.client import Gone
from ui.office import Office

class Told(Office):
    def said(self, collection):
        {does}

said.draw(Told(httpx.Client(base_url="http://127.0.0.1:9")), "hr")
"""
ENTRY = (
    "Said('down', ('outdated', 'wrong'), '<img src=x> of 2023 [now](https://evil.example)', '2026-03', "
    "'How long is the notice?', (Spoken('1', 'Notice periods'),))"
)


def shown(does: str) -> str:
    """Return all that is drawn where the API does this."""
    run = AppTest.from_string(SCRIPT.replace("{does}", does), default_timeout=60).run()
    assert not run.exception
    return "\n".join(str(one.proto.body) for one in run.get("html"))


def test_manager_reads_reasons_and_nobody_is_named() -> None:
    """What is wrong in the page's words, the reader's own ones inert, the month, documents and the question."""
    text = shown(f"return ({ENTRY},)")

    for told in (
        "outdated document, wrong",
        "2026-03",
        "Notice periods",
        "asked: How long is the notice?",
        "of 2023",
    ):
        assert told in unescape(text)
    assert "<img" not in text
    assert "href" not in text


@pytest.mark.parametrize(
    ("does", "words"),
    [("return ()", "Nobody has said anything"), ("raise Gone('', remedy='')", "shown to the managers")],
)
def test_empty_list_says_why(does: str, words: str) -> None:
    """A manager is told that there is none, an administrator that it is the managers' to read."""
    assert words in shown(does)
