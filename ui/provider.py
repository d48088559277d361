"""Have Streamlit sign people in through the company's OpenID Connect provider.

Streamlit reads how from a file of secrets. It is written when the page starts, for this account alone, and removed when
it ends: secrets stand neither in the environment nor on the command line.
"""

import argparse
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AGAIN = "again"  # a second entry of the same client, which has people show who they are although they are signed in
CALLBACK = "/oauth2callback"  # Streamlit's; the provider must know it
SHARED = frozenset({"redirect_uri", "cookie_secret", "expose_tokens"})  # by both entries
COOKIE_SECRET_CHARS = 32  # fewer could be tried out (ASVS 5.0, 11.2)


class Unfit(Exception):
    """Say in one sentence why the page cannot sign people in so."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the provider's client is made of."""
    group = parser.add_argument_group("sign-in by the company's provider")
    group.add_argument(
        "--issuer", default="", help="issuer of the OpenID Connect provider; none: local accounts"
    )
    group.add_argument("--client-id", default="intramuros", help="what it calls this service (%(default)s)")
    group.add_argument("--client-secret-file", type=Path, help="file with the secret of this client")
    group.add_argument("--cookie-secret-file", type=Path, help="file with 32 random characters or more")
    group.add_argument("--ca-file", type=Path, help="certificates to check the provider's with")
    group.add_argument("--scope", default="openid profile", help="what is asked for (%(default)s)")


@contextmanager
def secrets_file(wanted: argparse.Namespace, public_url: str) -> Iterator[Path | None]:
    """Give the file that Streamlit reads, None without a provider. Raises Unfit."""
    if not wanted.issuer:
        yield None
        return
    if wanted.ca_file:
        os.environ["SSL_CERT_FILE"] = str(wanted.ca_file)  # read by the client that Streamlit signs in with
    descriptor, name = tempfile.mkstemp(prefix="intramuros-", suffix=".toml")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(client_toml(wanted, public_url))
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def client_toml(wanted: argparse.Namespace, public_url: str) -> str:
    """Return the file's text. PKCE with S256 is always used, also where the provider's metadata is silent about it."""
    values = {
        "redirect_uri": public_url.rstrip("/") + CALLBACK,
        "cookie_secret": _cookie_secret(wanted.cookie_secret_file),
        "client_id": wanted.client_id,
        "client_secret": _client_secret(wanted.client_secret_file),
        "server_metadata_url": wanted.issuer.rstrip("/") + "/.well-known/openid-configuration",
        "expose_tokens": "id",
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    client = f'scope = {json.dumps(wanted.scope)}, code_challenge_method = "S256"'
    again = [line for line in lines if line.partition(" ")[0] not in SHARED]
    return "\n".join(
        [
            *("[auth]", *lines, f"client_kwargs = {{ {client} }}"),
            *(f"[auth.{AGAIN}]", *again, f'client_kwargs = {{ {client}, prompt = "login" }}', ""),
        ]
    )


def _client_secret(path: Path | None) -> str:
    secret = _read(path) if path else ""
    if path and not secret:
        raise Unfit(f"'{path}' is empty; write what the provider gave for this client into it")
    return secret


def _cookie_secret(path: Path | None) -> str:
    secret = _read(path) if path else secrets.token_urlsafe(COOKIE_SECRET_CHARS)
    if len(secret) < COOKIE_SECRET_CHARS:
        raise Unfit(f"'{path}' holds {len(secret)} characters; a cookie's key needs {COOKIE_SECRET_CHARS}")
    return secret


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit(f"'{path}' cannot be read: {error}") from error
