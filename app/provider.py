"""Judge a sign-in provider by how it describes itself (OpenID Connect Discovery 1.0), for the doctor."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from app.doctor import Check, Severity
from app.openid import ALGORITHMS

NAME: Final = "sign-in provider"
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def check_provider(issuer: str, metadata: Callable[[], Mapping[str, Any]]) -> Check:
    """Return whether people can sign in through the provider, and out; `metadata` raises Unavailable."""
    if not issuer:
        return Check(NAME, Severity.OK, "accounts are local: people sign in with a password of this house")
    told = metadata()
    lacking = [name for name in ENDPOINTS if urlsplit(str(told.get(name))).scheme not in {"https", "http"}]
    if lacking:
        return _wrong(
            f"does not name its {', '.join(lacking)}", "ask its administrator; sign_in.issuer may be wrong"
        )
    signs = told.get("id_token_signing_alg_values_supported")
    if isinstance(signs, list) and not set(ALGORITHMS) & set(map(str, signs)):
        return _wrong(
            f"signs with {', '.join(map(str, signs))} alone",
            f"have it sign with one of {', '.join(ALGORITHMS)}",
        )
    methods = told.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        return _wrong("refuses PKCE with S256", "allow it for this client; the page always uses it")
    if "end_session_endpoint" not in told:
        return Check(
            NAME,
            Severity.WARNING,
            f"'{issuer}' answers; who signs out here stays signed in there",
            remedy="where it can end sessions, have its metadata name the end_session_endpoint",
        )
    is_told = bool(told.get("backchannel_logout_supported"))
    how = (
        "ends sessions here at once"
        if is_told
        else "is noticed here when the session ends, after 10 hours at most"
    )
    return Check(NAME, Severity.OK, f"'{issuer}' answers; signing out there {how}")


def _wrong(what: str, remedy: str) -> Check:
    return Check(NAME, Severity.ERROR, f"the provider {what}", remedy=remedy)
