"""Record who asked, how the model was used and which bytes were read; find the answers that used a document by time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ANSWERS = (
    ("asker", sa.String(32)),
    ("question_id", sa.String(36)),
    ("earlier_turns", sa.Integer()),
    ("only_documents", sa.JSON()),
    ("weights", sa.String(64)),
    ("prompt_version", sa.String(16)),
    ("temperature", sa.Float()),
    ("max_tokens", sa.Integer()),
    ("completion_tokens", sa.Integer()),
)
BY_DOCUMENT, BY_TIME = (
    "ix_answer_passages_document_id",
    "ix_answer_passages_document_id_answered_at_answer_id",
)


# No batch: where SQLite makes the table anew, dropping the old one drops the passages that hang on it.
def upgrade() -> None:
    """Apply the change; of earlier answers the hash is known where the version is still there, the rest is empty."""
    for name, kind in ANSWERS:
        op.add_column("answers", sa.Column(name, kind))
    op.add_column("answer_passages", sa.Column("sha256", sa.String(64)))
    op.add_column(
        "answer_passages", sa.Column("answered_at", sa.String(32), nullable=False, server_default="")
    )
    op.execute(
        "UPDATE answer_passages SET"
        " sha256 = (SELECT v.sha256 FROM versions v WHERE v.id = answer_passages.version_id),"
        " answered_at = (SELECT a.created_at FROM answers a WHERE a.id = answer_passages.answer_id)"
    )
    op.drop_index(BY_DOCUMENT, "answer_passages")
    op.create_index(BY_TIME, "answer_passages", ["document_id", "answered_at", "answer_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index(BY_TIME, "answer_passages")
    op.create_index(BY_DOCUMENT, "answer_passages", ["document_id"])
    for name in ("answered_at", "sha256"):
        op.drop_column("answer_passages", name)
    for name, _ in reversed(ANSWERS):
        op.drop_column("answers", name)
