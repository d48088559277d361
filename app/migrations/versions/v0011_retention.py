"""Know when people last proved who they are, what is on hold, who asked to read whose chats, and what retention did."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply the change; who is signed in proves anew who they are before anything that asks for it."""
    op.add_column("sessions", sa.Column("proven_at", sa.String(32)))
    op.add_column("messages", sa.Column("expired_at", sa.String(32)))
    op.create_index(op.f("ix_messages_created_at"), "messages", ["created_at"])
    op.create_table(
        "holds",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.String(128), nullable=False),
        sa.Column("placed_at", sa.String(32), nullable=False),
        sa.Column("released_by", sa.String(128)),
        sa.Column("released_at", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_kind_target"), "holds", ["kind", "target"])
    op.create_table(
        "break_glass",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.String(128), nullable=False),
        sa.Column("requested_at", sa.String(32), nullable=False),
        sa.Column("approved_by", sa.String(128)),
        sa.Column("approved_at", sa.String(32)),
        sa.Column("expires_at", sa.String(32)),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
        sa.ForeignKeyConstraint(
            ["person"], ["users.id"], name=op.f("fk_break_glass_person"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_break_glass_person"), "break_glass", ["person"])
    op.create_table(
        "retention_runs",
        sa.Column("store", sa.String(32), nullable=False),
        sa.Column("tried_at", sa.String(32), nullable=False),
        sa.Column("done_at", sa.String(32)),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(64)),
        sa.PrimaryKeyConstraint("store", name=op.f("pk_retention_runs")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("retention_runs")
    op.drop_table("break_glass")
    op.drop_table("holds")
    op.drop_index("ix_messages_created_at", "messages")
    op.drop_column("messages", "expired_at")
    op.drop_column("sessions", "proven_at")
