"""Check that attempts to leave the machine are seen, told from calls within it, and compared with the settings."""

import os
import shutil
import socket
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli.main import app
from app.egress.addresses import Address, address_of, is_own
from app.egress.allowed import Named, address_in, named_by, rows, search_domains
from app.egress.names import name_asked
from app.egress.watching import (
    CONNECTION,
    DATAGRAM,
    LOOKUP,
    UNKNOWN,
    UNREADABLE,
    Attempt,
    Watched,
    require_sight,
    watch,
)
from app.models.catalogue import TRIAL_EMBEDDER, entry
from app.models.verify import is_installed
from app.settings import Settings, load
from ingest.database import utc_now
from retrieval.errors import SetupRefused

NOW = datetime(2026, 11, 30, tzinfo=UTC)
QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"
KNOCK = (
    "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"  # no packet leaves by connecting
)
C_PROGRAM = """
#include <arpa/inet.h>
#include <sys/socket.h>
int main(void) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "203.0.113.7", &to.sin_addr);
    connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof to);
    return 0;
}
"""

# Many empty datagrams by one call, within the machine but for the last one. Each mmsghdr has eight words of 8 bytes.
MANY = """
import ctypes, socket, struct
count, libc = int({count}), ctypes.CDLL(None)
def told(host):
    raw = struct.pack("=H", socket.AF_INET) + struct.pack("!H", 9) + socket.inet_aton(host) + bytes(8)
    return ctypes.create_string_buffer(raw, 16)
kept = [told("127.0.0.1")] * (count - 1) + [told("203.0.113.7")]
messages = b"".join(struct.pack("=8Q", ctypes.addressof(one), 16, 0, 0, 0, 0, 0, 0) for one in kept)
libc.sendmmsg(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).fileno(), messages, count, 0)
"""


def observed(code: str) -> Watched:
    """Return what Python code attempted in a process of its own."""
    return watch([sys.executable, "-c", code], environment=os.environ, clock=utc_now)


def targets(seen: Watched) -> list[tuple[str, Address]]:
    """Return what was attempted, without times and processes."""
    return [(attempt.kind, attempt.target) for attempt in seen.attempts]


def attempt(kind: str, host: str, port: int, *, pid: int = 1) -> Attempt:
    """Return an attempt of some process."""
    return Attempt(NOW, pid, "python -m ui", kind, Address(host, port))


def test_each_way_out_is_seen() -> None:
    """Connections, datagrams with an address and messages with one, to IPv4, IPv6 and IPv4 written as IPv6."""
    seen = observed(
        KNOCK + "s.connect(('203.0.113.1', 9))\n"
        "six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
        "for do in (lambda: six.connect(('2001:db8::1', 9)), lambda: six.connect(('::ffff:203.0.113.2', 9)),\n"
        "           lambda: s.sendto(b'', ('203.0.113.3', 9)), lambda: s.sendmsg([b''], [], 0, ('203.0.113.4', 9))):\n"
        "    try: do()\n    except OSError: pass\n"
    )
    assert targets(seen) == [
        (CONNECTION, Address("203.0.113.1", 9)),
        (CONNECTION, Address("2001:db8::1", 9)),
        (CONNECTION, Address("203.0.113.2", 9)),
        (DATAGRAM, Address("203.0.113.3", 9)),
        (DATAGRAM, Address("203.0.113.4", 9)),
    ]


@pytest.mark.parametrize(
    ("count", "target"), [(16, Address("203.0.113.7", 9)), (17, UNREADABLE), (40, UNREADABLE)]
)
def test_last_of_many_messages_is_not_missed(count: int, target: Address) -> None:
    """Of one call sixteen are looked at; that there were more is an attempt that nothing can name."""
    seen = observed(MANY.format(count=count))
    assert targets(seen) == [(DATAGRAM, target)]
    assert seen.inside >= min(count - 1, 16)
    assert not all(row.setting for row in rows(seen.attempts, [Named("--allow", Address("127.0.0.1", 9))]))


def test_children_of_children_are_seen() -> None:
    """What a process starts is observed too, and told as itself."""
    code = KNOCK + "s.connect(('203.0.113.1', 9))"
    seen = observed(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])")
    assert targets(seen) == [(CONNECTION, Address("203.0.113.1", 9))]


def test_program_in_another_language_is_seen(tmp_path: Path) -> None:
    """A compiled program without any Python in it is seen: the kernel tells, no library."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler is installed: no compiled program was observed")
    (tmp_path / "knock.c").write_text(C_PROGRAM)
    subprocess.run(["cc", "-o", str(tmp_path / "knock"), str(tmp_path / "knock.c")], check=True, timeout=60)
    seen = watch([str(tmp_path / "knock")], environment=os.environ, clock=utc_now)
    assert targets(seen) == [(CONNECTION, Address("203.0.113.7", 9))]


def test_calls_within_the_machine_are_counted_and_no_attempts() -> None:
    """Loopback by address and name counts as within; sockets of the file system as nothing."""
    seen = observed(
        "import socket\n"
        "with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    for host in ('127.0.0.1', '::ffff:127.0.0.1'):\n"
        "        socket.create_connection((host, server.getsockname()[1])).close()\n"
        "socket.socketpair()\n"
    )
    assert (seen.exit_code, seen.inside, seen.attempts) == (0, 2, [])


def test_own_interface_is_within_the_machine() -> None:
    """An address of one of this machine's interfaces is within it, and no other's is."""
    assert is_own("127.0.0.1")
    assert not is_own("203.0.113.1")
    assert not is_own("2001:db8::1")


def test_name_is_read_from_a_query_to_a_resolver() -> None:
    """A look-up is told by its name also where the resolver runs on this machine, from where it would go on."""
    seen = observed(
        f"{KNOCK}query = {QUERY!r}\n"
        "server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.connect(('127.0.0.9', 53))\n"
        "s.send(query)\n"
    )
    assert targets(seen) == [(LOOKUP, Address("example.com", 53))]


def test_resolver_that_was_asked_in_secret_is_an_attempt() -> None:
    """Who connects to a resolver and asks in a way that nobody can read is not taken for silent."""
    seen = observed(KNOCK + "import os\ns.connect(('127.0.0.9', 53))\nos.write(s.fileno(), b'x')\n")
    assert targets(seen) == [(LOOKUP, Address(UNKNOWN, 53))]
    seen = observed(KNOCK + "s.connect(('203.0.113.8', 53))\n")
    assert targets(seen) == [(CONNECTION, Address("203.0.113.8", 53))]


def test_library_that_asks_the_resolver_is_seen() -> None:
    """The C library's own look-up of a name is told by that name."""
    if not Path("/etc/resolv.conf").exists():
        pytest.skip("this machine has no resolver")
    seen = observed(
        "import socket\ntry: socket.getaddrinfo('intramuros.invalid', 80)\nexcept OSError: pass\n"
    )
    assert (LOOKUP, Address("intramuros.invalid", 53)) in targets(seen)


def test_observation_is_proved_each_time() -> None:
    """The negative control: a connection made on purpose is seen, else there is no report."""
    require_sight(utc_now)


def test_missing_program_is_refused_with_a_remedy() -> None:
    """A command that is not there is named."""
    with pytest.raises(SetupRefused, match="no-such-program"):
        watch(["no-such-program"], environment={}, clock=utc_now)


@pytest.mark.parametrize("arguments", [[], ["--allow", "203.0.113.1:9"]])
def test_command_exits_1_on_what_nothing_names(arguments: list[str]) -> None:
    """The report lists the attempt with its process; an option that names the address makes it allowed."""
    code = KNOCK + "s.connect(('203.0.113.1', 9))"
    done = CliRunner().invoke(app, ["egress-report", *arguments, "--", sys.executable, "-c", code])
    assert done.exit_code == (0 if arguments else 1), done.output
    assert "203.0.113.1:9" in done.output
    assert ("--allow" if arguments else "nothing") in done.output


def test_settings_name_what_may_be_reached(tmp_path: Path) -> None:
    """Provider, model, index, database and buckets are named; what lies on this machine needs no name."""
    (tmp_path / "key").write_text("k" * 40)
    file = tmp_path / "intramuros.toml"
    file.write_text(
        '[sign_in]\nissuer = "https://id.example/realms/x"\n[index]\nurl = "http://qdrant:6333"\n'
        '[database]\nurl = "postgresql+psycopg://intramuros@postgres/intramuros"\n[site]\ntrial = true\n'
        '[[sources]]\nid = "files"\nkind = "s3"\ncollection = "handbook"\nendpoint = "http://store.example:9000"\n'
        f'bucket = "b"\naccess_key_file = "{tmp_path / "key"}"\nsecret_key_file = "{tmp_path / "key"}"\n'
    )
    assert named_by(load(file, {})) == [
        Named("sign_in.issuer", Address("id.example", 443)),
        Named("index.url", Address("qdrant", 6333)),
        Named("sources.files", Address("store.example", 9000)),
        Named("database.url", Address("postgres", 5432)),
    ]
    assert named_by(Settings()) == []


def test_no_address_of_the_settings_is_forgotten() -> None:
    """Whatever setting will name another machine is looked up among those that are: none is called unnamed."""
    settings = Settings()
    wanted = set()
    for section in type(settings).model_fields:
        part = getattr(settings, section)
        for key in getattr(type(part), "model_fields", ()):
            if key.endswith(("url", "endpoint", "issuer", "address", "door")):
                bare = f"{section}.example:9"
                address = bare if key in {"ray_address", "door"} else f"https://{bare}"
                part = part.model_copy(update={key: address})
                wanted.add(f"{section}.{key}")
        settings = settings.model_copy(update={section: part})
    assert {one.setting for one in named_by(settings)} == wanted
    assert wanted > {"tracing.endpoint", "ingest.ray_address", "embedder.url"}


def test_attempts_are_judged_by_name_number_and_port() -> None:
    """A name's number counts with the port that the setting names, and its look-up also with the search domain."""
    named = [Named("index.url", Address("qdrant", 6333))]
    attempts = [
        attempt(LOOKUP, "qdrant.corp.example", 53),
        attempt(CONNECTION, "10.0.0.5", 6333),
        attempt(CONNECTION, "10.0.0.5", 22),
        attempt(LOOKUP, "qdrant.evil.example", 53),
        attempt(CONNECTION, "10.0.0.5", 6333),
    ]
    found = rows(attempts, named, resolve=lambda _host: {"10.0.0.5"}, domains=["corp.example"])
    assert [(row.first.target, row.count, row.setting) for row in found] == [
        (Address("10.0.0.5", 22), 1, ""),
        (Address("qdrant.evil.example", 53), 1, ""),
        (Address("qdrant.corp.example", 53), 1, "index.url"),
        (Address("10.0.0.5", 6333), 2, "index.url"),
    ]


def test_search_domains_are_those_of_the_machine(tmp_path: Path) -> None:
    """The resolver's file is read as man 5 resolv.conf has it; a missing one has none."""
    file = tmp_path / "resolv.conf"
    file.write_text("nameserver 10.0.0.1\nsearch Corp.example lan\n# search none\n")
    assert search_domains(file) == ["corp.example", "lan"]
    assert search_domains(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://id.example/x", Address("id.example", 443)),
        ("http://[2001:db8::1]:80/v1", Address("2001:db8::1", 80)),
        ("mail.example:25", Address("mail.example", 25)),
    ],
)
def test_address_of_a_url(url: str, address: Address) -> None:
    """Host and port, the latter by the scheme where it is not written."""
    assert address_in(url) == address


def test_query_is_told_from_its_answer_and_from_rubbish() -> None:
    """Only a whole question of a query has a name."""
    assert name_asked(QUERY) == "example.com"
    assert name_asked(QUERY[:2] + b"\x81" + QUERY[3:]) is None
    assert [name_asked(QUERY[:end]) for end in range(len(QUERY) - 6)] == [None] * (len(QUERY) - 6)


@given(st.binary(max_size=40))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    """What processes send is arbitrary: reading it never raises, and only internet addresses come of it."""
    name_asked(raw)
    address = address_of(raw)
    is_internet = len(raw) >= 2 and struct.unpack_from("=H", raw)[0] in {socket.AF_INET, socket.AF_INET6}
    assert address is None or is_internet


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_house_of_the_trial_reaches_nobody() -> None:
    """From start to end, with ingestion, a question, the page and all roles, no process tries to leave the machine."""
    if not is_installed(entry(TRIAL_EMBEDDER), Settings().site.models_dir):
        pytest.skip(f"the model {TRIAL_EMBEDDER} is not installed: no house of the trial was observed")
    done = CliRunner().invoke(app, ["egress-report", "--no-with-model"])
    assert done.exit_code == 0, done.output
    assert "asked in the page" in done.output
    assert " 0 attempts to reach others" in done.output
