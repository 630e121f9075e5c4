"""Every fault of a mail server at every step: one letter is under way, a second one waits behind it.

What is documented, and nothing else, becomes of the letter; the second one goes out, unless the server itself is away.
"""

from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest

from crm.db import unit_of_work
from crm.domain import candidates, sending, users
from crm.domain.outbox import Letter
from crm.kit import clock
from crm.mail.smtp import Connection, Relay
from crm.worker import Worker
from tests import make, people
from tests.conftest import make_app
from tests.servers import needed
from tests.servers.smtp import Certificate, SmtpSink

TIMEOUT = 0.4
STEPS = ("connect", "ehlo", "mail", "rcpt", "data", "dot", "quit")
AWAY = "away"
"""The letter is queued, no attempt is counted, and everything waits for the server."""
MATRIX = {
    #                     connect  EHLO  MAIL      RCPT      DATA      dot         QUIT
    "4xx":                (AWAY, AWAY, "queued", "queued", "queued", "queued", "accepted"),
    "5xx":                (AWAY, AWAY, "failed", "failed", "failed", "failed", "accepted"),
    "hang":               (AWAY, AWAY, "queued", "queued", "queued", "in_doubt", "accepted"),
    "reset":              (AWAY, AWAY, "queued", "queued", "queued", "in_doubt", "accepted"),
    "reset_after_accept": (AWAY, "queued", "queued", "queued", "queued", "in_doubt", "accepted"),
    "tls_drop":           (AWAY, AWAY, "queued", "queued", "queued", "in_doubt", "accepted"),
}  # fmt: skip
"""After a reset that follows the greeting to EHLO, the server goes away at MAIL: that is said of the letter."""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    with needed():
        return Certificate.make(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def sink(request, certificate, monkeypatch):
    encrypted = request.node.callspec.params.get("fault") == "tls_drop"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    with SmtpSink(certificate=certificate if encrypted else None) as server:
        yield server


@pytest.fixture
def mailing(app, sink, database_url, tmp_path):
    return make_app(tmp_path, database_url, smtp_url=sink.url, mail_from="crm@norrland.example.org", retry_seconds=60)


@pytest.mark.parametrize("fault", MATRIX)
def test_each_fault_at_each_step_has_its_one_end(mailing, sink, fault):
    assert tuple(end_of(mailing, sink, fault, step) for step in STEPS) == MATRIX[fault]


def end_of(mailing, sink, fault, step) -> str:
    """What becomes of the letter that the fault hits. What must hold of every cell is asserted here."""
    sink.messages.clear()
    letters = two(mailing)
    sink.plan(step, fault)
    work(mailing, sink)
    (state, attempts), second = told(mailing, letters)
    away = is_paused(mailing)
    assert (attempts, second) == ((0, ("queued", 0)) if away else (1, ("accepted", 1))), (fault, step)

    work(mailing, sink, at=clock.now() + timedelta(minutes=2))
    later = [("accepted", attempts + 1) if state == "queued" else (state, 1), ("accepted", 1)]
    assert told(mailing, letters) == later, (fault, step)
    arrived = state not in {"failed", "in_doubt"} or (fault == "reset_after_accept" and step == "dot")
    assert len(sink.messages) == len({message.message_id for message in sink.messages}) == 1 + arrived, (fault, step)
    assert not is_paused(mailing)
    return AWAY if away and state == "queued" else state


@pytest.mark.parametrize("fault", ["4xx", "5xx"])
def test_what_is_said_of_one_letter_leaves_the_connection_to_the_next(mailing, sink, fault):
    for step in ("mail", "rcpt", "data", "dot"):
        before = sink.connections
        letters = two(mailing)
        sink.plan(step, fault)
        work(mailing, sink)
        assert sink.connections == before + 1, step
        assert told(mailing, letters)[1] == ("accepted", 1), step


@pytest.mark.parametrize("fault", ["4xx", "hang", "reset"])
def test_a_server_that_stays_away_uses_up_no_attempt(mailing, sink, fault):
    letters = two(mailing)
    sink.plan("ehlo", fault, 20)
    began = clock.now()
    for hour in range(5):
        work(mailing, sink, at=began + timedelta(hours=hour))
    assert told(mailing, letters) == [("queued", 0), ("queued", 0)]
    assert is_paused(mailing)


def two(mailing) -> tuple[str, str]:
    """The ids of two letters; the first leaves first."""
    with mailing.app_context(), unit_of_work(writes=True) as session:
        alice = users.by_email(people.address("alice"))
        ada = session.scalar(candidates.listed(alice)) or make.candidate(alice)
        return make.forward(alice, ada).letter.id, make.forward(alice, ada).letter.id


def work(mailing, sink, *, at: datetime | None = None) -> None:
    """As Worker.drain does it, by a connection that is less patient."""
    moment = clock.set_to(at) if at else nullcontext()
    connection = Connection(Relay.parse(sink.url), hello="crm.example.org", timeout=TIMEOUT)
    with connection, mailing.app_context(), moment:
        worker = Worker(mailing)
        while worker.step(connection):
            pass


def told(mailing, letters) -> list[tuple[str, int]]:
    """State and attempts of each."""
    with mailing.app_context(), unit_of_work(writes=False) as session:
        return [(found.state, found.attempts) for found in (session.get_one(Letter, letter) for letter in letters)]


def is_paused(mailing) -> bool:
    with mailing.app_context(), unit_of_work(writes=False):
        return sending.state().is_paused
