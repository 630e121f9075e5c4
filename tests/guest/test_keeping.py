"""The candidate's page: whether we may keep in touch."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import (
    candidates,
    dispatch,
    door_openers,
    erasing,
    keeping,
    keeping_answers,
    ownership,
    roles,
    today,
    users,
)
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.keeping import KeepingQuestion
from crm.kit import clock, tokens
from tests import make, people
from tests.structure.workspace import statements


def user(name):
    return users.by_email(people.address(name))


@pytest.fixture
def path(app):
    """Of a question that Alice asked Ada, and that has left."""
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        question = door_openers.ask(make.candidate(user("alice")), by=user("alice"))
        door_openers.mint(door_openers.for_delivery(question.letter), token)
        dispatch.accept(question.letter, "250 ok")
    return f"/keep/{token}"


def valid(app):
    with app.app_context(), unit_of_work(writes=False):
        return sorted(consent.purpose for consent in db.session.scalars(select(Consent)) if consent.is_valid)


def answered(app):
    with app.app_context(), unit_of_work(writes=False):
        return db.session.scalars(select(KeepingQuestion.answer)).one()


def test_it_says_who_asks_what_is_kept_and_for_how_long(browser, path):
    page = browser.get(path)
    for words in ("Alice Okafor at Norrland asks you", "two years", "With a no", "nothing changes", "how to reach you"):
        assert words in page.text


def test_nothing_is_ticked_before_or_after_an_answer(browser, path):
    page = browser.get(path)
    assert len(page.tree.xpath("//input[@type='radio']")) == 2
    assert not page.tree.xpath("//*[@checked]")
    page = browser.submit(page, path, answer="yes")
    assert not page.tree.xpath("//*[@checked]")


def test_a_yes_is_on_record_and_can_be_taken_back(app, browser, path):
    page = browser.submit(browser.get(path), path, answer="yes", words="Gladly.")
    assert "You said yes." in page.text
    assert "Gladly." in page.text
    assert valid(app) == ["contact", "keep"]
    page = browser.submit(page, path, answer="no")
    assert "You said no." in page.text
    assert valid(app) == []


def test_a_no_is_an_answer_and_nothing_else(app, browser, path):
    page = browser.submit(browser.get(path), path, answer="no")
    assert "Nothing has changed" in page.text
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(Consent)).all() == []
        assert db.session.scalars(select(Candidate)).one().archived_at is None


def test_a_month_may_be_named_with_a_yes(browser, path):
    page = browser.get(path)
    [_, first, *_] = page.tree.xpath("//select[@name='not_before']/option/@value")
    assert "You said yes, from" in browser.submit(page, path, answer="yes", not_before=first).text


@pytest.mark.parametrize("month", ["2020-01-01", "soon", "9" * 40, "2027-02-31"])
def test_a_month_that_was_not_offered_is_any_time(browser, path, month):
    page = browser.submit(browser.get(path), path, answer="yes", not_before=month)
    assert "You said yes." in page.text


@pytest.mark.parametrize("said", [None, "", "maybe", "on"])
def test_the_button_alone_does_nothing(app, browser, path, said):
    page = browser.submit(browser.get(path), path, status=422, answer=said, words="Press it.")
    assert "Press it." in page.text
    assert answered(app) == ""
    assert valid(app) == []


def test_words_that_are_too_long_are_refused_and_kept(app, browser, path):
    page = browser.submit(browser.get(path), path, status=422, answer="yes", words="x" * 2001)
    assert "longer than" in page.text
    assert valid(app) == []


@pytest.mark.parametrize("words", ["<script>x</script>", "{{7*191}}", "=?utf-8?q?x=0ABcc:?="])
def test_words_stay_text(browser, path, words):
    page = browser.submit(browser.get(path), path, answer="no", words=words)
    assert words in page.text
    assert not page.tree.xpath("//main//script")


# --- scanners


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_it_writes_nothing(app, path, method):
    with statements(app) as ran:
        app.test_client().open(path, method=method)
    assert not [one for one in ran if one.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert answered(app) == ""


def test_a_scanner_that_presses_every_button_gives_no_yes(app, browser, path):
    """As it stands: what is ticked already is sent, and nothing is."""
    for form in browser.get(path).tree.forms:
        browser.post(form.get("action"), dict(form.form_values()), status=422)
    assert (answered(app), valid(app)) == ("", [])


def test_no_cookie_is_needed(app, path):
    answer = app.test_client(use_cookies=False).post(path, data={"answer": "yes"})
    assert answer.status_code == 303
    assert valid(app) == ["contact", "keep"]


def test_twenty_at_once_are_one_yes(app, path):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.test_client().post(path, data={"answer": "yes"}), range(20)))
    assert {answer.status_code for answer in answers} == {303}
    with app.app_context(), unit_of_work(writes=False):
        assert len(db.session.scalars(select(Consent)).all()) == 2


# --- closed


def revoke(question):
    question.revoked_at = clock.now()


def delete(question):
    erasing.delete(candidates.find(question.candidate_id, seen_by=user("alice")), by=user("alice"))


def expire(question):
    question.until = clock.today() - timedelta(days=1)


def erase(question):
    erasing.erase(question.candidate)


@pytest.mark.parametrize("end", [revoke, delete, expire, erase])
def test_what_is_over_looks_like_what_never_was(app, browser, path, end):
    with app.app_context(), unit_of_work(writes=True):
        end(keeping_answers.find_by_link(path.rpartition("/")[2]))
    over, never = browser.get(path, status=404), browser.get(f"/keep/{tokens.new_link()}", status=404)
    assert "no longer open" in over.text
    assert over.text == never.text
    assert "Ada" not in over.text
    answer = app.test_client().post(path, data={"answer": "yes"})
    assert answer.status_code == 404
    assert valid(app) == []


@pytest.mark.parametrize("end", [revoke, expire])
def test_a_yes_can_be_taken_back_as_long_as_it_holds(app, browser, path, end):
    browser.submit(browser.get(path), path, answer="yes", words="Gladly.")
    with app.app_context(), unit_of_work(writes=True):
        end(keeping_answers.find_by_link(path.rpartition("/")[2]))
    page = browser.get(path)
    assert [radio.get("value") for radio in page.tree.xpath("//input[@type='radio']")] == ["no"]
    assert not page.tree.xpath("//*[@checked] | //select")
    assert app.test_client().post(path, data={"answer": "yes", "words": "x"}).status_code == 422
    assert valid(app) == ["contact", "keep"]
    answer = app.test_client().post(path, data={"answer": "no"})
    assert answer.status_code == 200
    assert (answered(app), valid(app)) == ("no", [])
    assert "no longer open" in browser.get(path, status=404).text


def test_a_yes_taken_back_late_is_confirmed(app, browser, path):
    page = browser.submit(browser.get(path), path, answer="yes")
    with app.app_context(), unit_of_work(writes=True):
        expire(keeping_answers.find_by_link(path.rpartition("/")[2]))
    page = browser.submit(browser.get(path), path, status=200, answer="no")
    assert "You said no." in page.text
    assert not page.tree.xpath("//form")


def test_what_no_longer_holds_opens_nothing(app, browser, path):
    browser.submit(browser.get(path), path, answer="yes")
    with clock.set_to(clock.now() + timedelta(days=731)):
        browser.get(path, status=404)


@pytest.mark.parametrize("end", [delete, erase])
def test_nor_does_a_record_that_is_gone(app, browser, path, end):
    browser.submit(browser.get(path), path, answer="yes")
    with app.app_context(), unit_of_work(writes=True):
        end(keeping_answers.find_by_link(path.rpartition("/")[2]))
    browser.get(path, status=404)


def test_the_closed_page_tells_nobody_what_they_said(browser):
    page = browser.get(f"/keep/{tokens.new_link()}", status=404)
    assert "we take it that you said no, and" not in page.text
    assert "A yes that you gave" in page.text


# --- who reads it


def test_it_says_who_reads_the_words(browser, path):
    assert "People at Norrland who work with your record can read them" in browser.get(path).text


def test_an_answer_to_somebody_who_left_comes_to_the_owner_of_the_record(app, browser, path):
    with app.app_context(), unit_of_work(writes=True):
        ada = db.session.scalars(candidates.listed(user("alice"))).one()
        ownership.hand_over(ada, user("bob"), by=user("alice"))
    browser.submit(browser.get(path), path, answer="yes")
    with app.app_context(), unit_of_work(writes=True):
        assert [len(keeping.answered_for(user(name))) for name in ("alice", "bob")] == [1, 0]
        user("alice").disabled_at = clock.now()
    with app.app_context(), unit_of_work(writes=True):
        [question] = keeping.answered_for(user("bob"))
        assert today.of(user("bob")).keeping == [question]
        keeping.see(question, by=user("bob"))
    with app.app_context(), unit_of_work(writes=False):
        assert keeping.answered_for(user("bob")) == []


def test_the_link_of_another_letter_opens_nothing_here(app, browser):
    with app.app_context(), unit_of_work(writes=True):
        token = make.delivered(make.forward(user("alice")))
    browser.get(f"/keep/{token}", status=404)


def test_guessing_is_stopped(app, monkeypatch):
    client = app.test_client()
    codes = [client.get(f"/keep/{tokens.new_link()}").status_code for _ in range(62)]
    assert codes[0] == 404
    assert codes[-1] == 429


def test_a_role_that_was_sealed_since_is_not_named(app, browser):
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        near = make.near_miss(make.candidate(alice), make.role(alice, "Zanzibar Lead"), alice)
        door_openers.tell([near], door_openers.Telling("told"), by=alice, intent="x")
        question = db.session.scalars(keeping.of(near.candidate_id)).one()
        db.session.add(keeping.KeepingLink(question_id=question.id, token_hash=tokens.digest(token)))
    assert "after you applied for Zanzibar Lead" in browser.get(f"/keep/{token}").text
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        role = db.session.scalars(roles.listed(alice)).one()
        roles.change(roles.find(role.id, seen_by=alice), by=alice, status="sealed")
    assert not re.search("zanzibar", browser.get(f"/keep/{token}").text, re.IGNORECASE)
