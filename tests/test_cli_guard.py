"""`intramuros eval pii`: figures beside the committed ones, and an exit code for worse ones."""

import json
from pathlib import Path

from tests.test_cli import run

TEXT = "Please pay to DE89 3704 0044 0532 0130 00, says Anna Keller."


def labels(*values: tuple[str, str]) -> list[dict[str, object]]:
    """Return labelled spans of TEXT."""
    return [
        {"start": TEXT.index(value), "end": TEXT.index(value) + len(value), "label": label}
        for value, label in values
    ]


def test_figures_are_kept_and_compared(tmp_path: Path) -> None:
    """--save writes them; a run that finds less exits 1 and says which; Presidio's figures stand beside."""
    data, figures = tmp_path / "set", tmp_path / "figures"
    data.mkdir()
    found = labels(("DE89 3704 0044 0532 0130 00", "IBAN_CODE"), ("Anna Keller", "PERSON"))
    (data / "data.jsonl").write_text(json.dumps({"lang": "en", "text": TEXT, "spans": found}) + "\n")
    command = ["eval", "--against", str(figures), "pii", "--data", str(data)]
    saved = run(None, *command, "--save")
    assert saved.returncode == 0, saved.stderr
    assert "Presidio, as published" in saved.stdout
    assert run(None, *command).returncode == 0
    missed = labels(("says", "PERSON"), ("Please", "PERSON"))
    (data / "data.jsonl").write_text(json.dumps({"lang": "en", "text": TEXT, "spans": missed}) + "\n")
    worse = run(None, *command)
    assert worse.returncode == 1
    assert "failed: set en: F1 0.000, was 1.000" in worse.stderr
    assert "Anna" not in worse.stdout + worse.stderr
