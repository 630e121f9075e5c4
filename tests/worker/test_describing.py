"""What resumes are about that came many at once: by small steps, between which everybody else can write."""

import pytest
from sqlalchemy import delete, event, func, select

from crm.cli import seed
from crm.db import db, unit_of_work
from crm.demo import synthetic
from crm.domain import profiles
from crm.domain.profiles import Profile
from crm.domain.search import Entry
from crm.worker import Worker
from tests.conftest import make_app

MANY = 7


@pytest.fixture
def filled(database_url, tmp_path, monkeypatch):
    monkeypatch.setattr(profiles, "LOOKED_AT", 5)
    monkeypatch.setattr(profiles, "AT_ONCE", 2)
    app = make_app(tmp_path, database_url)
    with app.app_context(), unit_of_work(writes=True):
        seed.add(list(synthetic.people(MANY)), texts=True, with_files=False)
        db.session.execute(delete(Profile))
    return app


def described(app):
    with app.app_context(), unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(Profile))


def test_all_are_described_a_few_in_each_transaction(filled):
    written = []

    def note(_connection, _cursor, statement, *_):
        if "INSERT INTO profile " in statement:
            written.append(statement)

    with filled.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    Worker(filled).drain()
    assert described(filled) == MANY
    assert len(written) >= MANY / 2


def test_whoever_is_described_already_is_passed_over(filled):
    worker = Worker(filled)
    worker.drain()
    with filled.app_context(), unit_of_work(writes=False):
        assert profiles.missing(0)[0] == []
        newest = db.session.scalar(select(func.max(Entry.id)))
        assert profiles.missing(newest) == ([], newest)
    assert worker.described == newest


def test_somebody_erased_meanwhile_is_left_out_and_the_others_are_not(filled):
    with filled.app_context():
        with unit_of_work(writes=False):
            people, _ = profiles.missing(0)
        made = profiles.made(people)
        gone = {**made[0], "candidate_id": "nobody"}
        with unit_of_work(writes=True):
            profiles.add([gone, made[1]])
            profiles.add([made[1]])  # and whoever was described meanwhile is not twice
    assert described(filled) == 1
