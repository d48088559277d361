"""Keys lie apart from a backup; who may sign in, and what the trail still proves, after a restore."""

import shutil
import stat
from pathlib import Path

import pytest

from app.backup import keys
from app.records import open_records
from ingest.erasures import Erased, Erasure
from retrieval.errors import SetupRefused
from tests.backups import (
    backed_up,
    elsewhere,
    is_chain_whole,
    restored,
)
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.two_documents import QUESTION


def test_account_that_was_let_in_again_may_sign_in(house: House, backup: Path, tmp_path: Path) -> None:
    """The last word on an account counts, whatever the order of the backup."""
    lines = [Erasure("1", Erased.DISABLED, "ben"), Erasure("2", Erased.ENABLED, "ben")]
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
    assert restored(new, backup, erasures=lines).erased == {Erased.ENABLED: 0}
    assert open_records(new).accounts.person("ben").id == "ben"


def test_sign_ins_end_with_a_restore(house: House, tmp_path: Path) -> None:
    """Who signed out after the backup stays out; everybody signs in anew."""
    anna = house.token("anna")
    backed_up(house, tmp_path / "backup")
    settings = house.services.settings
    house.services.close()
    restored(settings, tmp_path / "backup", replaces=True)
    again = open_house(tmp_path / "data", ScriptedModel("none"))
    with again.client:
        assert again.client.get("/api/conversations", headers=anna).status_code == 401
        assert again.client.get("/api/conversations", headers=again.token("anna")).status_code == 200
    again.services.close()


def test_without_keys_the_trail_begins_anew(house: House, backup: Path, tmp_path: Path) -> None:
    """What is lost is named and refused; accepted, the old trail lies in a file, and the new one is whole."""
    records = house.services.audit.trail.head()
    new = elsewhere(tmp_path)
    with pytest.raises(SetupRefused, match=r"pseudonyms.*audit trail.*seal"):
        restored(new, backup)
    assert not (new.site.data_dir / "originals").exists()

    got = restored(new, backup, without_keys=True)

    assert got.trail.is_whole
    assert got.trail.aside is not None
    assert records is not None
    assert len(got.trail.aside.read_text().splitlines()) >= records.seq
    again = open_house(new.site.data_dir, ScriptedModel("none"))
    assert is_chain_whole(again)
    again.services.close()


def test_records_after_the_backup_are_told_as_lost(house: House, backup: Path) -> None:
    """Their anchors do not make the restored trail a broken one; they are kept beside it."""
    settings, audit = house.services.settings, house.services.audit
    ask(house, "anna", QUESTION)
    audit.anchor()
    house.services.close()

    got = restored(settings, backup, replaces=True)

    assert got.trail.is_whole
    assert got.trail.lost > 0
    assert list(settings.site.secrets_dir.glob("audit-anchors.jsonl.before-*"))


def test_keys_are_never_in_a_backup(house: House, backup: Path, tmp_path: Path) -> None:
    """They are written to a file of their own on demand, for its owner alone, and not over another one."""
    file = tmp_path / "keys.json"
    assert keys.export(house.services.settings, file) >= 4
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(SetupRefused):
        keys.export(house.services.settings, file)
    secrets = [one.read_bytes() for one in house.services.settings.site.secrets_dir.iterdir()]
    for part in backup.rglob("*"):
        content = part.read_bytes() if part.is_file() else b""
        assert not any(
            len(one) == 32 and (one in content or one.hex().encode() in content) for one in secrets
        )
