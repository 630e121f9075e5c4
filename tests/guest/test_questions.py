"""The question on the candidate's own page: nothing is ticked, looking does nothing, an answer can be taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import (
    asking,
    circle,
    colleagues,
    dispatch,
    doors,
    forward_questions,
    forwards,
    outbox,
    plans,
    revoking,
    unsubscribes,
    users,
    withdrawals,
)
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.domain.news import News
from crm.domain.outbox import Letter
from crm.domain.touchpoints import Touchpoint
from crm.kit import clock, tokens
from crm.mail import letters
from tests import make, people


@pytest.fixture
def asked(app):
    """The way to a question, and the forward that waits for it."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        make.resume(ada, alice)
        forward = forwards.send(plans.plan(ada, make.colleague(alice), by=alice, position="Lead"), by=alice)
        token = tokens.new_link()
        doors.mint(ada.id, token)
        question = forward_questions.of_forward(forward.id)
        return {"door": f"/door/{token}", "page": f"/door/{token}/questions/{question.id}", "forward": forward.id}


def state(app, asked):
    with app.app_context(), unit_of_work(writes=False):
        forward = db.session.get(Forward, asked["forward"])
        return forwards.find(forward.id, seen_by=users.by_email(people.address("alice"))).state


def test_the_page_says_what_is_asked_and_nothing_is_ticked(app, browser, asked):
    assert "may your resume go to Carol Devereux at Acme, for Lead" in browser.get(asked["door"]).text
    page = browser.get(asked["page"])
    assert "What Carol would see" in page.text
    assert "the one that arrived on" in page.text
    assert "resume.pdf" not in page.text
    assert not page.tree.xpath("//input[@checked]")
    assert state(app, asked) == "awaiting_consent"


@pytest.mark.parametrize("fields", [{}, {"answer": ""}, {"answer": "later"}, {"answer": "sure"}])
def test_a_button_that_a_program_presses_says_nothing(app, browser, asked, fields):
    browser.post(asked["page"], fields, 422)
    assert state(app, asked) == "awaiting_consent"


def test_a_yes_waits_and_can_be_taken_back(app, browser, asked):
    page = browser.post(asked["page"], {"answer": "yes"})
    assert "Nothing has left yet" in page.text
    assert state(app, asked) == "queued"
    assert "You said yes" in browser.get(asked["door"]).text
    page = browser.submit(page, asked["page"])
    assert "Taken back. Nothing was sent." in page.text
    assert state(app, asked) == "awaiting_consent"


@pytest.mark.parametrize(
    ("fields", "said", "then"),
    [
        ({"answer": "no"}, "nobody asks you why", "refused"),
        ({"answer": "never"}, "Nothing will go to Acme", "refused"),
        ({"answer": "later", "months": "3"}, "will not ask you about this before", "expired"),
        ({"answer": "blind"}, "but without your name", "queued"),
    ],
)
def test_each_other_answer(app, browser, asked, fields, said, then):
    assert said in browser.post(asked["page"], fields).text
    assert state(app, asked) == then


def test_another_persons_link_opens_no_question(app, browser, asked):
    with app.app_context(), unit_of_work(writes=True):
        eve = make.candidate(users.by_email(people.address("alice")), "Eve", email="eve@example.org")
        token = tokens.new_link()
        doors.mint(eve.id, token)
    other = f"/door/{token}/questions/{asked['page'].rsplit('/', 1)[1]}"
    browser.get(other, 404)
    browser.post(other, {"answer": "yes"}, 404)
    assert state(app, asked) == "awaiting_consent"


@pytest.fixture
def change(app, asked):
    """A function that does something to the forward, between two looks at the page."""

    def do(act):
        with app.app_context(), unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            act(forwards.find(asked["forward"], seen_by=alice), alice)

    return do


def leave(forward, _by):
    dispatch.accept(forward.letter, "250 2.0.0 queued")


def question_of(forward):
    return forward_questions.of_forward(forward.id)


@pytest.mark.parametrize("said", ["no", "never", "later"])
def test_a_no_from_a_page_that_stood_open_closes_what_had_been_sent(app, browser, asked, change, said):
    browser.post(asked["page"], {"answer": "yes"})
    change(leave)
    page = browser.post(asked["page"], {"answer": said, "months": "2"})
    assert "It had been sent; the link is closed now." in page.text
    assert state(app, asked) == "revoked"
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(Consent)).one().withdrawn_at
        assert [one.kind for one in db.session.scalars(select(News))][-1] == "forward_undone"


def test_a_no_after_the_last_day_to_answer_closes_it_as_well(app, browser, asked, change):
    browser.post(asked["page"], {"answer": "yes"})
    change(leave)
    change(lambda forward, _by: setattr(question_of(forward), "until", clock.today() - timedelta(days=1)))
    assert "the link is closed now" in browser.post(asked["page"], {"answer": "no"}).text
    assert state(app, asked) == "revoked"


def switch_off(forward, _by):
    colleagues.find(forward.colleague_id).forwards_off_at = clock.now()


def lose_the_resume(forward, _by):
    forward.resume.removed_at = clock.now()


@pytest.mark.parametrize("trouble", [switch_off, lose_the_resume])
def test_a_yes_that_cannot_be_followed_is_not_said_to_leave(app, browser, asked, change, trouble):
    change(trouble)
    page = browser.post(asked["page"], {"answer": "yes"})
    assert "It could not be sent, and Alice knows." in page.text
    assert state(app, asked) == "expired"
    with app.app_context(), unit_of_work(writes=False):
        assert "forward_stopped" in [one.kind for one in db.session.scalars(select(News))]


def revoke(forward, by):
    revoking.revoke(forward, by=by)


def sent_and_revoked(forward, by):
    leave(forward, by)
    revoke(forward, by)


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (leave, "It has been sent. The link is open until"),
        (revoke, "took it back before anything left: nothing was sent"),
        (sent_and_revoked, "It had been sent; the link is closed now."),
        (lambda forward, by: outbox.cancel(forward.letter, by=by), "It could not be sent"),
        (lambda forward, by: dispatch.block(forward.letter, "suppressed"), "It could not be sent"),
    ],
)
def test_the_page_tells_what_became_of_a_yes(browser, asked, change, then, said):
    browser.post(asked["page"], {"answer": "yes"})
    change(then)
    page = browser.get(asked["page"]).text
    assert said in page
    assert "Nothing has left yet" not in page


def test_a_yes_is_confirmed_also_to_who_wants_no_other_mail(app, browser, asked):
    browser.submit(browser.get(asked["door"] + "/less"), "/less", what="no_mail")
    browser.post(asked["page"], {"answer": "yes"})
    with app.app_context(), unit_of_work(writes=False):
        told = db.session.scalars(select(Letter).where(Letter.kind == "forward_yes")).one()
        assert (told.to_address, told.state) == ("ada@example.org", "queued")


def test_a_yes_after_only_without_a_name_goes_as_it_was_planned(app, browser, asked, change):
    change(lambda forward, _by: setattr(forward, "note", "Call Ada Byron today."))
    change(lambda forward, _by: setattr(forward, "deliver", "attachment"))
    browser.post(asked["page"], {"answer": "blind"})
    browser.post(asked["page"], {"answer": "yes"})
    with app.app_context(), unit_of_work(writes=False):
        forward = db.session.get(Forward, asked["forward"])
        assert (forward.blind, forward.deliver, forward.note) == (False, "attachment", "Call Ada Byron today.")
        assert not db.session.get(Consent, forward.consent_id).blind


@pytest.mark.parametrize("chosen", [None, 300])
def test_ask_me_later_taken_back_leaves_the_date_as_it_was(app, browser, asked, change, chosen):
    due = clock.today() + timedelta(days=chosen) if chosen else None

    def choose(forward, _by):
        forward.candidate.next_on, forward.candidate.next_why = due, "a word" if due else ""

    change(choose)
    page = browser.post(asked["page"], {"answer": "later", "months": "3"})
    browser.submit(page, asked["page"])
    with app.app_context(), unit_of_work(writes=False):
        ada = db.session.scalars(select(Candidate)).one()
        assert (ada.next_on, ada.next_why) == (due, "a word" if due else "")


@pytest.mark.parametrize(("end", "news"), [("cancelled", 0), ("blocked", 1), ("failed", 1), ("bounced", 1)])
def test_a_question_that_reached_nobody_ends_the_forward(app, as_alice, asked, change, end, news):
    change(lambda forward, _by: outbox.end(db.session.get(Letter, question_of(forward).letter_id), end))
    with app.app_context(), unit_of_work(writes=True):
        assert [asking.end_unasked(clock.now()), asking.end_unasked(clock.now())] == [1, 0]
    assert "waits for the yes" not in as_alice.get(f"/forwards/{asked['forward']}").text
    assert state(app, asked) == "expired"
    with app.app_context(), unit_of_work(writes=False):
        assert len(db.session.scalars(select(News)).all()) == news


def test_a_role_that_was_sealed_since_is_not_named_to_the_candidate(app, browser, asked):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        db.session.get(Forward, asked["forward"]).position = "Head of Kestrels"
        make.role(alice, "Head of Kestrels", status="sealed", codename="Kestrel")
        [letter] = db.session.scalars(select(Letter).where(Letter.kind == "forward_ask"))
        mail = letters.Case.of(letter).draft(letters.Tokens(tokens.new_link(), tokens.new_link()))
        assert "Kestrel" not in mail.text + mail.html + mail.subject
    assert "may your resume go to Carol Devereux at Acme" in browser.get(asked["door"]).text
    for page in (asked["door"], asked["page"]):
        assert "Kestrel" not in browser.get(page).text


def test_a_rule_in_the_way_says_where_it_is_lifted(app, browser, asked, change):
    change(lambda forward, _by: withdrawals.give_rule(forward.candidate, kind="never", company="Acme", by=None))
    page = browser.post(asked["page"], {"answer": "yes"}, 422)
    assert "nothing may go to this company. Lift that rule first, in your record." in page.text
    assert asked["door"] + "/inside#rules" in page.links()


def test_what_the_page_refuses_it_refuses_in_their_language(app, browser, asked, change):
    change(lambda forward, _by: setattr(forward.candidate, "language", "de"))
    change(lambda forward, _by: withdrawals.give_rule(forward.candidate, kind="blind_only", by=None))
    assert "ohne Ihren Namen" in browser.post(asked["page"], {"answer": "yes"}, 422).text
    assert "zwischen 1 und 18" in browser.post(asked["page"], {"answer": "later"}, 422).text


def opt_out(forward, by):
    letter = circle.ask(forward.colleague, text="Whom do you look for?", by=by, intent="one")
    circle.end_forwards(circle.Holder(forward.colleague, letter.by))


def unsubscribe(forward, by):
    letter = circle.ask(forward.colleague, text="Whom do you look for?", by=by, intent="one")
    unsubscribes.mint(letter, token := tokens.new_link())
    db.session.flush()
    unsubscribes.use(unsubscribes.find(token))


@pytest.mark.parametrize("ends", [opt_out, unsubscribe])
def test_nobody_is_asked_for_a_colleague_who_wants_no_more(app, browser, asked, change, ends):
    change(ends)
    assert "no longer open. Nothing was sent." in browser.get(asked["page"]).text
    browser.post(asked["page"], {"answer": "yes"}, 422)
    assert state(app, asked) == "expired"
    with app.app_context(), unit_of_work(writes=False):
        [letter] = db.session.scalars(select(Letter).where(Letter.kind == "forward_ask"))
        assert letter.state == "cancelled"
        [told] = db.session.scalars(select(News).where(News.kind == "forward_stopped"))
        assert "is not asked any more whether the resume may go to Carol Devereux at Acme" in told.text


def warmth(app):
    with app.app_context(), unit_of_work(writes=False):
        return db.session.scalars(select(Candidate)).one().warmth


@pytest.mark.parametrize("said", ["yes", "blind"])
def test_a_yes_is_a_contact_from_them_until_it_is_taken_back(app, browser, asked, said):
    assert warmth(app) == "cold"
    browser.post(asked["page"], {"answer": said})
    assert warmth(app) == "warm"
    browser.post(asked["page"], {"undo": "y"})
    assert warmth(app) == "cold"
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(Touchpoint)).all() == []


def test_a_yes_that_becomes_a_no_is_no_contact(app, browser, asked):
    browser.post(asked["page"], {"answer": "yes"})
    browser.post(asked["page"], {"answer": "no"})
    assert warmth(app) == "cold"
