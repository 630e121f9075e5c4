"""The house of the torture; and the long runs are left out unless they are asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm.app import App
from crm.db import db
from tests.faults.house import House
from tests.servers.smtp import SmtpSink


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "slow" in config.getoption("-m"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="a long run: ask for it with -m slow"))


@pytest.fixture
def house(app: App, database_url: str, tmp_path: Path) -> Iterator[House]:
    with SmtpSink(log=tmp_path / "accepted.log") as sink:
        built = House.build(database_url, tmp_path / "instance", sink)
        yield built
        with built.app.app_context():
            db.session.remove()
            db.engine.dispose()
