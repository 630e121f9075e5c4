"""The database: column shorthands, engine settings for SQLite and PostgreSQL, and the one place that commits."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Annotated, Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    MetaData,
    String,
    Text,
    event,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, MappedColumn, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from crm.kit.tokens import new_id

BUSY_SECONDS = 20
_writes: ContextVar[bool] = ContextVar("writes", default=False)
_rebuilds: ContextVar[bool] = ContextVar("rebuilds", default=False)
_turn = threading.Lock()
"""Whose turn it is, among the threads of this process, to write to SQLite. Without it they would ask the database again
and again, with a sleep in between; other processes still do, and who waits too long lets the database decide.
"""


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; a naive one is a mistake and refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it from the class)
        str: Text(),
        datetime: Moment(),
        date: Date(),
        list[str]: JSON(),
        dict[str, Any]: JSON(),
    }


Id = Annotated[str, mapped_column(String(20), primary_key=True, default=new_id)]


def to(target: str, *, index: bool = True, ondelete: str | None = None, **more: Any) -> MappedColumn[Any]:
    """A reference to another row, indexed unless another index begins with it."""
    return mapped_column(String(20), ForeignKey(target, ondelete=ondelete), index=index, **more)


db = SQLAlchemy(metadata=Base.metadata)


class Forgetful(Exception):
    """The database may lose what it acknowledged; str(error) says how to mend that."""


class WroteWhileReading(Exception):
    """A page that only reads tried to change something: a mistake in our code."""


def init_app(app: Flask, database_url: str) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(database_url)
    db.init_app(app)
    with app.app_context():
        _prepare(db.engine)


LAST = {"pool_use_lifo": True}
"""The connection that was used last is used again, so that few hold a cache of their own and the others stay empty."""


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}, "pool_size": 20, **LAST}
    return {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20, **LAST}


def _prepare(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "checkin", _end_turn)
    else:
        event.listen(engine, "connect", _open_postgres)
        event.listen(engine, "begin", _begin_postgres)


def _open_sqlite(connection: DBAPIConnection, _record: object) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # we send BEGIN ourselves: the driver's own comes too late for a write lock
    for setting in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "secure_delete=ON",
        "cache_size=-8000",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    """Two writers that both began by reading would deadlock into "database is locked"; so who writes, locks first."""
    writes = _writes.get()
    if connection.info.get("writes") != writes:
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.info["writes"] = writes
    if connection.info.get("rebuilds", False) != (rebuilds := _rebuilds.get()):
        connection.exec_driver_sql(f"PRAGMA foreign_keys={'OFF' if rebuilds else 'ON'}")
        connection.info["rebuilds"] = rebuilds
    if writes and not connection.info.get("turn"):
        connection.info["turn"] = _turn.acquire(timeout=BUSY_SECONDS)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _end_turn(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    """When the connection is given back, and so after its commit or rollback."""
    if record.info.pop("turn", False):
        _turn.release()


def _begin_postgres(connection: Connection) -> None:
    if not _writes.get():
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _open_postgres(connection: DBAPIConnection, _record: object) -> None:
    """Refuses a server that forgets. A day is a day of UTC here, wherever the server stands, and
    nobody waits longer for a lock than on SQLite.
    """
    cursor = connection.cursor()
    for setting in ("fsync", "synchronous_commit"):
        cursor.execute(f"SHOW {setting}")
        if cursor.fetchone()[0] == "off":  # type: ignore[index]
            raise Forgetful(f"PostgreSQL runs with {setting}=off: an acknowledged letter could be lost. Turn it on.")
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    cursor.close()
    connection.commit()


@contextmanager
def unit_of_work(*, writes: bool) -> Iterator[Session]:
    """One transaction on the session that the domain uses.

    It begins with the first query, taking the write lock at once where it writes; so whatever is slow (an upload, a
    password) can come first and hold nobody up.
    """
    session: Session = db.session()
    before = _writes.set(writes)
    try:
        yield session
        if writes:
            session.commit()
        else:
            session.flush()  # refuses a change; with nothing to commit, what was read need not be marked as old
        _run(session, "after commit")
    except BaseException:
        session.rollback()
        _run(session, "after rollback")
        raise
    finally:
        _writes.reset(before)
        db.session.remove()


@contextmanager
def rebuilding() -> Iterator[Session]:
    """The unit of work of migrations. SQLite changes a column by making its table anew and dropping the old one, which
    would take along every row that refers to it; so references are checked at the end.
    """
    before = _rebuilds.set(True)
    try:
        with unit_of_work(writes=True) as session:
            yield session
            if is_sqlite() and (broken := session.execute(text("PRAGMA foreign_key_check")).first()):
                raise IntegrityError("PRAGMA foreign_key_check", None, ValueError(f"a row refers to nothing: {broken}"))
    finally:
        _rebuilds.reset(before)


@contextmanager
def short_transaction() -> Iterator[Session]:
    """Bookkeeping that must survive a refusal. Finished before the unit of work begins, or it would wait for itself."""
    before = _writes.set(True)
    try:
        with Session(db.engine, expire_on_commit=False) as session:
            yield session
            session.commit()
    finally:
        _writes.reset(before)


def start_over() -> None:
    """Drops what a refused verb may have begun, so that its page can be shown again."""
    session: Session = db.session()
    session.rollback()
    _run(session, "after rollback")
    session.info.pop("after commit", None)


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def after_commit(act: Callable[[], None]) -> None:
    """For what the database cannot roll back, like removing a file. Not run when the work is rolled back."""
    db.session().info.setdefault("after commit", []).append(act)


def after_rollback(act: Callable[[], None]) -> None:
    """To take back what was done outside the database, like a file that was just kept."""
    db.session().info.setdefault("after rollback", []).append(act)


def _run(session: Session, when: str) -> None:
    """At the very end of the unit of work: a savepoint's end is not yet the end."""
    for act in session.info.pop(when, []):
        act()


def is_busy(error: OperationalError) -> bool:
    """Others were in the way for longer than we wait, or waited for us; nothing was changed."""
    return any(words in str(error) for words in ("database is locked", "deadlock detected", "lock timeout"))


def ping() -> None:
    db.session.execute(text("SELECT 1"))
