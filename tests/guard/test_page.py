"""The page tells who looks after a collection what becomes of personal data in it."""

from html import unescape

import pytest

from ui import administration
from ui.administered import CollectionState


def card(policy: str, *readers: str) -> CollectionState:
    """Return a collection with a policy."""
    return CollectionState(
        "hr", "Personnel", "employ", "Art. 6", "HR", 365, "internal", (), (), "", personal_data=policy,
        personal_data_readers=readers,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "readers", "told"),
    [
        ("index", (), "as it is, not looked for"),
        ("warn", (), "counted"),
        ("mask", ("group:hr", "user:mia"), "masked, shown to: "),
        ("mask", (), "masked, shown to: nobody"),
        ("quarantine", (), "waits until it is let in"),
    ],
)
def test_the_policy_is_a_fact_of_the_collection(policy: str, readers: tuple[str, ...], told: str) -> None:
    """In words, with who sees what is masked."""
    facts = unescape(str(administration._facts(card(policy, *readers))))
    assert "Personal data" in facts
    assert told in facts
    assert all(reader.partition(":")[2] in facts for reader in readers)
