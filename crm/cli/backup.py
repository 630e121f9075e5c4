"""One file with everything in it: the database, the stored files, the secret key; and the way back.

The database is copied first and the files after it, so that every row of the copy finds its file: files never change
once they are written. manifest.json names every member with its SHA-256, and manifest.sha256 the manifest's own.
"""

import hashlib
import io
import json
import os
import re
import secrets
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import click
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError

from crm import __version__, config, create_app
from crm.cli import bringing_over, copies
from crm.cli.bringing_over import Carried
from crm.db import db, is_sqlite, unit_of_work
from crm.domain import dispatch, erasing, resumes, sending, sequencing, workspace
from crm.domain.errors import Refused
from crm.kit import clock, files
from crm.migrations import upgrade

FORMAT = 1
MANIFEST, ITS_SUM, SECRET = "manifest.json", "manifest.sha256", "secret-key"
MEMBER = re.compile(
    r"database\.(?:sqlite|dump)|secret-key|manifest\.(?:json|sha256)|files/([0-9A-Za-z]{2})/\1[0-9A-Za-z]{1,80}"
)
PIECE = 1 << 20


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write everything into FILE, one tar (packed when it ends in .gz). Safe while First Call runs."""
    with _office():
        archive = write(file)
    click.echo(f"{file} holds the database and {archive.files} files, {file.stat().st_size / 1e6:,.1f} MB.")
    if archive.vanished:
        click.echo(f"{len(archive.vanished)} files were removed while it was made, and are not in it.")


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Also where people have accounts already; what is here is put aside.")
def restore(file: Path, replace: bool) -> None:
    """Bring back what FILE holds. No letter leaves afterwards until you say so.

    What people asked for since FILE was made holds on: no more mail, permissions withdrawn, records deleted.
    """
    with _office():
        manifest, aside, said = bring_back(file, replace=replace)
    click.echo(f"Restored the database and {manifest.files} files of {_said(manifest.made_at)}.")
    for sentence in said:
        click.echo(sentence)
    click.echo(f"What was here before is in {aside}. Look through it, and remove it when you no longer need it.")
    click.echo("No letter leaves until: python3 -m crm outbox release")


@contextmanager
def _office() -> Iterator[None]:
    """The app as it is, whatever form its database has; afterwards nothing of it is open."""
    with create_app().app_context():
        try:
            yield
        finally:
            db.engine.dispose()


# --- there


@dataclass
class Archive:
    """A tar while it is written, and the sums of what is in it."""

    tar: tarfile.TarFile
    sums: dict[str, str] = field(default_factory=dict)
    vanished: list[str] = field(default_factory=list)
    """Keys of files that were removed meanwhile."""

    @property
    def files(self) -> int:
        return _count_files(self.sums)

    def add(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content), files.sha256(content))

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            content.seek(0)
            self._add(name, content, path.stat().st_size, digest)

    def _add(self, name: str, content: IO[bytes], size: int, digest: str) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = size, 0o600, int(clock.now().timestamp())
        self.tar.addfile(entry, content)
        self.sums[name] = digest


def write(file: Path) -> Archive:
    """Whole under its name, or not at all. Raises Refused."""
    if file.exists():
        raise Refused(f"{file} is there already. Choose another name, or move it away.")
    try:
        with (
            TemporaryDirectory(dir=file.parent, prefix=".copy-") as folder,
            _becoming(file) as part,
            _tar(part, packed=file.suffix in {".gz", ".tgz"}) as tar,
        ):
            archive = Archive(tar)
            _fill(archive, Path(folder) / _database_name())
    except OSError as error:
        raise Refused(f"The backup cannot be written: {error.strerror or error} ({error.filename or file}).") from error
    return archive


def _fill(archive: Archive, copy: Path) -> None:
    made_at = clock.now()
    with unit_of_work(writes=False):
        named = erasing.file_keys()
    copies.copy_to(copy)
    archive.add_file(copy.name, copy)
    copy.unlink()
    for key in sorted(named | set(resumes.store().all_keys())):
        _add_stored(archive, key)
    if (secret := config.current().instance / SECRET).exists():
        archive.add(SECRET, secret.read_bytes())
    manifest = _manifest(archive, made_at)
    archive.add(MANIFEST, manifest)
    archive.add(ITS_SUM, files.sha256(manifest).encode())


def _add_stored(archive: Archive, key: str) -> None:
    try:
        archive.add(f"files/{key[:2]}/{key}", resumes.store().read(key))
    except files.Missing:
        archive.vanished.append(key)


def _manifest(archive: Archive, made_at: datetime) -> bytes:
    told = {
        "format": FORMAT,
        "version": __version__,
        "made_at": made_at.isoformat(),
        "database": "sqlite" if is_sqlite() else "postgresql",
        "counts": {"files": archive.files, "members": len(archive.sums)},
        "vanished": archive.vanished,
        "members": archive.sums,
    }
    return json.dumps(told, indent=1).encode()


def _tar(part: IO[bytes], *, packed: bool) -> tarfile.TarFile:
    if packed:
        return tarfile.open(fileobj=part, mode="w:gz", compresslevel=6)
    return tarfile.open(fileobj=part, mode="w")


@contextmanager
def _becoming(file: Path) -> Iterator[IO[bytes]]:
    """Written beside it, and given its name when it is whole and on the disk."""
    draft = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as part:
            yield part
            part.flush()
            os.fsync(part.fileno())
        os.link(draft, file)  # fails where somebody took the name meanwhile
    finally:
        draft.unlink(missing_ok=True)
    files.sync_folder(file.parent)


# --- and back


@dataclass(frozen=True)
class Manifest:
    made_at: datetime
    database: str
    members: dict[str, str]

    @property
    def files(self) -> int:
        return _count_files(self.members)


def bring_back(file: Path, *, replace: bool) -> tuple[Manifest, Path, list[str]]:
    """What was restored, the folder where things of before were put, and sentences on what was brought over from there.
    Until everything was checked, nothing that is here is touched. Raises Refused.
    """
    settings = config.current()
    is_used = _check_target(replace=replace)
    settings.files.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        TemporaryDirectory(dir=settings.instance, prefix=".restore-") as folder,
        TemporaryDirectory(dir=settings.files, prefix=".restore-") as stored,
    ):
        staged, incoming = Path(folder), Path(stored)
        manifest = _unpack(file, staged, incoming)
        database = staged / _database_name()
        if not database.exists():
            raise Refused(f"This backup is of {manifest.database}, and CRM_DATABASE_URL names another database.")
        carried = bringing_over.collect(replaced=is_used)
        exchange = _exchange_sqlite if is_sqlite() else _exchange_postgres
        aside = exchange(database, manifest, incoming, carried)
        _exchange_files(incoming, aside)
        _exchange_secret(staged, aside)
        bringing_over.keep(carried.missing)
    return manifest, aside, carried.sentences if is_used or carried.asked else []


def _check_target(*, replace: bool) -> bool:
    """Whether there is something to be replaced."""
    is_used = _has_users()
    if is_used and not replace:
        raise Refused(
            "People have accounts here already. With --replace, what is here is put aside, and FILE restored."
        )
    copies.refuse_while_open()
    return is_used


def _has_users() -> bool:
    """Also when nobody can tell, because the database file is damaged."""
    if is_sqlite() and not copies.sqlite_file().exists():
        return False
    try:
        return bool(inspect(db.engine).has_table("user")) and not workspace.is_new()
    except DatabaseError:
        if is_sqlite():
            return True
        raise


def _unpack(file: Path, staged: Path, incoming: Path) -> Manifest:
    """Files go to `incoming`, the rest to `staged`. Every sum is right, and nothing is there that is not named."""
    try:
        sums = dict(_unpacked(file, staged, incoming))
        manifest = (staged / MANIFEST).read_bytes()
        if (staged / ITS_SUM).read_text() != files.sha256(manifest):
            raise ValueError("the list of what is in it was changed")
        return _read_manifest(json.loads(manifest), sums)
    except OSError as error:
        if error.filename == str(file):
            raise Refused(f"{file} cannot be read: {error.strerror}.") from error
        raise _damaged(file, error) from error
    except (tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> Refused:
    return Refused(f"{file} is damaged, or no backup of First Call ({error}). Nothing was changed.")


def _unpacked(file: Path, staged: Path, incoming: Path) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    with tarfile.open(file, "r:*") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or not MEMBER.fullmatch(member.name) or member.name in seen:
                raise ValueError(f"it holds {member.name!r}")
            seen.add(member.name)
            stored = member.name.removeprefix("files/")
            target = staged / stored if stored == member.name else incoming / stored
            yield member.name, _put(content, target)


def _put(content: IO[bytes], target: Path) -> str:
    """Writes it, and returns its SHA-256."""
    target.parent.mkdir(mode=0o700, exist_ok=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        while piece := content.read(PIECE):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def _read_manifest(told: dict[str, Any], sums: dict[str, str]) -> Manifest:
    if told["format"] != FORMAT:
        raise ValueError(f"a version of First Call other than this made it: {told['version']}")
    wrong = [name for name in told["members"].keys() | sums.keys() - {MANIFEST, ITS_SUM}
             if told["members"].get(name) != sums.get(name)]  # fmt: skip
    if wrong:
        raise ValueError(f"{len(wrong)} parts are missing or not what they were, {min(wrong)} among them")
    return Manifest(datetime.fromisoformat(told["made_at"]).astimezone(UTC), told["database"], told["members"])


# --- putting things in the place of others


def _exchange_sqlite(database: Path, manifest: Manifest, incoming: Path, carried: Carried) -> Path:
    """Brought to the newest form, its outbox frozen, all wishes honoured, while nobody can open it yet."""
    copies.check_sqlite(database)
    _make_ready(f"sqlite:///{database}", manifest, incoming, carried)
    copies.refuse_while_open()
    aside, target = _new_folder_aside(), copies.sqlite_file()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    bringing_over.keep(carried.asked)
    for part in copies.sqlite_parts(target):
        shutil.move(part, aside / part.name)
    os.sync()
    for part in copies.sqlite_parts(database):
        shutil.move(part, target.with_name(part.name.replace(database.name, target.name)))
    files.sync_folder(target.parent)
    return aside


def _exchange_postgres(dump: Path, manifest: Manifest, incoming: Path, carried: Carried) -> Path:
    """The dump of what was here is the way back when the other cannot be read."""
    aside = _new_folder_aside()
    before = aside / dump.name
    copies.copy_to(before)
    copies.refuse_while_open()
    bringing_over.keep(carried.asked)
    try:
        copies.load_postgres(dump)
        _make_ready(config.current().database_url, manifest, incoming, carried)
    except Exception as error:
        copies.load_postgres(before)
        bringing_over.keep(carried.left)
        raise Refused(f"The backup could not be restored, and the database is what it was. {error}") from error
    return aside


def _make_ready(url: str, manifest: Manifest, incoming: Path, carried: Carried) -> None:
    """Files of people who are erased once more go from those that are about to come."""
    with create_app(database_url=url, files_url=str(incoming)).app_context():
        upgrade.to_newest()
        with unit_of_work(writes=True):
            sending.freeze(f"restored from a backup of {_said(manifest.made_at)}")
            dispatch.doubt_all(manifest.made_at, "it waited when the backup was made, and may have left since")
            sequencing.end_all("restored")
            carried.honour()
        db.engine.dispose()


def _exchange_files(incoming: Path, aside: Path) -> None:
    folder = incoming.parent
    before = [entry for entry in folder.iterdir() if entry != incoming]
    if before:
        (aside / "files").mkdir(mode=0o700)
    for entry in before:
        shutil.move(entry, aside / "files" / entry.name)
    os.sync()
    for entry in list(incoming.iterdir()):
        entry.rename(folder / entry.name)
    files.sync_folder(folder)


def _exchange_secret(staged: Path, aside: Path) -> None:
    kept, target = staged / SECRET, config.current().instance / SECRET
    if not kept.exists():
        return
    if target.exists():
        shutil.move(target, aside / SECRET)
    kept.rename(target)
    files.sync_folder(target.parent)


def _new_folder_aside() -> Path:
    folder = config.current().instance / f"before-restore-{clock.now():%Y-%m-%d-%H%M%S}-{secrets.token_hex(2)}"
    folder.mkdir(mode=0o700)
    return folder


# --- parts


def _database_name() -> str:
    return "database.sqlite" if is_sqlite() else "database.dump"


def _count_files(sums: dict[str, str]) -> int:
    return sum(name.startswith("files/") for name in sums)


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
