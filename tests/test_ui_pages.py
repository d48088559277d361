"""The page's stories, run without a browser against the fake API."""

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.fake_site import PEOPLE
from tests.fake_state import Site
from ui import API_URL_VARIABLE
from ui.past import grouped
from ui.records import Heading
from ui.state import KEY, Mine, Tab
from ui.words import WORDS

ENTRY = str(Path(__file__).resolve().parent.parent / "ui" / "chat.py")
LONGEST_RUN_S = 30.0
TITLES = ("Travel Expense Rates 2026", "Travel Expense Policy")


def open_page() -> AppTest:
    """Return the page as a visitor meets it."""
    return AppTest.from_file(ENTRY, default_timeout=LONGEST_RUN_S).run()


def sign_in(user: str = "anna.keller") -> AppTest:
    """Return the page as this persona meets it."""
    return open_page().button(key=f"enter_{user}").click().run()


def ask(page: AppTest, question: str) -> AppTest:
    """Return the page after the question was answered."""
    return page.chat_input(key="question").set_value(question).run()


def seen(page: AppTest) -> str:
    """Return all HTML on the page."""
    return "\n".join(str(element.proto.body) for element in page.get("html"))


def here(page: AppTest) -> Tab:
    """Return what the page remembers."""
    tab: Tab = page.session_state[KEY]
    return tab


def test_personas_are_offered_in_a_trial(site: Site) -> None:
    """Each persona has a card with name and groups; the ordinary form is there too."""
    page = open_page()
    assert not page.exception
    assert "Anna Keller" in seen(page)
    assert [field.label for field in page.text_input] == [WORDS.user, WORDS.password]


def test_without_trial_only_the_form_is_left(site: Site) -> None:
    """No persona and no demo password shows outside a trial."""
    site.trial = False
    page = open_page()
    assert "Anna Keller" not in seen(page)
    assert len(page.text_input) == 2


def test_a_wrong_password_is_a_calm_message(site: Site) -> None:
    """The visitor stays on the sign-in page and reads what to do."""
    page = open_page()
    page.text_input[0].set_value("anna.keller")
    page.text_input[1].set_value("wrong")
    page = page.button[-1].click().run()
    assert "User name or password is wrong" in seen(page)
    assert here(page).mine.token == ""


def test_the_ai_notice_stands_before_the_first_question(site: Site) -> None:
    """A person who has not asked anything reads that this is an AI system."""
    assert "You are talking to an AI system" in seen(sign_in()).replace("&#46;", ".")


@pytest.mark.parametrize("question", ["hotel", "salary", "loading"])
def test_every_answer_is_labelled(site: Site, question: str) -> None:
    """Answers, refusals to guess and bare passages all carry the label."""
    assert WORDS.ai_label in seen(ask(sign_in(), question))


def test_an_answer_has_chips_by_verdict(site: Site) -> None:
    """Supported, repaired and unsupported sentences are told apart; the text was kept by the API."""
    page = ask(sign_in(), "hotel")
    assert not page.exception
    for verdict in ("im-chip-supported", "im-chip-repaired", "im-unsupported"):
        assert verdict in seen(page)
    assert here(page).mine.live is None


def test_a_citation_opens_beside_the_answer(site: Site) -> None:
    """The page image is shown with title and page, and the next source follows."""
    page = ask(sign_in(), "hotel")
    answer = next(iter(site.writings))
    page = page.button(key=f"source_{answer}_1").click().run()
    assert "data:image/png;base64," in seen(page)
    page = page.button(key="icon_next").click().run()
    assert '<th scope="col">Country</th>' in seen(page)
    assert "<script" not in seen(page)
    assert "<img src" not in seen(page)
    page = page.button(key="icon_close").click().run()
    assert here(page).mine.open_citation is None


def test_a_forbidden_citation_shows_nothing(site: Site) -> None:
    """A document that may not be read any more is gone, in old answers too."""
    page = ask(sign_in(), "hotel")
    page = page.button(key=f"source_{next(iter(site.writings))}_4").click().run()
    assert WORDS.gone[:-1] in seen(page)
    assert "Rates agreed with the chain" not in seen(page)


def test_what_the_documents_do_not_answer_is_said_calmly(site: Site) -> None:
    """The nearest passages are folded away."""
    page = ask(sign_in(), "salary")
    assert "I found no answer to this" in seen(page)
    assert WORDS.nearest in [fold.label for fold in page.expander]


def test_what_to_ask_next_is_asked_with_a_click(site: Site) -> None:
    """Below the last answer stands a question that the documents answer; clicked, it is asked."""
    page = ask(sign_in(), "hotel")
    offered = page.button(key="suggestion_0")
    assert offered.label.replace("\\", "") == "What does “Travel Policy” say about “Meals”?"
    offered.click().run()
    (conversation,) = site.conversations.values()
    assert [message["text"] for message in conversation["messages"] if message["role"] == "user"] == [
        "hotel",
        "What does “Travel Policy” say about “Meals”?",
    ]


def test_quoting_is_switched_for_the_questions_after_it(site: Site) -> None:
    """The switch stands as the house has it, and goes with each question."""
    page = ask(sign_in(), "hotel")
    ask(page.toggle(key="quoted").set_value(True).run(), "hotel again")
    assert site.quoted == [False, True]


def test_a_failure_shows_its_remedy_and_the_page_goes_on(site: Site) -> None:
    """After an error the next question is answered."""
    page = ask(sign_in(), "broken")
    assert "Ask again" in seen(page)
    assert "im-chip-supported" in seen(ask(page, "hotel"))


def test_conversations_are_kept_renamed_and_deleted(site: Site) -> None:
    """The list opens, renames and, after a second click, deletes a conversation."""
    page = ask(sign_in(), "hotel")
    conversation = next(iter(site.conversations))
    page = page.button(key="new_conversation").click().run()
    page = page.button(key=f"past_{conversation}").click().run()
    assert "im-chip-supported" in seen(page)
    page.text_input[0].set_value("Hotels")
    page = next(button for button in page.button if button.label == WORDS.save).click().run()
    assert site.conversations[conversation]["title"] == "Hotels"
    page = page.button(key="delete_asked").click().run()
    assert conversation in site.conversations
    page = page.button(key="delete_for_good").click().run()
    assert conversation not in site.conversations
    assert not page.exception


def test_a_conversation_that_is_gone_is_said_to_be(site: Site) -> None:
    """Deleted elsewhere, or another person's: the page says so, and begins a new one."""
    page = ask(sign_in(), "hotel")
    site.conversations.clear()
    page.run()
    assert [toast.value for toast in page.toast] == [WORDS.conversation_gone]
    assert here(page).mine.conversation_id == ""


def test_an_ended_session_leads_back_to_sign_in(site: Site) -> None:
    """The person reads a calm message, and nothing of theirs is left on the page."""
    page = ask(sign_in(), "hotel")
    site.tokens.clear()
    page = page.run()
    assert "Your session has ended" in seen(page)
    assert "130 euros" not in seen(page)
    assert here(page).mine.token == ""


def test_signing_out_ends_the_token(site: Site) -> None:
    """Neither the page nor the API knows the token afterwards."""
    page = next(button for button in sign_in().button if button.label == WORDS.sign_out).click().run()
    assert site.tokens == {}
    assert WORDS.signed_out[:-1] in seen(page)


def test_two_people_never_see_each_other(site: Site) -> None:
    """Two tabs of one process keep their conversations apart."""
    anna, ben = ask(sign_in(), "hotel"), sign_in("ben.dubois")
    conversation = next(iter(site.conversations))
    assert f"past_now_{conversation}" in [button.key for button in anna.button]
    assert not [button for button in ben.button if conversation in str(button.key).split("_")]


def test_documents_that_are_only_looked_after_are_not_listed_as_readable(site: Site) -> None:
    """The page of what one may read shows nothing else, whatever one administers."""
    closed, opened = (next(one for one in site.documents if one["title"] == title) for title in TITLES)
    closed["can_open"] = False
    page = sign_in().button(key="place_documents").click().run()

    assert closed["title"] not in unescape(seen(page))
    assert opened["title"] in unescape(seen(page))


def test_documents_are_found_by_words(site: Site) -> None:
    """The list narrows with the words typed."""
    page = sign_in().button(key="place_documents").click().run()
    assert not page.exception
    page = page.text_input(key="find").set_value("travel rates").run()
    assert "Travel Expense Rates 2026" in seen(page)
    assert "Works agreement" not in seen(page)


def test_what_was_set_aside_shows_reason_and_remedy(site: Site) -> None:
    """The intake page says why a document is not there and what helps."""
    page = sign_in("dirk.admin").button(key="place_jobs").click().run()
    assert not page.exception
    assert "password&#45;protected" in seen(page) or "password-protected" in seen(page)
    assert "Remove the password and add it again" in seen(page)


def test_thumbs_reach_the_api(site: Site) -> None:
    """A thumb down asks for a reason, and both are stored."""
    page = ask(sign_in(), "hotel")
    answer = next(iter(site.writings))
    page = page.feedback(key=f"thumb_{answer}").set_value(0).run()
    assert site.feedback == [(answer, "down", "")]
    reason = next(field for field in page.text_area if field.label == WORDS.reason_words)
    reason.set_value("wrong year")
    page = next(button for button in page.button if button.label == WORDS.reason_send).click().run()
    assert site.feedback[-1] == (answer, "down", "wrong year")


def test_personal_data_in_a_question_is_told_until_the_next_one(site: Site) -> None:
    """Beside the finished answer stands what the question held, in words, and that it is kept."""
    page = ask(sign_in(), "hotel, on DE89 3704 0044 0532 0130 00")
    told = unescape(seen(page))
    assert "personal data: a bank account, somebody's health." in told
    assert WORDS.noticed_remedy in told
    assert "personal data:" not in unescape(seen(ask(page, "hotel")))


def test_an_api_that_is_away_is_a_calm_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the API the page shows a message with a remedy, not a traceback."""
    monkeypatch.setenv(API_URL_VARIABLE, "http://127.0.0.1:9")
    page = open_page()
    assert not page.exception
    assert "not reachable" in seen(page)


def test_listed_documents_open_and_carry_no_label(site: Site) -> None:
    """Each document of a list has a chip that opens it; nothing says that an AI wrote the list."""
    page = ask(sign_in(), "Which documents mention hotels?")
    html = seen(page)
    assert html.count("<li>") == 2
    assert html.count('class="im-chip im-chip-supported"') == 2
    assert WORDS.ai_label not in html.replace(WORDS.ai_notice, "")
    assert not [button for button in page.button if str(button.key).startswith("source_")]


def test_conversations_stand_under_the_day_they_were_last_used() -> None:
    """Each under the nearest heading, in the order they came in."""
    days = ("2026-05-10", "2026-05-09", "2026-05-04", "2026-05-03", "2026-04-10", "2026-04-09")
    found = grouped(
        [Heading(day, day, f"{day}T08:00:00+00:00") for day in days], datetime(2026, 5, 10, 9, tzinfo=UTC)
    )
    assert [(label, [one.id[5:] for one in group]) for label, group in found] == [
        (WORDS.today, ["05-10"]),
        (WORDS.yesterday, ["05-09"]),
        (WORDS.week, ["05-04", "05-03"]),
        (WORDS.month, ["04-10"]),
        (WORDS.earlier, ["04-09"]),
    ]


def test_a_place_that_closes_leads_back_to_the_dialogue(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who manages nothing any more is not left in a place that they are not offered."""
    page = sign_in("dirk.admin").button(key="place_health").click().run()
    assert here(page).mine.place == "health"
    monkeypatch.setitem(PEOPLE["dirk.admin"], "role", "employee")
    page = page.run()
    assert not page.exception
    assert here(page).mine.place == "ask"
    assert page.chat_input
    assert not {"place_collections", "place_usage", "place_health"} & {button.key for button in page.button}


def test_nothing_is_left_for_the_next_person_of_the_tab(site: Site) -> None:
    """What the first had open, turned to, made larger and listed is not there for who signs in after them."""
    page = ask(sign_in(), "hotel")
    page = page.button(key=f"source_{next(iter(site.writings))}_1").click().run()
    page = page.button(key="zoom").click().run()
    page = page.button(key="icon_page_next").click().run()
    here(page).mine.listed += 30
    assert here(page).mine.turned_to
    assert here(page).mine.page_drawn
    next(button for button in page.button if button.label == WORDS.sign_out).click().run()
    assert here(page).calm_message == WORDS.signed_out
    assert here(page).mine == Mine()
    page = page.run().button(key="enter_ben.dubois").click().run()
    assert not page.exception
    assert "data:image/png;base64," not in seen(page)
    assert WORDS.signed_out not in seen(page)


def refused() -> None:
    """Draw what a refused action says."""
    from ui import theme  # AppTest runs this body alone
    from ui.client import PageError  # as above

    theme.refuse(PageError("No key ![x](https://evil.example/x)", remedy="Ask :red[again]."))


def test_what_is_refused_is_said_as_text() -> None:
    """A toast draws markdown; no message of the API is taken for it, and the remedy comes along."""
    (toast,) = AppTest.from_function(refused).run().toast
    assert re.sub("[\\\\\u2060]", "", toast.value) == "No key ![x](https://evil.example/x) Ask :red[again]."
    assert not [mark for mark in ("![", ":red[", "https:") if mark in toast.value]


@pytest.mark.parametrize("name", ["keys", "intake", "administration", "own_files", "thumbs"])
def test_no_place_words_a_refusal_itself(name: str) -> None:
    """Whatever is refused goes the one way that escapes it."""
    assert not re.search(
        r"toast\([^\n]*error", (Path(ENTRY).parent / f"{name}.py").read_text(encoding="utf-8")
    )
