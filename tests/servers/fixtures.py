"""One set of servers for a run, shared by its workers: the process that the person started holds them all.

The files of the tests lie in the run's folder as well, in memory where there is room: no commit waits for a disk. To
look at what a failing test left, give the run a --basetemp of its own.

A plugin for pytest. Its `alive` is a pipe that only that process keeps open for writing; see leash.py.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import needed, postgres

FOLDER = pytest.StashKey[Path]()
ALIVE = pytest.StashKey[int]()
SECONDS_TO_END = 15


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        folder = config.stash[FOLDER] = Path(config.workerinput["servers"])
        threading.Thread(target=_end_with_the_run, args=(folder,), daemon=True).start()
        return
    folder = config.stash[FOLDER] = postgres.new_folder()
    config.stash[ALIVE] = hold(folder)
    config.option.basetemp = config.option.basetemp or folder / "tmp"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["servers"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if ALIVE in config.stash:
        os.close(config.stash[ALIVE])
        _wait_until_gone(config.stash[FOLDER])


@pytest.fixture
def tmp_path(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Gone with the test: a database for each of thousands would fill the memory."""
    yield tmp_path
    if request.config.stash[FOLDER] in tmp_path.parents:
        shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server on which databases may be created, the same for all workers."""
    with needed():
        server = postgres.share(request.config.stash[FOLDER])
    yield server.url


def hold(folder: Path) -> int:
    """Servers started for this folder live until the file descriptor is closed, by us or by our end."""
    os.mkfifo(folder / "alive", 0o600)
    return os.open(folder / "alive", os.O_RDWR)  # to read as well, or opening would wait for a reader


def _end_with_the_run(folder: Path) -> None:
    """A worker whose run was killed would finish its test first, and keep its browser and its programs until then."""
    with (folder / "alive").open("rb", buffering=0) as alive:
        alive.read(1)
    os._exit(1)


def _wait_until_gone(folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_END
    while (folder / "postgres.url").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
