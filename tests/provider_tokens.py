"""Sign tokens as a provider would, rightly and wrongly, and serve its metadata and keys on loopback."""

import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "intramuros"


@dataclass
class FakeProvider:
    """Hold the keys of a provider and what it tells of itself. `asked` lists the paths that were fetched."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    issuer: str = ""
    asked: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    is_down: bool = False
    body: bytes | None = None  # in place of every reply
    is_asked: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=threading.Event)  # cleared, it hangs

    def __post_init__(self) -> None:
        """Answer at once until told otherwise."""
        self.answers.set()

    def rotate(self, kid: str) -> None:
        """Sign with a new key from here on; the old one is withdrawn."""
        self.key = RSAKey.generate_key(2048, {"kid": kid})

    def claims(self, now: datetime, **changed: Any) -> dict[str, Any]:
        """Return the claims of an ID token of this moment; None takes one out."""
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "jti": str(uuid4()),
            "sub": "7f3",
            "name": "Marc Petit",
            "groups": ["payroll"],
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
        }
        return {name: value for name, value in {**claims, **changed}.items() if value is not None}

    def token(self, now: datetime, **changed: Any) -> str:
        """Return an ID token with these claims changed."""
        return self.signed(self.claims(now, **changed))

    def signed(self, claims: Mapping[str, Any], *, key: Any = None, **header: Any) -> str:
        """Return claims signed with the provider's key, or with another one under another header."""
        used = key or self.key
        head = {"alg": "RS256", "kid": self.key.kid, **header}
        return jwt.encode(head, dict(claims), used, algorithms=[head["alg"]])

    def forged_with_public_key(self, now: datetime) -> str:
        """Return a token whose HMAC is keyed with what everybody can fetch (RFC 8725, 2.1)."""
        head, body = ({"alg": "HS256", "kid": self.key.kid}, self.claims(now))
        signed = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, body))
        mac = hmac.new(self.key.as_pem(private=False), signed, "sha256").digest()
        return (signed + b"." + urlsafe_b64encode(mac).rstrip(b"=")).decode()

    def reply(self, path: str) -> Mapping[str, Any]:
        """Return what stands at a path."""
        if path.endswith("/keys"):
            return {"keys": [self.key.as_dict(private=False)]}
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **self.metadata}


@contextmanager
def serving(provider: FakeProvider) -> Iterator[FakeProvider]:
    """Serve the provider on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            provider.is_asked.set()
            provider.answers.wait()
            self.send_response(503 if provider.is_down else 200)
            self.end_headers()
            body = (
                provider.body if provider.body is not None else json.dumps(provider.reply(self.path)).encode()
            )
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
