"""The inventory names all there is; a planted table, folder, volume, setting or variable is found missing."""

import ast
import json
from pathlib import Path

import pytest
from pydantic import Field
from sqlalchemy import Column, MetaData, String, Table
from typer.testing import CliRunner

from app.backup.rows import VERSION_TABLE
from app.cli.main import app
from app.privacy.inventory import STORES, Store, named, term
from app.privacy.switches import SECTIONS, VARIABLES
from app.schema import metadata
from app.sections import Section, Site
from app.settings import Settings
from tests.backups import backed_up, elsewhere, restored
from tests.house import House
from tests.privacy import found
from tests.syntax import Module, modules

CODE = [
    module for module in modules() if not module.name.startswith("app.bench")
]  # beside a house, never in one
EVERYTHING = {
    name for compose in found.compose_files().values() for name in found.variables_of_compose(compose)
}

# Places whose names only a run knows; `test_files_of_a_house` looks at what then lies there.
TOLD_BY_A_RUN = {
    "app.backup.keys: secrets/*": "puts keys back by the names that the file of keys has, four of them constants",
    "app.backup.place: *": "moves a house aside, to the name that a restore chose",
}


def planted(text: str) -> Module:
    """Return a module of the house with these lines."""
    return Module("app.planted", Path("app/planted.py"), text, ast.parse(text))


def test_tables() -> None:
    """Every table of the schema is in a store, and every store's table exists."""
    tables = {*metadata.tables, VERSION_TABLE}
    assert not found.unnamed_tables(tables)
    assert {table for store in STORES for table in store.tables} == tables
    Table("planted", extra := MetaData(), Column("id", String(36)))
    assert found.unnamed_tables({*tables, *extra.tables}) == {"planted"}


def test_places_in_the_code() -> None:
    """Every place that the code builds below data_dir is in a store, whatever way it is written."""
    assert found.unnamed_places(CODE) == set(TOLD_BY_A_RUN)
    lines = (
        'NAME = "spool"\n'
        'a = settings.site.data_dir / "cellar"\n'
        "b = site.data_dir / NAME\n"
        'c = settings.site.secrets_dir / "diary"\n'
        'd = key_dir(settings) / f"list-{moment}"\n'
    )
    missing = {"cellar", "spool", "secrets/diary", "secrets/list-*"}
    assert found.unnamed_places([planted(lines)]) == {f"app.planted: {one}" for one in missing}


def test_places_of_the_settings() -> None:
    """Every folder that `Site` gives a name is in a store."""

    class Larger(Site):
        @property
        def attic_dir(self) -> Path:
            return self.data_dir / "attic"

    assert not found.unnamed_properties()
    assert found.unnamed_properties(Larger) == {"attic"}


def test_files_of_a_house(house: House, tmp_path: Path) -> None:
    """What a house that was used, backed up and restored over has on its disk is all in a store."""
    data_dir = house.services.settings.site.data_dir
    house.bring_in(tmp_path / "share", "handbook", leave="# Leave\n\nThirty days.\n")
    token = house.token("anna")
    for name, content in {"mine.md": b"# Mine\n\nThe codeword is Zwetschge.\n", "x.pdf": b"%PDF-1.4"}.items():
        house.client.post("/api/files", headers=token, files={"file": (name, content)})
        house.work()
    backed_up(house, tmp_path / "backup")
    house.services.close()
    there = {path.relative_to(data_dir).parts[0] for path in data_dir.rglob("*") if path.is_file()}
    assert {"intramuros.db", "index", "originals", "uploads", "secrets"} <= there
    assert not found.unnamed_files(data_dir)
    settings = elsewhere(tmp_path, "data")
    restored(settings, tmp_path / "backup", replaces=True)
    assert any(path.name.startswith("before_restore_") for path in data_dir.iterdir())
    assert not found.unnamed_files(data_dir)
    (data_dir / "cache").mkdir()
    (data_dir / "cache" / "page.png").write_bytes(b"\x89PNG")
    assert found.unnamed_files(data_dir) == {"cache/page.png"}


def test_volumes() -> None:
    """Every volume, mounted folder, memory disk and secret of every compose file is in a store."""
    files = found.compose_files()
    assert len(files) > 5
    assert {name: found.unnamed_volumes(compose) for name, compose in files.items()} == {
        name: set() for name in files
    }
    compose = {
        "services": {
            "app": {"volumes": ["chats:/chats", "./share:/share:ro"], "tmpfs": ["/var/spool:size=1g"]}
        },
        "volumes": {"chats": {}},
    }
    assert found.unnamed_volumes(compose) == {"chats", "./share", "tmpfs:/var/spool"}


def test_settings() -> None:
    """Every section says what it decides, and every setting that names a file or folder is in a store."""

    class Diary(Section):
        folder: Path = Field(Path("diary"), description="Where it lies.")

    class Larger(Settings):
        diary: Diary = Field(default_factory=Diary)

    assert set(SECTIONS) == set(Settings.model_fields)
    assert not found.unnamed_settings()
    assert found.unnamed_settings(Larger) == {"diary.folder"}
    assert {key for store in STORES for key in store.settings} == set(found.path_settings()) - {
        "site.data_dir"
    }


def test_variables() -> None:
    """Every environment variable that containers are given or the code reads is named, and no name is for nothing."""
    of_code = {name for module in CODE for name in found.variables_of_code(module)}
    assert len(of_code) > 20
    assert len(EVERYTHING) > 50
    assert not found.unnamed_variables(of_code | EVERYTHING | found.variables_of_images())
    lines = 'a = os.environ["DIARY_DIR"]\nb = environ.get("CHATS_URL")\nc = "INTRAMUROS_DIARY__FOLDER"\n'
    seen = set(found.variables_of_code(planted(lines)))
    assert found.unnamed_variables(seen) == {"DIARY_DIR", "CHATS_URL", "INTRAMUROS_DIARY__FOLDER"}


def test_stores_are_told_in_full() -> None:
    """Each store has a place, a name of its own, and an answer to every question that Art. 30 asks."""
    assert len({store.name for store in STORES}) == len(STORES)
    for store in STORES:
        assert store.tables or store.paths or store.volumes or store.elsewhere, store.name
        for answer in (
            *store.holds,
            *store.about,
            store.purpose,
            store.legal_basis,
            store.retention,
            store.erasure,
        ):
            assert answer.strip(), store.name
    assert all(reason.strip() for reason in (*SECTIONS.values(), *VARIABLES.values()))


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.name)
def test_retention_is_a_setting_or_a_reason(store: Store) -> None:
    """A term is a setting that exists, or a sentence."""
    assert " " in term(store, Settings())


def test_terms_are_those_in_force() -> None:
    """The term shown is that of the running settings."""
    settings = Settings.model_validate({"audit": {"days": 90}, "ingest": {"private_days": 3}})
    assert term(named("audit trail"), settings) == "90 days (audit.days)"
    assert term(named("own files"), settings) == "3 days (ingest.private_days)"


def test_browser_keys() -> None:
    """What the page's script keeps in the browser is named."""
    script = (Path(__file__).parents[2] / "ui" / "browser.js").read_text(encoding="utf-8")
    told = " ".join(named("browser").elsewhere)
    assert "intramuros.token" in script
    for key in ("intramuros.token", "intramuros.language"):
        assert key in script
        assert key in told
    assert script.count("Storage.setItem(") == 2


def test_command(tmp_path: Path) -> None:
    """`intramuros privacy stores` prints every store; with --json each field."""
    empty = tmp_path / "settings.toml"
    empty.write_text("[audit]\ndays = 30\n", encoding="utf-8")
    run = CliRunner()
    shown = run.invoke(app, ["--settings", str(empty), "privacy", "stores"])
    assert shown.exit_code == 0
    assert "audit.days" in shown.output
    told = json.loads(run.invoke(app, ["--settings", str(empty), "privacy", "stores", "--json"]).output)
    assert [one["name"] for one in told["stores"]] == [store.name for store in STORES]
    trail = next(one for one in told["stores"] if one["name"] == "audit trail")
    assert trail["kept"] == "30 days (audit.days)"
    assert trail["tables"] == ["audit_events"]
