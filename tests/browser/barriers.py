"""Look with axe-core for what keeps people from using the page with a keyboard, a screen reader or weak eyes."""

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Streamlit's own markup that cannot be mended from here: the rule, the element, and why nobody is kept out.
NOT_OURS = {
    (
        "presentation-role-conflict",
        "stFileUploaderDropzone",
    ): "a name on the area to drop files on, which takes no focus; the button inside has a name and does the same",
}
RUN = "axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })"


@dataclass(frozen=True)
class Barrier:
    """Hold one finding of axe-core."""

    impact: str
    rule: str
    element: str
    why: str

    @property
    def is_ours(self) -> bool:
        """Return whether the page can do something about it."""
        return not any(self.rule == rule and part in self.element for rule, part in NOT_OURS)


def barriers(page: Page) -> list[Barrier]:
    """Return what axe-core finds on the page as it stands, of every impact."""
    page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(RUN)["violations"]
    return [
        Barrier(str(rule["impact"]), rule["id"], node["html"], node["failureSummary"])
        for rule in found
        for node in rule["nodes"]
    ]


def ours(page: Page) -> list[Barrier]:
    """Return the barriers that the page can do something about; that it has one heading of the first level is one."""
    headings = page.locator("h1").filter(visible=True).count()
    lacking = (
        []
        if headings == 1
        else [Barrier("moderate", "one-h1", f"{headings} of them", "people jump by headings")]
    )
    return [barrier for barrier in barriers(page) if barrier.is_ours] + lacking
