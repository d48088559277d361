"""Sign-in by the company's provider, API keys, who looks after a collection, documents that expire."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ADDED = (
    ("users", "issuer", sa.Text(), None),
    ("users", "subject", sa.Text(), None),
    ("users", "signed_in_at", sa.String(32), None),
    ("sessions", "seen_at", sa.String(32), ""),
    ("sessions", "ended_at", sa.String(32), None),
    ("sessions", "id_token_sha256", sa.String(64), None),
    ("collections", "managers", sa.JSON(), "[]"),
    ("collections", "private_to", sa.String(128), None),
    ("documents", "expires_at", sa.String(32), None),
)


def upgrade() -> None:
    """Apply the change; sessions of before end, since nobody knows when they were last used."""
    op.execute("DELETE FROM sessions")
    # No batch: where SQLite makes a table anew, dropping the old one drops what hangs on it.
    for table, name, kind, filled in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=filled is None, server_default=filled))
    op.create_index("ix_users_issuer_subject", "users", ["issuer", "subject"], unique=True)
    op.create_index("ix_sessions_id_token_sha256", "sessions", ["id_token_sha256"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32)),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_api_keys_key_sha256")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("api_keys")
    op.drop_index("ix_sessions_id_token_sha256", "sessions")
    op.drop_index("ix_users_issuer_subject", "users")
    for table, name, _, _ in reversed(ADDED):
        op.drop_column(table, name)
