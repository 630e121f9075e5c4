"""A backup, letters that leave after it, the backup brought back: none leaves before its time, none twice."""

import gc
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from crm.cli import backup, mail
from crm.db import db, unit_of_work
from crm.domain import users
from crm.domain.outbox import Letter
from crm.kit import clock
from crm.worker import Worker
from tests import make, people
from tests.conftest import make_app
from tests.servers.smtp import SmtpSink

LETTERS = 4
LATE = 1


@pytest.fixture
def sink():
    with SmtpSink() as server:
        yield server


def house(tmp_path, database_url, sink):
    return make_app(tmp_path, database_url, smtp_url=sink.url, mail_from="crm@norrland.example.org")


def states(app):
    with app.app_context(), unit_of_work(writes=False) as session:
        return sorted(session.scalars(select(Letter.state)))


def close(app):
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def command(tmp_path, database_url, act, *words):
    environment = {"CRM_INSTANCE": str(tmp_path), "CRM_DATABASE_URL": database_url}
    done = CliRunner().invoke(act, [str(word) for word in words], env=environment)
    assert done.exit_code == 0, (done.output, done.exception)
    gc.collect()  # the command's own app, whose connections a process would have closed by ending
    return done.output


def maillog(sink, since):
    """As Postfix would have written it, from before the backup until now."""

    def stamp(moment):
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")

    yield f"{stamp(since)} mail postfix/master[1]: daemon started"
    for message in sink.messages:
        at, queue_id = stamp(clock.now()), f"4A{message.queue_id[1:]}F"
        yield f"{at} mail postfix/cleanup[2]: {queue_id}: message-id={message.message_id}"
        yield f"{at} mail postfix/qmgr[3]: {queue_id}: from=<{message.envelope_from}>, size=9, nrcpt=1 (queue active)"
        relay = f"to=<{message.recipients[0]}>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1"
        yield f"{at} mail postfix/smtp[4]: {queue_id}: {relay}, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
    yield f"{stamp(clock.now() + timedelta(hours=1))} mail postfix/master[1]: still here"


def test_nothing_leaves_before_the_release_and_nothing_twice_after_it(app, tmp_path, database_url, sink):
    begun = clock.now() - timedelta(hours=1)
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        for number in range(LETTERS):
            person = make.candidate(alice, f"Candidate {number}", email=f"c{number}@example.org")
            letter = make.forward(alice, person).letter
            if number < LATE:
                letter.not_before += timedelta(days=1)
    close(app)
    file = tmp_path / "backups" / "monday.tar"
    file.parent.mkdir()
    command(tmp_path, database_url, backup.backup, file)

    sending = house(tmp_path, database_url, sink)
    Worker(sending).drain()
    assert len(sink.messages) == LETTERS - LATE
    close(sending)

    command(tmp_path, database_url, backup.restore, file, "--replace")
    restored = house(tmp_path, database_url, sink)
    assert states(restored) == ["in_doubt"] * LETTERS
    Worker(restored).drain()
    assert len(sink.messages) == LETTERS - LATE, "a letter left before the release"

    log = tmp_path / "mail.log"
    log.write_text("\n".join(maillog(sink, begun)) + "\n")
    close(restored)
    said = command(tmp_path, database_url, mail.outbox, "release", "--maillog", log)
    assert f"{LETTERS - LATE} delivered" in said
    assert f"{LATE} wait again" in said
    released = house(tmp_path, database_url, sink)
    Worker(released).drain()
    sent = [message.message_id for message in sink.messages]
    assert len(sent) == len(set(sent)) == LETTERS
    assert states(released) == ["accepted"] * LATE + ["delivered"] * (LETTERS - LATE)
    close(released)


def test_without_a_log_what_may_have_left_stays_in_doubt(app, tmp_path, database_url, sink):
    with app.app_context(), unit_of_work(writes=True):
        make.forward(users.by_email(people.address("alice")))
    close(app)
    command(tmp_path, database_url, backup.backup, tmp_path / "b.tar")
    command(tmp_path, database_url, backup.restore, tmp_path / "b.tar", "--replace")
    command(tmp_path, database_url, mail.outbox, "release")
    released = house(tmp_path, database_url, sink)
    Worker(released).drain()
    assert (states(released), sink.messages) == (["in_doubt"], [])
    close(released)
