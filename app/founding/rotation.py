"""Replace a secret of a house in containers, and say what has to be done so that everybody uses the new one."""

import base64
import hashlib
import hmac
import secrets as random
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from app.founding import certificates
from app.founding.environment import value_of
from app.founding.secrets import OWN_MODE, SECRETS, Secret, new_key, put, readers
from app.founding.site import FOLDER, authority_of, put_certificate, read_environment
from retrieval.errors import InvalidRequest, NotFound

ROLE = "intramuros"  # POSTGRES_USER of compose.yaml
SCRAM_ROUNDS = 4096  # PostgreSQL's default; a random password of 256 bits needs no more
ONLY_FOR_SERVERS = frozenset({"database_password", "index_api_key", "index_read_key"})
STATEMENT = "database_password.sql"


def rotate(folder: Path, name: str, *, now: datetime) -> tuple[str, ...]:
    """Put a new secret in place of the old, which is kept as NAME.previous; return the commands that follow.

    Until they are run everything goes on with the old one. Raises NotFound, InvalidRequest and SetupRefused.
    """
    secret = next((one for one in SECRETS if one.name == name), None)
    if secret is None or not (folder / FOLDER / name).is_file():
        known = ", ".join(one.name for one in SECRETS if (folder / FOLDER / one.name).is_file())
        raise NotFound(
            f"there is no secret {name} in {folder / FOLDER}", remedy=f"choose among {known or 'none'}"
        )
    text = read_environment(folder)
    files = value_of(text, "COMPOSE_FILE").split(":")
    if "compose.edge.yaml" in files and name in ONLY_FOR_SERVERS:
        raise InvalidRequest(f"no container of this installation asks for {name}", remedy="leave it as it is")
    again = _start_again(secret, files)
    if secret.origin == "provider":
        raise InvalidRequest(
            f"{name} is made by the sign-in provider",
            remedy=f"have it make a new one, write it into {FOLDER}/{name}, then: {again}",
        )
    if secret.origin == "certificate":
        return _new_certificate(folder, value_of(text, "PUBLIC_HOST"), again, now=now)
    path = folder / FOLDER / name
    put(path.with_name(f"{name}.previous"), path.read_text(encoding="utf-8"), mode=OWN_MODE)
    key = new_key()
    steps = _before(folder / FOLDER, name, key)
    put(path, key + "\n")
    return (*steps, *([again] if name != "grafana_admin" else []))


def scram_verifier(password: str, salt: bytes) -> str:
    """Return what PostgreSQL keeps of a password (RFC 5802, RFC 7677): with it the password itself need not be sent."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    told = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${SCRAM_ROUNDS}:{told[0]}${told[1]}:{told[2]}"


def _before(folder: Path, name: str, key: str) -> list[str]:
    """Return what must be done before containers start with the new key."""
    if name == "database_password":
        verifier = scram_verifier(key, random.token_bytes(16))
        put(folder / STATEMENT, f"ALTER ROLE {ROLE} PASSWORD '{verifier}';\n", mode=OWN_MODE)
        psql = f"psql --set ON_ERROR_STOP=1 --username {ROLE} --dbname {ROLE}"
        return [f"docker compose exec -T postgres {psql} < {FOLDER}/{STATEMENT}"]
    if name == "grafana_admin":  # read at its first start only
        reset = "grafana cli --homepath /usr/share/grafana admin reset-admin-password --password-from-stdin"
        return [f"docker compose exec -T grafana {reset} < {FOLDER}/{name}"]
    return []


def _start_again(secret: Secret, overlays: Collection[str]) -> str:
    return f"docker compose up -d --no-deps --force-recreate {' '.join(readers(secret, overlays))}"


def _new_certificate(folder: Path, host: str, again: str, *, now: datetime) -> tuple[str, ...]:
    secrets = folder / FOLDER
    authority = authority_of(secrets)
    pair = [secrets / "tls_certificate", secrets / "tls_key"]
    texts = [one.read_text(encoding="utf-8") if one.is_file() else "" for one in pair]
    # A house may have an authority of its own and still have gone over to the company's.
    if authority is None or not certificates.is_issued_by(authority, texts[0]):
        raise InvalidRequest(
            "your certificate is made by an authority of your company",
            remedy=f"write the new one into {FOLDER}/tls_certificate and {FOLDER}/tls_key, then: {again}",
        )
    for one, text in zip(pair, texts, strict=True):
        put(one.with_name(f"{one.name}.previous"), text, mode=OWN_MODE)
    put_certificate(secrets, authority, host, now=now)
    return (again,)
