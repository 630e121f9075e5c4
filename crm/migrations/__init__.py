"""The form of the database. Whether it is the newest is asked at every start; what changes it is loaded when it is not,
and that is seldom: alembic would take a tenth of the server's memory.
"""

from importlib import import_module
from pathlib import Path

from sqlalchemy import inspect, text

from crm.db import db

FOLDER = Path(__file__).parent / "versions"


def to_newest() -> None:
    if not is_newest():
        import_module("crm.migrations.upgrade").to_newest()


def is_newest() -> bool:
    """Whether the last of our migrations is the one that the database names."""
    last = max(path.stem for path in FOLDER.glob("m[0-9]*.py"))
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        there = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return [f"m{one}" for one in there] == [last.split("_")[0]]
