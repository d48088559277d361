"""Keep the vector of each version's title, which the ranking compares with the question."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


# No batch: where SQLite makes the table anew, dropping the old one drops the chunks that hang on it.
def upgrade() -> None:
    """Apply the change; what was read before gets its vector with `intramuros ingest rebuild`."""
    op.add_column("versions", sa.Column("title_vector", sa.LargeBinary()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("versions", "title_vector")
