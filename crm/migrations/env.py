"""Alembic's entry: always on a connection that our own code has opened, so that it is one transaction with its lock."""

from alembic import context

from crm.db import Base
from crm.migrations.upgrade import is_modelled

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    include_object=is_modelled,
)
context.run_migrations()
