"""Alembic's way in: it runs on the connection that `adapters.db.migrate` opened and locked."""

from alembic import context

from adapters.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
