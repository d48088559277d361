"""Say of each file whose it is and what it is attached to, and name attachments by their content.

Attachments that were read keep their documents, and so the ids that answers cite; only their keys change. One whose
content was never recorded keeps its old key, and gives way to a new document when what it is attached to is read again.
"""

import re
from itertools import count
from pathlib import PurePosixPath

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# As they were when this was written; a migration does not change with the code.
INSIDE = "\x1f"  # between a document's key and that of its attachment
OUR_COPY = re.compile(r"[0-9a-f]{32}")  # what copies in the spool are called; nothing else is ours to delete
DIGEST_CHARS = 16
MAX_NAME_CHARS = 200
COMPLETE = sa.text(
    "UPDATE job_items SET key = :key, origin = :origin, parent_id = :parent, depth = :depth"
    " WHERE job_id = :job AND key = :before"
)


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("job_items") as batch:
        batch.add_column(sa.Column("origin", sa.String(16), nullable=False, server_default="listed"))
        batch.add_column(sa.Column("parent_id", sa.String(36)))
        batch.add_column(sa.Column("depth", sa.Integer(), nullable=False, server_default="0"))
    connection = op.get_bind()
    renamed = _rename_documents(connection)
    _complete_items(connection, renamed)


def downgrade() -> None:
    """Take it back; the keys stay, for their order among each other is lost."""
    with op.batch_alter_table("job_items") as batch:
        for name in ("depth", "parent_id", "origin"):
            batch.drop_column(name)


def _rename_documents(connection: sa.Connection) -> dict[tuple[str, str, str], str]:
    """Give attachments their new keys, outermost first; return each by the place it had."""
    rows = connection.execute(
        sa.text(
            "SELECT d.id, d.collection_id, d.source, d.key, d.parent_id, d.file_name,"
            " COALESCE(v.sha256, d.failed_sha256) AS sha256"
            " FROM documents d LEFT JOIN versions v ON v.id = d.visible_version_id"
            " WHERE d.parent_id IS NOT NULL ORDER BY d.key"
        )
    ).all()
    keys: dict[str, str] = {}
    taken: set[tuple[str, str]] = set()  # by the document they are in
    for row in sorted((row for row in rows if INSIDE in row.key), key=lambda row: row.key.count(INSIDE)):
        before, _, name = row.key.rpartition(INSIDE)
        above = keys.get(row.parent_id, before)
        keys[row.id] = f"{above}{INSIDE}{name}"
        if row.sha256:
            last = PurePosixPath(row.file_name.replace("\\", "/")).name.replace(INSIDE, "")[-MAX_NAME_CHARS:]
            start = f"{above}{INSIDE}{row.sha256[:DIGEST_CHARS]}"
            free = (f"{start}.{copy}-{last}" for copy in count(1))
            keys[row.id] = next(key for key in free if (row.parent_id, key) not in taken)
            taken.add((row.parent_id, keys[row.id]))
        statement = "UPDATE documents SET key = :key WHERE id = :id"
        connection.execute(sa.text(statement), {"key": keys[row.id], "id": row.id})
    return {(row.collection_id, row.source, row.key): keys[row.id] for row in rows if row.id in keys}


def _complete_items(connection: sa.Connection, renamed: dict[tuple[str, str, str], str]) -> None:
    rows = connection.execute(
        sa.text(
            "SELECT i.job_id, i.key, i.path, j.collection_id, j.source"
            " FROM job_items i JOIN jobs j ON j.id = i.job_id"
        )
    ).all()
    places = sa.text("SELECT id, collection_id, source, key FROM documents")
    documents = {(row.collection_id, row.source, row.key): row.id for row in connection.execute(places)}
    for row in rows:
        if row.source != "upload" and INSIDE not in row.key:
            continue
        place = (row.collection_id, row.source)
        above, _, name = row.key.rpartition(INSIDE)
        parent = documents.get((*place, renamed.get((*place, above), above)))
        values = {"job": row.job_id, "before": row.key, "key": row.key, "parent": parent, "depth": 0}
        values["origin"] = "copy" if OUR_COPY.fullmatch(PurePosixPath(row.path).name) else "listed"
        if parent is not None:
            key = f"{renamed.get((*place, above), above)}{INSIDE}{name}"
            values |= {"key": renamed.get((*place, row.key), key), "depth": row.key.count(INSIDE)}
        connection.execute(COMPLETE, values)
