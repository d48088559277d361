"""Restriction of processing: since when a document, or an account's data, is kept and not used."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ADDED = ("documents", "users")


def upgrade() -> None:
    """Apply the change; nothing is restricted so far."""
    for table in ADDED:
        op.add_column(table, sa.Column("restricted_at", sa.String(32), nullable=True))


def downgrade() -> None:
    """Take it back."""
    for table in reversed(ADDED):
        op.drop_column(table, "restricted_at")
