"""Hold the texts of the place for API keys; `ui.words` takes them up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KeyWords:
    """Hold the texts of one language for API keys. Braces are filled with str.format."""

    keys: str = "API keys"
    keys_hint: str = (
        "For other programs that ask or read on your behalf, with your rights of the moment. A key "
        "dies with your account."
    )
    keys_none: str = "You have no keys."
    key_new: str = "New key"
    key_name: str = "What it is for"
    key_may: str = "It may"
    key_scopes: tuple[tuple[str, str], ...] = (
        ("ask", "ask questions"),
        ("read", "read documents"),
        ("ingest", "upload files"),
    )
    key_days: str = "Days until it expires"
    key_make: str = "Make the key"
    key_made: str = "Your new key"
    key_made_hint: str = "Copy it now: it is shown this once. Whoever has it can do what it may in your name."
    key_until: str = "until {day}"
    key_seen: str = "last used {day}"
    key_unused: str = "not used yet"
    key_revoke: str = "Revoke the key"
    key_revoked: str = "The key opens nothing any more."
