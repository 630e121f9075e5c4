"""Brings the database to the newest form; safe to run from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from crm.db import Base, db, is_sqlite, rebuilding

FOLDER = Path(__file__).parent
LOCK = 5_214_907
"""Any number that no other program on the same PostgreSQL uses for an advisory lock."""
OURS_ALONE = {f"{index}{part}" for index in ("search_fts", "search_names") for part in (
    "", "_data", "_idx", "_docsize", "_config")} | {
    "document", "named", "ix_search_entry_document", "ix_search_entry_named"}  # fmt: skip
"""The full-text index is made by migrations in each database's own words; no model stands for it."""


def to_newest() -> None:
    with rebuilding() as session:
        connection = session.connection()
        if not is_sqlite():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        command.upgrade(_config(connection), "head")


def differences() -> list[object]:
    """What the database has that the models do not, or the reverse; empty when all is well."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_modelled})
        return list(compare_metadata(context, Base.metadata))


def is_modelled(_object: object, name: str | None, _kind: str, _reflected: bool, _compare_to: object) -> bool:
    return name not in OURS_ALONE


def _config(connection: object) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.attributes["connection"] = connection
    return settings
