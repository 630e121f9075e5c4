"""What came of a forward: asked on Today, noted, and told to both who had a part in it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import erasing, forwards, outcomes, personal_letters, sharing, users
from crm.domain.circle import ColleagueLetter
from crm.domain.errors import Denied, Refused
from crm.domain.outbox import Letter
from crm.domain.outcomes import ForwardOutcome
from crm.kit import clock
from tests import make, people


def user(name):
    return users.by_email(people.address(name))


@pytest.fixture
def forward_id(app):
    with app.app_context(), unit_of_work(writes=True):
        sent = make.forward(user("alice"), position="Data lead")
        make.delivered(sent)
        return sent.id


def written(app, kind):
    with app.app_context(), unit_of_work(writes=False):
        return [letter.to_address for letter in db.session.scalars(select(Letter).where(Letter.kind == kind))]


def test_today_asks_after_two_weeks_and_again_when_nothing_is_known(app, as_alice, forward_id):
    assert "What came of it?" not in as_alice.get("/").text
    with clock.set_to(clock.now() + timedelta(days=15)):
        as_alice.known_as("alice")
        page = as_alice.get("/")
        assert "Carol Devereux at Acme you forwarded Ada Byron" in page.text
        page = as_alice.get(f"/forwards/{forward_id}/outcome")
        page = as_alice.submit(page, "/outcome", outcome="later")
        assert "You are asked again in two weeks." in page.tree.text_content()
        assert "What came of it?" not in as_alice.get("/").text
    with clock.set_to(clock.now() + timedelta(days=30)):
        as_alice.known_as("alice")
        assert "What came of it?" in as_alice.get("/").text
        as_alice.submit(as_alice.get(f"/forwards/{forward_id}/outcome"), "/outcome", outcome="nothing")
        assert "What came of it?" not in as_alice.get("/").text


def test_both_are_told_in_words_that_were_looked_at(app, as_alice, forward_id):
    page = as_alice.get(f"/forwards/{forward_id}/outcome")
    assert "Thank Carol" not in page.text
    page = as_alice.submit(page, "/outcome", outcome="hired", words="Started in May.")
    assert "I am very glad that it worked out." in page.text
    page = as_alice.submit(page, "/thanks")
    assert "You wrote to Carol just now: waiting" in page.text
    page = as_alice.submit(page, "/news")
    assert "You wrote to Ada Byron just now: waiting" in page.text
    assert written(app, "thanks") == ["carol@acme.example.org"]
    assert written(app, "personal") == ["ada@example.org"]


def test_the_thank_you_names_nobody_but_the_colleague(app, forward_id):
    with app.app_context(), unit_of_work(writes=False):
        forward = forwards.find(forward_id, seen_by=user("alice"))
        words = outcomes.thanks_words(forward, None)
        assert "Ada" not in words
        assert "Byron" not in words


def test_only_who_sent_it_says_what_came_of_it(app, as_charlie, forward_id):
    as_charlie.get(f"/forwards/{forward_id}/outcome", status=403)
    with app.app_context(), unit_of_work(writes=True):
        forward = forwards.find(forward_id, seen_by=user("charlie"))
        with pytest.raises(Denied):
            outcomes.record(forward, "hired", by=user("charlie"))


def test_nothing_can_have_come_of_what_has_not_arrived(app):
    with app.app_context(), unit_of_work(writes=True), pytest.raises(Refused, match="has not reached them yet"):
        outcomes.record(make.forward(user("alice")), "hired", by=user("alice"))


def test_it_all_goes_with_the_record(app, forward_id):
    with app.app_context(), unit_of_work(writes=True):
        forward = forwards.find(forward_id, seen_by=user("alice"))
        outcomes.record(forward, "hired", by=user("alice"))
        outcomes.thank(forward, text="Thank you for Ada.", by=user("alice"), intent="one")
        erasing.erase(forward.candidate)
    with app.app_context(), unit_of_work(writes=False):
        for table in (ForwardOutcome, ColleagueLetter, Letter, personal_letters.PersonalLetter):
            assert db.session.scalars(select(table)).all() == []


def test_the_colleagues_page_says_what_went_to_and_fro(app, as_alice, forward_id):
    with app.app_context(), unit_of_work(writes=True):
        forward = forwards.find(forward_id, seen_by=user("alice"))
        outcomes.record(forward, "hired", by=user("alice"))
        colleague_id = forward.colleague_id
    assert "1 resume went there from here: 1 hired." in as_alice.get(f"/colleagues/{colleague_id}").text


def test_an_answer_is_shown_before_older_forwards_that_ask_what_came_of_them(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        first = make.forward(user("alice"))
        make.delivered(first)
        first.created_at = clock.now() - timedelta(days=1)
        sharing.answer(first, "talk", "")
        for number in range(outcomes.MOST_SHOWN):
            one = make.candidate(user("alice"), f"Nora {number}", email=f"n{number}@example.org")
            make.delivered(make.forward(user("alice"), one))
    with clock.set_to(clock.now() + timedelta(days=15)):
        as_alice.known_as("alice")
        assert "wants to talk" in as_alice.get("/").tree.text_content()
