"""Tokens of the company's provider: what is believed, and all that is not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from app.openid import ASK_AGAIN_S, KEYS_FOR_S, LARGEST_REPLY, LOGOUT_EVENT, Provider
from app.sections import SignIn
from retrieval.errors import NotSignedIn, Unavailable
from tests.provider_tokens import CLIENT, FakeProvider, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Clock:
    """Tell the time that a test sets, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return it."""
        return self.now


@pytest.fixture(scope="module")
def served() -> Iterator[FakeProvider]:
    """Serve a provider."""
    with serving(FakeProvider()) as provider:
        yield provider


@pytest.fixture
def theirs(served: FakeProvider) -> FakeProvider:
    """Give the provider as it is on a good day."""
    served.asked.clear()
    served.metadata, served.is_down, served.body = {}, False, None
    return served


@pytest.fixture
def clock() -> Clock:
    """Give the clock of the fetches."""
    return Clock()


@pytest.fixture
def ours(theirs: FakeProvider, clock: Clock) -> Provider:
    """Give what checks its tokens."""
    return Provider(SignIn(issuer=theirs.issuer), clock=clock)


def test_good_token_names_somebody(theirs: FakeProvider, ours: Provider) -> None:
    """Issuer, subject, name and groups are what the provider says."""
    told = ours.identity(theirs.token(NOW), audience=CLIENT, now=NOW + MINUTE)

    assert (told.issuer, told.subject, told.name) == (theirs.issuer, "7f3", "Marc Petit")
    assert (told.groups, told.issued_at) == (("payroll",), NOW)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"aud": "another-client"}, "not meant"),
        ({"aud": []}, "not meant"),
        ({"aud": None}, "not meant"),
        ({"aud": {"intramuros": 1}}, "not meant"),
        ({"aud": [CLIENT, "other"], "azp": "other"}, "another client"),
        ({"exp": int((NOW - 2 * MINUTE).timestamp())}, "expired"),
        ({"exp": None}, "not a time"),
        ({"exp": "tomorrow"}, "not a time"),
        ({"exp": True}, "not a time"),
        ({"exp": 1e300}, "not a time"),
        ({"iat": int((NOW + 5 * MINUTE).timestamp())}, "future"),
        ({"iat": None}, "not a time"),
        ({"nbf": int((NOW + 5 * MINUTE).timestamp())}, "future"),
        ({"sub": None}, "of whom"),
        ({"sub": ""}, "of whom"),
        ({"sub": 7}, "of whom"),
        ({"sub": "x" * 256}, "of whom"),
        ({"events": {LOGOUT_EVENT: {}}}, "not for signing in"),
        ({"groups": {"a": 1}}, "not a list"),
        ({"groups": 7}, "not a list"),
    ],
)
def test_signed_token_that_is_not_for_us_is_refused(
    theirs: FakeProvider, ours: Provider, changed: dict[str, Any], why: str
) -> None:
    """A right signature is not enough."""
    with pytest.raises(NotSignedIn, match=why):
        ours.identity(theirs.token(NOW, **changed), audience=CLIENT, now=NOW)


def test_forged_tokens_are_refused(theirs: FakeProvider, ours: Provider) -> None:
    """Another key, no key, the public key as a secret, a key that comes with the token, rubbish."""
    good, stranger = theirs.token(NOW), RSAKey.generate_key(2048, {"kid": "first"})
    head, body, signature = good.split(".")
    claims = theirs.claims(NOW)
    forged = [
        theirs.signed(claims, key=stranger),
        theirs.signed(claims, key=stranger, jwk=stranger.as_dict(private=False)),
        theirs.signed(claims, key=stranger, jku="http://127.0.0.1:9/keys"),
        theirs.forged_with_public_key(NOW),
        f"eyJhbGciOiJub25lIn0.{body}.",
        f"{head}.{body}.",
        f"{head}.{body[:-4]}AAAA.{signature}",
        f"{head}.{body}.{signature}.{signature}",
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "\udc80",
        "x" * 100_000,
        "eyJhbGciOiJSUzI1NiJ9." + "W1t" * 5_000 + "." + signature,
    ]
    for token in forged:
        with pytest.raises(NotSignedIn):
            ours.identity(token, audience=CLIENT, now=NOW)
    ours.identity(good, audience=CLIENT, now=NOW)


def test_new_key_is_fetched_when_a_token_needs_it(theirs: FakeProvider, ours: Provider, clock: Clock) -> None:
    """The provider may change its keys at any moment; tokens of the withdrawn key are refused from then on."""
    old = theirs.token(NOW)
    ours.identity(old, audience=CLIENT, now=NOW)
    theirs.rotate("second")
    clock.now += ASK_AGAIN_S

    ours.identity(theirs.token(NOW), audience=CLIENT, now=NOW)
    with pytest.raises(NotSignedIn):
        ours.identity(old, audience=CLIENT, now=NOW)
    theirs.rotate("first")


def test_forged_tokens_do_not_flood_the_provider(theirs: FakeProvider, ours: Provider, clock: Clock) -> None:
    """However many name a key that nobody knows, keys are fetched once in ten seconds at most."""
    for _ in range(50):
        with pytest.raises(NotSignedIn):
            ours.identity(theirs.signed(theirs.claims(NOW), kid="nobody's"), audience=CLIENT, now=NOW)
    assert theirs.asked.count("/keys") == 1
    clock.now += ASK_AGAIN_S
    with pytest.raises(NotSignedIn):
        ours.identity(theirs.signed(theirs.claims(NOW), kid="nobody's"), audience=CLIENT, now=NOW)
    assert theirs.asked.count("/keys") == 2


def test_provider_that_is_away_keeps_its_keys_here(
    theirs: FakeProvider, ours: Provider, clock: Clock
) -> None:
    """Keys that are known serve on; without any, nobody can sign in, and the message says why."""
    token = theirs.token(NOW)
    ours.identity(token, audience=CLIENT, now=NOW)
    theirs.is_down = True
    clock.now += KEYS_FOR_S
    ours.identity(token, audience=CLIENT, now=NOW)

    with pytest.raises(Unavailable, match="does not answer"):
        Provider(SignIn(issuer=theirs.issuer)).identity(token, audience=CLIENT, now=NOW)


def test_provider_that_hangs_holds_nobody_else(theirs: FakeProvider, ours: Provider) -> None:
    """One thread waits for it; the next is soon told that it is away, and all is well once it answers."""
    token = theirs.token(NOW)
    theirs.is_asked.clear()
    theirs.answers.clear()
    first = ThreadPoolExecutor(1).submit(ours.identity, token, audience=CLIENT, now=NOW)
    try:
        assert theirs.is_asked.wait(10)
        with pytest.raises(Unavailable, match="a moment ago"):
            ours.identity(token, audience=CLIENT, now=NOW)
    finally:
        theirs.answers.set()
    assert first.result(10).subject == "7f3"
    assert ours.identity(token, audience=CLIENT, now=NOW).subject == "7f3"


def test_all_who_come_at_the_start_are_let_in(theirs: FakeProvider, ours: Provider) -> None:
    """Who comes while the first keys are fetched waits for them; they are fetched once."""
    token = theirs.token(NOW)
    with ThreadPoolExecutor(8) as people:
        told = list(people.map(lambda _: ours.identity(token, audience=CLIENT, now=NOW), range(8)))

    assert {one.subject for one in told} == {"7f3"}
    assert theirs.asked.count("/keys") == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 7},
        {"jwks_uri": None},
    ],
)
def test_metadata_that_does_not_fit_is_not_used(
    theirs: FakeProvider, ours: Provider, metadata: dict[str, Any]
) -> None:
    """The provider must be the one that was named, and its keys must come from where it says, as it is asked itself."""
    theirs.metadata = metadata

    with pytest.raises(Unavailable):
        ours.identity(theirs.token(NOW), audience=CLIENT, now=NOW)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b'{"keys": 7}', b"x" * (LARGEST_REPLY + 1), b"\xff\xfe"]
)
def test_reply_that_is_none_is_not_used(theirs: FakeProvider, ours: Provider, body: bytes) -> None:
    """However large or strange."""
    theirs.body = body

    with pytest.raises(Unavailable):
        ours.identity(theirs.token(NOW), audience=CLIENT, now=NOW)


def test_token_of_back_channel_sign_out(theirs: FakeProvider, ours: Provider) -> None:
    """It names who left; ID tokens, old ones and ones with a nonce do not."""
    events: dict[str, Any] = {LOGOUT_EVENT: {}}
    token = theirs.token(NOW, events=events, exp=None)

    assert ours.leaving(token, now=NOW) == (theirs.issuer, "7f3")
    wrong = [
        theirs.token(NOW),
        theirs.token(NOW, events=events, nonce="n"),
        theirs.token(NOW, events={}),
        theirs.token(NOW, events=events, sub=None),
        theirs.token(NOW - 3 * MINUTE, events=events),
        theirs.token(NOW, events=events, aud="other"),
    ]
    for one in wrong:
        with pytest.raises(NotSignedIn):
            ours.leaving(one, now=NOW)
