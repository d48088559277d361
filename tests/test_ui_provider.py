"""What the page tells Streamlit about the company's provider."""

import argparse
import stat
import tomllib
from pathlib import Path

import pytest

from ui.provider import Unfit, add_arguments, client_toml, secrets_file

ISSUER = "https://id.example.eu/realms/company"


def wanted(*arguments: str) -> argparse.Namespace:
    """Return the parsed arguments of a start."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(arguments)


def test_streamlit_is_told_the_client(tmp_path: Path) -> None:
    """Redirect address, client, metadata; PKCE always; no e-mail; the ID token alone; again for who proves it."""
    secret, key = tmp_path / "client", tmp_path / "key"
    secret.write_text('s3"\\cret\n', encoding="utf-8")
    key.write_text("k" * 32, encoding="utf-8")
    arguments = wanted(f"--issuer={ISSUER}/", f"--client-secret-file={secret}", f"--cookie-secret-file={key}")

    told = tomllib.loads(client_toml(arguments, "https://ask.example.eu"))["auth"]
    assert told == {
        "redirect_uri": "https://ask.example.eu/oauth2callback",
        "cookie_secret": "k" * 32,
        "client_id": "intramuros",
        "client_secret": 's3"\\cret',
        "server_metadata_url": f"{ISSUER}/.well-known/openid-configuration",
        "expose_tokens": "id",
        "client_kwargs": {"scope": "openid profile", "code_challenge_method": "S256"},
        "again": {
            "client_id": "intramuros",
            "client_secret": 's3"\\cret',
            "server_metadata_url": f"{ISSUER}/.well-known/openid-configuration",
            "client_kwargs": {"scope": "openid profile", "code_challenge_method": "S256", "prompt": "login"},
        },
    }


def test_page_makes_a_key_of_its_own_where_none_is_named() -> None:
    """Another one at each start."""
    keys = {
        tomllib.loads(client_toml(wanted("--issuer", ISSUER), "https://a"))["auth"]["cookie_secret"]
        for _ in "12"
    }

    assert len(keys) == 2
    assert min(map(len, keys)) >= 32


def test_short_or_missing_key_is_refused(tmp_path: Path) -> None:
    """A cookie that could be forged is none."""
    short = tmp_path / "key"
    short.write_text("k" * 31 + "\n", encoding="utf-8")
    for path in (short, tmp_path / "none"):
        with pytest.raises(Unfit, match=path.name):
            client_toml(wanted("--issuer", ISSUER, "--cookie-secret-file", str(path)), "https://a")


def test_file_is_for_this_account_and_goes_with_the_page() -> None:
    """Nobody else reads it, and nothing of it stays behind."""
    with secrets_file(wanted("--issuer", ISSUER), "https://a") as path:
        assert path is not None
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


def test_nothing_is_written_without_a_provider() -> None:
    """Local accounts need no file."""
    with secrets_file(wanted(), "https://a") as path:
        assert path is None


def test_empty_secret_of_the_client_is_refused(tmp_path: Path) -> None:
    """A file that was named and left empty is a mistake, not a client without a secret."""
    empty = tmp_path / "client"
    empty.write_text("\n", encoding="utf-8")
    with pytest.raises(Unfit, match="is empty"):
        client_toml(wanted("--issuer", ISSUER, "--client-secret-file", str(empty)), "https://a")
