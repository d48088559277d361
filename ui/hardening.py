"""Name the options Streamlit must run with, and refuse to start with any other."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

# Each closes a door that Streamlit leaves open by itself: probes to the internet, tracebacks for readers,
# file serving, an agent interface, sessions that outlive the tab. The address-dependent ones are in `options`.
REQUIRED: dict[str, object] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "server.disconnectedSessionTTL": 120,
    "server.enableAgentApi": False,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxMessageSize": 50,
    "server.maxUploadSize": 50,
    "server.trustedUserHeaders": {},
    "server.unsafeMetricsUserAttributes": [],
}


LIGHTENED = 0.55  # of the way to white: any colour legible on white is then legible on the dark ground


def options(*, host: str, port: int, public_url: str, secrets: Path | None = None) -> dict[str, object]:
    """Return every hardened option for a page that listens on host:port and is known as `public_url`.

    `secrets` is the only file that Streamlit reads them from, none without a provider to sign people in.
    """
    address = urlsplit(public_url)
    name = address.hostname or host
    return REQUIRED | {
        "server.address": host,
        "server.port": port,
        # Without an address of its own, Streamlit asks services on the internet for it.
        "browser.serverAddress": name,
        "browser.serverPort": address.port or (443 if address.scheme == "https" else 80),
        "server.allowedHosts": sorted({name, "127.0.0.1", "localhost"}),  # the last two for health checks
        "secrets.files": [str(secrets)] if secrets else [],
        "server.corsAllowedOrigins": [f"{address.scheme}://{address.netloc}"],
    }


def colours(accent: str) -> dict[str, object]:
    """Return the options of Streamlit's theme for a colour "#rrggbb" that can be read on white; none without one.

    In the dark it goes on carrying white letters; what is written in it is lightened.
    """
    if not accent:
        return {}
    mixed = (round(int(accent[at : at + 2], 16) * (1 - LIGHTENED) + 255 * LIGHTENED) for at in (1, 3, 5))
    lighter = "#" + "".join(f"{channel:02x}" for channel in mixed)
    return {
        "theme.light.primaryColor": accent,
        "theme.light.linkColor": accent,
        "theme.dark.primaryColor": accent,
        "theme.dark.linkColor": lighter,
    }


def differences(expected: dict[str, object], read: Callable[[str], object]) -> list[str]:
    """Return one line for each option whose value, as `read` gives it, is not the expected one."""
    found = []
    for name, value in expected.items():
        actual = read(name)
        if actual != value:
            found.append(f"{name} is {actual!r}, must be {value!r}")
    return found
