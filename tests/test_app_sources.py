"""Which source a name opens, and who may read its files."""

import os
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.sources import declared_source, open_source, source_name, timetable
from ingest.collections import Collection
from ingest.sources.bucket import BucketSource
from retrieval.errors import InvalidRequest, NotFound

HR = Collection("hr", "HR", "HR", "inform", "Art. 6(1)(f) GDPR", 365, "internal", ("group:hr",))
IT = Collection("it", "IT", "IT", "inform", "Art. 6(1)(f) GDPR", 365, "internal", ("everyone",))


def house(*sources: dict[str, Any]) -> Settings:
    """Return settings with two collections and these sources."""
    names = set(Collection.__dataclass_fields__) - {"private_to"}
    collections = [{name: getattr(one, name) for name in names} for one in (HR, IT)]
    return Settings.model_validate({"collections": collections, "sources": sources})


def folder(path: Path, **more: Any) -> dict[str, Any]:
    """Return a declared folder of the collection hr."""
    return {"id": "policies", "kind": "folder", "collection": "hr", "path": path, **more}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with one open and one closed file."""
    root = tmp_path / "policies"
    (root / "board").mkdir(parents=True)
    (root / "open.md").write_text("x", encoding="utf-8")
    (root / "board" / "plan.md").write_text("x", encoding="utf-8")
    for path, mode in ((root, 0o755), (root / "board", 0o700), (root / "open.md", 0o644)):
        path.chmod(mode)
    return root


def readers(settings: Settings, name: str, collection: Collection = HR) -> dict[str, tuple[str, ...]]:
    """Return the readers of each file of a source."""
    return {file.key: file.readers for file in open_source(settings, name, collection=collection).files()}


def test_plain_folder_is_read_by_its_collection(root: Path) -> None:
    """A folder that a command names needs no declaration."""
    found = readers(house(), f"folder:{root}")
    assert found == {"board/plan.md": ("group:hr",), "open.md": ("group:hr",)}


def test_mapping_gives_readers_and_nobody_by_default(root: Path) -> None:
    """What no rule names is visible to nobody."""
    rules = [{"match": "board/**", "readers": ["group:board"]}]
    settings = house(folder(root, readers="mapping", rules=rules))
    assert readers(settings, "policies") == {"board/plan.md": ("group:board",), "open.md": ()}


def test_permissions_give_readers(root: Path) -> None:
    """What only its owner may enter is not everyone's."""
    found = readers(house(folder(root, readers="permissions")), "policies")
    assert "everyone" in found["open.md"]
    assert "everyone" not in found["board/plan.md"]


@pytest.mark.parametrize("spelling", ["{root}", "{root}/", "{root}/board/..", "{link}"])
def test_naming_the_folder_of_a_declared_source_keeps_its_rule(root: Path, spelling: str) -> None:
    """Otherwise one command would show closed files to the whole collection."""
    link = root.parent / "link"
    link.symlink_to(root)
    settings = house(folder(root, readers="mapping", rules=[{"match": "open.md", "readers": ["everyone"]}]))
    name = "folder:" + spelling.format(root=root, link=link)
    assert readers(settings, name) == {"board/plan.md": (), "open.md": ("everyone",)}


@pytest.mark.parametrize("part", ["board", ".."])
def test_part_of_a_source_with_its_own_rule_cannot_be_opened_beside_it(root: Path, part: str) -> None:
    """Neither a folder in it nor one around it, and for no other collection either."""
    settings = house(folder(root, readers="permissions"))
    for collection in (HR, IT):
        with pytest.raises(InvalidRequest, match="'policies'"):
            open_source(settings, f"folder:{root / part}", collection=collection)
    with pytest.raises(InvalidRequest):
        open_source(settings, f"folder:{root}", collection=IT)


def test_source_of_another_collection_is_refused(root: Path) -> None:
    """Documents go where the declaration says."""
    with pytest.raises(InvalidRequest, match="fills the collection 'hr'"):
        open_source(house(folder(root)), "policies", collection=IT)


def test_unknown_name_lists_the_known_ones(root: Path) -> None:
    """A typing error is answered with what there is."""
    with pytest.raises(NotFound) as caught:
        open_source(house(folder(root)), "polices", collection=HR)
    assert "policies" in caught.value.remedy
    with pytest.raises(NotFound):
        declared_source(house(), "policies")


def test_bucket_is_opened_with_its_keys_and_named_without_its_server(tmp_path: Path) -> None:
    """The name stays when the server moves."""
    key = tmp_path / "key"
    key.write_text("k", encoding="utf-8")
    bucket = {
        "id": "archive",
        "kind": "s3",
        "collection": "hr",
        "endpoint": "http://127.0.0.1:1",
        "bucket": "b",
    }
    bucket |= {"prefix": "2024/", "access_key_file": str(key), "secret_key_file": str(key)}
    settings = house(bucket)
    source = open_source(settings, "archive", collection=HR)
    assert isinstance(source, BucketSource)
    assert source.name == source_name(declared_source(settings, "archive")) == "s3:b/2024"


def test_name_is_known_without_reaching_for_the_source(root: Path) -> None:
    """The name of a declaration is that of the opened source."""
    settings = house(folder(root))
    name = source_name(declared_source(settings, "policies"))
    assert name == open_source(settings, "policies", collection=HR).name == f"folder:{os.path.realpath(root)}"


def test_timetable_holds_what_is_due_by_itself(root: Path) -> None:
    """Sources on demand only are left out."""
    other = folder(root / "board", id="board", every_minutes=15)
    asleep = folder(root / "x", id="asleep")
    found = timetable(house(folder(root, watch=True), other, asleep))
    assert [(one.source_id, one.every_s, one.watched) for one in found] == [
        ("policies", 0.0, root),
        ("board", 900.0, None),
    ]
