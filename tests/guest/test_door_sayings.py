"""What a candidate says on their own page, and what it moves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import cadences, forwarding_rules, gate, timeline, today, touchpoints
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.outbox import Letter
from crm.domain.suppressions import Suppression
from crm.domain.touchpoints import Touchpoint
from crm.kit import clock, tokens
from crm.kit.months import later
from tests import make
from tests.doors import looking, of_ada, told, user


@pytest.fixture
def path(app):
    """Ada's, whose resume Alice forwarded."""
    return of_ada(app, lambda ada: make.forward(user("alice"), ada))


@pytest.fixture
def look(app):
    return looking(app, Candidate)


def say(browser, path, act, status=200, **fields):
    page = browser.get(f"{path}/{act}")
    ticked = {"sure": "y"} if act in {"interested", "job"} else {}
    return browser.submit(page, f"/{act}", status, **ticked, **fields)


def test_still_interested_warms_moves_the_date_and_is_news(browser, path, look):
    assert look(lambda ada: ada.warmth) == "cold"
    page = say(browser, path, "interested", words="Ask me about Oslo.")
    assert "You are still interested" in page.text
    assert look(lambda ada: ada.warmth) == "warm"
    assert look(told()) == ["Ada Byron is still interested: “Ask me about Oslo.”"]
    assert "is still interested" in look(lambda ada: today.of(user("alice")).news[0].sentence)


def test_what_they_say_reads_as_theirs(browser, path, look):
    say(browser, path, "interested", words="Ask me about Oslo.")
    moments = look(lambda ada: [(one.sentence(ada), one.words) for one in timeline.of(ada, seen_by=user("alice"))])
    [(sentence, said)] = [one for one in moments if "Oslo" in one[1]]
    assert sentence == "Ada Byron said on their page"
    assert said == "Is still interested.\nAsk me about Oslo."


@pytest.mark.parametrize("act", ["interested", "job"])
def test_a_button_that_a_program_presses_says_nothing(browser, path, look, act):
    assert look(lambda ada: cadences.pause(ada, why="quiet", until=None, by=None).is_paused)
    browser.submit(browser.get(f"{path}/{act}"), f"/{act}", 422)
    assert look(lambda ada: ada.pause_why) == "quiet"
    assert look(told()) == []


@pytest.mark.parametrize("act", ["interested", "job"])
@pytest.mark.parametrize("before", ["quiet", ""])
def test_what_was_said_is_taken_back_on_the_page_that_follows(browser, path, look, act, before):
    kept = ("pause_why", "paused_until", "next_on", "next_why", "warmth", "last_in_at")
    if before:
        look(lambda ada: cadences.pause(ada, why=before, until=clock.today() + timedelta(days=60), by=None))
    was = look(lambda ada: [getattr(ada, name) for name in kept])
    page = say(browser, path, act)
    assert look(lambda ada: [getattr(ada, name) for name in kept]) != was
    page = browser.submit(page, "/undo")
    assert "Taken back. It is as before." in page.text
    assert look(lambda ada: [getattr(ada, name) for name in kept]) == was
    assert look(told()) == []
    assert browser.client.post(f"{path}/undo").status_code == 303
    browser.get(f"{path}/undo", 404)


def test_twice_in_a_row_is_once(browser, path, look):
    for _ in range(2):
        say(browser, path, "interested", words="Yes")
    assert len(look(told())) == 1
    assert len(look(lambda ada: db.session.scalars(touchpoints.of(ada).where(Touchpoint.direction == "in")).all())) == 1


def test_not_now_is_quiet_until_then_and_interest_ends_it(browser, path, look):
    page = say(browser, path, "later", months="3")
    assert "asked again then" in page.text
    assert look(lambda ada: (ada.pause_why, ada.paused_until)) == ("quiet", later(clock.today(), 3))
    assert "asks to be asked again in 3 months" in look(told())[0]
    assert look(cadences.stands_against)
    say(browser, path, "interested")
    assert not look(cadences.stands_against)


@pytest.mark.parametrize("months", ["", "0", "19", "x", "99999"])
def test_months_that_nobody_offered_are_asked_for_again(browser, path, look, months):
    answer = browser.client.post(f"{path}/later", data={"months": months})
    assert answer.status_code == 422
    assert look(told()) == []


def test_a_job_is_a_pause_until_the_trial_is_over(browser, path, look):
    until = clock.today() + timedelta(days=90)
    say(browser, path, "job", until=until.isoformat())
    assert look(lambda ada: (ada.pause_why, ada.paused_until)) == ("hired_elsewhere", until)
    assert "took a job, with a trial period until" in look(told())[0]


def test_thanks_and_something_useful_arrive(browser, path, look):
    say(browser, path, "thanks", words="It was kind of you.")
    say(browser, path, "useful", link="example.org/paper", words="You spoke of this.")
    kinds = look(lambda ada: [one.kind for one in db.session.scalars(touchpoints.of(ada)) if one.direction == "in"])
    assert kinds == ["useful", "thank_you"]
    assert "https://example.org/paper" in look(told())[0]


def test_words_are_needed_for_thanks(browser, path, look):
    say(browser, path, "thanks", 422)
    say(browser, path, "useful", 422)
    assert look(told()) == []


def test_nobody_else_ends_permissions_and_what_was_forwarded(browser, path, look):
    say(browser, path, "less", what="nobody_else")
    assert look(lambda ada: gate.of(ada, company="Anything", address="x@anything.example").word) == "ask"
    assert look(lambda _: [one.is_valid for one in db.session.scalars(select(Consent))]) == [False]
    assert look(lambda _: db.session.scalars(select(Letter.state).where(Letter.kind == "forward")).one()) == "blocked"


def test_only_without_a_name_is_a_rule(browser, path, look):
    say(browser, path, "less", what="blind_only")
    assert look(lambda ada: [rule.kind for rule in forwarding_rules.standing(ada.id)]) == ["blind_only"]


def test_no_more_mail_is_an_opt_out(browser, path, look):
    say(browser, path, "less", what="no_mail")
    assert look(lambda _: [one.mailbox for one in db.session.scalars(select(Suppression))]) == ["ada@example.org"]
    assert "Hello Ada" in browser.get(path).text


def test_leaving_needs_the_tick(browser, path, look):
    say(browser, path, "leave", 422)
    assert look(lambda ada: ada.deleted_at) is None


def test_leaving_ends_everything_at_once(browser, path, look):
    page = say(browser, path, "leave", sure="y")
    assert "You have left" in page.text
    browser.get(path, 404)
    assert look(lambda ada: ada.is_deleted)
    assert look(lambda _: [one.is_valid for one in db.session.scalars(select(Consent))]) == [False]
    assert look(lambda _: [one.mailbox for one in db.session.scalars(select(Suppression))]) == ["ada@example.org"]
    [sentence] = look(told())
    assert sentence.startswith("Somebody asked on their own page to be forgotten")
    assert look(lambda _: db.session.scalars(select(Letter).where(Letter.kind == "forward")).one().state) == "blocked"


@pytest.mark.parametrize("what", ["interested", "later", "job", "thanks", "useful", "less", "leave"])
def test_looking_says_nothing(browser, path, look, what):
    for _ in range(3):
        browser.get(f"{path}/{what}")
        browser.client.head(f"{path}/{what}")
        browser.client.post(f"{path}/{what}x")
    assert look(told()) == []
    assert browser.client.post(f"/door/{tokens.new_link()}/{what}").status_code == 404
