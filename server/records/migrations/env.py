"""Run Alembic's migrations on the connection of `server.records.migrate`, inside its transaction."""

from alembic import context

from server.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
