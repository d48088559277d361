"""How long documents are said to take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.estimate import OCR_PAGE_S, PAGE_S, PAGELESS_S, Rates, rates_from
from ingest.holdings import PastRun


def test_without_a_past_the_documented_rates_hold() -> None:
    """A new house says that it assumes."""
    assert rates_from([], at_once=4) == Rates(PAGE_S, OCR_PAGE_S, PAGELESS_S, at_once=4, is_measured=False)


def test_past_runs_give_each_rate() -> None:
    """Digital pages, scans and documents without pages are told apart; mixed ones lend only their scans."""
    runs = [
        *[PastRun(pages=50, ocr_pages=0, seconds=2.0)] * 4,
        *[PastRun(pages=10, ocr_pages=5, seconds=10.2)] * 4,
        *[PastRun(pages=None, ocr_pages=0, seconds=0.3)] * 40,
    ]
    rates = rates_from(runs, at_once=2)
    assert rates.is_measured
    assert rates.page_s == pytest.approx(0.04)
    assert rates.ocr_page_s == pytest.approx(2.0)
    assert rates.pageless_s == pytest.approx(0.3)
    assert rates.seconds(digital=100, scanned=10, pageless=10) == pytest.approx((4 + 20 + 3) / 2)


def test_few_runs_prove_nothing() -> None:
    """One odd document does not set the pace of an archive."""
    runs = [PastRun(1, 0, 100.0), PastRun(1, 1, 100.0), PastRun(None, 0, 100.0), PastRun(500, 0, 0.0)]
    assert rates_from(runs, at_once=2) == Rates()


@given(
    st.lists(
        st.builds(PastRun, st.none() | st.integers(0, 500), st.integers(0, 600), st.floats(0, 1e5)),
        max_size=80,
    )
)
def test_every_past_gives_positive_rates(runs: list[PastRun]) -> None:
    """No past, however odd, promises work for nothing."""
    rates = rates_from(runs, at_once=2)
    assert min(rates.page_s, rates.ocr_page_s, rates.pageless_s) > 0
