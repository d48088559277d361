"""Run migrations on the connection that `app.migrate` hands over."""

from alembic import context

from app.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=False,  # a batch copies the table on SQLite, and drops the old one with all that hangs on it
)
with context.begin_transaction():
    context.run_migrations()
