"""An air-gapped site is installed from one directory, and from nothing that differs from what was signed.

The engine is a small program of the test's on the PATH: it keeps "images" as files and loads only what it saved.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from typer.testing import CliRunner

from app.bundle.contents import TAKEN, UNFINISHED, Contents, create
from app.bundle.engine import Engine, tag_of
from app.bundle.seal import SIGNATURE, SUMS, Difference, differences, private_key, public_key, write_seal
from app.cli.main import app
from app.models.catalogue import entry
from app.models.verify import write_manifest
from retrieval.errors import SetupRefused

PROJECT = Path(__file__).parent.parent
DIGEST = "sha256:" + "ab" * 32
PINNED = f"registry.example/db/postgres:17@{DIGEST}"
ENGINE = """#!/bin/sh
# docker compose … | image inspect --format F NAME | tag FROM TO | save --output FILE NAME | load --quiet --input FILE
id_of() { sha256sum < "$STORE/$(echo "$1" | tr '/:@' '___')" | cut -c1-64; }
case "$1 $2" in
"compose version") exit 0 ;;
"compose --env-file") cat "$STORE/composed" ;;
"image inspect") id=$(id_of "$5") || exit 1; echo "sha256:$id" ;;
"tag "*) cp "$STORE/$(echo "$2" | tr '/:@' '___')" "$STORE/$(echo "$3" | tr '/:@' '___')" ;;
"save "*) { echo "$4"; cat "$STORE/$(echo "$4" | tr '/:@' '___')"; } > "$3" ;;
"load "*) tag=$(head -n 1 "$4"); tail -n +2 "$4" > "$STORE/$(echo "$tag" | tr '/:@' '___')" ;;
*) exit 2 ;;
esac
"""
COMPOSED = f"""
services:
  app: {{image: "intramuros-app:0.1.0"}}
  worker: {{image: "intramuros-app:0.1.0"}}
  postgres: {{image: "{PINNED}"}}
"""
Importing = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of an engine on the PATH that holds two images."""
    programs, images = tmp_path / "bin", tmp_path / "store"
    programs.mkdir()
    images.mkdir()
    (programs / "docker").write_text(ENGINE)
    (programs / "docker").chmod(0o755)
    (images / "intramuros-app_0.1.0").write_text("the app")
    (images / PINNED.translate(str.maketrans("/:@", "___"))).write_text("the database")
    (images / "composed").write_text(COMPOSED)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("STORE", str(images))
    return images


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Give the files of a key pair: the one that signs, the one that checks."""
    key = Ed25519PrivateKey.generate()
    secret, public = tmp_path / "bundle.key", tmp_path / "bundle.pub"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return secret, public


@pytest.fixture
def wanted(tmp_path: Path) -> Contents:
    """Give a site with secrets, settings and variables, and no model."""
    deploy = tmp_path / "deploy"
    (deploy / "secrets").mkdir(parents=True)
    (deploy / "bundle").mkdir()
    for name in ("import.sh", "RUNBOOK.md"):
        (deploy / "bundle" / name).write_bytes((PROJECT / "deploy" / "bundle" / name).read_bytes())
    (deploy / "bundle" / "import.sh").chmod(0o755)
    (deploy / "secrets" / "database_password").write_text("geheim")
    (deploy / ".env").write_text("SECRET=geheim\n")
    (deploy / "compose.yaml").write_text("services: {}\n")
    (deploy / "intramuros.toml").write_text("[site]\n")
    unchecked = f"QDRANT_IMAGE=qdrant:1@sha256:{'0' * 64}"
    (deploy / "images.env").write_text(f"POSTGRES_IMAGE={PINNED}\nPUBLIC_HOST=ask.example.org\n{unchecked}\n")
    (deploy / "monitoring").mkdir()
    (deploy / "monitoring" / "prometheus.yml").write_text("# of the release\n")
    return Contents(
        deploy=deploy,
        files=("compose.yaml",),
        env_file=deploy / "images.env",
        models=(),
        models_dir=tmp_path / "models",
    )


@pytest.fixture
def bundle(store: Path, wanted: Contents, keys: tuple[Path, Path], tmp_path: Path) -> Path:
    """Give a bundle; the engine that made it is empty again, as the one behind the air gap is."""
    target = tmp_path / "carried"
    create(wanted, target, private_key(keys[0]), engine=Engine(), say=lambda _line: None)
    for image in store.iterdir():
        image.unlink()
    return target


@pytest.fixture
def imported() -> Importing:
    """Give a way to run the bundle's own script, in a folder if one is named."""

    def run(bundle: Path, key: Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(bundle / "import.sh"), str(key), str(bundle.parent / "site")]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)

    return run


def forge(bundle: Path) -> None:
    """Make the bundle somebody else's: another site in it, their key in it, listed and signed by them."""
    (bundle / "deploy" / "compose.yaml").write_text("services: {evil: {}}\n")
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (bundle / "bundle.pub").write_bytes(public)
    write_seal(bundle, key, on_file=lambda _name: None)


def test_a_site_is_laid_from_the_bundle_alone(
    bundle: Path, keys: tuple[Path, Path], imported: Importing, store: Path
) -> None:
    """Images are there under the names that the site's variables have; its secrets were never carried."""
    done = imported(bundle, keys[1])
    assert done.returncode == 0, done.stderr
    site = bundle.parent / "site" / "deploy"
    tag = "intramuros-bundle/postgres:17"
    assert (
        (site / "images.env").read_text().startswith(f"POSTGRES_IMAGE={tag}\nPUBLIC_HOST=ask.example.org\n")
    )
    assert {path.name for path in store.iterdir()} == {
        "intramuros-app_0.1.0",
        "intramuros-bundle_postgres_17",
    }
    assert "geheim" not in "".join(p.read_text(errors="replace") for p in bundle.rglob("*") if p.is_file())


def test_an_upgrade_keeps_the_words_of_the_site(
    bundle: Path, keys: tuple[Path, Path], imported: Importing
) -> None:
    """Settings stay, and those of the bundle lie beside; of the variables only the images are taken."""
    site = bundle.parent / "site" / "deploy"
    site.mkdir(parents=True)
    (site / "intramuros.toml").write_text("[site]\n# ours\n")
    (site / "monitoring").mkdir()
    (site / "monitoring" / "prometheus.yml").write_text("# our Alertmanager\n")
    before = f"POSTGRES_IMAGE=older:16\nQDRANT_IMAGE=ours@{DIGEST}\nPUBLIC_HOST=frag.firma.example\n"
    (site / ".env").write_text(before)
    done = imported(bundle, keys[1])
    assert done.returncode == 0, done.stderr
    assert "# ours" in (site / "intramuros.toml").read_text()
    assert (site / "intramuros.toml.new").read_text() == "[site]\n"
    assert (site / "monitoring" / "prometheus.yml").read_text() == "# our Alertmanager\n"
    assert (site / ".env").read_text().splitlines() == [
        "POSTGRES_IMAGE=intramuros-bundle/postgres:17",
        f"QDRANT_IMAGE=ours@{DIGEST}",  # this bundle has none
        "PUBLIC_HOST=frag.firma.example",
    ]
    assert (site / ".env.previous").read_text() == before


def test_an_upgrade_can_be_imported_twice(bundle: Path, keys: tuple[Path, Path], imported: Importing) -> None:
    """The way back is still there: .env.previous is what was before the upgrade, and the site's override is its own."""
    site = bundle.parent / "site" / "deploy"
    site.mkdir(parents=True)
    (site / ".env").write_text("POSTGRES_IMAGE=older:16\n")
    (site / "compose.override.yaml").write_text("# ours\n")
    (bundle / "deploy" / "compose.override.yaml").write_text("# of the maker\n")
    write_seal(bundle, private_key(keys[0]), on_file=lambda _name: None)
    for _ in range(2):
        assert imported(bundle, keys[1]).returncode == 0
    assert (site / ".env.previous").read_text() == "POSTGRES_IMAGE=older:16\n"
    assert not (site / ".env.new").exists()
    assert (site / "compose.override.yaml").read_text() == "# ours\n"


def test_what_is_the_makers_own_is_not_carried(
    store: Path, wanted: Contents, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    """A key, a copy of the settings, an override, a line that .env alone has: only what a site is made of is taken."""
    for name in (
        "bundle.key",
        "certs/own_ca_key",
        "intramuros.toml.bak",
        "compose.override.yaml",
        ".env.old",
    ):
        (wanted.deploy / name).parent.mkdir(exist_ok=True)
        (wanted.deploy / name).write_text("geheim\n")
    (wanted.deploy / "link").symlink_to(wanted.deploy / "bundle.key")
    images = (wanted.deploy / "images.env").read_text()
    own = images.replace("ask.example.org", "geheim.example.org") + "HTTPS_PROXY=http://geheim@proxy\n"
    (wanted.deploy / ".env").write_text(own)
    asked = replace(wanted, env_file=wanted.deploy / ".env")
    create(asked, tmp_path / "carried", private_key(keys[0]), engine=Engine(), say=lambda _line: None)
    carried = {str(p.relative_to(tmp_path / "carried" / "deploy")): p.read_text() for p in files_of(tmp_path)}
    assert set(carried) == {"compose.yaml", "images.env", "intramuros.toml", "monitoring/prometheus.yml"}
    assert "geheim" not in "".join(carried.values())
    assert "POSTGRES_IMAGE=intramuros-bundle/postgres:17\n" in carried["images.env"]


def files_of(folder: Path) -> list[Path]:
    """Return the files of the site in a bundle."""
    return [path for path in (folder / "carried" / "deploy").rglob("*") if path.is_file()]


def test_a_link_is_not_followed(
    store: Path, wanted: Contents, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    """In place of a file that is taken, or of a folder above it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "alerts.yml").write_text("geheim\n")
    shutil.rmtree(wanted.deploy / "monitoring")
    (wanted.deploy / "monitoring").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SetupRefused, match="is a link"):
        create(wanted, tmp_path / "carried", private_key(keys[0]), engine=Engine(), say=lambda _line: None)


def test_of_a_model_only_what_was_fetched_is_taken(
    store: Path, wanted: Contents, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    """A file that somebody laid beside the weights was compared with nothing, and stays."""
    model = entry("multilingual-e5-small-q4")
    folder = tmp_path / "models" / model.id
    (folder / "onnx").mkdir(parents=True)
    (folder / "onnx" / "model.safetensors").write_bytes(b"weights")
    write_manifest(model, folder)
    (folder / "notes.txt").write_text("geheim")
    asked = replace(wanted, models=(model.id,))
    create(asked, tmp_path / "carried", private_key(keys[0]), engine=Engine(), say=lambda _line: None)
    carried = tmp_path / "carried" / "models" / model.id
    names = {path.relative_to(carried).as_posix() for path in carried.rglob("*") if path.is_file()}
    assert names == {"manifest.json", "onnx/model.safetensors"}


def test_all_that_a_site_starts_from_is_taken() -> None:
    """Every file of deploy/ is on the list, or is for building, examining or showing the project."""
    asked = ["git", "-C", str(PROJECT), "ls-files", "deploy"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    if not listed:
        pytest.skip("git: no checkout here, so the files of deploy/ are not known")
    ours = {name.removeprefix("deploy/") for name in listed} - {"images.env", ".gitignore", "vllm.in"}
    left = ("images/", "pictures/", "sample/", "bundle/", "Dockerfile", "constraints-")
    assert {name for name in ours if not name.startswith(left)} == set(TAKEN)


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _saved(folder: Path) -> Path:
    return min((folder / "images").iterdir())


DAMAGES: dict[str, Callable[[Path], None]] = {
    "image": lambda folder: _flip(_saved(folder)),
    "image cut short": lambda folder: _empty(_saved(folder)),
    "image gone": lambda folder: _saved(folder).unlink(),
    "image list": lambda folder: _flip(folder / "images.tsv"),
    "site": lambda folder: _flip(folder / "deploy" / "compose.yaml"),
    "added": lambda folder: _empty(folder / "deploy" / "compose.extra.yaml"),
    "empty folder": lambda folder: (folder / "models" / "bge-m3").mkdir(parents=True),
    "pipe": lambda folder: os.mkfifo(folder / "deploy" / "pipe"),
    "linked": lambda folder: (folder / "deploy" / "passwd").symlink_to("/etc/passwd"),
    "list": lambda folder: _empty(folder / SUMS),
    "list gone": lambda folder: (folder / SUMS).unlink(),
    "signature": lambda folder: _flip(folder / SIGNATURE),
    "signature gone": lambda folder: (folder / SIGNATURE).unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_differs_is_refused_before_anything_is_changed(
    damage: str, bundle: Path, keys: tuple[Path, Path], imported: Importing, store: Path
) -> None:
    """A byte, a file too few or too many, a link, another list: the script refuses, and the site is not begun."""
    DAMAGES[damage](bundle)
    done = imported(bundle, keys[1])
    assert done.returncode == 1
    assert done.stderr.rstrip().rpartition("\n")[2].startswith("  what to do: ")
    assert not (bundle.parent / "site").exists()
    assert list(store.iterdir()) == []


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "linked"])
def test_verify_names_what_differs(damage: str, bundle: Path, keys: tuple[Path, Path]) -> None:
    """The side that made the bundle sees the same."""
    key = public_key(keys[1])
    assert differences(bundle, key, on_file=lambda _name: None) == []
    DAMAGES[damage](bundle)
    assert differences(bundle, key, on_file=lambda _name: None)


def test_another_key_opens_nothing(bundle: Path, imported: Importing, tmp_path: Path) -> None:
    """A bundle that somebody else signed, whole in itself, is refused by script and command."""
    other = Ed25519PrivateKey.generate().public_key()
    file = tmp_path / "other.pub"
    file.write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert imported(bundle, file).returncode == 1
    assert differences(bundle, other, on_file=lambda _name: None) == [Difference(SUMS, "unsigned")]


def test_a_key_is_the_one_that_was_typed(bundle: Path, imported: Importing, tmp_path: Path) -> None:
    """A relative path is that of the caller's folder, never a key of the same name that lies in a foreign bundle."""
    forge(bundle)
    for public in (Path("bundle.pub"), bundle / "bundle.pub", Path("carried/bundle.pub")):
        done = imported(bundle, public, tmp_path)
        assert done.returncode == 1, done.stdout
        assert ("not signed" if public.name == str(public) else "lies in the bundle") in done.stderr
    assert not (tmp_path / "site").exists()
    told = CliRunner().invoke(app, ["bundle", "verify", str(bundle), "--key", str(bundle / "bundle.pub")])
    assert isinstance(told.exception, SetupRefused)


def test_both_paths_may_be_relative(bundle: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    """Key and target are found from where the command was typed."""
    command = ["carried/import.sh", keys[1].name, "site"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "deploy" / "compose.yaml").exists()
    assert not (bundle / "site").exists()


@pytest.mark.parametrize("page", ["README.md", "deploy/bundle/RUNBOOK.md"])
def test_typed_commands_need_nothing_of_the_bundle(
    page: str, bundle: Path, keys: tuple[Path, Path], imported: Importing
) -> None:
    """Both pages give them before import.sh: they pass for the real one and fail where somebody changed that script."""
    lines = (PROJECT / page).read_text(encoding="utf-8").splitlines()
    typed = [line.strip() for line in lines if line.strip().startswith(("openssl pkeyutl", "sha256sum"))]
    assert len(typed) == 2
    (run,) = [number for number, line in enumerate(lines) if "import.sh /path/to/bundle.pub" in line]
    assert [number for number, line in enumerate(lines) if line.strip() in typed][-1] < run

    def passes() -> bool:
        words = " && ".join(typed).replace("/path/to/bundle.pub", str(keys[1]))
        return subprocess.run(words, shell=True, cwd=bundle, capture_output=True, check=False).returncode == 0

    assert passes()
    (bundle / "import.sh").write_text("#!/bin/sh\necho imported\n")
    assert imported(bundle, keys[1]).returncode == 0  # which is why it is not asked
    assert not passes()
    forge(bundle)
    assert not passes()


def test_an_engine_that_loads_something_else_is_noticed(
    bundle: Path, keys: tuple[Path, Path], imported: Importing, store: Path, tmp_path: Path
) -> None:
    """The id of the loaded image is compared with the signed one: an old image of the same name is not taken for it."""
    docker = tmp_path / "bin" / "docker"
    docker.write_text(docker.read_text().replace('"load "*) ', '"load "*) exit 0; '))
    (store / "intramuros-app_0.1.0").write_text("an older app")
    done = imported(bundle, keys[1])
    assert done.returncode == 1
    assert "intramuros-app:0.1.0" in done.stderr


def test_models_of_the_site_stay_unless_the_list_names_them(
    bundle: Path, keys: tuple[Path, Path], imported: Importing
) -> None:
    """A model that is listed replaces its like; another one stays, whatever folders a copying tool has left."""
    for name in ("listed", "other"):
        (bundle.parent / "site" / "models" / name).mkdir(parents=True)
        (bundle.parent / "site" / "models" / name / "weights").write_text("old")
    (bundle / "models" / "listed").mkdir(parents=True)
    (bundle / "models" / "listed" / "weights").write_text("new")
    write_seal(bundle, private_key(keys[0]), on_file=lambda _name: None)
    assert imported(bundle, keys[1]).returncode == 0
    site = bundle.parent / "site" / "models"
    assert {path.parent.name: path.read_text() for path in site.rglob("weights")} == {
        "listed": "new",
        "other": "old",
    }


def test_nothing_is_signed_that_no_list_can_name(tmp_path: Path) -> None:
    """An empty folder would be refused on the other side, where nobody can mend it."""
    (tmp_path / "carried" / "models").mkdir(parents=True)
    with pytest.raises(SetupRefused, match="models"):
        write_seal(tmp_path / "carried", Ed25519PrivateKey.generate(), on_file=lambda _name: None)


def test_a_bundle_appears_whole_or_not_at_all(
    store: Path, wanted: Contents, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    """An image that the engine does not have ends it with a remedy, and nothing is left under either name."""
    (store / "intramuros-app_0.1.0").unlink()
    target = tmp_path / "carried"
    with pytest.raises(SetupRefused):
        create(wanted, target, private_key(keys[0]), engine=Engine(), say=lambda _line: None)
    assert not target.exists()
    assert not target.with_name(f"carried{UNFINISHED}").exists()


def test_a_bundle_never_overwrites(
    store: Path, wanted: Contents, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    """A directory that is there is left as it is."""
    (tmp_path / "carried").mkdir()
    with pytest.raises(SetupRefused):
        create(wanted, tmp_path / "carried", private_key(keys[0]), engine=Engine(), say=lambda _line: None)
    assert list((tmp_path / "carried").iterdir()) == []
    assert not (tmp_path / f"carried{UNFINISHED}").exists()


def test_of_two_who_make_one_bundle_the_second_is_refused(
    store: Path, wanted: Contents, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    """At every step of the first, which ends whole and leaves nothing beside it."""
    target, key = tmp_path / "carried", private_key(keys[0])
    refused: list[str] = []

    def second(_line: str) -> None:
        with pytest.raises(SetupRefused) as error:
            create(wanted, target, key, engine=Engine(), say=lambda _line: None)
        refused.append(str(error.value))

    create(wanted, target, key, engine=Engine(), say=second)
    assert len(refused) >= 3
    assert all("another run" in one for one in refused)
    assert differences(target, public_key(keys[1]), on_file=lambda _name: None) == []
    assert not target.with_name(f"carried{UNFINISHED}").exists()


@pytest.mark.parametrize(
    ("reference", "tag"),
    [
        ("intramuros-app:0.1.0", "intramuros-app:0.1.0"),
        (PINNED, "intramuros-bundle/postgres:17"),
        (f"caddy@{DIGEST}", "intramuros-bundle/caddy:" + "ab" * 6),
        (f"host:5000/qdrant:v1.19.0-unprivileged@{DIGEST}", "intramuros-bundle/qdrant:v1.19.0-unprivileged"),
    ],
)
def test_an_image_keeps_a_name_that_can_be_saved(reference: str, tag: str) -> None:
    """A saved file keeps tags and no digests."""
    assert tag_of(reference) == tag
