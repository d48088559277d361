"""The company's own looks: a colour that can be read, a logo that is one."""

from pathlib import Path

import pytest

from app.looks import LOGO_BYTES, looks_of
from app.sections import contrast_with_white
from app.settings import Settings, load
from retrieval.errors import SettingsInvalid

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def settings(**page: object) -> Settings:
    """Return settings with these of the page."""
    return Settings.model_validate({"site": {"name": "Nordwind"}, "page": page})


@pytest.mark.parametrize(
    ("content", "start"),
    [(PNG, "data:image/png;base64,iVBOR"), (b"\n<svg xmlns='x'/>", "data:image/svg+xml;base64,")],
)
def test_logo_goes_with_the_page(tmp_path: Path, content: bytes, start: str) -> None:
    """As an address that holds it, so that nothing else has to be served."""
    (tmp_path / "logo").write_bytes(content)

    looks = looks_of(settings(logo_file=tmp_path / "logo"))
    assert looks.name == "Nordwind"
    assert looks.logo.startswith(start)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<html><svg/></html>", PNG + b"x" * LOGO_BYTES])
def test_what_is_no_logo_is_refused(tmp_path: Path, content: bytes) -> None:
    """By what it holds, whatever it is called."""
    (tmp_path / "logo.png").write_bytes(content)

    with pytest.raises(SettingsInvalid, match="logo_file"):
        looks_of(settings(logo_file=tmp_path / "logo.png"))


def test_missing_logo_is_named(tmp_path: Path) -> None:
    """The message says which file."""
    with pytest.raises(SettingsInvalid, match="none"):
        looks_of(settings(logo_file=tmp_path / "none.svg"))


def test_contrast_is_that_of_the_guidelines() -> None:
    """Black on white has 21, white has 1, the grey of the guidelines' own example has 4.5 (WCAG 2.2, 1.4.3)."""
    assert contrast_with_white("#000000") == pytest.approx(21)
    assert contrast_with_white("#ffffff") == pytest.approx(1)
    assert contrast_with_white("#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("accent", ["#ffcc00", "red", "#12345", "#1d5c63; }"])
def test_colour_that_cannot_be_read_is_refused(accent: str) -> None:
    """White letters stand on it, and it colours letters on white."""
    with pytest.raises(SettingsInvalid, match="accent"):
        load(None, {"INTRAMUROS_PAGE__ACCENT": accent})
