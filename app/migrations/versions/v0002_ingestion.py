"""Record what ingestion found out: attachments' parents, leases, OCR by page, findings, sections, cell ranges."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OPEN_SYNC = sa.text("kind = 'sync' AND state IN ('queued', 'running')")


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("documents") as batch:
        batch.add_column(sa.Column("parent_id", sa.String(36)))
        batch.add_column(sa.Column("signature", sa.Text()))
        batch.add_column(sa.Column("worker", sa.Text()))
        batch.add_column(sa.Column("leased_until", sa.String(32)))
        batch.drop_column("attempts")
        batch.create_index("ix_documents_parent_id", ["parent_id"])
    with op.batch_alter_table("versions") as batch:
        batch.add_column(sa.Column("ocr", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("findings", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("reviewed_at", sa.String(32)))
        batch.drop_column("ocr_pages")
        batch.drop_column("ocr_confidence")
    with op.batch_alter_table("chunks") as batch:
        batch.add_column(sa.Column("section", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("cells", sa.String(32)))
        batch.add_column(sa.Column("digest", sa.String(64), nullable=False, server_default=""))
        batch.create_index("ix_chunks_digest", ["digest"])
    with op.batch_alter_table("jobs") as batch:
        batch.add_column(sa.Column("started_at", sa.String(32)))
    op.create_index(
        "ux_jobs_open_sync",
        "jobs",
        ["source", "collection_id"],
        unique=True,
        sqlite_where=OPEN_SYNC,
        postgresql_where=OPEN_SYNC,
    )
    with op.batch_alter_table("job_items") as batch:
        batch.add_column(sa.Column("size_bytes", sa.Integer()))
        batch.add_column(sa.Column("signature", sa.Text()))
        batch.add_column(sa.Column("pages", sa.Integer()))
        batch.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("job_items") as batch:
        for name in ("attempts", "pages", "signature", "size_bytes"):
            batch.drop_column(name)
    op.drop_index("ux_jobs_open_sync", "jobs")
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("started_at")
    with op.batch_alter_table("chunks") as batch:
        batch.drop_index("ix_chunks_digest")
        for name in ("digest", "cells", "section"):
            batch.drop_column(name)
    with op.batch_alter_table("versions") as batch:
        batch.add_column(sa.Column("ocr_pages", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("ocr_confidence", sa.Float()))
        for name in ("reviewed_at", "findings", "ocr"):
            batch.drop_column(name)
    with op.batch_alter_table("documents") as batch:
        batch.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        batch.drop_index("ix_documents_parent_id")
        for name in ("leased_until", "worker", "signature", "parent_id"):
            batch.drop_column(name)
