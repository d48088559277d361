"""Check app.settings: settings are read once, strictly, and secrets never print."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.settings import Settings, load
from retrieval.errors import SettingsInvalid

SECRET = "0123456789abcdef0123456789abcdef"


def written(directory: Path, text: str) -> Path:
    """Return the path of a settings file that holds `text`."""
    path = directory / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path | None, environ: Mapping[str, str]) -> SettingsInvalid:
    """Return why these settings are refused."""
    with pytest.raises(SettingsInvalid) as caught:
        load(path, environ)
    return caught.value


def server(directory: Path) -> dict[str, str]:
    """Return an environment that describes a complete server."""
    secret = directory / "secret"
    secret.write_text(SECRET + "\n", encoding="utf-8")
    return {
        "INTRAMUROS_SITE__PROFILE": "server",
        "INTRAMUROS_PAGE__PUBLIC_URL": "https://ask.example.org",
        "INTRAMUROS_SIGN_IN__ISSUER": "https://id.example.org",
        "INTRAMUROS_DATABASE__URL": "postgresql+psycopg://intramuros@postgres/intramuros",
        "INTRAMUROS_DATABASE__PASSWORD_FILE": str(secret),
        "INTRAMUROS_INDEX__URL": "http://qdrant:6333",
        "INTRAMUROS_INDEX__API_KEY_FILE": str(secret),
        "INTRAMUROS_MODEL__API_KEY_FILE": str(secret),
    }


def test_nothing_set_gives_an_embedded_house() -> None:
    """Without a file or variables the defaults hold: this machine only, no demo accounts."""
    settings = load(None, {})
    assert settings.site.profile == "embedded"
    assert settings.site.trial is False
    assert settings.api.host == "127.0.0.1"
    assert settings.database.url == ""


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A variable overrides the file's key and leaves its neighbours alone."""
    path = written(tmp_path, "[api]\nport = 9000\nmax_upload_mb = 20\n")
    settings = load(path, {"INTRAMUROS_API__PORT": "9001", "HOME": "/nowhere"})
    assert (settings.api.port, settings.api.max_upload_mb) == (9001, 20)


def test_unknown_key_names_its_section_and_the_nearest_name(tmp_path: Path) -> None:
    """A typing error is refused and the right spelling offered."""
    error = refused(written(tmp_path, "[search]\npasages = 3\n"), {})
    assert "'pasages' is no setting of [search]" in error.message
    assert "settings.toml" in error.message
    assert "did you mean 'passages'?" in error.remedy


def test_key_in_the_wrong_section_is_sent_to_the_right_one(tmp_path: Path) -> None:
    """A key that exists elsewhere is told where it belongs."""
    error = refused(written(tmp_path, "[site]\nmax_upload_mb = 3\n"), {})
    assert "'max_upload_mb' belongs to [api]" in error.remedy


def test_unknown_section_is_refused_with_the_nearest_name() -> None:
    """A section that does not exist is an error, from the environment too."""
    error = refused(None, {"INTRAMUROS_DATABSE__URL": "x"})
    assert "[databse] is no section" in error.message
    assert "did you mean 'database'?" in error.remedy


@pytest.mark.parametrize("variable", ["INTRAMUROS_PORT", "INTRAMUROS_API_PORT", "INTRAMUROS_API__"])
def test_variable_that_only_looks_like_a_setting_is_refused(variable: str) -> None:
    """One underscore too few would otherwise be ignored in silence."""
    error = refused(None, {variable: "9000"})
    assert variable in error.message
    assert "two underscores" in error.remedy


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    """An administrator corrects the file once, not once a fault."""
    error = refused(written(tmp_path, '[api]\nport = "x"\n[limits]\nquestion_chars = 1\n'), {})
    assert "api.port = 'x'" in error.message
    assert "limits.question_chars = 1" in error.message


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    """A syntax error says where."""
    error = refused(written(tmp_path, "[site]\nname = Intramuros\n"), {})
    assert "line 2" in error.message
    assert "quotes" in error.remedy


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that was named but is not there is an error, not a set of defaults."""
    assert "absent.toml" in refused(tmp_path / "absent.toml", {}).message


def test_value_in_place_of_a_section_is_refused(tmp_path: Path) -> None:
    """`site = "x"` is explained; so is a variable below it."""
    path = written(tmp_path, 'site = "x"\n')
    assert "'site' is a section" in refused(path, {}).message
    assert "'site' is a section" in refused(path, {"INTRAMUROS_SITE__NAME": "y"}).message


def test_settings_do_not_change_after_loading() -> None:
    """Records are frozen."""
    settings = load(None, {})
    with pytest.raises(ValidationError):
        settings.api.port = 1  # type: ignore[misc]  # the assignment is what the test is about


def test_paths_are_whole_after_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde is the home directory, a relative path starts at the working directory of the moment of loading."""
    monkeypatch.chdir(tmp_path)
    settings = load(None, {"INTRAMUROS_SITE__DATA_DIR": "here/data"})
    assert settings.site.data_dir == tmp_path / "here" / "data"
    assert settings.site.models_dir.is_relative_to(Path.home())
    assert settings.site.database_file == tmp_path / "here" / "data" / "intramuros.db"


def test_secret_is_read_from_its_file_and_never_printed(tmp_path: Path) -> None:
    """The value is at hand and in no representation."""
    path = tmp_path / "key"
    path.write_text(SECRET + "\n", encoding="utf-8")
    settings = load(None, {"INTRAMUROS_MODEL__API_KEY_FILE": str(path)})
    assert settings.model.api_key is not None
    assert settings.model.api_key.get_secret_value() == SECRET
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json() + str(
        settings.model_dump()
    )


@pytest.mark.parametrize("variable", ["INTRAMUROS_MODEL__API_KEY", "INTRAMUROS_DATABASE__PASSWORD"])
def test_secret_outside_a_file_is_refused_without_printing_it(variable: str) -> None:
    """Environments leak into crash reports and process lists."""
    error = refused(None, {variable: SECRET})
    assert SECRET not in error.message + error.remedy
    assert "_file" in error.remedy


@pytest.mark.parametrize("content", ["", "\n", "one\ntwo\n"])
def test_secret_file_without_exactly_one_line_is_refused(tmp_path: Path, content: str) -> None:
    """An empty secret file is a forgotten one."""
    path = tmp_path / "key"
    path.write_text(content, encoding="utf-8")
    assert "exactly one line" in refused(None, {"INTRAMUROS_INDEX__API_KEY_FILE": str(path)}).message


def test_missing_secret_file_is_refused(tmp_path: Path) -> None:
    """The setting and the file are named."""
    error = refused(None, {"INTRAMUROS_INDEX__API_KEY_FILE": str(tmp_path / "none")})
    assert "index.api_key_file" in error.message


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("INTRAMUROS_DATABASE__URL", f"postgresql://me:{SECRET}@host/name"),
        ("INTRAMUROS_INDEX__URL", f"https://me:{SECRET}@host"),
        ("INTRAMUROS_MODEL__BASE_URL", f"ftp://me:{SECRET}@host"),
    ],
)
def test_address_with_a_password_is_refused_without_printing_it(variable: str, address: str) -> None:
    """Addresses are logged; passwords must not be in them."""
    error = refused(None, {variable: address})
    assert SECRET not in error.message + error.remedy
    assert error.__cause__ is None


def test_complete_server_is_accepted(tmp_path: Path) -> None:
    """The negative control of the refusals below."""
    assert load(None, server(tmp_path)).site.profile == "server"


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("INTRAMUROS_SITE__TRIAL", "true", "site.trial"),
        ("INTRAMUROS_PAGE__PUBLIC_URL", "http://ask.example.org", "page.public_url"),
        ("INTRAMUROS_SIGN_IN__ISSUER", "", "sign_in.issuer"),
        ("INTRAMUROS_SIGN_IN__ISSUER", "http://id.example.org", "sign_in.issuer"),
        ("INTRAMUROS_SIGN_IN__API_AUDIENCE", "intramuros", "sign_in.api_audience"),
        ("INTRAMUROS_DATABASE__URL", "", "database.url"),
        ("INTRAMUROS_DATABASE__PASSWORD_FILE", "", "database.password_file"),
        ("INTRAMUROS_INDEX__URL", "", "index.url"),
        ("INTRAMUROS_INDEX__API_KEY_FILE", "", "index.api_key_file"),
        ("INTRAMUROS_MODEL__API_KEY_FILE", "", "model.api_key_file"),
    ],
)
def test_unsafe_server_is_refused(tmp_path: Path, variable: str, value: str, named: str) -> None:
    """What is fine on one person's machine is not fine for a company."""
    assert named in refused(None, {**server(tmp_path), variable: value}).message


def test_short_secret_is_refused_on_a_server(tmp_path: Path) -> None:
    """A key that can be guessed is no key."""
    environ = server(tmp_path)
    Path(environ["INTRAMUROS_INDEX__API_KEY_FILE"]).write_text("changeme", encoding="utf-8")
    error = refused(None, environ)
    assert "32 characters" in error.message
    assert "changeme" not in error.message + error.remedy


def test_demo_accounts_stay_on_this_machine() -> None:
    """Passwords printed on a page may not be served to the network."""
    environ = {"INTRAMUROS_SITE__TRIAL": "true"}
    assert load(None, environ).site.trial
    assert "demo passwords" in refused(None, {**environ, "INTRAMUROS_API__HOST": "0.0.0.0"}).message
    assert "demo passwords" in refused(None, {**environ, "INTRAMUROS_PAGE__HOST": "example"}).message


@pytest.mark.parametrize(
    ("environ", "rule"),
    [
        ({"INTRAMUROS_API__PORT": "8601"}, "the same"),
        ({"INTRAMUROS_SEARCH__CANDIDATES": "3"}, "more than candidates"),
        ({"INTRAMUROS_MODEL__CONTEXT_TOKENS": "1024", "INTRAMUROS_MODEL__MAX_ANSWER_TOKENS": "1000"}, "half"),
        ({"INTRAMUROS_MODEL__TOTAL_TIMEOUT_S": "5"}, "longer than"),
        ({"INTRAMUROS_INGEST__BESIDE_API": "false"}, "cannot share"),
    ],
)
def test_contradiction_is_refused(environ: Mapping[str, str], rule: str) -> None:
    """Values that are fine each and wrong together are told apart from typing errors."""
    assert rule in refused(None, environ).message


@given(key=st.text(min_size=1, max_size=12).filter(lambda key: key not in Settings.model_fields))
def test_no_unknown_section_is_ever_accepted(key: str) -> None:
    """Whatever the name, an unknown section is an error with the list of valid ones."""
    variable = f"INTRAMUROS_{key}__X"
    error = refused(None, {variable: "1"})
    assert error.remedy


def test_collection_without_its_declaration_is_refused(tmp_path: Path) -> None:
    """A collection that lacks a part of its declaration is named with the part; so is a mistyped one."""
    path = written(tmp_path, '[[collections]]\nid = "hr"\nname = "HR"\nowner = "hr"\npurpos = "x"\n')
    error = refused(path, {})
    assert "collections.1.purpose is missing" in error.message
    assert "'purpos' is no setting of [collections]" in error.message
    assert "did you mean 'purpose'?" in error.remedy


def test_every_setting_has_bounds_and_a_description() -> None:
    """No number is taken without limits; no field is left unexplained."""
    for section in Settings.model_json_schema()["$defs"].values():
        for name, field in section["properties"].items():
            assert field["description"].endswith("."), name
            if field.get("type") in {"integer", "number"}:
                assert "maximum" in field, name
                assert {"minimum", "exclusiveMinimum"} & set(field), name


HOUSE = """
[[collections]]
id = "hr"
name = "HR"
owner = "HR"
purpose = "inform"
legal_basis = "Art. 6(1)(f) GDPR"
retention_days = 365
confidentiality = "internal"
"""
FOLDER_SOURCE = '[[sources]]\nid = "policies"\nkind = "folder"\ncollection = "hr"\npath = "/srv/policies"\n'
BUCKET_SOURCE = (
    '[[sources]]\nid = "archive"\nkind = "s3"\ncollection = "hr"\nendpoint = "http://s3:9000"\nbucket = "b"\n'
    'access_key_file = "{key}"\nsecret_key_file = "{key}"\n'
)
RULE = '[[sources.rules]]\nmatch = "hr/**"\nreaders = ["group:hr"]\n'


def source_text(directory: Path, kind: str) -> str:
    """Return a complete declaration of a source with its collection."""
    key = directory / "key"
    key.write_text(SECRET, encoding="utf-8")
    return HOUSE + (FOLDER_SOURCE if kind == "folder" else BUCKET_SOURCE.format(key=key))


def test_complete_sources_are_accepted(tmp_path: Path) -> None:
    """The negative control of the refusals below; the keys of a bucket are read from their files and never print."""
    text = source_text(tmp_path, "folder") + 'readers = "mapping"\nevery_minutes = 60\nwatch = true\n' + RULE
    (folder,) = load(written(tmp_path, text), {}).sources
    assert (folder.path, folder.every_minutes, folder.watch) == (Path("/srv/policies"), 60, True)
    assert folder.rules[0].rule().readers == ("group:hr",)
    settings = load(written(tmp_path, source_text(tmp_path, "s3")), {})
    key = settings.sources[0].secret_key
    assert key is not None
    assert key.get_secret_value() == SECRET
    assert SECRET not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("kind", "line", "more", "rule"),
    [
        ("folder", "collection", 'collection = "ghost"', "'ghost', which is not declared"),
        ("folder", "path", 'path = "srv/policies"', "no absolute path"),
        ("folder", "path", "", "no absolute path"),
        ("folder", "", 'bucket = "b"', "a folder has no endpoint"),
        ("folder", "", 'readers = "mapping"', "go together"),
        ("folder", "", RULE, "go together"),
        (
            "folder",
            "",
            'readers = "mapping"\n' + RULE.replace("hr/**", "/srv/hr/**"),
            "does not name files below",
        ),
        ("folder", "", 'readers = "mapping"\n' + RULE.replace("group:hr", "hr"), "not a valid principal"),
        ("folder", "", "every_minutes = -1", "every_minutes"),
        ("folder", "", FOLDER_SOURCE, "two sources are called 'policies'"),
        ("folder", "", FOLDER_SOURCE.replace('"policies"', '"again"'), "another one reads"),
        ("folder", "kind", 'kind = "ftp"', "kind"),
        ("s3", "endpoint", "", "needs endpoint"),
        ("s3", "bucket", "", "needs endpoint"),
        ("s3", "secret_key_file", "", "needs endpoint"),
        ("s3", "endpoint", f'endpoint = "https://me:{SECRET}@s3"', "password"),
        ("s3", "", "watch = true", "cannot be watched"),
        ("s3", "", 'readers = "permissions"', "carries no permissions"),
        ("s3", "", 'path = "/srv"', "has no path"),
        ("s3", "", f'secret_key = "{SECRET}"', "sources.1.secret_key may stand neither"),
        (
            "s3",
            "secret_key_file",
            'secret_key_file = "/nonexistent"',
            "sources.1.secret_key_file cannot be read",
        ),
    ],
)
def test_source_that_cannot_work_is_refused(
    tmp_path: Path, kind: str, line: str, more: str, rule: str
) -> None:
    """Each fault of a source is found at start, with its rule and a remedy, and without its keys."""
    lines = source_text(tmp_path, kind).splitlines()
    kept = [one for one in lines if not line or not one.startswith(f"{line} =")]
    error = refused(written(tmp_path, "\n".join([*kept, more, ""])), {})
    assert rule in error.message
    assert error.remedy
    assert SECRET not in error.message + error.remedy


def test_mistyped_key_of_a_rule_is_sent_to_the_right_one(tmp_path: Path) -> None:
    """The names inside the rules are known too."""
    text = source_text(tmp_path, "folder") + 'readers = "mapping"\n' + RULE.replace("match", "mach")
    assert "'match'" in refused(written(tmp_path, text), {}).remedy


def test_source_of_the_sample_company_waits_for_it(tmp_path: Path) -> None:
    """The trial declares collections that stand in no settings file."""
    text = source_text(tmp_path, "folder").replace('collection = "hr"', 'collection = "handbook"')
    assert load(written(tmp_path, text), {"INTRAMUROS_SITE__TRIAL": "true"}).sources
