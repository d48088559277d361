"""What the doctor says of a sign-in provider."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.doctor import Examination, Severity, diagnose
from app.provider import NAME, check_provider
from retrieval.errors import Unavailable

ISSUER = "https://id.example.eu"
KEYCLOAK = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/certs",
    "end_session_endpoint": f"{ISSUER}/logout",
    "backchannel_logout_supported": True,
    "code_challenge_methods_supported": ["plain", "S256"],
    "id_token_signing_alg_values_supported": ["RS256", "HS256"],
}
ENTRA = {  # says nothing of PKCE, which it takes, and knows no back-channel logout
    key: value
    for key, value in KEYCLOAK.items()
    if key not in {"backchannel_logout_supported", "code_challenge_methods_supported"}
}


@pytest.mark.parametrize(
    ("metadata", "severity", "words"),
    [
        (KEYCLOAK, Severity.OK, "at once"),
        (ENTRA, Severity.OK, "when the session ends"),
        (
            {k: v for k, v in KEYCLOAK.items() if k != "end_session_endpoint"},
            Severity.WARNING,
            "stays signed in there",
        ),
        ({k: v for k, v in KEYCLOAK.items() if k != "token_endpoint"}, Severity.ERROR, "token_endpoint"),
        ({**KEYCLOAK, "jwks_uri": 7}, Severity.ERROR, "jwks_uri"),
        ({**KEYCLOAK, "id_token_signing_alg_values_supported": ["HS256"]}, Severity.ERROR, "HS256"),
        ({**KEYCLOAK, "code_challenge_methods_supported": ["plain"]}, Severity.ERROR, "PKCE"),
    ],
)
def test_provider_is_judged_by_its_metadata(
    metadata: Mapping[str, Any], severity: Severity, words: str
) -> None:
    """What would go wrong at the first sign-in is said before, with a remedy where something can be done."""
    found = check_provider(ISSUER, lambda: metadata)

    assert found.severity is severity
    assert words in found.message
    assert bool(found.remedy) == (severity is not Severity.OK)


def test_provider_that_is_away_is_an_error() -> None:
    """The finding is what the provider's own error says."""

    def away() -> Mapping[str, Any]:
        raise Unavailable("nobody there", remedy="look")

    (found,) = diagnose([Examination(NAME, lambda: check_provider(ISSUER, away))])
    assert (found.severity, found.remedy) == (Severity.ERROR, "look")


def test_local_accounts_ask_nobody() -> None:
    """Without an issuer nothing is fetched."""
    assert check_provider("", dict).severity is Severity.OK
