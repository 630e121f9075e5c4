"""Coming in by an invitation."""

from datetime import timedelta

import time_machine
from sqlalchemy import func, select

from crm.db import db, unit_of_work
from crm.domain import accounts, users
from crm.domain.outbox import Letter
from crm.domain.users import AccountLink, User
from crm.kit import clock, tokens
from tests import people
from tests.browser import Browser

JONAS = "jonas@norrland.example.org"
NEW = "kartoffel im regen"


def deliver(app):
    """As the worker leaves the newest letter: a token in it, its hash on the link."""
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        letter = db.session.scalar(select(Letter).order_by(Letter.id.desc()).limit(1))
        db.session.get(AccountLink, letter.account_link_id).token_hash = tokens.digest(token)
    return f"/invitation/{token}"


def invite(as_anna, status=200, **changed):
    given = {"name": "Jonas Ek", "email": JONAS, "access": "manager", **changed}
    return as_anna.submit(as_anna.get("/settings/people"), "/settings/people", status=status, **given)


def choose(browser, path, password=NEW):
    token = browser.get(path).forms(path)[0].fields["csrf_token"]
    return browser.client.post(path, data={"csrf_token": token, "password": password})


def test_jonas_is_invited_chooses_a_password_and_is_in(app, as_anna):
    page = invite(as_anna)
    assert "Jonas Ek Manager invited" in page.text
    path, browser = deliver(app), Browser(app)
    page = browser.get(path)
    assert "Welcome to First Call" in page.text
    assert JONAS in page.text
    response = choose(browser, path)
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert JONAS in browser.get("/settings/me").text
    assert "invited" not in as_anna.get("/settings/people").text


def test_looking_changes_nothing_and_the_button_works_once(app, as_anna):
    invite(as_anna)
    path = deliver(app)
    for _ in range(5):
        Browser(app).get(path)
        assert app.test_client().head(path).status_code == 200
    choose(Browser(app), path)
    page = Browser(app).get(path, status=404)
    assert "ask the person who invited you" in page.text


def test_a_poor_password_is_told_and_the_link_stays(app, as_anna):
    invite(as_anna)
    path, browser = deliver(app), Browser(app)
    for poor in ("short", "password1234", "JonasEkJonasEk", "norrland2026!", "x" * 300):
        assert choose(browser, path, poor).status_code == 422
    assert choose(browser, path).status_code == 303


def test_an_old_a_foreign_and_a_made_up_link_look_the_same(app, as_anna):
    invite(as_anna)
    path, told = deliver(app), []
    with time_machine.travel(clock.now() + timedelta(days=8)):
        told.append(Browser(app).get(path, status=404).text)
    told.append(Browser(app).get("/invitation/never-was-one", status=404).text)
    assert told[0] == told[1]
    Browser(app).get(path.replace("invitation", "reset"), status=404)


def test_a_new_invitation_closes_the_link_of_the_old(app, as_anna):
    invite(as_anna)
    old = deliver(app)
    (person,) = [link for link in as_anna.get("/settings/people").links() if link.endswith(id_of(app, JONAS))]
    page = as_anna.submit(as_anna.get(person), "/invitation")
    assert "A new invitation goes to" in page.response.get_data(as_text=True)
    Browser(app).get(old, status=404)
    Browser(app).get(deliver(app))


def test_a_second_click_invites_nobody_twice(app, as_anna):
    invite(as_anna)
    page = invite(as_anna, status=422)
    assert "has an account already" in page.text
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 1


def test_bad_input_is_told_at_its_field_and_invites_nobody(app, as_anna):
    bad = [{"name": "x" * 4096}, {"name": "nul\x00"}, {"name": "\u202eekJ"}, {"name": "a\nb"}, {"email": "jonas"},
           {"email": "=?utf-8?q?x=0ABcc:_evil@example.org?="}, {"email": "a@example.org, b@example.org"}]  # fmt: skip
    for changed in bad:
        page = invite(as_anna, status=422, **changed)
        assert page.tree.xpath("//*[@aria-invalid='true']/@name") == list(changed)
    invite(as_anna, status=422, access="owner")
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalar(select(func.count()).select_from(User)) == 5
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 0


def test_markup_and_emoji_in_a_name_are_text(app, as_anna):
    page = invite(as_anna, name="<b>Jonas</b> 🦊 יונה")
    assert "<b>Jonas</b> 🦊 יונה" in page.text
    assert "<b>Jonas</b> 🦊 יונה" in Browser(app).get(deliver(app)).text


def test_an_invitation_for_somebody_who_was_disabled_meanwhile_is_over(app, as_anna):
    invite(as_anna)
    path = deliver(app)
    with app.app_context(), unit_of_work(writes=True):
        accounts.disable(users.by_email(JONAS), by=users.by_email(people.address("anna")))
    Browser(app).get(path, status=404)


def test_others_invite_nobody(as_alice):
    as_alice.get("/settings/people", status=403)


def id_of(app, email):
    with app.app_context(), unit_of_work(writes=False):
        return users.by_email(email).id
