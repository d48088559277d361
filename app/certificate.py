"""Tell until when the certificate is good that browsers see, by reading it where it is served.

A proxy reads its files when it starts: what lies in them may be newer than what people get, and its own figures do not
tell. Nothing is sent to the door but a greeting, and nobody's word is taken for anything.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from app.doctor import Check, Severity
from app.founding.certificates import Described, described
from app.sections import Page
from retrieval.errors import Unavailable

NAME: Final = "certificate"
TIMEOUT_S: Final = 3.0
EVERY_S: Final = 600.0  # it changes once in months, and must be seen to have changed soon after
ENDS_SOON: Final = timedelta(days=14)  # the alert has the same; who renews by a program does it earlier
RENEW: Final = (
    "put a new one in its place and start the proxy anew: `intramuros secrets rotate tls_key` says how"
)


@dataclass(frozen=True, slots=True)
class Door:
    """Say which name people type, and where a process of the house finds who answers by it."""

    name: str
    host: str
    port: int

    def served(self) -> Described:
        """Return what stands in the certificate that is shown there. Raises Unavailable."""
        # Not verified: one that has ended must be readable too, and nothing is said to whoever shows it.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with (
                socket.create_connection((self.host, self.port), TIMEOUT_S) as plain,
                context.wrap_socket(plain, server_hostname=self.name) as spoken,
            ):
                return described(spoken.getpeercert(binary_form=True) or b"", self.name)
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"no certificate can be read at {self.host}:{self.port} ({type(error).__name__})",
                remedy="look at the proxy; page.door names where the house sees it",
            ) from error


def door_of(page: Page) -> Door | None:
    """Return where the house sees the certificate of its public name; None where people come without TLS."""
    public = urlsplit(page.public_url)
    if public.scheme != "https" or public.hostname is None:
        return None
    host, _, port = page.door.rpartition(":")
    return Door(public.hostname, host or public.hostname, int(port or public.port or 443))


def check_certificate(page: Page, *, now: datetime) -> list[Check]:
    """Return whether the certificate is good for some time yet, and for the name; nothing where there is no TLS."""
    door = door_of(page)
    if door is None:
        return []
    try:
        served = door.served()
    except Unavailable as error:  # not known to be wrong: a proxy may be out of this process's reach
        return [Check(NAME, Severity.WARNING, error.message, remedy=error.remedy)]
    until = f"{served.until:%Y-%m-%d}"
    if served.until <= now:
        return [Check(NAME, Severity.ERROR, f"the certificate of {door.name} ended on {until}", remedy=RENEW)]
    if served.since > now:
        told = f"the certificate of {door.name} is good from {served.since:%Y-%m-%d} only"
        return [Check(NAME, Severity.ERROR, told, remedy=f"{RENEW}, or set the clock of this machine")]
    if not served.is_for_host:
        told = f"the certificate shown at {door.host}:{door.port} is not made out to {door.name}"
        return [Check(NAME, Severity.ERROR, told, remedy=RENEW)]
    severity = Severity.WARNING if served.until <= now + ENDS_SOON else Severity.OK
    remedy = RENEW if severity is Severity.WARNING else ""
    return [Check(NAME, severity, f"the certificate of {door.name} is good until {until}", remedy=remedy)]


class Lookout:
    """Know until when it is good, read now and then beside who asks: a door that hangs holds up nobody."""

    def __init__(self, door: Door | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._door = door
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._is_reading = False
        self._until: datetime | None = None

    def until(self) -> datetime | None:
        """Return what the last reading found; None before the first, after one that failed, and without TLS."""
        with self._lock:
            if self._door is None:
                return None
            if not self._is_reading and self._clock() - self._read_at > EVERY_S:
                self._is_reading = True
                threading.Thread(
                    target=self._read, args=(self._door,), name="certificate", daemon=True
                ).start()
            return self._until

    def _read(self, door: Door) -> None:
        found: datetime | None = None
        try:
            found = door.served().until
        except Unavailable:
            pass  # no figure is served, and the doctor says why
        finally:
            with self._lock:
                self._until, self._read_at, self._is_reading = found, self._clock(), False
