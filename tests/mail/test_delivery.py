"""A forward from the verb to the wire and back, through a real SMTP server."""

from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import colleagues, consents, dispatch, forwards, outbox, resumes, sharing, today, users
from crm.domain.outbox import Letter
from crm.mail import delivery
from crm.worker import Worker
from tests import make, people
from tests.conftest import make_app
from tests.servers.smtp import SmtpSink


@pytest.fixture
def sink():
    with SmtpSink() as server:
        yield server


@pytest.fixture
def mailing(app, sink, database_url, tmp_path):
    """The app with a mail server."""
    return make_app(tmp_path, database_url, smtp_url=sink.url, mail_from="crm@norrland.example.org")


def queue_forward(app, **plan) -> str:
    with app.app_context(), unit_of_work(writes=True):
        return make.forward(alice(), note="Call him today.", position="Data Engineer", **plan).letter.id


def alice():
    return users.by_email(people.address("alice"))


def letter(app, letter_id: str) -> Letter:
    with app.app_context(), unit_of_work(writes=False) as session:
        found = session.get_one(Letter, letter_id)
        session.expunge(found)
        return found


def test_a_forward_leaves_once_with_its_link(mailing, sink):
    letter_id = queue_forward(mailing)
    Worker(mailing).drain()
    Worker(mailing).drain()
    sent = letter(mailing, letter_id)
    assert (sent.state, sent.attempts) == ("accepted", 1)
    assert sent.last_reply.startswith("250")
    [message] = sink.messages
    assert message.recipients == ["carol@acme.example.org"]
    parsed = message_from_bytes(message.raw, policy=policy.default)
    assert parsed["To"].addresses[0].addr_spec == "carol@acme.example.org"
    assert parsed["Subject"] == "Ada Byron for Data Engineer"
    assert parsed["Reply-To"].addresses[0].addr_spec == people.address("alice")
    assert parsed["Message-ID"] == sent.message_id
    assert parsed["From"].addresses[0].display_name == "Alice Okafor via Norrland"
    text, html = (parsed.get_body((kind,)).get_content() for kind in ("plain", "html"))
    link = text.split("/shared/")[1].split()[0]
    assert f"/shared/{link}" in html
    with mailing.app_context(), unit_of_work(writes=False):
        assert sharing.find_by_link(link).letter.id == letter_id


def test_an_attachment_arrives_byte_for_byte(mailing, sink):
    letter_id = queue_forward(mailing, deliver="attachment")
    Worker(mailing).drain()
    assert letter(mailing, letter_id).state == "accepted"
    [attached] = list(message_from_bytes(sink.messages[0].raw, policy=policy.default).iter_attachments())
    assert attached.get_filename() == "Ada Byron.pdf"
    with mailing.app_context(), unit_of_work(writes=False) as session:
        forward = session.scalars(forwards.register(alice())).one()
        kept = resumes.content(session.get_one(resumes.Resume, forward.resume_id))
    assert attached.get_content() == kept


@pytest.mark.parametrize(("fault", "state"), [("4xx", "queued"), ("5xx", "failed")])
@pytest.mark.parametrize("step", ["rcpt", "dot"])
def test_a_definite_answer_decides(mailing, sink, step, fault, state):
    sink.plan(step, fault, 1)
    letter_id = queue_forward(mailing)
    Worker(mailing).drain()
    refused = letter(mailing, letter_id)
    assert refused.state == state
    assert refused.last_reply[0] == fault[0]
    assert sink.messages == []


def test_a_lost_answer_leaves_the_letter_in_doubt_and_it_is_not_sent_again(mailing, sink):
    sink.plan("dot", "reset_after_accept", 1)
    letter_id = queue_forward(mailing)
    Worker(mailing).drain()
    Worker(mailing).drain()
    assert letter(mailing, letter_id).state == "in_doubt"
    assert len(sink.messages) == 1


@pytest.mark.parametrize(("is_over", "sent"), [(False, 2), (True, 1)])
def test_the_next_letter_is_claimed_with_the_end_of_the_one_before_until_it_is_over(mailing, sink, is_over, sent):
    waiting = [queue_forward(mailing) for _ in range(2)]
    with mailing.app_context(), delivery.open_connection() as connection:
        outcomes = list(delivery.deliver(connection, "w", lambda: is_over))
    found = [letter(mailing, one) for one in waiting]
    assert [len(outcomes), len(sink.messages)] == [sent, sent]
    assert [(one.state, one.attempts) for one in found] == [
        ("accepted", 1),
        ("queued", 0) if is_over else ("accepted", 1),
    ]


def test_trouble_with_the_server_is_not_counted_against_the_letter(mailing, sink):
    sink.plan("connect", "5xx", 1)
    letter_id = queue_forward(mailing)
    Worker(mailing).drain()
    waiting = letter(mailing, letter_id)
    assert (waiting.state, waiting.attempts) == ("queued", 0)


def test_a_consent_withdrawn_while_it_waits_stops_it(mailing, sink):
    letter_id = queue_forward(mailing)
    with mailing.app_context(), unit_of_work(writes=True) as session:
        forward = session.scalars(forwards.register(alice())).one()
        consents.withdraw(session.get_one(consents.Consent, forward.consent_id), by=alice())
    Worker(mailing).drain()
    stopped = letter(mailing, letter_id)
    assert (stopped.state, stopped.blocked_why) == ("blocked", "consent")
    assert sink.messages == []


def test_a_consent_withdrawn_between_354_and_the_text_stops_it(mailing, sink, monkeypatch):
    letter_id = queue_forward(mailing)
    entered = dispatch.held_by

    def withdraw_first(*arguments):
        with mailing.app_context(), unit_of_work(writes=True) as session:
            forward = session.scalars(forwards.register(alice())).one()
            consents.withdraw(session.get_one(consents.Consent, forward.consent_id), by=alice())
        return entered(*arguments)

    monkeypatch.setattr(dispatch, "held_by", withdraw_first)
    Worker(mailing).drain()
    assert letter(mailing, letter_id).blocked_why == "consent"
    assert sink.messages == []


def test_a_changed_file_is_never_sent(mailing, sink):
    letter_id = queue_forward(mailing, deliver="attachment")
    with mailing.app_context(), unit_of_work(writes=False) as session:
        key = session.scalars(forwards.register(alice())).one().resume_id
        path = resumes.store()._path(session.get_one(resumes.Resume, key).file_key)
    path.write_bytes(b"%PDF-1.4 something else")
    Worker(mailing).drain()
    assert letter(mailing, letter_id).blocked_why == "document"
    assert sink.messages == []


def test_without_a_mail_server_the_letter_is_kept_here(app):
    letter_id = queue_forward(app)
    Worker(app).drain()
    assert letter(app, letter_id).state == "accepted"
    with app.app_context(), unit_of_work(writes=False):
        [kept] = db.session.scalars(select(outbox.KeptMail))
        text = message_from_bytes(kept.raw, policy=policy.default).get_body(("plain",)).get_content()
    assert "/shared/" in text


def test_it_goes_where_the_yes_was_for_whatever_the_address_book_says_by_now(mailing, sink):
    queue_forward(mailing)
    with mailing.app_context(), unit_of_work(writes=True):
        carol = colleagues.by_email("carol@acme.example.org")
        colleagues.change(
            carol, by=alice(), name="Carol Devereux", email="carol@globex.example.org", company="Globex", relation="",
            looking_for="",
        )  # fmt: skip
    Worker(mailing).drain()
    [message] = sink.messages
    assert message.recipients == ["carol@acme.example.org"]
    assert "Globex" not in message_from_bytes(message.raw, policy=policy.default).get_body(("plain",)).get_content()


def test_what_did_not_leave_is_told_to_who_queued_it_until_it_is_seen(mailing, sink):
    sink.plan("rcpt", "5xx", 1)
    letter_id = queue_forward(mailing)
    Worker(mailing).drain()
    with mailing.app_context(), unit_of_work(writes=True):
        [(letter, forward)] = today.of(alice()).stuck
        assert (letter.id, forward.state) == (letter_id, "failed")
        outbox.see(letter, by=alice())
        assert today.of(alice()).stuck == []
