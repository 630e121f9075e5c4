"""More time for a link: asked for by the colleague, given by the sender, never longer than the permission holds."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import consents, forwards, more_time, sharing, users
from crm.domain.errors import Refused
from crm.domain.news import News
from crm.kit import clock
from tests import make, people


@pytest.fixture
def shared(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        forward = make.forward(alice, make.candidate(alice))
        return {"token": make.delivered(forward), "id": forward.id, "candidate": forward.candidate_id}


def change(app, shared, what):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        return what(forwards.find(shared["id"], seen_by=alice), alice)


def run_out(forward, _alice):
    forward.until = clock.today() - timedelta(days=1)


def told(app):
    with app.app_context(), unit_of_work(writes=False):
        return [(one.kind, one.forward_id) for one in db.session.scalars(select(News))]


def test_carol_asks_alice_agrees_and_the_same_link_opens_again(app, browser, as_alice, shared):
    at = f"/shared/{shared['token']}"
    change(app, shared, run_out)
    page = browser.get(at, status=410)
    assert "Ada" not in page.text
    page = browser.submit(page, "/more-time", status=410)
    assert "Alice was asked for more time" in page.text
    assert told(app) == [("more_time", shared["id"])]
    page = as_alice.get(f"/forwards/{shared['id']}")
    assert "Carol asked for more time" in page.text
    page = as_alice.submit(page, "/more-time")
    assert "The same link is open until" in page.text
    assert "asked for more time" not in page.text
    assert "Ada Byron" in browser.get(at).text


def test_asked_while_it_is_open_and_twice_the_sender_is_told_once(app, browser, shared):
    at = f"/shared/{shared['token']}"
    page = browser.get(at)
    sent = dict(page.forms(f"{at}/more-time")[0].form_values())
    assert "Alice was asked for more time" in browser.submit(page, "/more-time").text
    assert browser.client.post(f"{at}/more-time", data=sent).status_code == 303
    assert told(app) == [("more_time", shared["id"])]


@pytest.mark.parametrize("end", ["revoked", "withdrawn"])
def test_what_was_closed_for_good_is_not_asked_for_again(app, browser, shared, end):
    at = f"/shared/{shared['token']}"
    sent = dict(browser.get(at).forms(f"{at}/more-time")[0].form_values())

    def close(forward, alice):
        run_out(forward, alice)
        if end == "revoked":
            forwards.revoke(forward, by=alice)
        else:
            consents.withdraw(db.session.get(consents.Consent, forward.consent_id), by=alice)

    change(app, shared, close)
    assert not browser.get(at, status=410).forms(f"{at}/more-time")
    browser.post(f"{at}/more-time", sent, status=410)
    assert told(app) == []
    with pytest.raises(Refused, match="closed for good"):
        change(app, shared, lambda forward, alice: more_time.give(forward, by=alice))


def test_never_beyond_the_end_of_the_permission_nor_ninety_days(app, shared):
    def until_friday(forward, alice):
        run_out(forward, alice)
        forward.consent.until = clock.today() + timedelta(days=3)
        return more_time.give(forward, by=alice).until

    assert change(app, shared, until_friday) == clock.today() + timedelta(days=3)
    with pytest.raises(Refused, match="may not stay open longer"):
        change(app, shared, lambda forward, alice: more_time.give(forward, by=alice))

    def long_ago(forward, alice):
        run_out(forward, alice)
        forward.consent.until = None
        forward.created_at = clock.now() - timedelta(days=85)
        return more_time.give(forward, by=alice).until - clock.today()

    assert timedelta(days=4) <= change(app, shared, long_ago) <= timedelta(days=6)


def test_looking_asks_for_nothing(app, browser, shared):
    change(app, shared, run_out)
    browser.get(f"/shared/{shared['token']}", status=410)
    assert browser.client.get(f"/shared/{shared['token']}/more-time").status_code == 405
    with app.app_context(), unit_of_work(writes=False):
        assert sharing.find_by_link(shared["token"]).more_asked_at is None
