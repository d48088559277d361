"""Programs for tests come from Debian's archive into the cache, or the tests that need them are skipped."""

from pathlib import Path

import pytest

from app.unpacked import PROGRAMS, fetch, find

APT = """#!/bin/sh
echo "$@" >> {log}
case "$1" in
  update) touch {lists} ;;
  download) [ -e {lists} ] && echo archive > caddy_2_all.deb ;;
esac
"""
DPKG = '#!/bin/sh\nmkdir -p "$3/usr/bin" && printf "#!/bin/sh\\n" > "$3/usr/bin/caddy" && chmod +x "$3/usr/bin/caddy"\n'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of programs that is all there is on the path, but for the shell's own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("touch", "mkdir", "chmod"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(programs))
    return programs


def install(machine: Path, name: str, script: str) -> None:
    """Put a program on the path."""
    (machine / name).write_text(script, encoding="utf-8")
    (machine / name).chmod(0o755)


def test_without_debian_the_tests_are_skipped(machine: Path, tmp_path: Path) -> None:
    """No apt-get: nothing is found, and a line says what that means."""
    said: list[str] = []
    assert fetch("caddy", say=said.append, folder=tmp_path / "cache") is None
    assert ["skipped" in line for line in said] == [True]


def test_an_archive_is_unpacked_once(machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without lists they are read first; the second time nothing is asked for."""
    log, cache = tmp_path / "log", tmp_path / "cache"
    install(machine, "apt-get", APT.format(log=log, lists=tmp_path / "lists"))
    install(machine, "dpkg-deb", DPKG)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    said: list[str] = []
    for _ in range(2):
        assert fetch("caddy", say=said.append, folder=cache) == cache / "caddy" / PROGRAMS["caddy"]
    commands = [line.split()[0] for line in log.read_text(encoding="utf-8").splitlines()]
    assert commands == ["download", "update", "download"]
    assert len(said) == 1


def test_a_download_that_fails_skips(machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a way to the archive the run goes on, and says so."""
    install(machine, "apt-get", "#!/bin/sh\nexit 100\n")
    install(machine, "dpkg-deb", DPKG)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    said: list[str] = []
    assert fetch("caddy", say=said.append, folder=tmp_path / "cache") is None
    assert "could not bring caddy" in said[-1]
    assert not (tmp_path / "cache").exists()


def test_the_machines_own_program_comes_first(machine: Path, tmp_path: Path) -> None:
    """What an administrator installed is used."""
    install(machine, "caddy", "#!/bin/sh\n")
    assert find("caddy", tmp_path / "cache") == machine / "caddy"
