"""`intramuros init` writes what a house needs, never what is there, and says what is missing."""

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from app.cli.main import app
from app.founding import certificates
from app.founding.environment import OVERLAYS, Answers, compose_files, filled, images, value_of
from app.founding.secrets import SECRETS
from app.founding.site import authority_of, found
from app.models.catalogue import entry
from retrieval.errors import InvalidRequest, SetupRefused
from tests.deploy.merged import COMBINATIONS, DEPLOY, merged, running, tool

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HOST = "ask.example.org"
ISSUER = "https://id.example.org/realms/company"
SERVER = Answers(HOST, ISSUER, ("gpu",))
EDGE = Answers(HOST, "", ("edge", "cpu"))
ALL = tuple(name for name in OVERLAYS if name not in {"edge", "cpu"})
TEMPLATE = (DEPLOY / "images.env").read_text(encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_edge_with_its_own_authority_lacks_only_digests(folder: Path) -> None:
    """Every secret that the compose files mount is there, closed by its folder, readable inside it."""
    told = found(folder, EDGE, own_authority=True, now=NOW)
    assert told.needed == [".env: the digests of CADDY_IMAGE"]
    mounted = set(merged("edge on cpu")["secrets"])
    assert {path.name for path in (folder / "secrets").iterdir()} == mounted | {"own_ca.pem", "own_ca_key"}
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
    for name in mounted:
        assert (folder / "secrets" / name).stat().st_mode & 0o777 == 0o444
    assert (folder / "secrets" / "own_ca_key").stat().st_mode & 0o777 == 0o400


def test_keys_are_long_and_differ(folder: Path) -> None:
    """64 hexadecimal digits each, no two alike."""
    found(folder, replace(EDGE, overlays=(*EDGE.overlays, "monitoring")), own_authority=False, now=NOW)
    keys = [
        (folder / "secrets" / one.name).read_text(encoding="utf-8").strip()
        for one in SECRETS
        if one.origin == "made"
    ]
    assert len(set(keys)) == len(keys) == 6
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)


def test_server_is_told_what_only_the_company_has(folder: Path) -> None:
    """The client's secret of the provider and the certificate are named, not made up."""
    told = found(folder, SERVER, own_authority=False, now=NOW)
    assert len(told.needed) == 3
    assert told.needed[0].startswith("secrets/sign_in_client: ")
    assert told.needed[1].startswith("secrets/tls_certificate and secrets/tls_key: ")
    assert "POSTGRES_IMAGE" in told.needed[2]
    assert not (folder / "secrets" / "sign_in_client").exists()


def test_second_run_changes_nothing(folder: Path) -> None:
    """Also with other answers: what is there stays, to the byte."""
    found(folder, EDGE, own_authority=True, now=NOW)
    before = contents(folder)
    told = found(folder, replace(SERVER, public_host="other.example.org"), own_authority=True, now=NOW)
    assert contents(folder) == before
    assert told.made == []


def test_what_an_update_brought_is_told(folder: Path) -> None:
    """Images of a new release and lines that .env never had; digests that nobody looked up overrule none."""
    found(folder, EDGE, own_authority=True, now=NOW)
    text = (folder / "images.env").read_text(encoding="utf-8")
    text = text.replace("intramuros-ui:0.1.0", "intramuros-ui:0.2.0") + "NEW=1\n"
    (folder / "images.env").write_text(text, encoding="utf-8")
    env = (folder / ".env").read_text(encoding="utf-8").replace("0" * 64, "1" * 64)
    (folder / ".env").write_text(env, encoding="utf-8")
    told = found(folder, None, own_authority=True, now=NOW)
    assert told.needed == [
        ".env: UI_IMAGE=intramuros-ui:0.2.0, as images.env says",
        ".env: NEW=1, as images.env says",
    ]


@pytest.mark.parametrize("text", ["", "\n", "short\n"])
def test_weak_key_that_is_there_is_named(folder: Path, text: str) -> None:
    """It is left alone and told."""
    (folder / "secrets").mkdir()
    (folder / "secrets" / "model_api_key").write_text(text, encoding="utf-8")
    told = found(folder, EDGE, own_authority=True, now=NOW)
    assert told.needed[0].startswith("secrets/model_api_key ")
    assert (folder / "secrets" / "model_api_key").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "answers",
    [
        replace(EDGE, public_host="https://ask.example.org"),
        replace(EDGE, public_host="ask.example.org\nAPP_IMAGE=evil"),
        replace(SERVER, issuer=""),
        replace(SERVER, issuer="http://id.example.org"),
        replace(EDGE, overlays=(*EDGE.overlays, "qdrant-cluster")),
        replace(EDGE, overlays=(*EDGE.overlays, "gpu-replicas")),
        replace(EDGE, overlays=("edge",)),
        replace(EDGE, overlays=("edge", "gpu", "cpu")),
        replace(EDGE, overlays=("cpu", "nonsense")),
        replace(EDGE, model="mixtral-8x7b-instruct-v0.1"),
        replace(SERVER, model="qwen2.5-coder-1.5b-instruct"),
    ],
)
def test_answers_that_do_not_fit_are_refused(answers: Answers) -> None:
    """Each with a remedy, before anything is written."""
    with pytest.raises(InvalidRequest):
        filled(TEMPLATE, answers)


def test_answers_name_the_files_that_are_checked() -> None:
    """Every overlay can be chosen, in an order that the rules were checked in."""
    everything = compose_files(ALL)
    edge = compose_files(("monitoring", "cpu", "edge"))
    assert set(everything) | set(edge) == {path.name for path in DEPLOY.glob("compose*.yaml")}
    assert compose_files(("cpu", "edge")) == ("compose.yaml", "compose.edge.yaml", "compose.cpu.yaml")
    for names in COMBINATIONS.values():
        assert compose_files(names)[1:] == tuple(f"compose.{name}.yaml" for name in names)
    for combination, names in COMBINATIONS.items():
        used = {one["image"] for one in running(combination).values()}
        wanted = images([f"compose.{name}.yaml" for name in names])
        assert used - {f"intramuros-{one}:0.1.0" for one in ("app", "worker", "ui", "vllm-cpu")} == {
            value_of(TEMPLATE, name) for name in wanted
        }


def test_another_model_is_one_answer() -> None:
    """Its three lines are the catalogue's; a smaller one on the processor is one line."""
    name = "mistral-7b-instruct-v0.3"
    text = filled(TEMPLATE, replace(SERVER, model=name))
    serving = entry(name).serving
    assert serving
    assert value_of(text, "MODEL") == name
    assert value_of(text, "MODEL_FLAGS") == " ".join(serving.own_flags(serving.layouts[0]))
    large = filled(TEMPLATE, replace(SERVER, model="mixtral-8x22b-instruct-v0.1"))
    assert "--tensor-parallel-size 8" in value_of(large, "MODEL_FLAGS")
    assert value_of(large, "GPUS") == "0,1,2,3,4,5,6,7"
    text = filled(TEMPLATE, replace(EDGE, model="qwen2.5-coder-0.5b-instruct"))
    assert value_of(text, "CPU_MODEL") == "qwen2.5-coder-0.5b-instruct"


@pytest.mark.parametrize("answers", [EDGE, replace(SERVER, overlays=ALL)], ids=["edge", "everything"])
def test_the_tool_starts_from_what_was_written(folder: Path, answers: Answers) -> None:
    """In that folder compose finds its files by itself, and prints no secret."""
    called = tool()
    if called is None:
        pytest.skip("compose: not installed; the written .env was not read by it")
    found(folder, answers, own_authority=True, now=NOW)
    done = subprocess.run(
        [*called, "config"], cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services["caddy"]["environment"]["PUBLIC_HOST"] == HOST
    for path in (folder / "secrets").iterdir():
        for line in path.read_text(encoding="utf-8").split():
            assert line not in done.stdout


def without_subject(certificate: str, authority: certificates.Pair) -> str:
    """Return the certificate as a thief of the key makes it: its name stands in the extension alone."""
    made = x509.load_pem_x509_certificate(certificate.encode())
    signer = serialization.load_pem_private_key(authority.key.encode(), password=None)
    builder = x509.CertificateBuilder(
        issuer_name=made.issuer, subject_name=x509.Name([]), public_key=made.public_key(),
        serial_number=made.serial_number, not_valid_before=made.not_valid_before_utc,
        not_valid_after=made.not_valid_after_utc,
    )  # fmt: skip
    for one in made.extensions:
        is_name = isinstance(one.value, x509.SubjectAlternativeName)
        builder = builder.add_extension(one.value, critical=one.critical or is_name)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("other", ["bank.example.com", "10.1.2.3", "2001:db8::1"])
@pytest.mark.parametrize("house", [HOST, "10.0.0.5"])
def test_authority_vouches_for_this_house_alone(tmp_path: Path, house: str, other: str) -> None:
    """A browser that trusts it takes the certificate for the public name or address, and for none of either kind."""
    authority = certificates.new_authority(house, now=NOW)
    (tmp_path / "ca").write_text(authority.certificate, encoding="utf-8")
    for name in (house, other):
        issued = certificates.issue(authority, name, now=NOW).certificate
        if name != house:
            issued = without_subject(issued, authority)
        (tmp_path / "server").write_text(issued, encoding="utf-8")
        kind = "-verify_hostname" if name.endswith((".org", ".com")) else "-verify_ip"
        done = subprocess.run(
            [
                *("openssl", "verify", "-x509_strict", "-attime", str(int(NOW.timestamp()))),
                *("-purpose", "sslserver", "-CAfile", str(tmp_path / "ca"), kind, name),
                str(tmp_path / "server"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) is (name == house), done.stdout + done.stderr
        if name != house:
            assert "permitted subtree" in done.stderr or "excluded subtree" in done.stderr


@pytest.mark.parametrize(
    ("host", "days", "expected"),
    [
        (HOST, 0, ""),
        (HOST, 396, "ends on 2028-01-01"),
        (HOST, 400, "ended on 2028-01-01"),
        (HOST, -1, "begins on 2026-11-30"),
        ("other.example.org", 0, "is not made out to other.example.org"),
    ],
)
def test_faults_of_a_certificate_are_told(host: str, days: int, expected: str) -> None:
    """A certificate that ends soon, has ended, or is another's."""
    issued = certificates.issue(certificates.new_authority(HOST, now=NOW), HOST, now=NOW)
    assert certificates.fault(issued, host, now=NOW + timedelta(days=days)) == expected


def test_key_of_another_certificate_is_told() -> None:
    """Caddy would not start with it."""
    authority = certificates.new_authority(HOST, now=NOW)
    first, second = (certificates.issue(authority, HOST, now=NOW) for _ in range(2))
    mixed = certificates.Pair(first.certificate, second.key)
    assert certificates.fault(mixed, HOST, now=NOW) == "does not belong to tls_key"


def test_half_an_authority_is_refused(folder: Path) -> None:
    """No second one is made behind the back of those who trust the first."""
    found(folder, EDGE, own_authority=True, now=NOW)
    (folder / "secrets" / "own_ca_key").unlink()
    with pytest.raises(SetupRefused, match="own_ca_key"):
        authority_of(folder / "secrets")


def test_authority_whose_making_was_broken_off_is_made_whole(folder: Path) -> None:
    """Its key was written first and is used: whoever trusted an older certificate of it trusts what it issues."""
    found(folder, EDGE, own_authority=True, now=NOW)
    secrets = folder / "secrets"
    old = (secrets / "own_ca.pem").read_text(encoding="utf-8")
    key = (secrets / "own_ca_key").read_bytes()
    for name in ("own_ca.pem", "tls_certificate", "tls_key"):
        (secrets / name).unlink()
    told = found(folder, EDGE, own_authority=True, now=NOW)
    assert told.needed == [".env: the digests of CADDY_IMAGE"]
    assert (secrets / "own_ca_key").read_bytes() == key
    issued = (secrets / "tls_certificate").read_text(encoding="utf-8")
    assert certificates.is_issued_by(certificates.Pair(old, ""), issued)


@pytest.mark.parametrize("name", ["tls_key", "tls_certificate"])
def test_half_a_pair_waits_for_its_other_half(folder: Path, name: str) -> None:
    """A key whose certificate the company is making out is never overwritten, authority of its own or not."""
    (folder / "secrets").mkdir()
    (folder / "secrets" / name).write_text("ours\n", encoding="utf-8")
    for own in (True, False):
        told = found(folder, EDGE, own_authority=own, now=NOW)
        assert any(f"what belongs to {name}" in line for line in told.needed)
    there = {path.name for path in (folder / "secrets").iterdir()}
    assert there.isdisjoint({"tls_key", "tls_certificate", "own_ca.pem", "own_ca_key"} - {name})
    assert (folder / "secrets" / name).read_text(encoding="utf-8") == "ours\n"


@pytest.mark.parametrize("name", ["database_password", "tls_key", "tls_certificate"])
def test_folder_in_place_of_a_secret_is_told(folder: Path, name: str) -> None:
    """An engine that was started too early has made it; everything else is written all the same."""
    (folder / "secrets" / name).mkdir(parents=True)
    told = found(folder, EDGE, own_authority=True, now=NOW)
    assert f"secrets/{name} is no file: remove it and run this again" in told.needed
    assert (folder / "secrets" / "model_api_key").is_file()


def test_command_tells_and_exits(folder: Path) -> None:
    """It exits 1 while something is needed, 0 when all is there, and never prints a secret."""
    runner = CliRunner()
    command = ["init", "--folder", str(folder), "--public-host", HOST, "--issuer", "none", "--own-authority"]
    first = runner.invoke(app, [*command, "--overlay", "edge", "--overlay", "cpu"])
    assert first.exit_code == 1
    assert "needed  .env: the digests of CADDY_IMAGE" in first.output
    (folder / ".env").write_text(
        (folder / ".env").read_text(encoding="utf-8").replace("0" * 64, "1" * 64), encoding="utf-8"
    )
    second = runner.invoke(app, ["init", "--folder", str(folder)])
    assert second.exit_code == 0, second.output
    for name in ("model_api_key", "page_cookie"):
        secret = (folder / "secrets" / name).read_text(encoding="utf-8").strip()
        assert secret not in first.output + second.output


@pytest.mark.parametrize("asked", [["--overlay", "gpu"], ["--model", "mistral-small-3.2-24b-instruct-2506"]])
def test_command_does_not_pass_over_what_it_is_asked(folder: Path, asked: list[str]) -> None:
    """A site that has its .env is not changed, and whoever asks for another model is told which lines to write."""
    found(folder, EDGE, own_authority=True, now=NOW)
    before = contents(folder)
    refused = CliRunner().invoke(app, ["init", "--folder", str(folder), *asked])
    assert isinstance(refused.exception, InvalidRequest)
    assert asked[1] in str(refused.exception.remedy)
    assert contents(folder) == before
