"""The decision and the question through a real SMTP server: in their order, at their hour, and the links in them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import closings, users
from crm.domain.closings import Hired
from crm.domain.consents import Consent
from crm.domain.door_openers import Telling
from crm.domain.finalists import Finalist
from crm.domain.outbox import Letter
from crm.kit import clock
from crm.mail import delivery
from tests import make, people
from tests.browser import Browser
from tests.conftest import make_app
from tests.servers.smtp import SmtpSink


@pytest.fixture
def sink():
    with SmtpSink() as server:
        yield server


@pytest.fixture
def mailing(app, sink, database_url, tmp_path):
    return make_app(tmp_path, database_url, smtp_url=sink.url, mail_from="crm@norrland.example.org")


def close(app, send_at=None):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        row = Finalist(full_name="Mira Halvorsen", email="mira@example.org")
        given = {"by": alice, "intent": "one", "hired": Hired("Nadia"), "telling": Telling("both", send_at)}
        closings.close(make.role(alice), [row], **given)


def drain(app, at=None):
    """Whatever is due by then, and no more."""
    with app.app_context(), clock.set_to(at or clock.now()):
        connection = delivery.open_connection()
        while delivery.deliver_next(connection, "w") is not None:
            pass
        connection.close()


def subjects(sink):
    return [message.email["Subject"] for message in sink.messages]


def test_first_the_decision_then_the_question(mailing, sink):
    close(mailing)
    drain(mailing)
    assert subjects(sink) == ["Our decision on Head of Data", "May we keep in touch?"]
    assert {message.recipients[0] for message in sink.messages} == {"mira@example.org"}


def test_a_decision_that_is_put_off_holds_the_question_back(mailing, sink):
    close(mailing)
    sink.plan("rcpt", "4xx")
    drain(mailing)
    assert subjects(sink) == []
    drain(mailing, clock.now() + timedelta(minutes=5))
    assert subjects(sink) == ["Our decision on Head of Data", "May we keep in touch?"]


def test_a_decision_that_is_refused_leaves_the_question_unasked(mailing, sink):
    close(mailing)
    sink.plan("rcpt", "5xx")
    drain(mailing)
    assert subjects(sink) == []
    with mailing.app_context(), unit_of_work(writes=False):
        states = {letter.kind: (letter.state, letter.blocked_why) for letter in db.session.scalars(select(Letter))}
    assert states == {"personal": ("failed", ""), "keep_in_touch": ("blocked", "overtaken")}


def test_nothing_leaves_before_its_hour(mailing, sink):
    at = clock.now() + timedelta(days=3)
    close(mailing, at)
    drain(mailing, at - timedelta(minutes=1))
    assert subjects(sink) == []
    drain(mailing, at)
    assert len(subjects(sink)) == 2


def test_a_scanner_that_opens_every_link_changes_nothing_and_the_reader_may(mailing, sink):
    close(mailing)
    drain(mailing)
    bodies = [message.email.get_body(("plain",)).get_content() for message in sink.messages]
    paths = [path for body in bodies for path in re.findall(r"https?://[^/\s]+(/\S+)", body)]
    assert sorted(path.split("/")[1] for path in paths) == ["keep", "unsubscribe", "unsubscribe"]
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            mailing.test_client().open(path, method=method)
    with mailing.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(Consent)).all() == []
    [keep] = [path for path in paths if path.startswith("/keep/")]
    browser = Browser(mailing)
    assert "You said yes." in browser.submit(browser.get(keep), keep, answer="yes").text
    with mailing.app_context(), unit_of_work(writes=False):
        assert sorted(db.session.scalars(select(Consent.purpose))) == ["contact", "keep"]
