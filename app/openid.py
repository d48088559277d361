"""Read what the company's OpenID Connect provider says about people. The one file that speaks to it.

A token is believed when its signature, issuer, audience and times are right (OpenID Connect Core 1.0, 3.1.3.7; for
tokens of sign-out, Back-Channel Logout 1.0, 2.6). Who it names is issuer and subject, never a mail address.
"""

import json
import math
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.sections import SignIn
from retrieval.errors import NotSignedIn, Unavailable
from retrieval.readers import is_principal

# What a provider signs with; none of them can be made with what is public (RFC 8725, 3.1).
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY: Final = timedelta(seconds=60)  # by which the provider's clock may differ
KEYS_FOR_S: Final = 600.0  # keys are read again after this, so that a withdrawn one is gone soon
ASK_AGAIN_S: Final = (
    10.0  # at most this often for a key that is not known: forged tokens must not flood the provider
)
TIMEOUT: Final = httpx.Timeout(5.0, connect=2.0)
MOMENT_S: Final = 1.0  # that those wait who come while the first keys are fetched
WHOLE_REPLY_S: Final = 5.0  # however it drips
LARGEST_REPLY: Final = 1 << 20  # metadata and keys are a few kilobytes
LONGEST_TOKEN: Final = 65_536  # characters; some hundred groups fit
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
ENDED: Final = "sign in again"


@dataclass(frozen=True, slots=True)
class Identity:
    """Hold whom a token names, with the groups as it lists them."""

    issuer: str
    subject: str
    name: str
    groups: tuple[str, ...]
    has_groups: bool  # whether the token tells of groups at all
    issued_at: datetime
    proven_at: datetime | None = None  # when they last showed the provider who they are, where it tells


class Provider:
    """Check the tokens of one provider. Safe to share between threads; nothing is fetched before the first token."""

    def __init__(self, settings: SignIn, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._changed = threading.Condition()
        self._is_fetching = False
        self._keys: KeySet | None = None
        self._read_at = self._asked_at = -math.inf

    def identity(self, token: str, *, audience: str, now: datetime) -> Identity:
        """Return whom this token names. Raises NotSignedIn; Unavailable where the provider is away."""
        return identity_of(self._claims(token), self._settings, audience=audience, now=now)

    def leaving(self, token: str, *, now: datetime) -> tuple[str, str]:
        """Return issuer and subject whom a token of back-channel sign-out names. Raises as `identity`."""
        return leaving_of(self._claims(token), self._settings, now=now)

    def metadata(self) -> Mapping[str, Any]:
        """Return the provider's description of itself. Raises Unavailable, also where it is of another issuer."""
        issuer = self._settings.issuer
        found = self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise Unavailable(
                f"the sign-in provider calls itself {str(found.get('issuer'))[:200]!r}, not '{issuer}'",
                remedy="set sign_in.issuer to exactly what the provider's metadata names",
            )
        return found

    def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise _refused("it is too long")
        known = self._known_keys(is_new_wanted=False)
        try:
            return _decoded(token, known)
        except NotSignedIn:
            newer = self._known_keys(is_new_wanted=True)
            if newer is known:
                raise
            return _decoded(token, newer)

    def _known_keys(self, *, is_new_wanted: bool) -> KeySet:
        """Return the provider's keys: again after a while, and for a key that is not among them.

        One thread fetches at a time. The others go on with the keys that are known; where there are none yet they wait
        for a moment, and are then told that the provider is away: one that hangs must not hold the house.
        """
        with self._changed:
            now = self._clock()
            is_due = self._keys is None or is_new_wanted or now - self._read_at >= KEYS_FOR_S
            if not (is_due and now - self._asked_at >= ASK_AGAIN_S):
                self._changed.wait_for(lambda: self._keys or not self._is_fetching, MOMENT_S)
                return self._keys or self._away()
            self._asked_at, self._is_fetching = now, True
        keys: KeySet | None = None
        try:
            keys = self._read_keys()
        except Unavailable:
            if self._keys is None:
                raise
        finally:
            with self._changed:
                self._is_fetching = False
                if keys is not None:
                    self._keys, self._read_at = keys, now
                self._changed.notify_all()
        return keys or self._keys or self._away()

    def _away(self) -> NoReturn:
        raise Unavailable(
            "the sign-in provider was asked a moment ago and has not answered as it should",
            remedy="who is signed in stays so; try again in a moment",
        )

    def _read_keys(self) -> KeySet:
        address = str(self.metadata().get("jwks_uri", ""))
        if urlsplit(address).scheme != urlsplit(self._settings.issuer).scheme:
            raise _unfit("its metadata names no address of keys under the issuer's scheme")
        try:
            return KeySet.import_key_set(self._get(address))  # type: ignore[arg-type]  # checked by the import
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _unfit("its keys cannot be read") from error

    def _get(self, address: str) -> dict[str, Any]:
        trusted = ssl.create_default_context(cafile=self._settings.ca_file or None)
        try:
            with (
                httpx.Client(timeout=TIMEOUT, verify=trusted) as client,
                client.stream("GET", address, headers={"Accept": "application/json"}) as response,
            ):
                response.raise_for_status()
                return _read(response)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unavailable(
                f"the sign-in provider does not answer as it should at {address[:200]}",
                remedy="who is signed in stays so; check sign_in.issuer, the network and sign_in.ca_file",
            ) from error


def identity_of(claims: Mapping[str, Any], settings: SignIn, *, audience: str, now: datetime) -> Identity:
    """Return whom verified claims name, if they are for us and of this time. Raises NotSignedIn."""
    _require_meant(claims, settings, audience=audience, now=now)
    expires = _moment(claims, "exp")
    if expires + LEEWAY <= now:
        raise _refused("it has expired")
    if "events" in claims:
        raise _refused("it is not for signing in")
    return Identity(
        issuer=settings.issuer,
        subject=_subject(claims),
        name=_name(claims),
        groups=_groups(claims, settings.groups_claim),
        has_groups=_at(claims, settings.groups_claim) is not None,
        issued_at=_moment(claims, "iat"),
        # Without it (OpenID Connect Core 1.0, section 2) a token may rest on a sign-in of this morning.
        proven_at=min(_moment(claims, "auth_time"), now) if "auth_time" in claims else None,
    )


def leaving_of(claims: Mapping[str, Any], settings: SignIn, *, now: datetime) -> tuple[str, str]:
    """Return issuer and subject of verified claims that say somebody signed out. Raises NotSignedIn."""
    _require_meant(claims, settings, audience=settings.client_id, now=now)
    events = claims.get("events")
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise _refused("it does not say that somebody signed out")
    if now - _moment(claims, "iat") > 2 * LEEWAY:
        raise _refused("it is too old")
    return settings.issuer, _subject(claims)


def _decoded(token: str, keys: KeySet) -> Mapping[str, Any]:
    try:
        return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise _refused("its signature is not the provider's") from error


def _require_meant(claims: Mapping[str, Any], settings: SignIn, *, audience: str, now: datetime) -> None:
    if claims.get("iss") != settings.issuer:
        raise _refused("it is of another issuer")
    named = claims.get("aud")
    audiences = [named] if isinstance(named, str) else named
    if not isinstance(audiences, list) or audience not in audiences:
        raise _refused("it is not meant for this service")
    if len(audiences) > 1 and claims.get("azp", settings.client_id) != settings.client_id:
        raise _refused("it was given to another client")
    if _moment(claims, "iat") - LEEWAY > now or ("nbf" in claims and _moment(claims, "nbf") - LEEWAY > now):
        raise _refused("it is of the future; compare the clocks")


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(f"its '{name}' is not a time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise _refused(f"its '{name}' is not a time") from error


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:  # OpenID Connect Core 1.0, section 2
        raise _refused("it does not say of whom it is")
    return subject


def _name(claims: Mapping[str, Any]) -> str:
    for key in ("name", "preferred_username", "sub"):
        value = claims.get(key)
        if isinstance(value, str):
            shown = " ".join("".join(c if c.isprintable() else " " for c in value).split())
            if shown:
                return shown[:200]
    return "?"


def _groups(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Return the groups at a dotted path, as names that principals can carry; none where the claim is not there.

    A provider that leaves groups out because they are too many says so (Entra ID: `hasgroups`, `_claim_names`):
    taking none for an answer would look like a right that was withdrawn.
    """
    overflow = claims.get("_claim_names")
    if claims.get("hasgroups") or (isinstance(overflow, dict) and path in overflow):
        raise NotSignedIn(
            "the sign-in provider left your groups out, because they are too many for its token",
            remedy="ask your administrator to have only groups of this application put into the token",
        )
    value = _at(claims, path)
    listed = [value] if isinstance(value, str) else value
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise _refused(f"its '{path}' is not a list of groups")
    named = (name for one in listed if isinstance(one, str) for name in with_paths(one))
    return tuple(sorted({name for name in named if is_principal(f"group:{name}")}))


def _at(claims: Mapping[str, Any], path: str) -> object:
    """Return what a claim of this name holds, else what its dots lead to; None where nothing is there."""
    value: object = claims.get(path)
    if value is None:
        value = claims
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    return value


def with_paths(group: str) -> tuple[str, ...]:
    """Return a group and, where it is written as a path (Keycloak: "/hr/payroll"), those that it lies in."""
    if not group.startswith("/"):
        return (group,)
    parts = [part for part in group.split("/") if part]
    return tuple("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _read(response: httpx.Response) -> dict[str, Any]:
    body, ends_at = b"", time.monotonic() + WHOLE_REPLY_S
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST_REPLY or time.monotonic() > ends_at:
            raise ValueError("the reply is too long, or comes too slowly")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("the reply is not an object")  # noqa: TRY004 - of the provider, not of the caller
    return found


def _refused(why: str) -> NotSignedIn:
    return NotSignedIn(f"the sign-in provider's token is not accepted: {why}", remedy=ENDED)


def _unfit(why: str) -> Unavailable:
    return Unavailable(
        f"the sign-in provider cannot be used: {why}", remedy="compare sign_in.issuer with its metadata"
    )
