"""Introductions and gracious signals, by the pages and by the links in the letters."""

import re

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import candidates, users
from crm.domain.introductions import Introduction, Side
from crm.domain.outbox import KeptMail, Letter
from crm.mail import delivery
from tests import make, people
from tests.browser import Browser

TOLD = {"told_candidate": "Somebody who builds data teams.", "told_other": "A person who leads data teams."}


@pytest.fixture
def ada(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.colleague(alice)
        return make.candidate(alice).id


def new(browser, ada, **more):
    page = browser.get(f"/candidates/{ada}/introductions/new")
    return browser.submit(page, "/introductions/new", **{"to": "Carol Devereux", **TOLD, **more})


def asked(browser, ada, **more):
    return browser.submit(new(browser, ada, **more), f"/candidates/{ada}/introductions")


def delivered(app):
    """As the worker does it; the links in the letters that ask, by address."""
    with app.app_context():
        while delivery.deliver_next(None, "test"):
            pass
        with unit_of_work(writes=False):
            mails = db.session.scalars(select(KeptMail).join(Letter).where(Letter.kind == "introduction_ask"))
            return {mail.to_address: "/introduction/" + _token(mail.raw) for mail in mails}


def _token(raw):
    return re.search(rb"/introduction/([\w-]+)", raw.replace(b"=\r\n", b""))[1].decode()


def state(app):
    with app.app_context(), unit_of_work(writes=False):
        one = db.session.scalars(select(Introduction).order_by(Introduction.id.desc())).first()
        return one.state if one else ""


def mails(app):
    with app.app_context(), unit_of_work(writes=False):
        return [mail.raw.replace(b"=\r\n", b"").decode() for mail in db.session.scalars(select(KeptMail))]


def test_both_letters_are_looked_at_and_then_both_are_asked(app, as_alice, ada):
    page = new(as_alice, ada)
    assert "1 · Ada Byron is asked" in page.text
    assert "2 · Carol Devereux is asked" in page.text
    assert state(app) == ""
    page = as_alice.submit(page, f"/candidates/{ada}/introductions")
    assert "both are asked" in page.text
    page = as_alice.submit(page, "/undo")
    assert "taken back" in page.text
    assert delivered(app) == {}


def test_two_yes_by_link_and_one_button(app, as_alice, ada):
    home = asked(as_alice, ada).path
    links = delivered(app)
    guest = Browser(app)
    page = guest.submit(guest.get(links["ada@example.org"]), "", answer="yes", shares="ada.private@example.org")
    assert "You said yes" in page.text
    assert "Both said yes" not in as_alice.get(home).text
    guest.submit(guest.get(links["carol@acme.example.org"]), "", answer="yes")
    page = as_alice.get(home)
    assert "Both said yes" in page.text
    as_alice.submit(page, "/making")
    delivered(app)
    to_carol = next(mail for mail in mails(app) if "To: " in mail and "ada.private@example.org" in mail)
    assert "Ada Byron" in to_carol
    assert "This is no longer open" in guest.get(links["ada@example.org"], 410).text
    assert "An introduction" in as_alice.get(f"/candidates/{ada}").text or "made" in as_alice.get(home).text


def test_a_no_ends_it_calmly(app, as_alice, ada):
    home = asked(as_alice, ada).path
    links = delivered(app)
    guest = Browser(app)
    guest.submit(guest.get(links["ada@example.org"]), "", answer="yes")
    page = guest.submit(guest.get(links["carol@acme.example.org"]), "", answer="no")
    assert "Thank you for saying so" in page.text
    assert "This is no longer open" in guest.get(links["ada@example.org"], 410).text
    page = as_alice.get(home)
    assert "did not come about" in page.text
    assert "Only if you wish" in page.text


def test_looking_and_pressing_say_nothing(app, as_alice, ada):
    """Scanners open every link, run what is on it, and some press the first button; none has said yes or no by that."""
    asked(as_alice, ada)
    for path in delivered(app).values():
        guest = Browser(app)
        before = guest.get(path)
        assert not before.tree.xpath("//input[@type='radio' and @checked] | //input[@type='checkbox' and @checked]")
        assert "<script" not in before.response.get_data(as_text=True).split("<main")[1]
        for method in ("HEAD", "GET", "OPTIONS"):
            guest.client.open(path, method=method)
            guest.client.open(f"{path}?answer=yes", method=method)
        guest.submit(before, "", 422)
        guest.submit(before, "", 422, answer="maybe")
        assert Browser(app).client.post(path, data={"answer": "yes"}).status_code == 400  # without our own form
    assert state(app) == "asked"
    with app.app_context(), unit_of_work(writes=False):
        assert not [side for one in db.session.scalars(select(Introduction)) for side in _sides(one) if side.answer]


def _sides(introduction):
    return db.session.scalars(select(Side).where(Side.introduction_id == introduction.id))


def test_what_is_no_longer_open_is_one_calm_page(app, as_alice, ada):
    home = asked(as_alice, ada).path
    path = delivered(app)["ada@example.org"]
    with app.app_context(), unit_of_work(writes=True):
        candidates.archive(db.session.get(candidates.Candidate, ada), by=users.by_email(people.address("alice")))
    archived = Browser(app).get(path, 410).text
    with app.app_context(), unit_of_work(writes=True):
        candidates.unarchive(db.session.get(candidates.Candidate, ada), by=users.by_email(people.address("alice")))
    as_alice.submit(as_alice.get(home), "/undo")
    assert Browser(app).get(path, 410).text == archived
    assert "Ada" not in archived
    assert "Carol" not in archived
    Browser(app).get("/introduction/made-up", 404)


def test_nothing_of_hidden_people(app, as_alice, as_charlie):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.colleague(alice)
        hidden = make.candidate(alice, "Hidden One", visibility="owner").id
    home = asked(as_alice, hidden).path
    as_charlie.get(home, 404)
    assert "Hidden" not in as_charlie.get("/introductions").text
    assert "Hidden" in as_alice.get("/introductions").text
    assert as_charlie.client.get("/introductions/suggestions?q=Hidden").json == {"items": []}
    [found] = as_alice.client.get("/introductions/suggestions?q=Hidden").json["items"]
    assert found["id"] == f"candidate-{hidden}"


def test_what_is_wrong_is_told_at_its_field(as_alice, ada):
    page = as_alice.get(f"/candidates/{ada}/introductions/new")
    again = as_alice.submit(page, "/introductions/new", 422, **{"to": "Nobody Here", **TOLD})
    assert "Nobody in the address book" in again.text
    words = {"to": "Carol Devereux", "told_candidate": "a@b.example", "told_other": "x"}
    again = as_alice.submit(page, "/introductions/new", 422, **words)
    assert "Leave out addresses" in again.text


# --- gracious signals


def test_a_gesture_is_noted_by_one_click_and_undone_by_another(as_alice, ada):
    page = as_alice.get(f"/candidates/{ada}")
    page = as_alice.submit(page, "/signals", kind="thanked")
    assert "They thanked everybody who interviewed them" in page.text
    assert "Ada Byron thanked everybody who interviewed them noted by Alice Okafor" in page.text
    page = as_alice.submit(page, "/removal")
    assert "noted by" not in page.text


def test_that_both_said_yes_is_counted_for_who_asked_until_it_is_put_aside(app, as_alice, as_charlie, ada):
    home = asked(as_alice, ada).path
    guest = Browser(app)
    for path in delivered(app).values():
        guest.submit(guest.get(path), "", answer="yes")
    count = "//*[@id='side']//a[contains(., 'Colleagues')]/span[@class='count']/text()"
    assert as_alice.get("/").tree.xpath(count) == ["1"]
    assert as_charlie.get("/").tree.xpath(count) == []
    assert "Both said yes to an introduction to Carol Devereux" in as_alice.get(f"/candidates/{ada}").text
    as_alice.submit(as_alice.get(home), "/sight")
    assert as_alice.get("/").tree.xpath(count) == []
