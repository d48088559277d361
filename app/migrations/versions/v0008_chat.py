"""What a question was limited to, and what a thumb is about."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ADDED = (
    ("answers", "scope", sa.JSON(), None),
    ("feedback", "kinds", sa.JSON(), "[]"),
    ("feedback", "has_question", sa.Boolean(), sa.false()),
)


def upgrade() -> None:
    """Apply the change; thumbs of before say what their text says, and take no question along."""
    for table, name, kind, filled in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=filled is None, server_default=filled))


def downgrade() -> None:
    """Take it back."""
    for table, name, _, _ in reversed(ADDED):
        op.drop_column(table, name)
