"""A bucket as a source: against a real S3 server, and against one that answers with every error."""

import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ingest.sources.bucket import BucketSource, Place
from ingest.types import Origin, SourceFile
from retrieval.errors import BrokenDocument, IntramurosError, TooLarge, Unavailable

BOOT_WITHIN_S = 60.0
HOSTILE = {  # what a machine of a cloud project may carry; none of it may steer the source
    "AWS_PROFILE": "absent",
    "AWS_CONFIG_FILE": "/etc/hostname",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "of-the-environment",
    "AWS_CA_BUNDLE": "/nonexistent",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "HTTPS_PROXY": "http://127.0.0.1:1",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Lend the address of a real S3 server in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=out, stderr=out
        )
        try:
            wait_until_open(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def wait_until_open(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once the port answers; fail with the log where the server ends first."""
    deadline = time.monotonic() + BOOT_WITHIN_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
        except httpx.HTTPError:
            time.sleep(
                0.1
            )  # the kernel refuses at once; without a pause this would starve the server it waits for
        else:
            return
    pytest.fail("the S3 server did not start")


@pytest.fixture
def archive(server: str, request: pytest.FixtureRequest) -> Callable[..., BucketSource]:
    """Return what makes a source over a new bucket with these objects, and with keys that suit the server."""
    bucket = "archive-" + str(abs(hash(request.node.name)))

    def make(objects: dict[str, bytes], *, prefix: str = "", max_bytes: int = 1 << 20) -> BucketSource:
        source = BucketSource(
            Place(server, bucket, prefix, "key", "secret"),
            readers_of=lambda key: (f"group:{key[0]}",),
            max_bytes=max_bytes,
        )
        client: Any = source._client
        client.create_bucket(Bucket=bucket)
        for key, body in objects.items():
            client.put_object(Bucket=bucket, Key=key, Body=body)
        return source

    return make


def read(source: BucketSource, file: SourceFile) -> bytes:
    """Return an object's bytes as lent."""
    with source.local(file) as path:
        return path.read_bytes()


@pytest.mark.slow
def test_objects_below_the_prefix_are_listed_and_lent(archive: Callable[..., BucketSource]) -> None:
    """Keys are relative to the prefix; markers of folders, hidden and neighbouring keys are passed over."""
    source = archive(
        {
            "hr/b.md": b"two",
            "hr/a/ü + ß%20.md": b"one",
            "hr/": b"",
            "hr/a/": b"",
            "hr/.git/config": b"x",
            "hr/~$b.docx": b"x",
            "hr2/c.md": b"neighbour",
            "hr/a//double.md": b"three",
        },
        prefix="/hr/",
    )
    files = list(source.files())
    assert [(file.key, file.file_name, file.size_bytes, file.readers) for file in files] == [
        ("a//double.md", "double.md", 5, ("group:a",)),
        ("a/ü + ß%20.md", "ü + ß%20.md", 3, ("group:a",)),
        ("b.md", "b.md", 3, ("group:b",)),
    ]
    assert [read(source, file) for file in files] == [b"three", b"one", b"two"]
    assert source.name == files[0].source
    assert source.name.endswith("/hr")


@pytest.mark.slow
def test_signature_changes_with_the_bytes_alone(archive: Callable[..., BucketSource]) -> None:
    """What was written again with the same bytes need not be fetched again."""
    source = archive({"a.md": b"one", "b.md": b"one"})
    first, second = (file.signature for file in source.files())
    client: Any = source._client
    bucket = source._place.bucket
    client.put_object(Bucket=bucket, Key="a.md", Body=b"one")
    client.put_object(Bucket=bucket, Key="b.md", Body=b"two")
    changed = [file.signature for file in source.files()]
    assert first
    assert changed[0] == first
    assert changed[1] != second


@pytest.mark.slow
def test_listing_goes_on_after_the_first_page(archive: Callable[..., BucketSource]) -> None:
    """A server hands out 1,000 keys at a time; none is lost at the seam."""
    source = archive({f"{number:04}.md": b"" for number in range(1_001)})
    assert [file.key for file in source.files()] == [f"{number:04}.md" for number in range(1_001)]


@pytest.mark.slow
def test_lent_copy_is_private_dated_and_gone_afterwards(archive: Callable[..., BucketSource]) -> None:
    """The copy lies where nobody else looks, carries the object's date and leaves nothing behind."""
    source = archive({"a.md": b"one"})
    (file,) = source.files()
    with source.local(file) as path:
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert abs(path.stat().st_mtime - time.time()) < 3600
    assert not path.parent.exists()


@pytest.mark.slow
def test_too_large_object_is_refused_before_it_fills_the_disk(archive: Callable[..., BucketSource]) -> None:
    """By its listed size, and by its bytes where it grew since."""
    source = archive({"a.md": b"x" * 3_000_000}, max_bytes=1 << 20)
    (file,) = source.files()
    for listed in (
        file,
        SourceFile(file.source, file.key, file.path, file.file_name, (), 10, origin=Origin.LISTED),
    ):
        with pytest.raises(TooLarge, match="1 MB"), source.local(listed):
            pass


@pytest.mark.slow
def test_gone_object_is_broken_and_gone_bucket_unavailable(archive: Callable[..., BucketSource]) -> None:
    """One missing object is its own fault; a missing bucket must not look empty."""
    source = archive({"a.md": b"one"})
    (file,) = source.files()
    client: Any = source._client
    client.delete_object(Bucket=source._place.bucket, Key="a.md")
    with pytest.raises(BrokenDocument, match="no longer in the bucket"), source.local(file):
        pass
    client.delete_bucket(Bucket=source._place.bucket)
    with pytest.raises(Unavailable, match="does not exist"):
        list(source.files())


@pytest.mark.slow
def test_environment_steers_nothing(
    archive: Callable[..., BucketSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Address, keys, proxy and certificates come from the settings, whatever AWS variables say."""
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    source = archive({"a.md": b"one"})
    assert [read(source, file) for file in source.files()] == [b"one"]
    sent: list[str] = []
    client: Any = source._client
    client.meta.events.register(
        "before-send.s3", lambda request, **_: sent.append(str(request.headers["Authorization"]))
    )
    list(source.files())
    assert sent
    assert all("Credential=key/" in one for one in sent)


def test_server_that_is_down_is_unavailable() -> None:
    """Nothing vanished because the server is away."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    source = BucketSource(
        Place(f"http://127.0.0.1:{port}", "b", "", "k", "s"), readers_of=lambda _: (), max_bytes=1
    )
    with pytest.raises(Unavailable, match="does not answer") as caught:
        list(source.files())
    assert "endpoint" in caught.value.remedy


@contextmanager
def answering(status: int, body: bytes, *, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Lend the address of a server that gives one answer to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class names it so
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def refusal(code: str) -> bytes:
    """Return an error as S3 words it."""
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>m</Message></Error>".encode()


@pytest.mark.parametrize(
    ("status", "code", "listing", "lending"),
    [
        (403, "AccessDenied", Unavailable, BrokenDocument),
        (403, "InvalidAccessKeyId", Unavailable, Unavailable),
        (403, "SignatureDoesNotMatch", Unavailable, Unavailable),
        (404, "NoSuchBucket", Unavailable, Unavailable),
        (404, "NoSuchKey", Unavailable, BrokenDocument),
        (403, "InvalidObjectState", Unavailable, BrokenDocument),
        (501, "NotImplemented", Unavailable, Unavailable),
    ],
)
def test_every_answer_has_its_error(
    status: int, code: str, listing: type[IntramurosError], lending: type[IntramurosError]
) -> None:
    """A fault of the bucket stops the sync, a fault of one object only that object; no message has the keys."""
    with answering(status, refusal(code)) as address:
        source = BucketSource(
            Place(address, "b", "", "key-id-1", "secret-1"), readers_of=lambda _: (), max_bytes=1 << 20
        )
        file = SourceFile(source.name, "a.md", Path("/nonexistent"), "a.md", (), origin=Origin.LISTED)
        with pytest.raises(listing) as listed:
            list(source.files())
        with pytest.raises(lending) as lent, source.local(file):
            pass
    for error in (listed.value, lent.value):
        assert error.remedy
        assert not {"key-id-1", "secret-1"} & {*error.message.split(), *error.remedy.split()}


@pytest.mark.parametrize(
    "page", [b"", b"welcome", b"<html><p>welcome</html>", b"<html><p>welcome</p></html>"]
)
def test_answer_that_is_no_s3_is_unavailable(page: bytes) -> None:
    """A page of some other server is no empty bucket."""
    with answering(200, page) as address:
        source = BucketSource(Place(address, "b", "", "k", "s"), readers_of=lambda _: (), max_bytes=1)
        with pytest.raises(Unavailable):
            list(source.files())


def test_keys_do_not_print() -> None:
    """A place may be logged; its keys may not."""
    assert "k3y" not in repr(Place("http://h", "b", "", "k3y", "k3y"))


@pytest.mark.slow
def test_certificate_of_ones_own_authority_is_checked(tmp_path: Path) -> None:
    """TLS needs the authority's certificate, and is refused without it."""
    listing = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    certificate, context = own_certificate(tmp_path)
    with answering(200, listing, context=context) as address:
        for ca_file, is_trusted in ((certificate, True), (None, False)):
            place = Place(address, "b", "", "k", "s", ca_file=ca_file)
            source = BucketSource(place, readers_of=lambda _: (), max_bytes=1)
            if is_trusted:
                assert list(source.files()) == []
            else:
                with pytest.raises(Unavailable, match="does not answer"):
                    list(source.files())


def own_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return a new certificate for 127.0.0.1 and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "house")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "ca.pem", folder / "key.pem"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    encoding = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, *encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    return certificate, context
