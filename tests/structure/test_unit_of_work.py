"""One transaction around each request: an answer below 400 commits, anything else leaves nothing behind."""

import re
import shutil
import sqlite3
import threading
import time

import pytest
from flask import Response, abort, redirect
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from crm.db import after_commit, after_rollback, db, short_transaction, unit_of_work
from crm.domain import events
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.events import Event
from crm.domain.tags import Tag
from crm.forms import Form
from tests.conftest import make_app

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
ANSWERS = {
    "200": lambda: "done",
    "201": lambda: ("made", 201),
    "303": lambda: redirect("/sign-in", 303),
    "400": lambda: abort(400),
    "404": lambda: ("gone", 404),
    "422": lambda: Response("no", 422),
    "500": lambda: ("sorry", 500),
    "missing": lambda: _raised(Missing()),
    "denied": lambda: _raised(Denied()),
    "refused": lambda: _raised(Refused("Not now.")),
    "mistake": lambda: _raised(RuntimeError()),
}
KEEPS = {"200", "201", "303"}
DID: list[str] = []


def _raised(error):
    raise error


def _writing(answer):
    def view():
        events.record("scratch", by=None, text="written")
        after_commit(lambda: DID.append("committed"))
        after_rollback(lambda: DID.append("rolled back"))
        db.session.flush()
        return answer()

    view.is_public = True
    return view


def _counting():
    """Reads, waits, and writes what it read and one more."""
    tag = db.session.scalars(select(Tag).with_for_update()).one()
    time.sleep(0.005)
    tag.name = str(int(tag.name) + 1)
    return tag.name


_counting.is_public = True


def _shown_again():
    """A verb that writes before it refuses; the page is shown again, with something read from the database."""

    def verb():
        events.record("scratch", by=None, text="written")
        db.session.flush()
        raise Refused("Not now.", field="name")

    form = Form()
    assert form.take(verb) is None
    return str(db.session.scalar(select(func.count(Event.id)).where(Event.kind == "scratch"))), 422


_shown_again.is_public = True


@pytest.fixture
def scratch(app):
    DID.clear()
    for name, answer in ANSWERS.items():
        app.add_url_rule(f"/scratch/{name}", f"scratch {name}", _writing(answer), methods=["GET", "POST"])
    app.add_url_rule("/scratch/count", "scratch count", _counting, methods=["POST"])
    app.add_url_rule("/scratch/again", "scratch again", _shown_again, methods=["POST"])
    return app


class Sender:
    def __init__(self, app):
        self.client = app.test_client()
        self.token = CSRF.search(self.client.get("/sign-in").get_data(as_text=True))[1]

    def post(self, path):
        return self.client.post(path, data={"csrf_token": self.token})


def written(app):
    with app.app_context(), unit_of_work(writes=False) as session:
        return session.scalar(select(func.count(Event.id)).where(Event.kind == "scratch"))


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_answered_well_stays_and_nothing_else(scratch, name):
    Sender(scratch).post(f"/scratch/{name}")
    assert written(scratch) == (1 if name in KEEPS else 0)
    assert (["committed"] if name in KEEPS else ["rolled back"]) == DID


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_that_only_reads_cannot_write(scratch, method):
    assert scratch.test_client().open("/scratch/200", method=method).status_code == 500
    assert written(scratch) == 0


def test_a_form_that_is_shown_again_keeps_nothing_of_its_verb(scratch):
    answer = Sender(scratch).post("/scratch/again")
    assert (answer.status_code, answer.get_data()) == (422, b"0")
    assert written(scratch) == 0


def test_one_request_leaves_nothing_open_for_the_next(scratch):
    sender = Sender(scratch)
    for name in ("mistake", "200", "404", "200"):
        sender.post(f"/scratch/{name}")
    assert written(scratch) == 2


# --- outside of requests


def test_a_unit_of_work_that_fails_leaves_nothing(app):
    with app.app_context(), pytest.raises(Refused), unit_of_work(writes=True):
        events.record("scratch", by=None, text="written")
        db.session.flush()
        raise Refused("Not now.")
    assert written(app) == 0


def test_a_unit_of_work_that_reads_cannot_write(app):
    with app.app_context(), pytest.raises(DBAPIError), unit_of_work(writes=False):
        events.record("scratch", by=None, text="written")
        db.session.flush()
    assert written(app) == 0


def test_a_connection_that_has_read_can_write_afterwards(app):
    """SQLite's are told by a setting that stays with them."""
    with app.app_context():
        for writes in (False, True, False, True):
            with unit_of_work(writes=writes) as session:
                session.scalar(select(func.count(Event.id)))
                if writes:
                    events.record("scratch", by=None, text="written")
    assert written(app) == 2


def test_bookkeeping_survives_the_refusal_that_follows(app):
    with app.app_context():
        with short_transaction() as session:
            session.add(Event(kind="scratch", by_name="First Call", text="somebody guessed"))
        with pytest.raises(Refused), unit_of_work(writes=True):
            raise Refused("Wrong.")
    assert written(app) == 1


def test_work_begins_with_the_first_query(app):
    """So that who hashes a password or waits for an upload keeps nobody waiting."""
    with app.app_context(), unit_of_work(writes=True):
        done = threading.Event()
        other = threading.Thread(target=lambda: (_write_one(app), done.set()))
        other.start()
        assert done.wait(10)
        other.join()
    assert written(app) == 1


def _write_one(app):
    with app.app_context(), unit_of_work(writes=True):
        events.record("scratch", by=None, text="written")


# --- several at once


def test_writers_wait_for_one_another_and_none_is_lost(scratch):
    with scratch.app_context(), unit_of_work(writes=True) as session:
        session.add(Tag(name="0", key="0"))
    answers = []
    threads = [threading.Thread(target=_count, args=(Sender(scratch), answers)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=int) == [str(number) for number in range(1, 41)]


def _count(sender, answers):
    for _ in range(10):
        answers.append(sender.post("/scratch/count").get_data(as_text=True))


@pytest.fixture
def impatient(sqlite_template, tmp_path, monkeypatch):
    """Waits no time for a lock. Only SQLite has one on everything."""
    monkeypatch.setattr("crm.db.BUSY_SECONDS", 0)
    shutil.copy(sqlite_template, tmp_path / "first-call.sqlite")
    app = make_app(tmp_path, f"sqlite:///{tmp_path / 'first-call.sqlite'}")
    for name, answer in ANSWERS.items():
        app.add_url_rule(f"/scratch/{name}", f"scratch {name}", _writing(answer), methods=["GET", "POST"])
    return app


def test_who_finds_the_database_locked_is_told_to_come_again(impatient):
    sender = Sender(impatient)
    with impatient.app_context():
        lock = sqlite3.connect(db.engine.url.database, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    answer = sender.post("/scratch/200")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "busy" in answer.get_data(as_text=True)
    assert sender.client.get("/sign-in").status_code == 200  # reading goes on
    lock.execute("ROLLBACK")
    lock.close()
    assert sender.post("/scratch/200").status_code == 200
    assert written(impatient) == 1
