"""Each secret can be replaced, and the commands that follow are for exactly those who use it."""

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography import x509

from app.founding import certificates
from app.founding.environment import Answers
from app.founding.rotation import STATEMENT, rotate, scram_verifier
from app.founding.secrets import SECRETS, put
from app.founding.site import found
from retrieval.errors import InvalidRequest, NotFound
from tests.deploy.merged import running
from tests.deploy.test_founding import ALL, EDGE, HOST, NOW, SERVER, contents

MADE = [one.name for one in SECRETS if one.origin == "made"]
EVERYTHING = replace(SERVER, overlays=ALL)
HOUSES = {"gpu": SERVER, "everything": EVERYTHING, "edge on cpu": EDGE}


def house(folder: Path, answers: Answers) -> Path:
    """Return the folder of secrets of a founded house."""
    found(folder, answers, own_authority=True, now=NOW)
    return folder / "secrets"


@pytest.mark.parametrize("name", MADE)
def test_a_key_is_replaced_and_no_other(folder: Path, name: str) -> None:
    """The new one is as long and another; the old one is kept for its owner; every other file is as before."""
    secrets = house(folder, EVERYTHING)
    before = contents(secrets)
    rotate(folder, name, now=NOW)
    after = contents(secrets)
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed - {STATEMENT} == {name, f"{name}.previous"}
    assert len(after[name]) == len(before[name]) == 65
    assert after[f"{name}.previous"] == before[name]
    assert (secrets / f"{name}.previous").stat().st_mode & 0o777 == 0o400
    assert (secrets / name).stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("combination", HOUSES)
@pytest.mark.parametrize("name", [*MADE, "tls_key"])
def test_those_who_read_it_are_started_again(folder: Path, combination: str, name: str) -> None:
    """The last command names the running containers that mount the secret, and only those."""
    house(folder, HOUSES[combination])
    mounting = {one for one, service in running(combination).items() if name in service.get("secrets", [])}
    mounting -= {"postgres"}  # it reads the password when it is first made
    if combination == "edge on cpu" and name in {"database_password", "index_api_key", "index_read_key"}:
        with pytest.raises(InvalidRequest, match=name):
            rotate(folder, name, now=NOW)
    elif not (folder / "secrets" / name).exists():
        assert not mounting
        with pytest.raises(NotFound):
            rotate(folder, name, now=NOW)
    else:
        steps = rotate(folder, name, now=NOW)
        if name == "grafana_admin":  # which reads it at its first start
            assert "reset-admin-password" in steps[-1]
        else:
            assert set(steps[-1].partition("--force-recreate ")[2].split()) == mounting
        assert not any(
            (folder / "secrets" / name).read_text(encoding="utf-8").strip() in step for step in steps
        )


@pytest.mark.postgres
def test_postgres_takes_the_new_password(folder: Path, postgres_url: str) -> None:
    """The statement makes the server keep what it would have made of the new password itself; no data is touched."""
    secrets = house(folder, SERVER)
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE ROLE intramuros LOGIN PASSWORD 'old'")
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        rotate(folder, "database_password", now=NOW)
        statement = (secrets / STATEMENT).read_text(encoding="utf-8")
        password = (secrets / "database_password").read_text(encoding="utf-8").strip()
        assert password not in statement
        connection.execute(statement)
        asked = "SELECT rolpassword FROM pg_authid WHERE rolname = 'intramuros'"
        (ours,) = connection.execute(asked).fetchone() or ("",)
        assert ours in statement
        connection.execute(f"ALTER ROLE intramuros PASSWORD '{password}'")
        (theirs,) = connection.execute(asked).fetchone() or ("",)
        salt = theirs.split("$")[1].partition(":")[2]
        assert scram_verifier(password, base64.b64decode(salt)) == theirs
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        connection.execute("DROP ROLE intramuros")


def test_certificate_is_renewed_by_the_own_authority(folder: Path) -> None:
    """Browsers trust the new one without doing anything; the authority stays."""
    secrets = house(folder, EDGE)
    before = contents(secrets)
    rotate(folder, "tls_certificate", now=NOW + timedelta(days=390))
    after = contents(secrets)
    pair = ("tls_certificate", "tls_key")
    kept = {f"{name}.previous" for name in pair}
    assert {path for path in after if before.get(path) != after[path]} == {*pair, *kept}
    assert all(after[f"{name}.previous"] == before[name] for name in pair)
    assert (secrets / "tls_key.previous").stat().st_mode & 0o777 == 0o400
    renewed = x509.load_pem_x509_certificate(after["tls_certificate"])
    assert renewed.not_valid_after_utc == NOW + timedelta(days=390 + 397)


def test_what_others_make_is_not_made_up(folder: Path) -> None:
    """The provider's secret and a company's certificate come from there; the remedy says what to do then."""
    secrets = house(folder, SERVER)
    (secrets / "sign_in_client").write_text("given\n", encoding="utf-8")
    for name in ("own_ca.pem", "own_ca_key"):
        (secrets / name).unlink()
    before = contents(secrets)
    for name, service in (("sign_in_client", "ui"), ("tls_key", "caddy")):
        with pytest.raises(InvalidRequest) as refused:
            rotate(folder, name, now=NOW)
        assert refused.value.remedy.endswith(f"--force-recreate {service}")
    assert contents(secrets) == before


@pytest.mark.parametrize("missing", ["", "tls_certificate"])
def test_certificate_of_another_issuer_is_never_replaced(folder: Path, missing: str) -> None:
    """Also where an authority of the house's own is left from before, and where a key waits for its certificate."""
    secrets = house(folder, EDGE)
    theirs = certificates.issue(certificates.new_authority(HOST, now=NOW), HOST, now=NOW)
    put(secrets / "tls_key", theirs.key)
    put(secrets / "tls_certificate", theirs.certificate)
    if missing:
        (secrets / missing).unlink()
    before = contents(secrets)
    with pytest.raises(InvalidRequest, match="company"):
        rotate(folder, "tls_key", now=NOW)
    assert contents(secrets) == before


def test_folder_in_place_of_a_secret_is_not_rotated(folder: Path) -> None:
    """It is no secret; the remedy names those that are."""
    secrets = house(folder, EDGE)
    (secrets / "page_cookie").unlink()
    (secrets / "page_cookie").mkdir()
    with pytest.raises(NotFound) as refused:
        rotate(folder, "page_cookie", now=NOW)
    assert "page_cookie" not in refused.value.remedy
