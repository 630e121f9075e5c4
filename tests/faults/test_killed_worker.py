"""The worker is killed again and again while it sends; then the database is compared with the server's log."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.db import unit_of_work
from crm.domain import users
from crm.domain.outbox import Letter
from tests import make, people
from tests.servers.smtp import SmtpSink, read_log

ROOT = Path(__file__).parents[2]
LETTERS = 12
KILLS = 6
SECONDS = 60


@pytest.fixture
def sink(tmp_path):
    with SmtpSink(log=tmp_path / "accepted.log") as server:
        yield server


def worker(tmp_path, database_url, sink) -> subprocess.Popen:
    """The program itself; ready when it says so."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")} | {
        "CRM_INSTANCE": str(tmp_path),
        "CRM_DATABASE_URL": database_url,
        "CRM_SMTP_URL": sink.url,
        "CRM_MAIL_FROM": "crm@norrland.example.org",
        "CRM_UNDO_SECONDS": "0",
        "CRM_RETRY_SECONDS": "1",
        "CRM_LEASE_SECONDS": "1",
    }
    command = [sys.executable, "-m", "crm", "worker"]
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert running.stdout is not None
    running.stdout.readline()
    return running


def states(app) -> dict[str, str]:
    with app.app_context(), unit_of_work(writes=False) as session:
        return dict(session.execute(select(Letter.message_id, Letter.state)).all())


@pytest.mark.timeout(180)
def test_nothing_is_lost_and_nothing_is_sent_twice(app, database_url, tmp_path, sink):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        for number in range(LETTERS):
            person = make.candidate(alice, f"Candidate {number}", email=f"c{number}@example.org")
            make.forward(alice, person)
    chance = random.Random(4)
    for _ in range(KILLS):
        running = worker(tmp_path, database_url, sink)
        time.sleep(chance.uniform(0, 0.12))
        running.kill()
        running.wait()
    last = worker(tmp_path, database_url, sink)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and set(states(app).values()) & {"queued", "claimed"}:
        time.sleep(0.2)
    last.send_signal(signal.SIGTERM)
    assert last.wait(20) == 0

    found = states(app)
    sent = [message.message_id for message in read_log(tmp_path / "accepted.log")]
    assert len(found) == LETTERS
    assert set(found.values()) <= {"accepted", "in_doubt"}
    assert len(sent) == len(set(sent)), "a letter was sent twice"
    accepted = {message_id for message_id, state in found.items() if state == "accepted"}
    assert accepted <= set(sent), "an accepted letter never reached the server"
    assert set(sent) <= set(found), "something was sent that nobody queued"
