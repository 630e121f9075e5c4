"""The colleague's page: whom they look for, and what they want no more of."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import circle, colleagues, dispatch, forwards, news, outbox, plans, suppressions, teasing, users
from crm.domain.colleagues import Colleague
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from tests import make, people


def user(name):
    return users.by_email(people.address(name))


def sent(colleague):
    """As the worker leaves it. Returns the link's token."""
    letter = circle.ask(colleague, text="Whom do you look for?", by=user("alice"), intent=tokens.new_id())
    token = tokens.new_link()
    circle.mint(circle.for_delivery(letter), token)
    dispatch.accept(letter, "250 ok")
    db.session.flush()
    return token


def say(browser, path, words):
    return browser.submit(browser.get(path), path, looking_for=words)


def press(browser, path, act):
    return browser.submit(browser.get(path), path + act)


@pytest.fixture
def path(app):
    with app.app_context(), unit_of_work(writes=True):
        return f"/needs/{sent(make.colleague(user('alice')))}"


def carol(app, *facts):
    with app.app_context(), unit_of_work(writes=False):
        found = db.session.scalars(select(Colleague)).one()
        return [getattr(found, fact) for fact in facts]


def test_what_a_colleague_says_is_kept_as_theirs_and_told_to_who_asked(app, browser, path):
    assert "Alice Okafor at Norrland asks you, Carol" in browser.get(path).text
    say(browser, path, "A data engineer; Berlin or remote.")
    assert carol(app, "looking_for", "looking_by_them") == ["A data engineer; Berlin or remote.", True]
    assert "A data engineer; Berlin or remote." in browser.get(path).text
    with app.app_context(), unit_of_work(writes=False):
        [told] = news.unseen(user("alice"))
        assert told.sentence == "Carol Devereux at Acme is looking for: A data engineer; Berlin or remote."


def test_what_a_user_wrote_down_is_not_shown_to_them(app, browser, path):
    with app.app_context(), unit_of_work(writes=True):
        known = colleagues.by_email("carol@acme.example.org")
        colleagues.look_for(known, "Somebody to replace the tech lead", by_them=False)
    assert "replace the tech lead" not in browser.get(path).text


def test_after_some_months_it_asks_whether_it_is_still_right(app, browser, path):
    say(browser, path, "A data engineer")
    with clock.set_to(clock.now() + timedelta(days=91)):
        assert "Is this still right?" in browser.get(path).text
        say(browser, path, "A data engineer")
        assert "Is this still right?" not in browser.get(path).text


def test_no_more_resumes_stops_what_waits_and_what_is_planned(app, browser, path):
    with app.app_context(), unit_of_work(writes=True):
        make.forward(user("alice"))
    press(browser, path, "/forwards/end")
    with app.app_context(), unit_of_work(writes=True):
        letter = db.session.scalars(select(Letter).where(Letter.kind == "forward")).one()
        assert (letter.state, letter.blocked_why) == ("blocked", "suppressed")
        forward = db.session.scalars(forwards.register(user("alice"))).one()
        with pytest.raises(Refused, match="asked for no more resumes"):
            plans.plan(forward.candidate, forward.colleague, by=user("alice"))
    assert "You asked for no more resumes" in browser.get(path).text
    press(browser, path, "/forwards/return")
    assert carol(app, "forwards_off_at") == [None]


def test_nothing_more_ends_every_letter_and_forgets_what_they_look_for(app, browser, path):
    say(browser, path, "A data engineer")
    assert "You hear no more from us" in press(browser, path, "/leave").text
    assert carol(app, "looking_for") == [""]
    with app.app_context(), unit_of_work(writes=True):
        known = colleagues.by_email("carol@acme.example.org")
        with pytest.raises(Refused, match="asked not to be written to"):
            circle.ask(known, text="Again?", by=user("alice"), intent="two")
    press(browser, path, "/return")
    with app.app_context(), unit_of_work(writes=False):
        assert suppressions.of("carol@acme.example.org") is None


def test_what_they_have_stays_open_until_its_day_and_the_page_says_so(app, browser, path):
    with app.app_context(), unit_of_work(writes=True):
        shared = f"/shared/{make.delivered(make.forward(user('alice')))}"
    assert "Resumes that you have stay open until their day." in browser.get(path).text
    assert "Resumes that you have already stay open until their day" in press(browser, path, "/leave").text
    assert "Ada Byron" in browser.get(shared).text


def test_a_colleague_is_asked_once_in_a_while_whoever_asks(app):
    with app.app_context(), unit_of_work(writes=True):
        carol, alice, charlie = make.colleague(user("alice")), user("alice"), user("charlie")
        first = circle.ask(carol, text="Whom?", by=alice, intent="one")
        assert circle.ask(carol, text="Whom?", by=alice, intent="one") is first
        with pytest.raises(Refused, match="Alice Okafor asked Carol Devereux"):
            circle.ask(carol, text="Whom?", by=charlie, intent="two")
        outbox.cancel(first, by=alice)
        again = circle.ask(carol, text="Whom?", by=alice, intent="one")
        assert (again.state, again is first) == ("queued", False)
        assert circle.ask(carol, text="Whom?", by=alice, intent="one") is again
        with clock.set_to(clock.now() + timedelta(days=31)):
            circle.ask(carol, text="Whom?", by=charlie, intent="three")


def test_two_who_ask_at_the_same_moment_write_one_letter(app):
    with app.app_context(), unit_of_work(writes=True):
        carol = make.colleague(user("alice")).id

    def ask(name):
        with app.app_context(), unit_of_work(writes=True):
            try:
                circle.ask(colleagues.find(carol), text="Whom?", by=user(name), intent=name)
            except Refused as refusal:
                return str(refusal)
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(ask, ["alice", "charlie"]))
    assert said[0] == ""
    assert "asked Carol Devereux" in said[1]


def test_a_slip_cannot_be_undone_for_ever(app, browser, path):
    press(browser, path, "/leave")
    with clock.set_to(clock.now() + timedelta(days=8)):
        assert "Undo it" not in browser.get(path).text


def test_looking_changes_nothing(app, browser, path):
    for _ in range(3):
        browser.get(path)
    assert carol(app, "looking_for", "looking_by_them", "forwards_off_at") == ["", False, None]


def test_a_link_opens_no_more_when_it_is_old_or_they_are_reached_elsewhere(app, path):
    token = path.rpartition("/")[2]
    with app.app_context(), unit_of_work(writes=True):
        with clock.set_to(clock.now() + timedelta(days=181)), pytest.raises(Missing):
            circle.find_by_link(token)
        known = circle.find_by_link(token).colleague
        facts = {"name": known.name, "company": known.company, "relation": "", "looking_for": ""}
        colleagues.change(known, by=user("alice"), email="carol@globex.example.org", **facts)
        with pytest.raises(Missing):
            circle.find_by_link(token)


def test_a_user_asks_with_words_that_they_have_read(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        colleague_id = make.colleague(user("alice")).id
    page = as_alice.get(f"/colleagues/{colleague_id}/needs")
    assert "Whom are you looking for at the moment?" in page.text
    page = as_alice.submit(page, "/needs")
    assert "asked just now" in page.text
    with app.app_context(), unit_of_work(writes=False):
        letter = db.session.scalars(select(Letter)).one()
        assert (letter.kind, letter.to_address, letter.state) == ("needs", "carol@acme.example.org", "queued")


def test_no_more_resumes_is_no_more_telling_of_somebody(app, browser, path):
    with app.app_context(), unit_of_work(writes=True):
        ada = make.candidate(user("alice"))
        make.consent(ada, user("alice"), purpose="introduce", company="")
        colleague = db.session.scalars(select(Colleague)).one()
        teaser = teasing.propose(ada, colleague, by=user("alice"), headline="Leads data teams")
        letter_id = teasing.send(teaser, by=user("alice")).letter_id
    press(browser, path, "/forwards/end")
    with app.app_context(), unit_of_work(writes=False):
        letter = db.session.get(Letter, letter_id)
        assert (letter.state, letter.blocked_why) == ("blocked", "suppressed")
