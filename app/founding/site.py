"""Tell the story of `intramuros init`: .env, secrets, a certificate; nothing that is there is touched."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.founding import certificates
from app.founding.certificates import Pair
from app.founding.environment import UNCHECKED, Answers, behind, filled, images, value_of
from app.founding.secrets import OWN_MODE, SECRETS, fault, new_key, prepare, put
from retrieval.errors import SetupRefused

TEMPLATE, ENVIRONMENT, FOLDER = "images.env", ".env", "secrets"
AUTHORITY, AUTHORITY_KEY = "own_ca.pem", "own_ca_key"


@dataclass
class Founded:
    """Say what was made, what was there already, and what the house still needs, each as a line for people."""

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)


def found(folder: Path, answers: Answers | None, *, own_authority: bool, now: datetime) -> Founded:
    """Write what is missing beside the compose files in `folder`. `answers` may be None where .env is there.

    Raises InvalidRequest for answers that contradict each other, SetupRefused where files cannot be read or written.
    """
    told = Founded()
    text = _environment(folder, answers, told)
    prepare(folder / FOLDER)
    _keys(folder / FOLDER, text, told)
    _certificate(
        folder / FOLDER, value_of(text, "PUBLIC_HOST"), own_authority=own_authority, now=now, told=told
    )
    wanted = images(value_of(text, "COMPOSE_FILE").split(":"))
    if zeros := [name for name in wanted if value_of(text, name).endswith(UNCHECKED)]:
        told.needed.append(f"{ENVIRONMENT}: the digests of {', '.join(zeros)}")
    return told


def read_environment(folder: Path) -> str:
    """Return the text of .env. Raises SetupRefused where there is none."""
    try:
        return (folder / ENVIRONMENT).read_text(encoding="utf-8")
    except OSError as error:
        raise SetupRefused(
            f"there is no {folder / ENVIRONMENT}",
            remedy="run `intramuros init` first, or name the folder with --folder",
        ) from error


def authority_of(secrets: Path) -> Pair | None:
    """Return the house's own authority, None where it has none. Raises SetupRefused where half of it is gone."""
    certificate, key = secrets / AUTHORITY, secrets / AUTHORITY_KEY
    if not certificate.exists() and not key.exists():
        return None
    try:
        return Pair(certificate.read_text(encoding="utf-8"), key.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupRefused(
            f"{error.filename} of the house's own authority cannot be read: {error.strerror}",
            remedy="restore it from the backup of your secrets; without its key a new authority must be trusted",
        ) from error


def put_certificate(secrets: Path, authority: Pair, host: str, *, now: datetime) -> None:
    """Issue a certificate of `host` and put it where the proxy reads it. Raises SetupRefused."""
    issued = certificates.issue(authority, host, now=now)
    put(secrets / "tls_key", issued.key)
    put(secrets / "tls_certificate", issued.certificate)


def _environment(folder: Path, answers: Answers | None, told: Founded) -> str:
    try:
        template = (folder / TEMPLATE).read_text(encoding="utf-8")
    except OSError as error:
        raise SetupRefused(
            f"there is no {folder / TEMPLATE}", remedy="name the folder of compose.yaml with --folder"
        ) from error
    if answers is None or (folder / ENVIRONMENT).exists():
        text = read_environment(folder)
        told.kept.append(f"{ENVIRONMENT}: edit it to change an answer")
        told.needed += [f"{ENVIRONMENT}: {line}, as {TEMPLATE} says" for line in behind(text, template)]
        return text
    text = filled(template, answers)
    put(folder / ENVIRONMENT, text, mode=0o644)
    told.made.append(f"{ENVIRONMENT}: your answers, the images, the model")
    return text


def _keys(folder: Path, text: str, told: Founded) -> None:
    overlays = value_of(text, "COMPOSE_FILE").split(":")
    has_provider = bool(value_of(text, "SIGN_IN_ISSUER"))
    for secret in SECRETS:
        path = folder / secret.name
        if secret.origin == "certificate" or (secret.overlay and secret.overlay not in overlays):
            continue
        if path.exists():
            # A provider chooses the length of its clients' secrets.
            wrong = fault(path)
            if secret.origin == "provider" and wrong.startswith("has fewer"):
                wrong = ""
            told.kept.append(f"{FOLDER}/{secret.name}")
            if wrong:
                told.needed.append(f"{FOLDER}/{secret.name} {wrong}: remove it and run this again")
        elif secret.origin == "provider" and has_provider:
            told.needed.append(f"{FOLDER}/{secret.name}: {secret.what}, one line")
        else:  # without a provider a file must be there all the same, and nobody asks for what is in it
            put(path, new_key() + "\n")
            told.made.append(f"{FOLDER}/{secret.name}: {secret.what}")


def _certificate(folder: Path, host: str, *, own_authority: bool, now: datetime, told: Founded) -> None:
    certificate, key = folder / "tls_certificate", folder / "tls_key"
    there = [one for one in (certificate, key) if one.exists()]
    if there and not all(one.is_file() for one in (certificate, key)):
        told.kept += [f"{FOLDER}/{one.name}" for one in there]
        told.needed.append(_half(certificate, key))
        return
    if there:
        pair = Pair(certificate.read_text(encoding="utf-8"), key.read_text(encoding="utf-8"))
        told.kept.append(f"{FOLDER}/tls_certificate, {FOLDER}/tls_key")
        if wrong := certificates.fault(pair, host, now=now):
            told.needed.append(f"{FOLDER}/tls_certificate {wrong}")
        return
    if not own_authority:
        told.needed.append(
            f"{FOLDER}/tls_certificate and {FOLDER}/tls_key: your certificate of {host} with its chain, and its key; "
            "or run this again with --own-authority"
        )
        return
    authority = _authority(folder, host, now=now, told=told)
    put_certificate(folder, authority, host, now=now)
    told.made.append(f"{FOLDER}/tls_certificate, {FOLDER}/tls_key: a certificate of {host} by that authority")


def _half(certificate: Path, key: Path) -> str:
    """Return what a house needs whose pair is not whole: a key may wait for a certificate that is being made out."""
    if strange := [one.name for one in (certificate, key) if one.exists() and not one.is_file()]:
        return f"{FOLDER}/{strange[0]} is no file: remove it and run this again"
    missing, other = (key, certificate) if certificate.exists() else (certificate, key)
    return f"{FOLDER}/{missing.name}: what belongs to {other.name}; or remove that and run this again"


def _authority(folder: Path, host: str, *, now: datetime, told: Founded) -> Pair:
    """Return the house's own authority, made where there is none. Its key is written first, and is used if it is there.

    The key alone is what a run leaves that was killed between the two; trust in an older certificate of it holds.
    """
    has_key, has_certificate = (folder / AUTHORITY_KEY).is_file(), (folder / AUTHORITY).exists()
    if (not has_key or has_certificate) and (there := authority_of(folder)) is not None:
        return there
    kept = (folder / AUTHORITY_KEY).read_text(encoding="utf-8") if has_key else ""
    made = certificates.new_authority(host, now=now, key_pem=kept)
    if not has_key:
        put(folder / AUTHORITY_KEY, made.key, mode=OWN_MODE)
        told.made.append(
            f"{FOLDER}/{AUTHORITY_KEY}: its key; keep a copy off this machine, no container sees it"
        )
    put(folder / AUTHORITY, made.certificate)
    told.made.append(f"{FOLDER}/{AUTHORITY}: the house's own authority, to be trusted by browsers")
    return made
