"""A new password by mail."""

import re
from datetime import timedelta
from statistics import median
from time import perf_counter

import time_machine
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain.outbox import Letter
from crm.domain.users import AccountLink
from crm.kit import clock, tokens
from tests import people
from tests.browser import Browser

NEW = "kartoffel im regen"


def ask(browser, email, status=200):
    return browser.submit(browser.get("/reset"), "/reset", status=status, email=email)


def letters(app):
    with app.app_context(), unit_of_work(writes=False):
        return [(letter.kind, letter.to_address) for letter in db.session.scalars(select(Letter))]


def deliver(app):
    """As the worker leaves the letter: a token in it, its hash on the link."""
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        letter = db.session.scalar(select(Letter).order_by(Letter.id.desc()).limit(1))
        db.session.get(AccountLink, letter.account_link_id).token_hash = tokens.digest(token)
    return f"/reset/{token}"


def choose(browser, path, password=NEW):
    token = browser.get(path).forms(path)[0].fields["csrf_token"]
    return browser.client.post(path, data={"csrf_token": token, "password": password})


def test_alice_gets_a_letter_and_chooses_a_new_password(app, browser):
    page = ask(browser, people.address("alice"))
    assert "Look into your mail" in page.text
    assert letters(app) == [("reset", people.address("alice"))]
    path = deliver(app)
    assert people.address("alice") in browser.get(path).text
    response = choose(browser, path)
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert people.address("alice") in browser.get("/settings/me").text


def test_the_answer_is_the_same_whether_or_not_there_is_an_account(app):
    known, unknown = (
        re.sub(r'value="[^"]*"', "", ask(Browser(app), people.address(name)).response.get_data(as_text=True))
        for name in ("alice", "nobody")
    )
    assert known == unknown
    assert letters(app) == [("reset", people.address("alice"))]


def test_and_so_is_its_time(app):
    browser = Browser(app)
    token = browser.get("/reset").forms("/reset")[0].fields["csrf_token"]
    took = {"alice": [], "nobody": []}
    for _ in range(5):
        for name, times in took.items():
            began = perf_counter()
            browser.client.post("/reset", data={"csrf_token": token, "email": people.address(name)})
            times.append(perf_counter() - began)
    known, unknown = (median(times) for times in took.values())
    assert abs(known - unknown) < max(0.010, min(known, unknown))


def test_the_sixth_letter_within_an_hour_is_refused_for_everybody(app, browser):
    for name in ("alice", "nobody"):
        for _ in range(5):
            ask(browser, people.address(name))
        page = ask(browser, people.address(name), status=429)
        assert "Wait an hour" in page.text


def test_what_is_no_address_gets_a_sentence(app, browser):
    for email in (
        "alice",
        "nul\x00@example.org",
        "x" * 4096,
        "=?utf-8?q?x=0ABcc:_evil@example.org?=",
        "a@b.org,c@d.org",
    ):
        page = ask(browser, email, status=422)
        assert "mail address" in page.text
    assert letters(app) == []


def test_a_link_is_over_after_an_hour_after_its_use_and_when_it_never_was(app, browser):
    ask(browser, people.address("alice"))
    path = deliver(app)
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        late = browser.get(path, status=404).text
    choose(Browser(app), path)
    assert browser.get(path, status=404).text == late == browser.get("/reset/never", status=404).text
    assert "Send me another letter" in late


def test_only_the_newest_letter_opens(app, browser):
    ask(browser, people.address("alice"))
    first = deliver(app)
    ask(browser, people.address("alice"))
    browser.get(first, status=404)
    assert choose(browser, deliver(app)).status_code == 303


def test_everybody_who_was_in_is_out(app, as_alice):
    ask(Browser(app), people.address("alice"))
    choose(Browser(app), deliver(app))
    assert as_alice.client.get("/settings/me").status_code == 303
