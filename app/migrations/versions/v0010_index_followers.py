"""Know which processes write to which index: a change of embedder waits for all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply the change; each process writes its row when it starts."""
    op.create_table(
        "index_followers",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("current", sa.String(128), nullable=False),
        sa.Column("beside", sa.String(128)),
        sa.Column("fault", sa.Text()),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_index_followers")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("index_followers")
