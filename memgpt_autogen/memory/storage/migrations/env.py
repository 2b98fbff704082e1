"""Alembic's entry: runs the migrations on the connection that `Database` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection)
context.run_migrations()
