"""One invented workspace for all tests that only look at it, on SQLite, which is quick to make."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import make_app
from tests.structure import workspace


@pytest.fixture(scope="session")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> workspace.Workspace:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(sqlite_template, folder / "first-call.sqlite")
    return workspace.invent(make_app(folder, f"sqlite:///{folder / 'first-call.sqlite'}"))
