"""A receipt proves an erasure without a name or a word of it, and not once a byte of it was changed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.privacy.erasing import erase
from app.privacy.holds import Kind
from app.privacy.receipt import public_text, read, receipt_key, signed, verdict, written
from retrieval.errors import InvalidRequest
from tests.house import House, settings_of
from tests.privacy.erasable import PLUM, filled, tell


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house that was used."""
    opened = filled(tmp_path)
    yield opened
    opened.services.close()


def given(house: House) -> dict[str, Any]:
    """Return the receipt of an erasure of Anna."""
    tell(house, "anna", (f"Leave is {PLUM}.", ("leave.md",)))
    done = erase(house.services, Kind.PERSON, "anna", answers="redact", by="root")
    return signed(done, receipt_key(house.services.settings))


def test_receipt_says_how_much_and_never_of_whom(house: House, tmp_path: Path) -> None:
    """Counts of every store before and after, what is kept and why; no account, file, title or word."""
    told = given(house)
    text = written(told)
    assert not [one for one in ("anna", "Anna", "mine", "leave", PLUM, "Mirabelle", "Mine") if one in text]
    counts = {one["store"]: (one["before"], one["after"]) for one in told["stores"]}
    assert counts["own files"] == (1, 0)
    assert counts["conversations"] == (3, 0)
    assert all(after == 0 for _, after in counts.values())
    assert all(one["why"] for one in told["kept"])
    (tmp_path / "receipt.json").write_text(text)
    house_key = public_text(receipt_key(house.services.settings))
    assert verdict(read(tmp_path / "receipt.json"), house_key) == "ours"


def test_every_byte_counts(house: House) -> None:
    """Each value changed, dropped or added, and the signature written in another way, is found."""
    told = given(house)
    key = public_text(receipt_key(house.services.settings))
    assert verdict(json.loads(json.dumps(told)), key) == "ours"
    for name in told:
        assert verdict({**told, name: "x"}, key) == "changed", name
        assert verdict({one: value for one, value in told.items() if one != name}, key) == "changed", name
    assert verdict({**told, "more": 1}, key) == "changed"
    stores = [{**one, "after": one["after"] + 1} for one in told["stores"]]
    assert verdict({**told, "stores": stores}, key) == "changed"
    text = json.dumps(told)
    for place in range(0, len(text), 7):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        assert is_found(changed, key), changed[place - 20 : place + 20]


def is_found(text: str, key: str) -> bool:
    """Return whether a text is no receipt of ours."""
    try:
        told = json.loads(text)
    except ValueError:
        return True
    return verdict(told, key) == "changed"


def test_another_house_is_told_apart(house: House, tmp_path: Path) -> None:
    """A receipt that another house signed is whole, and not ours."""
    told = given(house)
    other = public_text(receipt_key(settings_of(tmp_path / "other")))
    assert verdict(told, other) == "another's"


def test_what_is_no_receipt_is_refused(tmp_path: Path) -> None:
    """Neither another file nor half of one is taken for a receipt."""
    for number, content in enumerate(("", "[]", "{", '{"format": "x"}', "\x00")):
        place = tmp_path / f"{number}.json"
        place.write_text(content)
        with pytest.raises(InvalidRequest):
            read(place)


def test_what_is_not_done_has_no_receipt(house: House) -> None:
    """A request that is still open is not signed for."""
    done = erase(house.services, Kind.DOCUMENT, house.document("leave.md"), answers="redact", by="root")
    with pytest.raises(InvalidRequest):
        signed(done.__class__(**{**{n: getattr(done, n) for n in done.__slots__}, "erased_at": None}), receipt_key(
            house.services.settings
        ))  # fmt: skip
