"""What administrators and managers do in the page, in headless Chromium before the real API."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from app.api.lending import lent
from app.usage import weeks_over
from ingest.database import utc_now
from ingest.draft import Result
from ingest.types import State
from tests.browser.barriers import ours
from tests.browser.conftest import NEEDS_CHROMIUM, PICTURES, Contexts, Open, page_at, still
from tests.browser.weeks_old import HANDBOOK, HR, MIA, STAFF, ask_for_weeks, fill, start_a_job
from tests.fakes import ScriptedModel
from tests.house import PASSWORD, House, open_house
from ui import languages

pytestmark = NEEDS_CHROMIUM
SHAPES = [("light", 1360), ("dark", 1360), ("phone", 390)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house with two collections, sources, a quarantine and a remark; Mia looks after personnel."""
    folder = tmp_path_factory.mktemp("house")
    policies = folder / "policies"
    policies.mkdir()
    for name in ("leave", "travel", "notebooks"):
        (policies / f"{name}.md").write_text(f"# {name}\n\nThe rule for {name} is Quince.\n")
    opened = open_house(
        folder / "data",
        ScriptedModel("Twenty-eight days [1]."),
        collections=(
            replace(HANDBOOK, name="Employee handbook", purpose="inform employees about the company's rules"),
            replace(HR, managers=("user:mia",)),
        ),
        sources=[
            {
                "id": "policies",
                "kind": "folder",
                "path": policies,
                "collection": "handbook",
                "every_minutes": 60,
                "watch": True,
            },
            {"id": "contracts", "kind": "folder", "path": folder / "not-mounted", "collection": "hr"},
        ],
    )
    for person in (MIA, *STAFF):
        opened.services.accounts.save(person, password=PASSWORD)
    fill(opened, folder)
    ask_for_weeks(opened)
    yield opened
    opened.services.close()


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """Give the address of a page process before the real API."""
    with lent(house.services) as api, page_at(api) as url:
        yield url


@pytest.fixture
def visit(contexts: Contexts, address: str) -> Open:
    """Give a way to go to a place of the page as somebody."""

    def open_page(user: str, place: str, *, shape: str = "light", width: int = 1360) -> Page:
        page = contexts(width=width, height=1000, dark=shape == "dark").new_page()
        page.goto(address)
        page.get_by_label("User name").fill(user)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("What would you like to know?")).to_be_visible()
        if place:
            if width < 700:
                page.get_by_test_id("stExpandSidebarButton").click()
            page.get_by_role("button", name=place, exact=True).click()
            expect(page.locator(".im-title")).to_have_text(place)
            if width < 700:
                collapse = page.get_by_test_id("stSidebarCollapseButton").locator("button")
                if collapse.count():  # on a narrow screen it may have closed by itself
                    collapse.dispatch_event("click")
        return page

    return open_page


def picture(page: Page, name: str) -> None:
    """Keep a picture of all that the page holds; it is not compared."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    # What scrolls is a box inside the window: make the window as high as the box's content.
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(4000, max(1000, height))})  # type: ignore[index]  # set when it was opened
    still(page)
    page.screenshot(path=PICTURES / f"{name}.png")


def is_narrow_enough(page: Page) -> bool:
    """Return whether nothing scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("shape", "width"), SHAPES)
@pytest.mark.parametrize("user", ["root", "mia"])
def test_collections_are_shown(visit: Open, user: str, shape: str, width: int) -> None:
    """The administrator sees both collections, the manager hers, each with what it lacks and where it comes from."""
    page = visit(user, "Collections", shape=shape, width=width)
    expect(page.get_by_role("heading", name="Personnel")).to_be_visible()
    expect(page.get_by_text("The folder of contracts cannot be entered.")).to_be_visible()
    expect(page.get_by_role("heading", name="Employee handbook")).to_have_count(1 if user == "root" else 0)
    assert is_narrow_enough(page)
    assert ours(page) == []
    picture(page, f"collections-{user}-{shape}")


@pytest.mark.parametrize(("shape", "width"), SHAPES)
@pytest.mark.parametrize("user", ["root", "mia"])
def test_intake_is_shown(visit: Open, house: House, user: str, shape: str, width: int) -> None:
    """A job at work has its source, bar, stage and pace; equal reasons stand together with one remedy."""
    job = start_a_job(house, "hr")
    try:
        page = visit(user, "Intake", shape=shape, width=width)
        card = page.locator(f".st-key-job_{job}")
        for told in ("Intake from /srv/hr, ordered on the command line", "2 being read", "pages/s"):
            expect(card.get_by_text(told)).to_be_visible()
        expect(page.get_by_role("button", name="Try all 3 again")).to_be_visible()
        expect(page.get_by_text("travel.md")).to_have_count(1 if user == "root" else 0)
        assert is_narrow_enough(page)
        assert ours(page) == []
        picture(page, f"intake-{user}-{shape}")
    finally:
        house.services.jobs.cancel(job, now=utc_now())


@pytest.mark.parametrize(("shape", "width"), SHAPES)
@pytest.mark.parametrize("user", ["root", "mia"])
def test_usage_is_shown(visit: Open, user: str, shape: str, width: int) -> None:
    """Bars of weeks, days and outcomes with the same figures as tables; the manager sees her collection alone."""
    page = visit(user, "Usage and quality", shape=shape, width=width)
    expect(page.locator(".im-table caption", has_text="How long it took")).to_have_count(1)
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(3)
    expect(charts.first.locator("canvas, svg").first).to_be_visible()
    table = page.locator(".im-table", has=page.locator("caption", has_text="By collection"))
    expect(table.get_by_text("Employee handbook")).to_have_count(1 if user == "root" else 0)
    expect(table.get_by_text("Personnel")).to_have_count(1)
    assert not [one.name for one in STAFF if one.name in page.inner_text("body")]
    assert is_narrow_enough(page)
    assert ours(page) == []
    picture(page, f"usage-{user}-{shape}")


def test_week_of_too_few_says_why_it_is_empty(visit: Open) -> None:
    """The week in which two people asked shows no figure and names the rule."""
    page = visit("root", "Usage and quality")
    page.get_by_role("combobox", name="Week from").click()
    page.get_by_role("option", name=languages.day(weeks_over(utc_now())[7].isoformat())).click()
    expect(page.get_by_text("fewer than 5 people asked")).to_be_visible()
    expect(page.locator(".im-table caption", has_text="How long it took")).to_have_count(0)


@pytest.mark.parametrize(("shape", "width"), SHAPES)
def test_health_is_shown(visit: Open, shape: str, width: int) -> None:
    """Each organ has a finding, and what is wrong its remedy; the long comparison runs when asked for."""
    page = visit("root", "Health", shape=shape, width=width)
    for name in ("model", "database", "index", "embedder", "queue", "data directory", "version"):
        expect(page.locator(".im-finding b").get_by_text(name, exact=True)).to_be_visible()
    page.get_by_role("button", name="Compare everything that is kept").click()
    expect(page.get_by_text("fit together").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert is_narrow_enough(page)
    assert ours(page) == []
    picture(page, f"health-{shape}")


def test_job_advances_by_itself_and_is_cancelled(visit: Open, house: House) -> None:
    """The bar moves without a click, what has the focus keeps it, and a cancelled job is folded among the finished."""
    job = start_a_job(house, "hr")
    page = visit("mia", "Intake")
    card = page.locator(f".st-key-job_{job}")
    expect(card.get_by_text("17 of 40 documents")).to_be_visible()
    page.get_by_role("button", name="Try all 3 again").focus()
    keys = [file.key for file in house.services.items.pending(job)][:5]
    house.services.items.settle(job, {key: Result(State.VISIBLE, pages=12) for key in keys})
    expect(card.get_by_text("22 of 40 documents")).to_be_visible()
    assert page.evaluate("document.activeElement.textContent").endswith("Try all 3 again")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Nothing is being taken in.")).to_be_visible()
    assert house.services.jobs.get(job).state == "cancelled"


def test_manager_tries_one_again(visit: Open, house: House) -> None:
    """The document leaves the quarantine and waits in a job of its own."""
    page = visit("mia", "Intake")
    row = page.locator("[class*='st-key-doc_aside_']").filter(has_text="empty.txt")
    row.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Another attempt by you")).to_be_visible()
    house.work()
    expect(row).to_be_visible()  # it is as empty as before


def test_administrator_lets_hidden_text_stay(visit: Open, house: House) -> None:
    """The document is not listed for a decision any more."""
    page = visit("root", "Intake")
    page.get_by_role("button", name="Let it stay").click()
    expect(page.get_by_text("Nothing waits for a decision.")).to_be_visible()
    assert not [one for one in house.services.review.remarks() if one.needs_review]


def test_removing_takes_a_second_click(visit: Open, house: House) -> None:
    """A document that was set aside is forgotten only when that is confirmed."""
    page = visit("mia", "Intake")
    row = page.locator("[class*='st-key-doc_aside_']").filter(has_text="bands-2024.pdf")
    row.get_by_role("button", name="Remove").click()
    assert house.document("bands-2024.pdf")
    page.get_by_role("button", name="Remove for good").click()
    expect(page.get_by_role("button", name="Try all 2 again")).to_be_visible()
    assert "bands-2024.pdf" not in {one.file_name for one in house.services.catalog.listed()}


def test_sync_is_ordered_from_its_card(visit: Open, house: House) -> None:
    """A source that can be listed is ordered; one that cannot says why, where the button was."""
    page = visit("root", "Collections")
    page.locator(".st-key-doc_source_contracts").get_by_role("button", name="Sync now").click()
    expect(page.get_by_test_id("stToast").filter(has_text="not-mounted")).to_be_visible()
    page.locator(".st-key-doc_source_policies").get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Ordered. Follow it under “Intake”.")).to_be_visible()
    house.work()


def test_places_are_shown_to_whom_they_are_for(visit: Open) -> None:
    """An employee who looks after nothing finds neither collections nor usage nor health."""
    for user, manages, administers in (("ben", 0, 0), ("mia", 1, 0), ("root", 1, 1)):
        page = visit(user, "")
        expect(page.get_by_role("button", name="Intake", exact=True)).to_be_visible()
        for name, count in (
            ("Collections", manages),
            ("Usage and quality", manages),
            ("Health", administers),
        ):
            assert page.get_by_role("button", name=name, exact=True).count() == count
