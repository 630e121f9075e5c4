"""One letter to many: to those who may be written to, once, looked at before, and called off where it still waits."""

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import bulk, cadences, candidates, consents, dispatch, outbox, touchpoints
from crm.domain.bulk import BulkRow, Chosen
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from tests import make
from tests.domain.test_bulk import begin, ids, run

WORDS = {"subject": "Hello, {first name}", "text": "Dear {first name},\n\nHow are you?\n\n{my name}"}


@pytest.fixture
def people(alice):
    return [make.candidate(alice, f"Person{number} Ek", email=f"p{number}@example.org") for number in range(6)]


def letters():
    query = select(Letter.to_address, PersonalLetter.subject, Letter.state)
    joined = query.join(PersonalLetter, PersonalLetter.id == Letter.personal_letter_id)
    return [tuple(row) for row in db.session.execute(joined.order_by(Letter.to_address))]


def left_out(act):
    rows = select(BulkRow.why).where(BulkRow.act_id == act.id, BulkRow.state == "left_out")
    return list(db.session.scalars(rows.order_by(BulkRow.candidate_id)))


def test_each_gets_one_in_their_own_words(alice, people):
    seen = bulk.preview(ids(*people), "letter", WORDS, by=alice)
    assert (seen.count, seen.left_out, len(seen.look.samples)) == (6, [], 3)
    assert seen.look.samples[0].text == "Dear Person0,\n\nHow are you?\n\nAlice Okafor"
    assert letters() == []
    act = begin(ids(*people), "letter", alice, **WORDS)
    assert begin(ids(*people), "letter", alice, **WORDS) is act
    run()
    assert letters() == [(f"p{n}@example.org", f"Hello, Person{n}", "queued") for n in range(6)]
    assert (act.done, act.left_out) == (6, 0)


def test_the_words_of_a_template_are_taken_where_none_are_written(alice, people):
    touchpoints.log(people[0], kind="call", direction="in", text="Hello.", by=alice)
    seen = bulk.preview(ids(people[0]), "letter", {"template_id": "checking_in"}, by=alice)
    assert seen.look.left_out == []
    assert "Person0" in seen.look.samples[0].text
    own = {"template_id": "checking_in", "subject": "Hi", "text": "Hi."}
    assert bulk.preview(ids(people[0]), "letter", own, by=alice).look.samples[0].text == "Hi."
    for given, field in (({"template_id": "nothing"}, "template_id"), ({"text": "Hi."}, "subject"), ({}, "subject")):
        with pytest.raises(Refused) as refused:
            bulk.preview(ids(people[0]), "letter", given, by=alice)
        assert refused.value.field == field


def test_who_may_not_be_written_to_is_left_out_and_it_is_said_why(alice, people):
    nowhere = make.candidate(alice, "Nobody Ek", email="")
    cadences.pause(people[0], why="quiet", until=None, by=alice)
    outbox.suppress("p1@example.org", why="unsubscribed")
    candidates.archive(people[2], by=alice)
    touchpoints.log(people[3], kind="call", direction="out", text="Hello.", by=alice)
    given = make.consent(people[4], alice, purpose="contact", company="")
    consents.withdraw(given, by=alice)
    db.session.flush()
    everybody = ids(*people, nowhere)
    seen = bulk.preview(everybody, "letter", WORDS, by=alice)
    assert {name for name, _ in seen.look.left_out} == {f"Person{n} Ek" for n in range(5)} | {"Nobody Ek"}
    assert all(sentence for _, sentence in seen.look.left_out)
    assert dict(seen.look.left_out)["Person3 Ek"] == "heard from here within the last 14 days."
    act = begin(everybody, "letter", alice, **WORDS)
    run()
    assert [address for address, *_ in letters()] == ["p5@example.org"]
    assert (act.done, act.left_out) == (1, 6)
    assert sorted(left_out(act)) == sorted(sentence for _, sentence in seen.look.left_out)


def test_a_field_that_is_none_is_refused_and_one_that_is_empty_leaves_out(alice, people):
    with pytest.raises(Refused, match="their employer"):
        bulk.preview(ids(people[0]), "letter", {"subject": "Hello", "text": "At {their employer}?"}, by=alice)
    seen = bulk.preview(ids(people[0]), "letter", {"subject": "Hello", "text": "For {role}?"}, by=alice)
    assert seen.is_in_vain
    assert "{role}" in seen.look.left_out[0][1]


def test_what_still_waits_is_called_off_and_what_left_stays(alice, people):
    act = begin(ids(*people), "letter", alice, **WORDS)
    run()
    first = db.session.scalars(select(Letter).order_by(Letter.to_address)).first()
    dispatch.accept(first, "250 ok")
    candidates.share(people[5], "owner", by=alice)
    bulk.undo(act, by=alice)
    run()
    assert [state for *_, state in letters()] == ["accepted"] + ["cancelled"] * 5
    assert (act.put_back, act.kept) == (5, 1)
    assert bulk.said(act).endswith("1 had left already and stayed.")


def test_a_letter_to_somebody_who_was_hidden_since_is_called_off_too(alice, bob, people):
    act = begin(ids(people[0]), "letter", bob, **WORDS)
    run()
    candidates.share(people[0], "owner", by=alice)
    bulk.undo(act, by=bob)
    run()
    assert [state for *_, state in letters()] == ["cancelled"]


def test_the_limit_of_a_day_leaves_out_the_rest_and_nothing_half_done(app, alice, people):
    object.__setattr__(app.config["FIRST_CALL"], "letters_a_day", 4)
    act = begin(ids(*people), "letter", alice, **WORDS)
    run()
    assert (act.done, act.left_out) == (4, 2)
    assert len(letters()) == 4
    assert len(db.session.scalars(select(PersonalLetter)).all()) == 4


def test_more_than_may_get_it_at_once_are_refused_beforehand(alice, people, monkeypatch):
    monkeypatch.setitem(bulk.DEEDS, "letter", bulk.DEEDS["letter"]._replace(most=5))
    with pytest.raises(Refused, match="5 people at most"):
        bulk.preview(Chosen(search="", everybody=True), "letter", WORDS, by=alice)
    with pytest.raises(Refused, match="5 people at most"):
        begin(ids(*people), "letter", alice, **WORDS)


def test_a_worker_that_dies_between_two_steps_writes_nobody_twice(alice, people):
    act = begin(ids(*people), "letter", alice, **WORDS)
    bulk.work()
    db.session.flush()
    with db.session.begin_nested() as step:
        bulk.work()
        db.session.flush()
        assert len(letters()) == 6
        step.rollback()
    db.session.expire_all()
    assert letters() == []
    run()
    assert len(letters()) == 6
    assert act.done == 6
