"""Sending candidates the link to their own page."""

import re
from email import message_from_bytes, policy

from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import candidates, users
from crm.domain.candidates import Facts
from crm.domain.outbox import KeptMail, Letter
from crm.kit import clock
from crm.mail import delivery
from tests import make, people


def ada(app, **facts):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        person = make.candidate(alice)
        candidates.change(person, Facts(**facts), by=alice)
        return person.id


def test_the_letter_leads_to_their_page(app, as_alice, browser):
    candidate_id = ada(app)
    page = as_alice.get(f"/candidates/{candidate_id}")
    assert f"/candidates/{candidate_id}/door" in page.links()
    page = as_alice.submit(as_alice.get(f"/candidates/{candidate_id}/door"), "/door")
    assert "Ada Byron is sent their page" in page.text
    with app.app_context():
        with unit_of_work(writes=True):
            db.session.scalars(select(Letter)).one().not_before = clock.now()
        delivery.deliver_next(None, "test")
        with unit_of_work(writes=False):
            mail = message_from_bytes(db.session.scalars(select(KeptMail)).one().raw, policy=policy.default)
    text = mail.get_body(("plain",)).get_content()
    assert "Hello Ada" in browser.get(re.search(r"/door/[\w-]+", text)[0]).text


def test_twice_pressed_is_one_letter(app, as_alice):
    page = as_alice.get(f"/candidates/{ada(app)}/door")
    for _ in range(2):
        as_alice.submit(page, "/door")
    with app.app_context(), unit_of_work(writes=False):
        assert len(db.session.scalars(select(Letter)).all()) == 1


def test_without_an_address_it_says_so(app, as_alice):
    assert "no mail address" in as_alice.get(f"/candidates/{ada(app, emails=[])}/door").text


def test_it_begins_in_their_language(app, as_alice):
    page = as_alice.get(f"/candidates/{ada(app, language='de')}/door")
    assert "It speaks Deutsch" in page.text


def test_a_stranger_finds_nothing(app, as_charlie):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        hidden = make.candidate(alice, visibility="owner").id
    as_charlie.get(f"/candidates/{hidden}/door", 404)
