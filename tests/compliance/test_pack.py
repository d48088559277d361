"""The papers name every store, term, neighbour and model of the settings, in three languages, whole or not at all."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pypdfium2 as pdfium
import pytest
import typer.main
from typer.testing import CliRunner

from app.cli.main import app
from app.compliance import html
from app.compliance.hops import front, hops
from app.compliance.kept import kept
from app.compliance.measures import GOALS
from app.compliance.pack import frame, papers, sheets, write_pack
from app.compliance.paper import Frame, Paper
from app.compliance.pdf import pdf
from app.compliance.tongue import LANGUAGES, Tongue, tongue
from app.compliance.weights import Weights, in_use
from app.models.catalogue import entry
from app.models.verify import write_manifest
from app.privacy.inventory import STORES, named
from app.settings import Settings
from retrieval.errors import InvalidRequest, SetupRefused
from tests.conftest import ROOT
from tests.house import House

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COLLECTION = {
    "name": "Handbook",
    "owner": "Anna Keller",
    "purpose": "rules of the house",
    "legal_basis": "Art. 6(1)(b) GDPR",
    "retention_days": 77,
}
SERVED = Settings.model_validate(
    {
        "database": {"url": "postgresql+psycopg://intramuros@postgres/intramuros"},
        "index": {"url": "https://qdrant.corp.example:6333"},
        "model": {"name": "a-model-of-our-own", "base_url": "http://gate:8000/v1"},
        "embedder": {"model": "bge-m3", "url": "http://embed:8700/v1"},
        "search": {"reranker": "bge-reranker-v2-m3"},
        "sign_in": {"issuer": "https://login.example.com"},
        "page": {"public_url": "https://ask.corp.example"},
        "tracing": {"endpoint": "http://collector:4318"},
        "ingest": {"beside_api": False, "ray_address": "ray:6379", "ray_token_file": "/run/ray"},
        "audit": {"days": 91},
        "collections": [
            {"id": f"c{number}", "confidentiality": level} | COLLECTION
            for number, level in enumerate(("public", "internal", "confidential", "strictly-confidential"))
        ],
        "sources": [
            {"id": "share", "kind": "folder", "collection": "c0", "path": "/srv/share"},
            {
                "id": "bucket",
                "kind": "s3",
                "collection": "c1",
                "endpoint": "https://s3.corp.example",
                "bucket": "b",
                "access_key_file": "/run/a",
                "secret_key_file": "/run/s",
            },
        ],
    }
)
PLACED = Weights(
    "language model", "x", "X", "MIT", (), "x/y", (("x.safetensors", "0" * 64),), is_installed=True
)
each_language = pytest.mark.parametrize("language", LANGUAGES)


@dataclass(frozen=True)
class Heard(Tongue):
    """Remember what was said."""

    def __call__(self, english: str, **values: object) -> str:
        """Say and remember it."""
        HEARD.add(english)
        return super().__call__(english, **values)


HEARD: set[str] = set()


def pack_of(settings: Settings, say: Tongue) -> tuple[tuple[Paper, ...], Frame]:
    """Return the papers with their frame."""
    pack = papers(settings, in_use(settings), say)
    return pack, frame(settings, pack, say, now=NOW)


def pages(settings: Settings, language: str) -> dict[str, str]:
    """Return every page by the name of its paper."""
    pack, around = pack_of(settings, tongue(language))
    return {paper.name: html.page(paper, around) for paper in pack}


def text_of(content: bytes) -> str:
    """Return the words of a PDF, runs of space as one."""
    document = pdfium.PdfDocument(content)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    return re.sub(r"[\s\ufffe]+", " ", text)


def test_every_sentence_is_said_in_each_language() -> None:
    """A sentence that a language lacks breaks the pack; one that nobody says is left over from an earlier wording."""
    for store in STORES:  # also what depends on settings
        HEARD.update((store.name, store.purpose, store.legal_basis, store.erasure))
        HEARD.update((*store.holds, *store.about, *store.elsewhere))
    for settings in (Settings(), SERVED):
        pack_of(settings, Heard("en"))
        papers(settings, (PLACED,), Heard("en"))
    HEARD.add("{count} minutes")  # no term of today's inventory is in minutes; the next may be
    for language in LANGUAGES:
        words = tongue(language).words
        assert words is None or (HEARD - set(words), set(words) - HEARD) == (set(), set())
        assert words is None or not [said for said in words.values() if not said.strip()]
    with pytest.raises(KeyError, match="a store of tomorrow"):
        tongue("de")("a store of tomorrow")


@pytest.mark.parametrize("language", ["de", "fr"])
def test_braces_and_settings_survive_translation(language: str) -> None:
    """A translation fills in the same values, names the same settings and the same commands."""
    marks = re.compile(r"\{\w+\}|\b[a-z]+_?[a-z]+\.[a-z]+_[a-z_]+\b|`[^`]+`")
    words: Mapping[str, str] = tongue(language).words or {}
    assert {e: s for e, s in words.items() if sorted(marks.findall(e)) != sorted(marks.findall(s))} == {}


@each_language
def test_every_store_is_in_the_records_and_has_its_term(language: str) -> None:
    """No store of the inventory is missing: with what it holds of whom, why, on what basis, how long, how erased."""
    say = tongue(language)
    pack, around = pack_of(SERVED, say)
    by_name = {paper.name: paper for paper in pack}
    for name in ("1-records", "8-retention"):
        page, printed = html.page(by_name[name], around), text_of(pdf(by_name[name], around))
        told = [escape(say(store.name)) for store in STORES]
        assert [one for one in told if one not in page] == []
        assert [store.name for store in STORES if say(store.name) not in printed] == []
        assert [store.name for store in STORES if escape(say(store.erasure)) not in page] == []
        assert [store.name for store in STORES if escape(kept(store, SERVED, say)) not in page] == []
    records = html.page(by_name["1-records"], around)
    for store in STORES:
        for answer in (*store.holds, *store.about, store.purpose, store.legal_basis):
            assert escape(say(answer)) in records, (store.name, answer)


def test_terms_are_those_in_force() -> None:
    """A term is the value of the running settings, also within a sentence, and names the setting that says so."""
    assert kept(named("audit trail"), SERVED, tongue("de")) == "91 Tage (audit.days)"
    assert kept(named("sign-ins"), SERVED, tongue("fr")) == (
        "10 heures (sign_in.hours), puis encore 1 jours (retention.sign_ins_days)"
    )
    assert kept(named("documents"), SERVED, tongue("en")) == "as each declares in collections.retention_days"
    assert "compose.monitoring.yaml" in kept(named("figures of the monitoring"), SERVED, tongue("en"))
    for store in STORES:
        for key in re.findall(
            r"\b(?:retention|audit|sign_in|ingest)\.\w+", kept(store, SERVED, tongue("en"))
        ):
            assert f"({key})" in kept(store, SERVED, tongue("en")), store.name


@each_language
def test_collections_stand_as_they_are_declared(language: str) -> None:
    """Purpose, basis, owner and term of a collection are the company's words, which nobody translates."""
    records = pages(SERVED, language)["1-records"]
    assert all(str(value) in records for value in COLLECTION.values())


@each_language
def test_a_house_of_one_machine_has_no_recipients(language: str) -> None:
    """Nothing leaves it, and the papers say so; blanks are marked."""
    told = pages(Settings(), language)
    say = tongue(language)
    assert "egress = none" in told["7-recipients"]
    assert escape(say("Recipients: none. No setting names another machine.")) in told["7-recipients"]
    assert told["2-impact-assessment"].count('class="blank"') >= 8
    assert escape(say("To be filled in by the company")) in told["2-impact-assessment"]


@each_language
def test_whoever_the_settings_name_is_a_recipient(language: str) -> None:
    """Each address on another machine is in the list and in the picture, with what it is told and by which way."""
    told, say = pages(SERVED, language), tongue(language)
    assert escape(say("Recipients: none. No setting names another machine.")) not in told["7-recipients"]
    addresses = {
        "postgres:5432",
        "qdrant.corp.example:6333",
        "gate:8000",
        "embed:8700",
        "login.example.com:443",
        "s3.corp.example:443",
        "ray:6379",
        "collector:4318",
    }
    assert {one.address for one in hops(SERVED) if one.is_elsewhere} == addresses
    for address in addresses:
        assert address in told["7-recipients"]
        assert address in told["4-data-flow"]
        assert f">{address.removesuffix(':443')}</text>" in told["4-data-flow"]


@pytest.mark.parametrize(
    ("url", "way"),
    [
        ("", "inside"),
        ("sqlite:////srv/i.db", "inside"),
        ("postgresql://i@127.0.0.1/i", "machine"),
        ("postgresql://i@[::1]:5433/i", "machine"),
        ("postgresql://i@db/i", "plain"),
        ("postgresql://i@db/i?sslmode=prefer", "plain"),
        ("postgresql://i@db/i?sslmode=verify-full", "tls"),
    ],
)
def test_the_way_to_the_database_is_told_as_it_is(url: str, way: str) -> None:
    """Only what insists on TLS counts as TLS: `prefer` speaks in the clear with whoever asks for it."""
    settings = Settings.model_validate({"database": {"url": url}})
    assert next(one.way for one in hops(settings) if one.name == "database") == way


def test_the_way_to_the_page_is_told_as_it_is() -> None:
    """A page for others is reached over TLS, or the paper says that it is not."""
    for url, way in (
        ("https://ask.corp.example", "tls"),
        ("http://ask.corp.example", "plain"),
        ("http://127.0.0.1:8601", "machine"),
    ):
        assert front(Settings.model_validate({"page": {"public_url": url}}))[0].way == way


def test_a_model_is_told_with_licence_source_and_hashes(tmp_path: Path) -> None:
    """Hashes are those written down at the installation; before it, those that the publisher names."""
    chat = entry(Settings().model.name)
    settings = Settings.model_validate({"site": {"models_dir": str(tmp_path)}})
    for before in pages(settings, "en")["5-models"], pages(settings, "fr")["5-models"]:
        assert chat.files[0].sha256 in before
        assert chat.licence in before
        assert chat.hub_repository in before
    (tmp_path / chat.id).mkdir()
    (tmp_path / chat.id / "model.safetensors").write_bytes(b"weights")
    write_manifest(chat, tmp_path / chat.id)
    after = pages(settings, "en")["5-models"]
    found = next(one for one in in_use(settings) if one.use == "language model")
    assert found.is_installed
    assert [name for name, _ in found.hashes] == ["model.safetensors"]
    assert found.hashes[0][1] in after
    assert chat.files[0].sha256 not in after


def test_a_model_that_nobody_knows_is_left_to_the_company() -> None:
    """No licence and no hash is made up."""
    told = pages(SERVED, "en")["5-models"]
    assert "this model is not in the catalogue" in told
    assert "a-model-of-our-own" in told


def test_evidence_of_every_measure_exists() -> None:
    """Each place, test and command that a measure names is there."""
    commands = {" ".join(path) for path in _commands(typer.main.get_command(app), ())}
    for _, measures in GOALS:
        for measure in measures:
            assert measure.shown, measure.what
            for place in measure.where.split(", "):
                assert (ROOT / place).exists(), place
            for shown in measure.shown:
                is_command = shown.startswith("intramuros ")
                there = (
                    shown.removeprefix("intramuros ") in commands if is_command else (ROOT / shown).exists()
                )
                assert there, shown


def _commands(group: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*above, name)
        if hasattr(command, "commands"):
            yield from _commands(command, (*above, name))


@each_language
def test_words_of_the_settings_stay_words(language: str) -> None:
    """What somebody writes into the settings draws nothing, runs nothing and breaks no paper."""
    hostile = '</title><script>alert(1)</script>Ł<b>"&日本'
    settings = SERVED.model_copy(
        update={
            "site": SERVED.site.model_copy(update={"name": hostile}),
            "collections": (
                SERVED.collections[0].model_copy(update={"owner": hostile, "purpose": "<img src=x>"}),
            ),
        }
    )
    pack, around = pack_of(settings, tongue(language))
    for paper in pack:
        page = html.page(paper, around)
        assert "<script" not in page
        assert "<img" not in page
        assert "<b>&quot;" not in page
        assert "default-src 'none'" in page
        assert "<script>alert(1)</script>L<b>" in text_of(pdf(paper, around))


def test_pack_is_whole_or_not_there(tmp_path: Path) -> None:
    """Eight papers a language as HTML and PDF and a picture, for their owner alone; nothing is overwritten."""
    place = tmp_path / "pack"
    files = write_pack(SERVED, place, LANGUAGES, now=NOW)
    assert len(files) == 3 * (8 * 2 + 1)
    assert {path.relative_to(place).as_posix() for path in place.rglob("*.*")} == {one.place for one in files}
    assert place.stat().st_mode & 0o077 == 0
    assert [one.content for one in sheets(SERVED, LANGUAGES, now=NOW)] == [one.content for one in files]
    with pytest.raises(SetupRefused):
        write_pack(SERVED, place, ["de"], now=NOW)
    with pytest.raises(SetupRefused):
        write_pack(SERVED, tmp_path / "no" / "such", ["de"], now=NOW)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SetupRefused):
        write_pack(SERVED, tmp_path / "empty", ["de"], now=NOW)
    with pytest.raises(InvalidRequest):
        write_pack(SERVED, tmp_path / "other", ["de", "tlh"], now=NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "pack"]


def test_administrators_and_auditors_fetch_it(house: House) -> None:
    """The papers of the settings that run, in the language asked for; nobody else, and no other language."""
    where = "/api/compliance/export"
    reply = house.client.get(where, headers=house.token("root"), params={"language": "fr"})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/zip")
    with ZipFile(BytesIO(reply.content)) as parcel:
        assert len(parcel.namelist()) == 8 * 2 + 1
        assert "365 jours (audit.days)" in parcel.read("fr/8-retention.html").decode()
    assert house.client.get(where, headers=house.token("ben")).status_code == 403
    assert (
        house.client.get(where, headers=house.token("root"), params={"language": "../x"}).status_code == 422
    )


def test_command(tmp_path: Path) -> None:
    """`intramuros privacy report` writes the languages asked for, once each, from the settings it is given."""
    settings = tmp_path / "settings.toml"
    settings.write_text("[audit]\ndays = 33\n", encoding="utf-8")
    run = CliRunner()
    given = ["--settings", str(settings), "privacy", "report", str(tmp_path / "pack")]
    shown = run.invoke(app, [*given, "--language", "fr", "--language", "fr"])
    assert shown.exit_code == 0, shown.output
    assert [path.name for path in (tmp_path / "pack").iterdir()] == ["fr"]
    assert "33 jours (audit.days)" in (tmp_path / "pack" / "fr" / "8-retention.html").read_text(
        encoding="utf-8"
    )
