"""The way out of further letters: a page that asks, a button, and a mail program's one click."""

import pytest

from crm.db import db, unit_of_work
from crm.domain import dispatch, suppressions, unsubscribes, users
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from tests import make, people


@pytest.fixture
def link(app):
    """A letter to Carol that has left; (path, its id)."""
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        letter = make.forward(users.by_email(people.address("alice"))).letter
        dispatch.enter_doubt(letter)
        unsubscribes.mint(letter, token)
        dispatch.accept(letter, "250 ok")
        return f"/unsubscribe/{token}", letter.id


def suppressed(app, address="carol@acme.example.org"):
    with app.app_context(), unit_of_work(writes=False):
        found = suppressions.of(address)
        return found.why if found else None


def test_looking_changes_nothing_and_the_button_stops_everything(app, browser, link):
    path, _ = link
    page = browser.get(path)
    assert "Stop further mail?" in page.text
    browser.client.head(path)
    assert suppressed(app) is None
    page = browser.submit(page, path)
    assert "Nothing more is sent to carol@acme.example.org" in page.text
    assert suppressed(app, "Carol+x@ACME.example.org") == "unsubscribed"


def test_one_click_comes_without_a_cookie_and_from_anywhere(app, link):
    path, _ = link
    for _ in range(2):  # mail programs may send it again
        answer = app.test_client().post(
            path, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 200
    assert suppressed(app) == "unsubscribed"


def test_what_still_waits_never_leaves_and_what_is_under_way_is_told(app, browser, link):
    path, _ = link
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        waiting = make.forward(alice, make.candidate(alice, "Grace Waiting", email="g@example.org")).letter
        under_way = make.forward(alice, make.candidate(alice, "Una Way", email="u@example.org")).letter
        dispatch.enter_doubt(under_way)
        waiting_id = waiting.id
    page = browser.submit(browser.get(path), path)
    assert "already being handed over" in page.text
    with app.app_context(), unit_of_work(writes=False):
        stopped = db.session.get(Letter, waiting_id)
        assert (stopped.state, stopped.blocked_why) == ("blocked", "suppressed")


def test_the_next_forward_is_refused_with_a_sentence(app, browser, as_alice, link):
    path, _ = link
    browser.submit(browser.get(path), path)
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        with pytest.raises(Exception, match="asked not to be written to"):
            make.forward(alice, make.candidate(alice, "Grace Next", email="n@example.org"))


def test_a_made_up_link_is_nothing(browser):
    browser.get("/unsubscribe/made-up", 404)
    assert browser.client.post("/unsubscribe/made-up").status_code == 404


def test_who_could_not_be_reached_once_can_still_ask_to_be_left_alone(app, browser, link):
    path, _ = link
    with app.app_context(), unit_of_work(writes=True):
        suppressions.add("carol@acme.example.org", why="bounced")
    browser.submit(browser.get(path), path)
    assert suppressed(app) == "unsubscribed"


def test_a_button_pressed_by_mistake_is_taken_back_and_what_was_stopped_stays_stopped(app, browser, link):
    path, _ = link
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        waiting_id = make.forward(alice, make.candidate(alice, "Grace Waiting", email="g@example.org")).letter.id
    page = browser.submit(browser.get(path), path)
    page = browser.submit(page, f"{path}/undo")
    assert "Stop further mail?" in page.text
    assert suppressed(app) is None
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.get(Letter, waiting_id).state == "blocked"


def test_looking_at_the_way_back_takes_nothing_back(app, browser, link):
    path, _ = link
    browser.submit(browser.get(path), path)
    browser.get(f"{path}/undo", 405)
    assert suppressed(app) == "unsubscribed"


@pytest.mark.parametrize("days", [6, 8])
def test_a_week_later_it_stands(app, browser, link, days):
    path, _ = link
    with clock.set_to(clock.now() - make.days(days)), app.app_context(), unit_of_work(writes=True):
        suppressions.add("carol@acme.example.org", why="unsubscribed")
    page = browser.get(path)
    assert ("by mistake" in page.text) is (days < 7)
    with app.app_context(), unit_of_work(writes=True):
        unsubscribes.take_back(unsubscribes.find(path.rpartition("/")[2]))
    assert suppressed(app) == (None if days < 7 else "unsubscribed")


def test_a_complaint_is_not_taken_back(app, browser, link):
    path, _ = link
    with app.app_context(), unit_of_work(writes=True):
        suppressions.add("carol@acme.example.org", why="complained")
        unsubscribes.take_back(unsubscribes.find(path.rpartition("/")[2]))
    assert "by mistake" not in browser.get(path).text
    assert suppressed(app) == "complained"
