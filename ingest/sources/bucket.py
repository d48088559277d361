"""List and fetch the objects of a bucket behind an S3-compatible server inside the walls.

The client is botocore, which the servers' makers test against. obstore was tried: it lets AWS_ENDPOINT_URL_S3 of the
environment override the address it was given, and one key with an empty segment ("a//b") breaks its whole listing.
minio's client has had no release for a year. botocore is told everything it would otherwise look for: it reads no
AWS variable or profile for address, keys or proxy, and asks no metadata service.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ingest.sources.folder import PASSED_OVER, RESERVED, ReadersOf
from ingest.types import Origin, SourceFile
from retrieval.errors import BrokenDocument, IntramurosError, TooLarge, Unavailable

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

NOWHERE = Path("/nonexistent")  # an object has no path until it is lent
BLOCK_BYTES = 1 << 20
CONNECT_S, READ_S, ATTEMPTS = (
    5,
    60,
    3,
)  # a building's network answers at once; a disk that spins up takes seconds
ABSENT = ("NoSuchKey", "NoSuchVersion", "404")
DENIED = ("AccessDenied", "403")
WRONG_KEYS = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed")


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a bucket is and with which keys it opens. The keys never print."""

    endpoint: str  # "https://s3.example.internal:9000"; there is no default
    bucket: str
    prefix: str  # "" or a folder, "archive/2024"
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str = "us-east-1"  # what most servers of one's own answer to
    ca_file: Path | None = None  # of the authority that signed the server's certificate; None = the system's


class BucketSource:
    """List a bucket below a prefix. Folder markers and keys with a hidden part are passed over."""

    def __init__(self, place: Place, *, readers_of: ReadersOf, max_bytes: int) -> None:
        self._place = place
        self._readers_of = readers_of
        self._max_bytes = max_bytes

    @property
    def name(self) -> str:
        """Return "s3:", the bucket and the prefix; the server's address may change."""
        return f"s3:{self._place.bucket}/{self._place.prefix.strip('/')}"

    def files(self) -> Iterator[SourceFile]:
        """Yield every object present, sorted by key. Raises Unavailable where the bucket cannot be listed."""
        # Servers sort by bytes or, like directory buckets, not at all.
        for row in sorted(self._rows(), key=lambda row: str(row["Key"])):
            key = row["Key"][len(self._below) :]
            if key and not key.endswith("/") and not _is_hidden(key):
                size_bytes = int(row["Size"])
                yield SourceFile(
                    source=self.name,
                    key=key,
                    path=NOWHERE,
                    file_name=key.rpartition("/")[2],
                    readers=self._readers_of(key),
                    origin=Origin.LISTED,
                    size_bytes=size_bytes,
                    signature=f"{size_bytes}:{row['ETag']}" if row.get("ETag") else None,
                )

    @contextmanager
    def local(self, file: SourceFile) -> Iterator[Path]:
        """Lend a private copy of the object that is removed afterwards.

        Raises Unavailable where the server does not answer, TooLarge before more than the limit is written, and
        BrokenDocument where this one object cannot be had.
        """
        if (file.size_bytes or 0) > self._max_bytes:
            raise self._too_large(file)
        with TemporaryDirectory(prefix="intramuros-") as private:  # mode 0700
            copy = Path(private) / "object"
            with self._explained(file):
                self._download(file, copy)
            yield copy

    @property
    def _below(self) -> str:
        prefix = self._place.prefix.strip("/")
        return f"{prefix}/" if prefix else ""

    def _rows(self) -> Iterator[dict[str, Any]]:
        with self._explained(None):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._place.bucket, Prefix=self._below):
                if (
                    "IsTruncated" not in page
                ):  # part of every listing; a web page parses as one without objects
                    raise Unavailable(
                        f"{self._place.endpoint} answers, but not as a bucket server",
                        remedy="correct endpoint of this source",
                    )
                yield from page.get("Contents", ())

    def _download(self, file: SourceFile, copy: Path) -> None:
        reply = self._client.get_object(Bucket=self._place.bucket, Key=self._below + file.key)
        written = 0
        with closing(reply["Body"]) as body, copy.open("wb") as target:
            for block in body.iter_chunks(BLOCK_BYTES):
                written += len(block)
                if written > self._max_bytes:  # it grew since it was listed
                    raise self._too_large(file)
                target.write(block)
        changed = reply["LastModified"].timestamp()
        os.utime(copy, (changed, changed))  # a version is dated by its file

    def _too_large(self, file: SourceFile) -> TooLarge:
        return TooLarge(
            f"'{file.file_name}' is larger than {self._max_bytes >> 20} MB",
            remedy="split it, or ask the administrator to raise the limit",
        )

    @cached_property
    def _client(self) -> "BaseClient":
        # heavy: keeps --help under 0.3 s
        import botocore.config
        import botocore.session

        place = self._place
        session = botocore.session.Session(session_vars=_sealed(botocore.session.Session.SESSION_VARIABLES))
        return session.create_client(
            "s3",
            endpoint_url=place.endpoint,
            region_name=place.region,
            aws_access_key_id=place.access_key,
            aws_secret_access_key=place.secret_key,
            verify=str(place.ca_file) if place.ca_file else True,
            config=botocore.config.Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},  # bucket.host needs a name a bucket, which few houses set up
                proxies={},
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                use_dualstack_endpoint=False,
                use_fips_endpoint=False,
                defaults_mode="legacy",
                request_checksum_calculation="when_required",  # older servers refuse the newer checksums
                response_checksum_validation="when_required",
            ),
        )

    @contextmanager
    def _explained(self, file: SourceFile | None) -> Iterator[None]:
        """Map botocore's errors: `file` is the one asked for, None while listing."""
        import botocore.exceptions  # heavy: keeps --help under 0.3 s

        try:
            yield
        except botocore.exceptions.ClientError as error:
            raise self._answered(error, file) from error
        except botocore.exceptions.BotoCoreError as error:
            raise Unavailable(
                f"the bucket server {self._place.endpoint} does not answer ({type(error).__name__})",
                remedy="check that it runs, that endpoint is its address, and that ca_file signed its certificate",
            ) from error

    def _answered(self, error: "ClientError", file: SourceFile | None) -> IntramurosError:
        code = str(error.response.get("Error", {}).get("Code", ""))
        where = f"the bucket '{self._place.bucket}' at {self._place.endpoint}"
        if code in WRONG_KEYS:
            return Unavailable(
                f"{where} refuses the keys ({code})",
                remedy="check access_key_file, secret_key_file and region of this source",
            )
        if code == "NoSuchBucket":
            return Unavailable(f"{where} does not exist", remedy="correct bucket of this source")
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if file is None and code in DENIED:
            return Unavailable(
                f"{where} may not be listed with these keys",
                remedy="grant them s3:ListBucket and s3:GetObject on this bucket",
            )
        if file is None or status >= 500 or code in ("SlowDown", "RequestTimeout"):
            return Unavailable(f"{where} answers {code}", remedy="look into the log of the bucket server")
        if code in ABSENT:
            why, remedy = "it is no longer in the bucket", "put it back, then `intramuros ingest retry`"
        elif code in DENIED:
            why, remedy = (
                "these keys may not read it",
                "grant them s3:GetObject, then `intramuros ingest retry`",
            )
        else:
            why, remedy = (
                f"the bucket server answers {code}",
                "look into its log, then `intramuros ingest retry`",
            )
        return BrokenDocument(f"'{file.file_name}' cannot be read: {why}", remedy=remedy)


def _sealed(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return botocore's variables with their defaults and without the environment and files it would look into."""
    nowhere = {"config_file": os.devnull, "credentials_file": os.devnull}
    return {
        name: (None, None, nowhere.get(name, default), conversion)
        for name, (_, _, default, conversion) in variables.items()
    }


def _is_hidden(key: str) -> bool:
    return RESERVED in key or any(part.startswith(PASSED_OVER) for part in key.split("/"))
