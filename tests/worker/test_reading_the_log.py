"""The mail server's own log settles what is in doubt, by itself, where it can be read here."""

import pytest

from crm.db import db, unit_of_work
from crm.domain import users
from crm.domain.outbox import Letter
from crm.kit import clock
from crm.worker import READ_LOG_EVERY, Worker
from tests import make, people
from tests.conftest import make_app
from tests.mail.test_maillog import SENT, TOOK, line, named, status


@pytest.fixture
def log(tmp_path):
    return tmp_path / "mail.log"


@pytest.fixture
def reading(database_url, tmp_path, log):
    return make_app(tmp_path, database_url, maillog=str(log))


@pytest.fixture
def doubtful(reading):
    """The Message-IDs of two letters in doubt."""
    with reading.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        letters = [make.forward(alice, make.candidate(alice, f"No {n}", email="")).letter for n in range(2)]
        for letter in letters:
            letter.state, letter.in_doubt_at = "in_doubt", clock.now()
        return [letter.message_id for letter in letters]


def look(worker, app, minutes):
    """As the worker does after so many minutes; the letters' states."""
    with app.app_context():
        worker._read_log(clock.now() + minutes * READ_LOG_EVERY)
        with unit_of_work(writes=False):
            return sorted(db.session.scalars(db.select(Letter.state)))


def note(log, message_id, queue_id):
    with log.open("a") as lines:
        for said in (named(message_id), TOOK, status("sent", SENT)):
            lines.write(line(said, queue_id, at=f"{clock.now():%b %d %H:%M:%S}"))


def test_what_the_log_knows_is_no_longer_in_doubt(reading, doubtful, log):
    worker = Worker(reading)
    assert look(worker, reading, 0) == ["in_doubt", "in_doubt"]  # there is no log yet
    note(log, doubtful[0], "4F1A2B3C4D")
    assert look(worker, reading, 2) == ["delivered", "in_doubt"]
    note(log, doubtful[1], "5F1A2B3C4D")
    assert look(worker, reading, 4) == ["delivered", "delivered"]


def test_a_log_that_has_not_grown_is_not_read_again(reading, doubtful, log):
    worker = Worker(reading)
    note(log, doubtful[0], "4F1A2B3C4D")
    look(worker, reading, 0)
    with reading.app_context(), unit_of_work(writes=True) as session:
        session.query(Letter).update({"state": "in_doubt"})
    assert look(worker, reading, 2) == ["in_doubt", "in_doubt"]
    assert look(Worker(reading), reading, 2) == ["delivered", "in_doubt"]  # one that was started anew reads it once
