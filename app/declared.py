"""Hold what the settings declare one by one: collections, and the sources that fill them. All are frozen."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from app.sections import SecretFile, Section, ServerAddress
from app.settings_source import Contradiction
from ingest.sources.rules import Rule
from retrieval.errors import InvalidRequest


class DeclaredCollection(Section):
    """Declare a collection as the GDPR asks for it: nothing is kept without purpose, ground, owner and term."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="Short name that never changes.")
    name: str = Field(min_length=1, max_length=80, description="Name as employees see it.")
    owner: str = Field(min_length=1, description="Who answers for the content.")
    purpose: str = Field(min_length=1, description="What the documents are kept for.")
    legal_basis: str = Field(min_length=1, description="On what ground, for instance Art. 6(1)(b) GDPR.")
    retention_days: int = Field(ge=1, le=36_500, description="Days after which a document is forgotten.")
    confidentiality: Literal["public", "internal", "confidential", "strictly-confidential"] = Field(
        description="How sensitive the content is."
    )
    readers: tuple[str, ...] = Field((), description="Who may read: everyone, group:<name>, user:<name>.")
    managers: tuple[str, ...] = Field((), description="Who looks after it: group:<name>, user:<name>.")
    personal_data: Literal["index", "warn", "mask", "quarantine"] = Field(
        "warn", description="What becomes of personal data in it."
    )
    personal_data_readers: tuple[str, ...] = Field(
        (), description="Who sees it where it is masked: group:<name>, user:<name>."
    )
    quoted: bool = Field(default=False, description="Answers only quote it, and tell nothing in other words.")


class SourceRule(Section):
    """Say who may read the files of a source that a pattern names."""

    match: str = Field(min_length=1, description="Pattern below the root: hr/** or **/*.pdf.")
    readers: tuple[str, ...] = Field(description="Who may read: everyone, group:<name>, user:<name>.")

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        try:
            self.rule()
        except InvalidRequest as error:
            raise Contradiction(error.message, remedy=error.remedy) from error
        return self

    def rule(self) -> Rule:
        """Return the rule as the source applies it."""
        return Rule(self.match, self.readers)


class DeclaredSource(Section):
    """Declare a place whose documents a collection keeps in step with."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="Short name that never changes.")
    kind: Literal["folder", "s3"] = Field(description="A folder, or a bucket of an S3-compatible server.")
    collection: str = Field(min_length=1, description="Id of the collection that its documents go to.")
    readers: Literal["collection", "permissions", "mapping"] = Field(
        "collection", description="Where the readers of its documents come from."
    )
    rules: tuple[SourceRule, ...] = Field((), description="Mapping of patterns to readers; first match wins.")
    path: Path | None = Field(None, description="Folder: its absolute path.")
    endpoint: ServerAddress = Field("", description="Bucket: address of the server.")
    bucket: str = Field("", description="Bucket: its name.")
    prefix: str = Field("", description="Bucket: the folder in it; empty is all of it.")
    region: str = Field("us-east-1", min_length=1, description="Bucket: the region that its server expects.")
    ca_file: SecretFile = Field(None, description="Bucket: certificate of the authority of its server.")
    access_key_file: SecretFile = Field(None, description="Bucket: file with the access key.")
    access_key: SecretStr | None = Field(
        None, exclude=True, repr=False, description="Read from access_key_file."
    )
    secret_key_file: SecretFile = Field(None, description="Bucket: file with the secret key.")
    secret_key: SecretStr | None = Field(
        None, exclude=True, repr=False, description="Read from secret_key_file."
    )
    every_minutes: int = Field(
        0, ge=0, le=10_080, description="Minutes between two syncs; 0 is on demand only."
    )
    watch: bool = Field(default=False, description="Folder: sync as soon as something changes in it.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        of_bucket = (self.endpoint, self.bucket, self.access_key_file, self.secret_key_file)
        if self.kind == "folder" and (self.path is None or not self.path.is_absolute()):
            raise Contradiction(
                f"path = '{self.path or ''}' is no absolute path",
                remedy='write the whole path: "/srv/policies"',
            )
        if self.kind == "folder" and any((*of_bucket, self.prefix, self.ca_file)):
            raise Contradiction(
                "a folder has no endpoint, bucket, prefix, ca_file or keys",
                remedy='remove them, or set kind = "s3"',
            )
        if self.kind == "s3" and not all(of_bucket):
            raise Contradiction(
                "a bucket needs endpoint, bucket, access_key_file and secret_key_file",
                remedy="name all four; there is no default server and no key is looked up elsewhere",
            )
        if self.kind == "s3" and (self.path or self.watch or self.readers == "permissions"):
            raise Contradiction(
                "a bucket has no path, cannot be watched and carries no permissions",
                remedy='remove path and watch; set every_minutes, and readers = "collection" or "mapping"',
            )
        if (self.readers == "mapping") != bool(self.rules):
            raise Contradiction(
                'readers = "mapping" and rules go together',
                remedy='add [[sources.rules]] with match and readers, or set readers = "collection"',
            )
        return self
