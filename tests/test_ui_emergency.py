"""Emergency access on the page: asked for, approved by another one, read, ended; and who acts shows who they are."""

from html import unescape

from tests.fake_emergency import requested
from tests.fake_site import PASSWORD, ago
from tests.fake_state import Site
from tests.test_ui_pages import ask, here, seen, sign_in
from ui.words import WORDS


def opened(site: Site) -> str:
    """Put a request by the administrator on the site that is approved; return its id."""
    one = requested(site, by="dirk.admin", person="anna.keller", reason="A leak")
    one |= {"approved_by": "rita.roth", "approved_at": ago(), "expires_at": ago(hours=-4)}
    return str(one["id"])


def test_only_administrators_have_the_place(site: Site) -> None:
    """Nobody else is offered it."""
    keys = [button.key for button in sign_in().button]
    assert "place_emergency" not in keys
    assert "place_emergency" in [button.key for button in sign_in("dirk.admin").button]


def test_it_is_asked_for_with_a_reason(site: Site) -> None:
    """The request waits for another administrator, so its asker is not offered to approve it."""
    page = sign_in("dirk.admin").button(key="place_emergency").click().run()
    assert WORDS.emergency_none in unescape(seen(page)).replace("&#39;", "'")
    page.text_input[0].set_value("anna.keller")
    page.text_area[0].set_value("A leak of <b>drawings</b>")
    page = next(button for button in page.button if button.label == WORDS.emergency_send).click().run()
    assert not page.exception
    (one,) = site.requests.values()
    assert (one["person"], one["reason"], one["hours"]) == ("anna.keller", "A leak of <b>drawings</b>", 4)
    assert "A leak of <b>" not in seen(page)
    labels = [button.label for button in page.button]
    assert WORDS.emergency_end in labels
    assert WORDS.emergency_approve not in labels
    assert WORDS.emergency_open not in labels


def test_another_one_s_request_is_approved_and_ended(site: Site) -> None:
    """Whoever approves does not read."""
    one = requested(site, by="rita.roth", person="anna.keller", reason="A leak")
    page = sign_in("dirk.admin").button(key="place_emergency").click().run()
    page = page.button(key=f"approve_{one['id']}").click().run()
    assert one["approved_by"] == "dirk.admin"
    assert WORDS.emergency_open not in [button.label for button in page.button]
    page = page.button(key=f"end_{one['id']}").click().run()
    assert one["ended_at"]
    assert f"end_{one['id']}" not in [button.key for button in page.button]


def test_what_is_open_is_read_and_nothing_can_be_written(site: Site) -> None:
    """Question and checked answer stand there with the label; no thumbs, no field to ask in."""
    ask(sign_in(), "hotel")
    request = opened(site)
    page = sign_in("dirk.admin").button(key="place_emergency").click().run()
    page = page.button(key=f"read_{request}").click().run()
    page = page.button(key=f"chat_{next(iter(site.conversations))}").click().run()
    assert not page.exception
    told = unescape(seen(page))
    assert "hotel" in told
    assert WORDS.ai_label in told
    assert site.requests[request]["reads"] == 1
    assert not page.feedback
    assert not page.chat_input
    here(page).go("ask")
    assert here(page).mine.opened_dialogue == ()


def test_who_acts_shows_again_who_they_are(site: Site) -> None:
    """The password is asked for in place; wrong, it asks on; right, what was asked for is done without asking again."""
    site.is_proof_old = True
    one = requested(site, by="rita.roth", person="anna.keller", reason="A leak")
    page = sign_in("dirk.admin").button(key="place_emergency").click().run()
    page = page.button(key=f"approve_{one['id']}").click().run()
    assert WORDS.proof_heading in unescape(seen(page))
    for word in ("wrong", PASSWORD):
        assert not site.requests[one["id"]]["approved_by"]
        next(field for field in page.text_input if field.label == WORDS.password).set_value(word)
        page = next(button for button in page.button if button.label == WORDS.proof_go).click().run()
        assert not page.exception
    assert site.requests[one["id"]]["approved_by"] == "dirk.admin"
    assert WORDS.proof_heading not in unescape(seen(page))


def test_who_leaves_it_has_done_nothing(site: Site) -> None:
    """Left, the question is gone, and so is what it was about."""
    site.is_proof_old = True
    request = opened(site)
    page = sign_in("dirk.admin").button(key="place_emergency").click().run()
    page = page.button(key=f"read_{request}").click().run()
    page = next(button for button in page.button if button.label == WORDS.leave_it).click().run()
    assert WORDS.proof_heading not in unescape(seen(page))
    assert here(page).mine.opened_request == ""
