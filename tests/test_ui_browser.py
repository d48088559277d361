"""What the page believes of what the browser says that it remembers."""

import pytest

from ui.browser import Heard, remembered


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ({"token": "t", "language": "fr"}, Heard("t", "fr")),
        ({"token": "t", "language": ""}, Heard("t")),
        ({"token": "", "language": "it"}, Heard("", "it")),
        ({"token": 7, "language": ["fr"]}, Heard()),
        ({"token": "t", "language": "xx"}, Heard("t")),
        ("t", Heard()),
        (["t", "fr"], Heard()),
        (None, Heard()),
    ],
)
def test_token_and_language_are_heard_together_and_nothing_else(said: object, heard: Heard) -> None:
    """A tab that was reloaded hears both at once; what is not of their kind is not heard."""
    assert remembered(said) == heard
