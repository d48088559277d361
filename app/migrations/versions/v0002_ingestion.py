"""Record what ingestion found out: attachments' parents, leases, OCR by page, findings, sections, cell ranges."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OPEN_SYNC = sa.text("kind = 'sync' AND state IN ('queued', 'running')")


ADDED = (
    ("documents", "parent_id", sa.String(36), None),
    ("documents", "signature", sa.Text(), None),
    ("documents", "worker", sa.Text(), None),
    ("documents", "leased_until", sa.String(32), None),
    ("versions", "ocr", sa.JSON(), "[]"),
    ("versions", "findings", sa.JSON(), "[]"),
    ("versions", "reviewed_at", sa.String(32), None),
    ("chunks", "section", sa.Integer(), "0"),
    ("chunks", "cells", sa.String(32), None),
    ("chunks", "digest", sa.String(64), ""),
    ("jobs", "started_at", sa.String(32), None),
    ("job_items", "size_bytes", sa.Integer(), None),
    ("job_items", "signature", sa.Text(), None),
    ("job_items", "pages", sa.Integer(), None),
    ("job_items", "attempts", sa.Integer(), "0"),
)
DROPPED = (
    ("documents", "attempts", sa.Integer(), "0"),
    ("versions", "ocr_pages", sa.JSON(), "[]"),
    ("versions", "ocr_confidence", sa.Float(), None),
)


# No batch: where SQLite makes a table anew, dropping the old one drops what hangs on it, every document's text here.
def upgrade() -> None:
    """Apply the change."""
    for table, name, kind, filled in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=filled is None, server_default=filled))
    for table, name, _, _ in DROPPED:
        op.drop_column(table, name)
    op.create_index("ix_documents_parent_id", "documents", ["parent_id"])
    op.create_index("ix_chunks_digest", "chunks", ["digest"])
    op.create_index(
        "ux_jobs_open_sync",
        "jobs",
        ["source", "collection_id"],
        unique=True,
        sqlite_where=OPEN_SYNC,
        postgresql_where=OPEN_SYNC,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ux_jobs_open_sync", "jobs")
    op.drop_index("ix_chunks_digest", "chunks")
    op.drop_index("ix_documents_parent_id", "documents")
    for table, name, kind, filled in DROPPED:
        op.add_column(table, sa.Column(name, kind, nullable=filled is None, server_default=filled))
    for table, name, _, _ in reversed(ADDED):
        op.drop_column(table, name)
