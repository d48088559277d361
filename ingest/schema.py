"""Declare the tables of collections, documents, versions, chunks, readers and jobs.

The database is the source of truth; the vector index can be rebuilt from it. Times are UTC, stored as ISO 8601 text,
which sorts and compares the same in SQLite and PostgreSQL.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={  # named constraints can be altered by a migration on both databases
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

collections = Table(
    "collections",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("retention_days", Integer, nullable=False),
    Column("confidentiality", String(32), nullable=False),
    Column("readers", JSON, nullable=False),  # principals; the rule for documents without their own
    Column("managers", JSON, nullable=False, default=list),  # principals; who look after it, reading or not
    Column("private_to", String(128)),  # account whose own uploads it holds; NULL = a collection of the house
    Column("personal_data", String(16), nullable=False, default="warn"),  # ingest.guard.policy.Policy
    Column(
        "personal_data_readers", JSON, nullable=False, default=list
    ),  # principals; who sees it where it is masked
    Column("created_at", String(32), nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),  # stable name within the source
    Column("parent_id", String(36), index=True),  # the document this one was attached to
    Column("file_name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("visible_version_id", String(36)),  # flips in one transaction; NULL = nobody sees it
    Column("reason", Text),  # of a quarantine
    Column("remedy", Text),
    Column("signature", Text),  # of the source, when its bytes were last read; NULL = read them again
    Column("worker", Text),  # who works on it; a lease, so that two never do
    Column("leased_until", String(32)),
    Column("failed_sha256", String(64)),  # bytes that ended in quarantine are not tried again
    Column("cleared_sha256", String(64)),  # bytes that somebody let in although they hold personal data
    Column("expires_at", String(32)),  # when it is forgotten by itself; NULL = with its collection's term
    Column("restricted_at", String(32)),  # since when it is kept and not used; NULL = it is used
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    UniqueConstraint("collection_id", "source", "key"),
    Index(None, "state"),
)

document_readers = Table(
    "document_readers",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("principal", String(255), primary_key=True),
    Index(None, "principal"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("pages", Integer),
    Column("parser", Text, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("ocr", JSON, nullable=False),  # pages read by OCR: [{"page": 1, "confidence": 93.5}]
    Column("findings", JSON, nullable=False),  # [{"kind": "hidden text", "count": 2, "detail": ""}]
    Column("personal", JSON(none_as_null=True)),  # {"person": 3}: personal data by kind; NULL = nobody looked
    Column("reviewed_at", String(32)),  # when somebody accepted the findings
    Column("tables_found", Integer, nullable=False),
    Column("timings_ms", JSON, nullable=False),
    Column("dated", String(10), nullable=False),  # ISO date of the file
    Column("title_vector", LargeBinary),  # float16; NULL where it was read before there were any
    Column("created_at", String(32), nullable=False),
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("heading_path", JSON, nullable=False),
    Column("language", String(8), nullable=False),
    Column("page", Integer),
    Column("boxes", JSON, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("section", Integer, nullable=False),
    Column("cells", String(32)),  # of a spreadsheet's table
    Column("personal", JSON(none_as_null=True)),  # ingest.guard.types.Mark; NULL = nobody looked
    Column("digest", String(64), nullable=False, index=True),  # of what is embedded: equal text, equal vector
    UniqueConstraint("version_id", "position"),
)

OPEN_SYNC = "kind = 'sync' AND state IN ('queued', 'running')"

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),  # ingest.jobs.JobKind
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("state", String(16), nullable=False),  # ingest.jobs.JobState
    Column("created_by", Text, nullable=False),
    # Of a sync: forget what the source no longer has.
    Column("vanished", Boolean, key="forget_vanished", nullable=False, default=False),
    Column("source", Text, nullable=False),
    Column("worker", Text),
    Column("heartbeat_at", String(32)),
    Column("message", Text),
    Column("created_at", String(32), nullable=False),
    Column("started_at", String(32)),
    Column("finished_at", String(32)),
    Index(None, "state"),
    Index(  # a source is synchronised by one job at a time, whoever orders it
        "ux_jobs_open_sync",
        "source",
        "collection_id",
        unique=True,
        sqlite_where=text(OPEN_SYNC),
        postgresql_where=text(OPEN_SYNC),
    ),
)

job_items = Table(
    "job_items",
    metadata,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("origin", String(16), nullable=False),  # listed = the source's own | copy = ours to delete
    Column("parent_id", String(36)),  # the document it is attached to
    Column("depth", Integer, nullable=False, default=0),  # of attachments within attachments
    Column("readers", JSON),  # NULL = the collection's rule
    Column("state", String(16), nullable=False),  # ingest.types.State
    Column("is_unchanged", Boolean, nullable=False, default=False),
    Column("size_bytes", Integer),  # as listed
    Column("signature", Text),
    Column("pages", Integer),  # once parsed
    Column("attempts", Integer, nullable=False, default=0),
    Column("reason", Text),
    Column("remedy", Text),
)

indexes = Table(
    "indexes",
    metadata,
    Column("model", String(128), primary_key=True),  # catalogue id of the embedder
    Column("state", String(16), nullable=False),  # ingest.index_store.Standing
    Column("identity", Text, nullable=False, default=""),  # as versions.embedder; empty until it is opened
    Column("wish", JSON, nullable=False),  # ingest.index_store.Wish
    Column("done", Integer, nullable=False, default=0),  # documents
    Column("total", Integer, nullable=False, default=0),
    Column("report", JSON),  # of the golden questions
    Column("message", Text),
    Column("worker", Text),  # who builds it; a lease
    Column("heartbeat_at", String(32)),
    Column("ordered_at", String(32), nullable=False),
    Column("started_at", String(32)),
    Column("switched_at", String(32)),
)

title_vectors = Table(  # of the index that is not in use; those of the one in use stand in `versions`
    "title_vectors",
    metadata,
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("embedder", String(255), primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # float16
)

index_followers = Table(
    "index_followers",
    metadata,
    Column("name", String(128), primary_key=True),  # host, number and chance: of one process
    Column(
        "current", String(128), nullable=False
    ),  # catalogue ids of the embedders whose indexes it writes to
    Column("beside", String(128)),
    Column("fault", Text),  # why it cannot follow
    Column("seen_at", String(32), nullable=False),  # a lease
)
