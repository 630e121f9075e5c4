"""Stored files: one folder, generated names, mode 0600, nothing half-written."""

import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

OWNER = "belongs-to"


class Missing(Exception):
    """The file that a row names is not there."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Store:
    """Keys are made here and never derived from content: two people never share a file, or erasure would break."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes) -> str:
        """Writes durably before it answers; a killed process leaves only a `.part` that sweep() removes."""
        key = secrets.token_hex(20)
        path = self._path(key)
        self._make_folder(path.parent)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        sync_folder(path.parent)
        return key

    def read(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise Missing(key) from error

    def open(self, key: str) -> BinaryIO:
        """For what is read piece by piece."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise Missing(key) from error

    def remove(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def all_keys(self) -> list[str]:
        return [path.name for path in self.folder.glob("??/*") if path.suffix != ".part"]

    def sweep(self, *, before: float) -> int:
        """Removes what an interrupted upload left behind; `before` is a Unix time."""
        old = [part for part in self.folder.glob("??/*.part") if _written(part) < before]
        for part in old:
            part.unlink(missing_ok=True)
        return len(old)

    def age(self, key: str) -> float:
        """Unix time of the last write; a file that is gone meanwhile counts as written just now."""
        return _written(self._path(key))

    def owner(self) -> str | None:
        """The name of the database whose files these are, once it has claimed them."""
        with suppress(FileNotFoundError):
            return (self.folder / OWNER).read_text().strip()
        return None

    def claim(self, database: str) -> None:
        """The first one stays the owner."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError), (self.folder / OWNER).open("x") as file:
            file.write(database)

    def _make_folder(self, folder: Path) -> None:
        """A new folder is an entry in the one above it, which has to reach the disk as well."""
        if not folder.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True, mode=0o700)
            sync_folder(self.folder)

    def _path(self, key: str) -> Path:
        if not key.isalnum():
            raise Missing(key)
        return self.folder / key[:2] / key


def put_once(path: Path, words: str) -> None:
    """A small secret, mode 0600, whole before it has its name; when there is one already, that one stays."""
    draft = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(words)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _written(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return time.time()


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
