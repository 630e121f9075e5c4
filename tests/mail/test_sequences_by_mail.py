"""A sequence between real mail servers: its first letter arrives, an answer comes back, the next never goes.

And by chance: whatever happens to the person, at whatever moment of a delivery, no letter leaves after it.
"""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from crm.db import db, unit_of_work
from crm.domain import (
    advancing,
    applications,
    candidates,
    consents,
    outbox,
    personal_letters,
    sequences,
    sequencing,
    touchpoints,
    users,
)  # fmt: skip
from crm.domain.outbox import Letter
from crm.domain.sequence_plans import Plan, Step
from crm.domain.sequences import Sequence
from crm.kit import clock
from crm.mail import delivery, fetching
from tests import make, people
from tests.conftest import make_app
from tests.mail.test_receiving import mail
from tests.servers import imap, needed
from tests.servers.smtp import SmtpSink

FROM = "crm@norrland.example.org"
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WORDS = (Step(14 if n else 0, subject=f"Word {n}", text="Dear {first name}") for n in range(4))
PLAN = Plan("own", "Words", tuple(WORDS))


@pytest.fixture
def sink():
    with SmtpSink() as server:
        yield server


@pytest.fixture
def house(app, database_url, tmp_path, sink):
    """It sends by SMTP; what comes back is told by hand, or read by IMAP."""
    with make_app(tmp_path, database_url, mail_from=FROM, smtp_url=sink.url, receives=True).app_context() as context:
        yield context.app


@pytest.fixture(scope="session")
def mailbox(tmp_path_factory):
    with needed(), imap.serve(tmp_path_factory.mktemp("imap")) as inbox:
        yield inbox


def alice():
    return users.by_email(people.address("alice"))


def start(number=0):
    """The ids of a person and of the sequence that begins for them."""
    with unit_of_work(writes=True):
        person = make.candidate(alice(), f"Ada Byron {number}", email=f"ada{number}@example.org")
        [sequence] = sequencing.start([person], PLAN, by=alice(), intent=f"number {number}")
        return person.id, sequence.id


def advance():
    with unit_of_work(writes=True):
        return advancing.advance(clock.now())


def send_all():
    connection = delivery.open_connection()
    try:
        while delivery.deliver_next(connection, "test"):
            pass
    finally:
        connection.close()


def ended(sequence_id):
    with unit_of_work(writes=False):
        return db.session.get(Sequence, sequence_id).ended_why


def test_an_answer_that_comes_by_imap_stops_it(house, sink, mailbox):
    house.config["FIRST_CALL"] = house.config["FIRST_CALL"].__class__(
        **{**vars(house.config["FIRST_CALL"]), "imap_url": mailbox.url}
    )
    with clock.set_to(MONDAY):
        _, sequence_id = start()
        assert advance() == 1
        send_all()
    [first] = sink.messages
    assert (first.recipients, first.email["Subject"]) == (["ada0@example.org"], "Word 0")
    with clock.set_to(MONDAY + DAY):
        advance()
        assert ended(sequence_id) == ""
        mailbox.put(
            mail(first.email["Reply-To"], "How kind of you to ask!", sender="Ada <ada0@example.org>").as_bytes()
        )
        assert fetching.fetch() >= 1  # the mailbox may hold the answer of another round
        with unit_of_work(writes=False):
            assert sequences.find(sequence_id, seen_by=alice()).story == "they answered"
        advance()
    assert ended(sequence_id) == "answered"
    for later in range(14, 60, 7):
        with clock.set_to(MONDAY + later * DAY):
            assert advance() == 0
            send_all()
    assert len(sink.messages) == 1


# --- by chance


def _reply(person):
    touchpoints.log(person, kind="mail", direction="in", by=alice(), text="Thank you")


def _call(person):
    touchpoints.log(person, kind="call", direction="out", by=alice())


def _hire(person):
    applications.put(person, make.role(alice(), f"Role of {person.full_name}"), by=alice(), disposition="hired")


def _write(person):
    letter = personal_letters.send(person, subject="By hand", text="Hello", by=alice(), intent=person.id)
    letter.not_before = clock.now() + 999 * DAY  # that it waits is enough


def _withdraw(person):
    consents.withdraw(consents.record(person, purpose="contact", evidence="said so", by=alice()), by=alice())


EVENTS = (
    _reply, _call, _hire, _write, _withdraw,
    lambda person: candidates.archive(person, by=alice()),
    lambda person: candidates.delete(person, by=alice()),
    lambda person: candidates.let_go(person, by=alice()),
    lambda person: outbox.suppress(person.emails[0].address, why="unsubscribed"),
    lambda person: outbox.suppress(person.emails[0].address, why="complained"),
    lambda person: sequencing.stop(sequences.of(person), by=alice()),
)  # fmt: skip


def happen(event, candidate_id):
    with unit_of_work(writes=True):
        event(candidates.find(candidate_id, seen_by=alice()))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_and_whenever_no_letter_leaves_after_it(house, sink, monkeypatch, seed):
    """Each person meets one event, at a random step: before it is queued, while it waits, or after the server's 354."""
    chance = random.Random(seed)
    enter, struck = delivery._enter_doubt, {}
    with clock.set_to(MONDAY):
        ids = [start(number)[0] for number in range(len(EVENTS))]
    plan = {one: (event, chance.choice(("before", "waiting", "354")), chance.randrange(3))
            for one, event in zip(ids, EVENTS, strict=True)}  # fmt: skip

    def at_the_last_moment(written, owner):
        with unit_of_work(writes=False):
            letter = db.session.get_one(Letter, written.letter_id)
            candidate_id = personal_letters.for_delivery(letter).candidate_id
        strike("354", candidate_id)
        return enter(written, owner)

    def strike(moment, candidate_id):
        event, when, round_ = plan[candidate_id]
        if (when, round_) == (moment, number) and candidate_id not in struck:
            struck[candidate_id] = sent_to(candidate_id)
            happen(event, candidate_id)

    def sent_to(candidate_id):
        return sum(message.recipients == [f"ada{ids.index(candidate_id)}@example.org"] for message in sink.messages)

    monkeypatch.setattr(delivery, "_enter_doubt", at_the_last_moment)
    for number in range(5):
        with clock.set_to(MONDAY + number * 15 * DAY):
            for moment in ("before", "waiting"):
                for one in ids:
                    strike(moment, one)
                advance()
            send_all()
            advance()
    assert struck.keys() == set(ids)
    assert {one: sent_to(one) for one in ids} == struck
    with unit_of_work(writes=False):
        still = select(func.count()).select_from(Sequence).where(Sequence.ended_at.is_(None))
        assert db.session.scalar(still) == 0


def test_two_workers_at_once_queue_one_letter(house, sink):
    with clock.set_to(MONDAY):
        _, sequence_id = start()
        assert [advance(), advance()] == [1, 0]
        send_all()
    assert len(sink.messages) == 1
    assert ended(sequence_id) == ""
