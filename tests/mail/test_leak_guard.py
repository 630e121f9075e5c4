"""The last look before a letter leaves: what was sealed since it was written stops it."""

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import outbox, roles, users
from crm.domain.outbox import KeptMail, Letter
from crm.mail import delivery
from crm.worker import Worker
from tests import make, people, smuggling
from tests.conftest import make_app
from tests.servers.smtp import SmtpSink


@pytest.fixture
def sink():
    with SmtpSink() as server:
        yield server


@pytest.fixture
def mailing(app, sink, database_url, tmp_path):
    return make_app(tmp_path, database_url, smtp_url=sink.url, mail_from="crm@norrland.example.org")


def user(name):
    return users.by_email(people.address(name))


def queued(app, **plan):
    with app.app_context(), unit_of_work(writes=True):
        return make.forward(user("alice"), **plan).letter.id


def seal(app, codename="North Star", by="alice", **more):
    with app.app_context(), unit_of_work(writes=True):
        return make.role(user(by), "Head of Streaming", status="sealed", codename=codename, **more).id


def fate(app, letter_id):
    with app.app_context(), unit_of_work(writes=False) as session:
        letter = session.get_one(Letter, letter_id)
        return letter.state, letter.blocked_why


@pytest.mark.parametrize("plan", [{"note": "for N o r t h  S t a r"}, {"position": "North-Star lead"}])
def test_what_was_sealed_while_it_waited_does_not_leave(mailing, sink, plan):
    letter_id = queued(mailing, **plan)
    seal(mailing)
    Worker(mailing).drain()
    assert fate(mailing, letter_id) == ("blocked", "sealed")
    assert sink.messages == []


@pytest.mark.parametrize("way", ["as it is", "zero-width space", "emphasis", "entities", "quoted-printable", "base64",
                                 "template", "a reply", "Cyrillic", "encoded word, b"])  # fmt: skip
def test_no_way_of_smuggling_it_passes_the_last_look(mailing, sink, way):
    letter_id = queued(mailing, note=f"Think of {smuggling.WAYS[way]} here.")
    seal(mailing)
    Worker(mailing).drain()
    assert fate(mailing, letter_id) == ("blocked", "sealed")
    assert sink.messages == []


def test_a_name_of_a_file_is_looked_at(mailing, sink):
    letter_id = queued(mailing, deliver="attachment")
    seal(mailing, codename="Byron")
    Worker(mailing).drain()
    assert fate(mailing, letter_id) == ("blocked", "sealed")


def test_what_is_sealed_between_354_and_the_text_stops_it(mailing, sink, monkeypatch):
    letter_id = queued(mailing, note="for North Star")
    ask_again = delivery._enter_doubt

    def seal_first(*arguments):
        seal(mailing)
        return ask_again(*arguments)

    monkeypatch.setattr(delivery, "_enter_doubt", seal_first)
    Worker(mailing).drain()
    assert fate(mailing, letter_id) == ("blocked", "sealed")
    assert sink.messages == []


def test_the_local_mailbox_keeps_none_either(app):
    letter_id = queued(app, note="for North Star")
    seal(app)
    Worker(app).drain()
    assert fate(app, letter_id) == ("blocked", "sealed")
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalar(select(KeptMail.id)) is None


def test_it_leaves_when_the_role_is_no_secret_or_somebody_elses(mailing, sink):
    role_id = seal(mailing, codename="Kestrel")
    first, second = None, None
    with mailing.app_context(), unit_of_work(writes=True):
        first = make.forward(user("charlie"), note="for Kestrel").letter.id
    with mailing.app_context(), unit_of_work(writes=True):
        roles.change(roles.find(role_id, seen_by=user("alice")), by=user("alice"), status="open")
    second = queued(mailing, note="for Kestrel", person=None)
    Worker(mailing).drain()
    assert fate(mailing, first) == ("accepted", "")
    assert fate(mailing, second) == ("accepted", "")
    assert len(sink.messages) == 2


def test_only_who_wrote_it_is_told_of_a_sealed_role(app):
    letter_id = queued(app, note="for North Star")
    seal(app)
    Worker(app).drain()
    with app.app_context(), unit_of_work(writes=False) as session:
        letter = session.get_one(Letter, letter_id)
        assert letter.why_for(user("alice")) == "sealed"
        assert "sealed" in letter.story_for(user("alice"))
        for name in ("anna", "bob"):
            assert letter.why_for(user(name)) == ""
            assert letter.story_for(user(name)) == outbox.LAST_CHECK
