"""Know which index is in use, which one is being built beside it, and the titles of the one that is not in use."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply the change; the next start writes down which index is in use."""
    op.create_table(
        "indexes",
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON()),
        sa.Column("message", sa.Text()),
        sa.Column("worker", sa.Text()),
        sa.Column("heartbeat_at", sa.String(32)),
        sa.Column("ordered_at", sa.String(32), nullable=False),
        sa.Column("started_at", sa.String(32)),
        sa.Column("switched_at", sa.String(32)),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_indexes")),
    )
    op.create_table(
        "title_vectors",
        sa.Column("version_id", sa.String(36), nullable=False),
        sa.Column("embedder", sa.String(255), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "embedder", name=op.f("pk_title_vectors")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_title_vectors_version_id"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("title_vectors")
    op.drop_table("indexes")
