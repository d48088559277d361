"""Know what becomes of personal data in a collection, where it stands, and what was let in although it holds some."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply the change; a collection of before warns, and its texts are looked through when they are first masked."""
    op.add_column(
        "collections", sa.Column("personal_data", sa.String(16), nullable=False, server_default="warn")
    )
    op.add_column(
        "collections", sa.Column("personal_data_readers", sa.JSON(), nullable=False, server_default="[]")
    )
    op.add_column("documents", sa.Column("cleared_sha256", sa.String(64)))
    op.add_column("versions", sa.Column("personal", sa.JSON(none_as_null=True)))
    op.add_column("chunks", sa.Column("personal", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("chunks", "personal")
    op.drop_column("versions", "personal")
    op.drop_column("documents", "cleared_sha256")
    op.drop_column("collections", "personal_data_readers")
    op.drop_column("collections", "personal_data")
