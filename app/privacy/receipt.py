"""Sign what an erasure came to, with Ed25519 (RFC 8032), so that anybody who has the house's public key can check it.

A receipt holds ids of ours, keyed hashes, counts, times and fixed sentences: never a name or a word of what was erased.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.audit.recorder import key_dir
from app.privacy.erasure_requests import Request
from app.secret import KEY_BYTES, own_secret
from app.settings import Settings
from retrieval.errors import InvalidRequest

KEY: Final = "receipt-key"
FORMAT: Final = "intramuros-erasure-receipt-1"
SIGNATURE: Final = "signature"
MOST_BYTES: Final = 1 << 20  # of a receipt, which is some kilobytes
TOLD: Final = ("id", "kind", "scope", "answers", "ordered_at", "erased_at", "purged_at", "before", "after")

Verdict = Literal["ours", "another's", "changed"]


def receipt_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the key that signs receipts, made on first use. Raises SetupRefused."""
    return Ed25519PrivateKey.from_private_bytes(own_secret(key_dir(settings) / KEY)[:KEY_BYTES])


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half as it stands in receipts, to be given to whoever is to check them."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")


def signed(request: Request, key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the receipt of a request that was carried out. Raises InvalidRequest for one that was not."""
    if request.erased_at is None or request.after is None:
        raise InvalidRequest("this erasure is not done", remedy="order it again: that finishes it")
    told: dict[str, Any] = {name: getattr(request, name) for name in TOLD}
    stores = sorted({*request.before, *request.after})
    told["stores"] = [
        {"store": one, "before": request.before.get(one, 0), "after": request.after.get(one, 0)}
        for one in stores
    ]
    del told["before"], told["after"]
    told["kept"] = [{"store": one.store, "count": one.count, "why": one.why} for one in request.kept]
    told |= {"format": FORMAT, "key": public_text(key)}
    return {**told, SIGNATURE: base64.b64encode(key.sign(_sealed(told))).decode("ascii")}


def written(receipt: Mapping[str, Any]) -> str:
    """Return a receipt as the text of its file."""
    return json.dumps(receipt, ensure_ascii=True, indent=2) + "\n"


def read(place: Path) -> dict[str, Any]:
    """Return a receipt from its file. Raises InvalidRequest where it is none."""
    try:
        with place.open("rb") as file:
            told = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError) as error:
        raise _no_receipt(place) from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise _no_receipt(place)
    return told


def verdict(receipt: Mapping[str, Any], public: str) -> Verdict:
    """Return whether a receipt is as the house with this public key signed it."""
    told = {name: value for name, value in receipt.items() if name != SIGNATURE}
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(receipt.get("key")))
        key.verify(_bytes(receipt.get(SIGNATURE)), _sealed(told))
    except (InvalidSignature, ValueError):
        return "changed"
    return "ours" if receipt.get("key") == public else "another's"


def _bytes(text: object) -> bytes:
    """Return what Base64 says. Raises ValueError, also for a text that says the same in another way."""
    if not isinstance(text, str):
        raise ValueError("no text")  # noqa: TRY004  it is read from a file
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode("ascii") != text:
        raise ValueError("not as it is written")
    return found


def _sealed(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def _no_receipt(place: Path) -> InvalidRequest:
    return InvalidRequest(
        f"{place} is no receipt of an erasure",
        remedy="name a file that `intramuros privacy erase --receipt` or `privacy receipt show` wrote",
    )
