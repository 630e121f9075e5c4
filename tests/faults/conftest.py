"""The house of the torture."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm.app import App
from crm.db import db
from tests.faults.house import House
from tests.servers.smtp import SmtpSink


@pytest.fixture
def house(app: App, database_url: str, tmp_path: Path) -> Iterator[House]:
    with SmtpSink(log=tmp_path / "accepted.log") as sink:
        built = House.build(database_url, tmp_path / "instance", sink)
        yield built
        with built.app.app_context():
            db.session.remove()
            db.engine.dispose()
