"""A backup of a house that goes on working, and what comes back from it: both databases, every file, no letter."""

import gzip
import hashlib
import io
import json
import os
import sqlite3
import stat
import tarfile
import threading
import time
from contextlib import closing, contextmanager

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, select

from crm.cli import backup, copies
from crm.db import db, unit_of_work
from crm.domain import outbox, resumes, sending, users
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.kit import files
from tests import make, people
from tests.conftest import make_app
from tests.servers import postgres


class House:
    """An instance folder, a database, and the commands as an operator runs them there."""

    def __init__(self, folder, url=""):
        self.folder, self.url = folder, url or f"sqlite:///{folder / 'first-call.sqlite'}"

    @property
    def kind(self):
        return make_url(self.url).get_backend_name()

    def run(self, command, *words):
        environment = {"CRM_INSTANCE": str(self.folder), "CRM_DATABASE_URL": self.url}
        done = CliRunner().invoke(command, [str(word) for word in words], env=environment)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    @contextmanager
    def inside(self, *, writes=False):
        app = make_app(self.folder, self.url)
        with app.app_context():
            try:
                with unit_of_work(writes=writes) as session:
                    yield session
            finally:
                db.session.remove()
                db.engine.dispose()

    def resumes(self):
        """The bytes of each, by the hash that its row has."""
        with self.inside() as session:
            return {row.sha256: resumes.content(row) for row in session.scalars(select(Resume))}

    def everything(self):
        """Each file of the folder with its bytes."""
        found = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return {path: kept for path, kept in found.items() if not path.name.endswith(("-wal", "-shm"))}


@pytest.fixture
def house(app, database_url, tmp_path):
    """The people of the tests, a candidate with a resume, and a letter that waits."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.forward(alice, make.candidate(alice))
    with app.app_context():
        db.engine.dispose()
    return House(tmp_path, database_url)


@contextmanager
def new_house(kind, request, tmp_path_factory):
    """A folder and a database with nothing in them."""
    folder = tmp_path_factory.mktemp("elsewhere")
    if kind == "sqlite":
        yield House(folder)
        return
    server, name = request.getfixturevalue("postgres_server"), f"restored_{os.getpid()}_{time.monotonic_ns()}"
    yield House(folder, postgres.create_database(server, name))
    postgres.drop_database(server, name)


@pytest.fixture
def empty(request, house, tmp_path_factory):
    with new_house(house.kind, request, tmp_path_factory) as made:
        yield made


@pytest.fixture
def saved(house, tmp_path_factory):
    file = tmp_path_factory.mktemp("backups") / "monday.tar"
    house.run(backup.backup, file)
    return file


def test_what_was_saved_comes_back_elsewhere(house, empty, saved):
    assert "Restored the database and" in empty.run(backup.restore, saved)
    assert empty.resumes() == house.resumes() != {}
    with empty.inside() as session:
        assert {user.email for user in users.listed()} >= {people.address("alice"), people.address("anna")}
        assert session.scalars(select(Letter.state)).all() == ["in_doubt"]
        assert sending.state().is_frozen
        assert sending.state().frozen_why.startswith("restored from a backup of 20")
    assert (empty.folder / "secret-key").read_bytes() == (house.folder / "secret-key").read_bytes()


def test_what_is_in_the_file(house, saved):
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [path.name for path in saved.parent.iterdir()] == ["monday.tar"]
    with tarfile.open(saved) as tar:
        found = {member.name: tar.extractfile(member).read() for member in tar}
    told = json.loads(found["manifest.json"])
    assert (told["format"], told["database"], told["vanished"]) == (1, house.kind, [])
    sums = {name: hashlib.sha256(kept).hexdigest() for name, kept in found.items() if not name.startswith("manifest")}
    assert told["members"] == sums
    assert told["counts"]["files"] == sum(name.startswith("files/") for name in found) >= 1


def test_a_packed_one(house, empty, tmp_path_factory):
    file = tmp_path_factory.mktemp("backups") / "monday.tar.gz"
    house.run(backup.backup, file)
    assert file.read_bytes()[:2] == b"\x1f\x8b"
    empty.run(backup.restore, file)
    assert empty.resumes() == house.resumes()


@pytest.mark.timeout(120)
def test_a_backup_while_others_write_all_the_time(house, empty, tmp_path_factory):
    file, stop, written = tmp_path_factory.mktemp("backups") / "busy.tar", threading.Event(), []

    def write_on():
        app = make_app(house.folder, house.url)
        while not stop.is_set():
            with app.app_context(), unit_of_work(writes=True):
                content = f"Resume number {len(written)}\n".encode() + os.urandom(20_000).hex().encode()
                upload = resumes.receive("resume.txt", content)
                alice = users.by_email(people.address("alice"))
                resumes.add(upload, by=alice, candidate=make.candidate(alice, f"No {len(written)}", email=""))
            written.append(len(written))
        with app.app_context():
            db.engine.dispose()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        while len(written) < 20:
            time.sleep(0.02)
        before = len(written)
        house.run(backup.backup, file)
        meanwhile = len(written) - before
    finally:
        stop.set()
        writer.join()
    assert meanwhile > 0
    empty.run(backup.restore, file)
    restored, there = empty.resumes(), house.resumes()  # reading them compares each with its row's hash
    assert len(restored) > before
    assert restored.items() <= there.items()
    if empty.url.startswith("sqlite"):
        copies.check_sqlite(empty.folder / "first-call.sqlite")


def test_a_file_that_vanished_meanwhile_is_told_and_nothing_more(house, tmp_path_factory):
    with house.inside() as session:
        key = session.scalars(select(Resume.file_key)).first()
    files.Store(house.folder / "files").remove(key)
    file = tmp_path_factory.mktemp("backups") / "monday.tar"
    assert "1 files were removed while it was made" in house.run(backup.backup, file)
    with tarfile.open(file) as tar:
        assert json.load(tar.extractfile("manifest.json"))["vanished"] == [key]


def test_over_what_is_there(house, saved):
    with house.inside(writes=True):
        alice = users.by_email(people.address("alice"))
        make.resume(
            make.candidate(alice, "Later Person", email="later@example.org"),
            alice,
            content=b"Later " * 99,
            filename="a.txt",
        )
    then = house.resumes()
    with pytest.raises(Refused, match="--replace"):
        house.run(backup.restore, saved)
    assert house.resumes() == then
    house.run(backup.restore, saved, "--replace")
    assert len(house.resumes()) == len(then) - 1
    [aside] = house.folder.glob("before-restore-*")
    assert stat.S_IMODE(aside.stat().st_mode) == 0o700
    assert {path.name for path in aside.iterdir()} >= {"files", "secret-key"}
    assert sum(path.is_file() for path in (aside / "files").glob("??/*")) > 1
    kept = aside / ("first-call.sqlite" if house.url.startswith("sqlite") else "database.dump")
    assert kept.stat().st_size > 10_000


def test_restoring_twice_is_as_restoring_once(house, saved):
    for _ in range(2):
        house.run(backup.restore, saved, "--replace")
    assert len(house.resumes()) == 1
    assert not list(house.folder.glob(".restore-*")) + list((house.folder / "files").glob(".restore-*"))


# --- what is refused


def test_nothing_is_written_over(house, saved):
    before = saved.read_bytes()
    with pytest.raises(Refused, match="is there already"):
        house.run(backup.backup, saved)
    assert saved.read_bytes() == before


def test_a_backup_that_cannot_be_written(house, tmp_path):
    with pytest.raises(Refused, match=r"cannot be written: No such file or directory \("):
        house.run(backup.backup, tmp_path / "nowhere" / "monday.tar")
    assert not list(tmp_path.rglob("*monday*"))


def test_a_house_that_is_open(house, saved):
    app = make_app(house.folder, house.url)
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql('SELECT count(*) FROM "user"')
        with pytest.raises(Refused, match="still running"):
            house.run(backup.restore, saved, "--replace")
    with app.app_context():
        db.engine.dispose()
    house.run(backup.restore, saved, "--replace")


def rewritten(saved, change):
    """The same tar with other members: `change` gets and returns {name: bytes, or a TarInfo without content}."""
    with tarfile.open(saved) as tar:
        members = change({member.name: tar.extractfile(member).read() for member in tar})
    with tarfile.open(saved, "w") as tar:
        for name, content in members.items():
            entry = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            entry.size = 0 if entry is content else len(content)
            tar.addfile(entry, None if entry is content else io.BytesIO(content))


def link(name, target, kind=tarfile.SYMTYPE):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


DAMAGES = {
    "a file changed": lambda found: found | {min(n for n in found if n.startswith("files/")): b"another"},
    "a file missing": lambda found: {n: kept for n, kept in found.items() if not n.startswith("files/")},
    "a file too many": lambda found: {"files/aa/aa12": b"x", **found},
    "no list": lambda found: {n: kept for n, kept in found.items() if n != "manifest.json"},
    "no sum of the list": lambda found: {n: kept for n, kept in found.items() if n != "manifest.sha256"},
    "another list": lambda found: found | {"manifest.json": found["manifest.json"].replace(b"20", b"21", 1)},
    "an odd list": lambda found: found | {"manifest.json": b"[]", "manifest.sha256": files.sha256(b"[]").encode()},
    "a way up": lambda found: {"../outside": b"x", **found},
    "a way up in files": lambda found: {"files/aa/../../outside": b"x", **found},
    "an absolute name": lambda found: {"/outside": b"x", **found},
    "a symbolic link": lambda found: {"files/aa/aa12": link("files/aa/aa12", "/etc/passwd"), **found},
    "a hard link": lambda found: found | {"secret-key": link("secret-key", "/etc/passwd", tarfile.LNKTYPE)},
    "a folder": lambda found: {"files/aa": link("files/aa", "", tarfile.DIRTYPE), **found},
    "another name": lambda found: {"config.toml": b"debug = true", **found},
}


def test_a_damaged_backup_changes_nothing(house, saved):
    before, whole = house.everything(), saved.read_bytes()
    for name, damage in DAMAGES.items():
        saved.write_bytes(whole)
        rewritten(saved, damage)
        with pytest.raises(Refused, match=r"is damaged.*Nothing was changed\.$"):
            house.run(backup.restore, saved, "--replace")
        assert house.everything() == before, name
    assert len(house.resumes()) == 1
    assert not list(house.folder.parent.rglob("outside"))


def test_one_that_was_cut_off(house, saved):
    before, whole = house.everything(), saved.read_bytes()
    for cut in (whole, gzip.compress(whole)):
        for share in (0, 0.01, 0.3, 0.9):
            saved.write_bytes(cut[: int(len(cut) * share)])
            with pytest.raises(Refused, match="is damaged"):
                house.run(backup.restore, saved, "--replace")
    assert house.everything() == before
    assert len(house.resumes()) == 1


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Refused, match=r"cannot be read: No such file"):
        House(tmp_path).run(backup.restore, tmp_path / "nothing.tar")


def test_a_dump_that_cannot_be_read_leaves_the_database_as_it_was(house, saved):
    def spoil(found):
        name = next(name for name in found if name.startswith("database."))
        found[name] = found[name][: len(found[name]) // 2]
        told = json.loads(found["manifest.json"])
        told["members"][name] = files.sha256(found[name])
        found["manifest.json"] = json.dumps(told).encode()
        return found | {"manifest.sha256": files.sha256(found["manifest.json"]).encode()}

    rewritten(saved, spoil)
    with pytest.raises(Refused):
        house.run(backup.restore, saved, "--replace")
    assert len(house.resumes()) == 1
    with house.inside():
        assert not sending.state().is_frozen
        assert outbox.in_doubt() == 0


def test_a_damaged_database_can_be_replaced(sqlite_template, tmp_path, tmp_path_factory):
    house, file = House(tmp_path), tmp_path_factory.mktemp("backups") / "monday.tar"
    (tmp_path / "first-call.sqlite").write_bytes(sqlite_template.read_bytes())
    house.run(backup.backup, file)
    (tmp_path / "first-call.sqlite").write_bytes(b"no database at all" * 1_000)
    with pytest.raises(Refused, match="--replace"):
        house.run(backup.restore, file)
    house.run(backup.restore, file, "--replace")
    with house.inside():
        assert users.by_email(people.address("alice"))


def test_a_damaged_database_is_not_saved_as_if_it_were_well(sqlite_template, tmp_path):
    kept = bytearray(sqlite_template.read_bytes())
    kept[8192 : 8192 + 60_000] = os.urandom(60_000)
    (tmp_path / "first-call.sqlite").write_bytes(kept)
    with pytest.raises(Exception, match=r"(?i)damaged|malformed|not a database"):
        House(tmp_path).run(backup.backup, tmp_path / "monday.tar")
    assert not (tmp_path / "monday.tar").exists()


def test_the_other_kind_of_database(house, saved, request, tmp_path_factory):
    other = "postgresql" if house.kind == "sqlite" else "sqlite"
    with (
        new_house(other, request, tmp_path_factory) as elsewhere,
        pytest.raises(Refused, match=f"This backup is of {house.kind}, and CRM_DATABASE_URL names"),
    ):
        elsewhere.run(backup.restore, saved)


def test_copying_holds_nobody_up(sqlite_template, tmp_path):
    """A writer in the middle of the copy neither waits nor makes it begin anew."""
    (tmp_path / "first-call.sqlite").write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(tmp_path / "first-call.sqlite", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("BEGIN IMMEDIATE")
        House(tmp_path).run(backup.backup, tmp_path / "monday.tar")
        writer.execute("ROLLBACK")
