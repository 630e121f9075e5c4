"""News: for one user, of people whom they may see, until it is put aside."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import card_people, erasing, news, today, users
from crm.domain.errors import Missing
from crm.domain.news import News
from crm.kit import clock
from tests import make, people


@pytest.fixture
def bob():
    return users.by_email(people.address("bob"))


def tell(user, person, **more):
    told = news.tell(user.id, kind="door", text="is still interested", candidate_id=person.id, **more)
    db.session.flush()
    return told


def test_it_is_read_on_today_by_whom_it_was_told(alice, bob):
    told = tell(alice, make.candidate(alice))
    assert [one.sentence for one in today.of(alice).news] == ["Ada Byron is still interested"]
    assert today.of(bob).news == []
    assert not today.of(alice).is_empty
    news.see(news.find(told.id, seen_by=alice), by=alice)
    assert today.of(alice).news == []


def test_of_a_colleague_it_says_whom_it_was_about(alice):
    carol = make.colleague(alice)
    told = news.tell(
        alice.id, kind="time", text="asks for more time", candidate_id=make.candidate(alice).id, colleague_id=carol.id
    )
    db.session.flush()
    db.session.refresh(told, ["candidate", "colleague"])
    assert told.sentence == f"{carol.name} at {carol.company} asks for more time about Ada Byron"


def test_nobody_else_finds_it(alice, bob):
    told = tell(alice, make.candidate(alice))
    with pytest.raises(Missing):
        news.find(told.id, seen_by=bob)


def test_it_is_hidden_with_whom_it_is_about(alice, bob):
    person = make.candidate(alice)
    tell(bob, person)
    assert news.unseen(bob)
    person.visibility = "owner"
    db.session.flush()
    assert news.unseen(bob) == []
    person.visibility, person.deleted_at = "company", clock.now()
    db.session.flush()
    assert news.unseen(bob) == []


def test_what_was_for_somebody_who_has_left_is_read_by_who_looks_after_them(alice, bob):
    person = make.candidate(alice)
    tell(bob, person)
    bob.disabled_at = clock.now()
    db.session.flush()
    assert [one.text for one in news.unseen(alice)] == ["is still interested"]


def test_what_was_for_somebody_who_sees_them_no_more_is_read_by_who_does(alice, bob):
    person = make.candidate(alice)
    tell(bob, person)
    assert news.unseen(alice) == []
    person.visibility = "owner"
    db.session.flush()
    assert [one.text for one in news.unseen(alice)] == ["is still interested"]
    assert "Ada Byron is still interested" in card_people.face(alice, clock.today()).people[0].news
    anna = users.by_email(people.address("anna"))
    assert news.unseen(anna) == []
    alice.disabled_at = clock.now()
    db.session.flush()
    assert [one.text for one in news.unseen(anna)] == ["is still interested"]


def test_more_than_are_shown_are_counted(alice):
    person = make.candidate(alice)
    for _ in range(news.MOST_SHOWN + 3):
        tell(alice, person)
    told, more = news.first(alice)
    assert (len(told), more, today.of(alice).more_news) == (news.MOST_SHOWN, 3, 3)


def test_it_stands_on_the_card(alice):
    tell(alice, make.candidate(alice))
    [shown] = card_people.face(alice, clock.today()).people
    assert "Ada Byron is still interested" in shown.news


def test_erasing_takes_it_along_and_the_sweep_what_was_put_aside_long_ago(alice):
    person = make.candidate(alice)
    old, new = tell(alice, person), tell(alice, person)
    old.seen_at = clock.now() - timedelta(days=31)
    db.session.flush()
    news.sweep(clock.now())
    assert list(db.session.scalars(select(News.id))) == [new.id]
    erasing.erase(person)
    assert db.session.scalars(select(News)).all() == []
