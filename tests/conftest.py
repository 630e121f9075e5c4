"""The test house: a real database of each kind, people everybody knows, a browser that checks every page it reads."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, Table

from crm import create_app
from crm.app import App
from crm.db import Base, db, is_sqlite, unit_of_work
from crm.domain import users
from crm.domain.users import User
from crm.migrations import upgrade
from tests import people, quicker
from tests.browser import Browser
from tests.servers import postgres

pytest_plugins = ("tests.servers.fixtures",)
quicker.compile_addresses_once()
quicker.treat_dialects_alike()
COMPILED = FileSystemBytecodeCache()
"""Each test has an app of its own; compiling the same templates for each would be most of its time."""
SETTINGS = {"secret_key": "only for tests, and long enough to be taken", "argon2_memory_kib": 8, "undo_seconds": 0}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long runs are left out unless they are asked for."""
    if "slow" in config.getoption("-m"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="a long run: ask for it with -m slow"))


def make_app(instance: Path, database_url: str, **settings: object) -> App:
    app = create_app(instance=instance, database_url=database_url, **{**SETTINGS, **settings})
    app.testing = False  # errors are answered as they would be
    app.jinja_env.bytecode_cache = COMPILED
    with app.app_context():
        quicker.share_statements(db.engine)
    return app


def fill(app: App) -> None:
    with app.app_context():
        upgrade.to_newest()
        with unit_of_work(writes=True):
            people.create()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema of the migrations and the people of tests/people.py; each test gets a copy."""
    folder = tmp_path_factory.mktemp("template")
    app = make_app(folder, f"sqlite:///{folder / 'template.sqlite'}")
    fill(app)
    with app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=OFF")
        db.engine.dispose()
    return folder / "template.sqlite"


@pytest.fixture(scope="session")
def postgres_app(postgres_server: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> App:
    """With one database for each worker of the run; tests clean up after one another. They share its connections, too:
    a new one has to read up on every table first."""
    url = postgres.create_database(postgres_server, f"first_call_{worker_id}")
    app = make_app(tmp_path_factory.mktemp("postgres"), url)
    fill(app)
    return app


@pytest.fixture(scope="session")
def first_rows(postgres_app: App) -> dict[Table, list[dict[str, Any]]]:
    """What the template of SQLite holds: the people of tests/people.py."""
    with postgres_app.app_context(), unit_of_work(writes=False) as session:
        every = {table: session.execute(table.select()).mappings().all() for table in Base.metadata.sorted_tables}
        return {table: [dict(row) for row in rows] for table, rows in every.items() if rows}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "first-call.sqlite")
        return f"sqlite:///{tmp_path / 'first-call.sqlite'}"
    app: App = request.getfixturevalue("postgres_app")
    _begin_anew(app, request.getfixturevalue("first_rows"))
    return str(app.config["SQLALCHEMY_DATABASE_URI"])


def _begin_anew(app: App, first: dict[Table, list[dict[str, Any]]]) -> None:
    """With so few rows, deleting them is twenty times as quick as TRUNCATE, which makes new files for each table."""
    emptied = "; ".join(str(table.delete()) for table in reversed(Base.metadata.sorted_tables))
    with app.app_context(), unit_of_work(writes=True) as session:
        session.connection().exec_driver_sql(emptied)
        for table, rows in first.items():
            session.execute(table.insert(), rows)


@pytest.fixture
def app(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[App]:
    app = make_app(tmp_path, database_url)
    with app.app_context():
        if not is_sqlite():
            kept = _engine_of(request.getfixturevalue("postgres_app"))
            db.engine.pool, db.engine.dialect = kept.pool, kept.dialect  # what it asked of the server when it connected
    yield app
    with app.app_context():
        db.session.remove()
        if is_sqlite():
            db.engine.dispose()


def _engine_of(app: App) -> Engine:
    with app.app_context():
        return db.engine


@pytest.fixture
def work(app: App) -> Iterator[None]:
    """For tests of the domain: inside one unit of work that writes."""
    with app.app_context(), unit_of_work(writes=True):
        yield


@pytest.fixture
def alice(work: None) -> User:
    return _person("alice")


@pytest.fixture
def bob(work: None) -> User:
    return _person("bob")


@pytest.fixture
def charlie(work: None) -> User:
    return _person("charlie")


@pytest.fixture
def rita(work: None) -> User:
    return _person("rita")


@pytest.fixture
def anna(work: None) -> User:
    return _person("anna")


def _person(name: str) -> User:
    user = users.by_email(people.address(name))
    assert user is not None
    return user


@pytest.fixture
def browser(app: App) -> Browser:
    """Nobody yet; `browser.sign_in("alice")`."""
    return Browser(app)


@pytest.fixture
def as_alice(app: App) -> Browser:
    return Browser(app).known_as("alice")


@pytest.fixture
def as_charlie(app: App) -> Browser:
    return Browser(app).known_as("charlie")


@pytest.fixture
def as_anna(app: App) -> Browser:
    return Browser(app).known_as("anna")


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """gw0, gw1, ... under xdist; "main" without."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")
