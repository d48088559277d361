"""Estimate how long documents will take, from how long others took."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.holdings import PastRun

# Of one worker, until the house has timings of its own. Two cores shall bring in 20 digital pages a second; a scan
# took 2.1 s of a busy core, the first of a document longer.
PAGE_S, OCR_PAGE_S, PAGELESS_S = 0.1, 3.0, 0.2
# Fewer say more about one document than about the machine.
ENOUGH_PAGES, ENOUGH_SCANS, ENOUGH_PAGELESS = 50, 5, 20


@dataclass(frozen=True, slots=True)
class Rates:
    """Hold seconds of one worker, for a page or a document; `at_once` workers share the work."""

    page_s: float = PAGE_S
    ocr_page_s: float = OCR_PAGE_S
    pageless_s: float = PAGELESS_S
    at_once: int = 2
    is_measured: bool = False  # at least one of them on this machine

    def seconds(self, *, digital: float, scanned: float, pageless: int) -> float:
        """Return how long so many pages and documents without pages take."""
        work_s = digital * self.page_s + scanned * self.ocr_page_s + pageless * self.pageless_s
        return work_s / self.at_once


def rates_from(runs: Iterable[PastRun], *, at_once: int) -> Rates:
    """Return the rates that past runs show; what they do not show enough of is assumed."""
    digital_pages, digital_s, scans, mixed_pages, scans_s, pageless, pageless_s = 0, 0.0, 0, 0, 0.0, 0, 0.0
    for run in runs:
        if run.seconds <= 0:
            continue
        if not run.pages:
            pageless, pageless_s = pageless + 1, pageless_s + run.seconds
        elif run.ocr_pages:
            scans, scans_s = scans + run.ocr_pages, scans_s + run.seconds
            mixed_pages += max(run.pages - run.ocr_pages, 0)
        else:
            digital_pages, digital_s = digital_pages + run.pages, digital_s + run.seconds
    page_s = digital_s / digital_pages if digital_pages >= ENOUGH_PAGES else PAGE_S
    # The digital pages of mixed documents are taken off; a scan costs at least what a digital page does.
    ocr_page_s = (
        max((scans_s - mixed_pages * page_s) / scans, page_s) if scans >= ENOUGH_SCANS else OCR_PAGE_S
    )
    return Rates(
        page_s=page_s,
        ocr_page_s=ocr_page_s,
        pageless_s=pageless_s / pageless if pageless >= ENOUGH_PAGELESS else PAGELESS_S,
        at_once=at_once,
        is_measured=digital_pages >= ENOUGH_PAGES or scans >= ENOUGH_SCANS or pageless >= ENOUGH_PAGELESS,
    )
