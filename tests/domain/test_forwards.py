"""Forwarding: what stands against it, what it leaves behind, what the colleague may do."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import (
    candidates,
    colleagues,
    consents,
    dispatch,
    events,
    forward_letters,
    forwards,
    outbox,
    plans,
    recalls,
    register,
    resumes,
    sharing,
)
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.outbox import Letter
from crm.kit import clock
from tests import make

STATES = ("queued", "sent", "opened", "answered", "expired", "revoked", "failed")


@pytest.fixture
def ada(alice):
    person = make.candidate(alice, employer="Globex GmbH")
    make.resume(person, alice)
    return person


@pytest.fixture
def carol(alice):
    return make.colleague(alice)


@pytest.fixture
def forward(alice, ada, carol):
    return make.forward(alice, ada, carol, note="I would call her today.")


def kinds(candidate):
    return [event.kind for event in db.session.scalars(events.of(candidate.id))]


def test_a_forward_queues_one_letter_and_is_in_the_register(alice, ada, carol):
    make.consent(ada, alice)
    sent = forwards.send(forwards.plan(ada, carol, by=alice, position="Analyst", note="Call her."), by=alice)
    assert (sent.state, sent.state_words) == ("queued", "waiting to leave")
    assert (sent.letter.kind, sent.letter.to_address, sent.letter.state) == (
        "forward", "carol@acme.example.org", "queued",
    )  # fmt: skip
    assert sent.until == clock.today() + timedelta(days=14)
    assert list(db.session.scalars(forwards.register(alice))) == [sent]
    assert "forward.sent" in kinds(ada)


# --- what stands against it


def letters_to(address):
    return db.session.scalars(select(Letter).where(Letter.to_address == address)).all()


def test_without_a_yes_nothing_is_forwarded(alice, ada, carol):
    sent = forwards.send(forwards.plan(ada, carol, by=alice), by=alice)
    assert (sent.state, sent.consent, letters_to(carol.email)) == ("awaiting_consent", None, [])


@pytest.mark.parametrize(("company", "purpose"), [("Initech", "forward"), ("Acme", "contact"), ("Acme", "keep")])
def test_a_yes_to_something_else_does_not_count(alice, ada, carol, company, purpose):
    make.consent(ada, alice, company=company, purpose=purpose)
    assert forwards.plan(ada, carol, by=alice).consent is None


def test_a_yes_that_ran_out_or_was_withdrawn_does_not_count(alice, ada, carol):
    yes = make.consent(ada, alice)
    yes.until = clock.today() - timedelta(days=1)
    assert forwards.plan(ada, carol, by=alice).consent is None
    yes.until = None
    consents.withdraw(yes, by=alice)
    assert forwards.plan(ada, carol, by=alice).consent is None


@pytest.mark.parametrize(
    ("company", "email"),
    [("Globex", "x@acme.example.org"), ("GLOBEX AG", "x@acme.example.org"), ("Acme", "x@globex.example.org")],
)
def test_nothing_goes_to_the_current_employer_by_name_or_by_domain(alice, ada, company, email):
    make.consent(ada, alice, company="")
    boss = colleagues.add(name="The Boss", email=email, company=company, by=alice)
    with pytest.raises(Refused, match="works at Globex GmbH") as refusal:
        forwards.plan(ada, boss, by=alice)
    assert refusal.value.field == "to"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("until", clock.today() - timedelta(days=1)),
        ("until", clock.today() + timedelta(days=91)),
        ("deliver", "pigeon"),
        ("note", "x" * 10_001),
        ("note", "nul\x00"),
        ("position", "x" * 4096),
        ("position", "=?utf-8?q?x=0ABcc:_evil@example.org?="),
        ("position", "a\nBcc: evil@example.org"),
    ],
)
def test_words_that_cannot_stand_are_refused_at_their_field(alice, ada, carol, field, value):
    make.consent(ada, alice)
    with pytest.raises(Refused) as refusal:
        forwards.plan(ada, carol, by=alice, **{field: value})
    assert refusal.value.field == field


def test_a_name_that_cannot_stand_in_a_subject_is_refused_before_it_is_queued(alice, carol):
    eve = make.candidate(alice, "=?utf-8?q?x=0ABcc:_evil@example.org?=", email="eve@example.org")
    make.resume(eve, alice)
    make.consent(eve, alice)
    with pytest.raises(Refused, match="cannot stand in a mail"):
        forwards.plan(eve, carol, by=alice)


def test_a_note_of_four_kilobytes_and_ninety_days_are_fine(alice, ada, carol):
    make.consent(ada, alice)
    plan = forwards.plan(ada, carol, by=alice, note="é" * 4096, until=clock.today() + timedelta(days=90))
    assert len(plan.note) == 4096


def test_without_a_resume_or_with_one_of_somebody_else_nothing_goes(alice, ada, carol):
    bare = make.candidate(alice, "Grace Hopper", email="grace@example.org")
    make.consent(bare, alice)
    with pytest.raises(Refused, match="no resume of Grace Hopper"):
        forwards.plan(bare, carol, by=alice)
    other = make.resume(bare, alice)
    make.consent(ada, alice)
    with pytest.raises(Missing):
        forwards.plan(ada, carol, by=alice, resume_id=other.id)


def test_a_file_that_was_changed_on_disk_is_not_attached(alice, ada, carol):
    make.consent(ada, alice)
    kept = resumes.latest(ada)
    (resumes.store().folder / kept.file_key[:2] / kept.file_key).write_bytes(b"%PDF-1.4 something else")
    with pytest.raises(Refused, match="missing or was changed"):
        forwards.plan(ada, carol, by=alice, deliver="attachment")


# --- to whom


def who(words="", colleague_id="", *, email="", name="", company="", by):
    return plans.addressed(words, colleague_id, email=email, name=name, company=company, by=by)


def test_whom_it_is_for_is_picked_or_typed(alice, carol):
    assert who("Carol Devereux", carol.id, by=alice) is carol
    assert who("", carol.id, by=alice) is carol
    assert who("carol@acme.example.org", by=alice) is carol
    assert who("Somebody", email="dan@initech.example.org", company="Initech", by=alice).name == "Dan"


def test_an_id_left_behind_from_another_name_is_not_believed(alice, carol):
    dan = make.colleague(alice, "Dan Oyelaran", email="dan@initech.example.org")
    assert who("Dan Oyelaran", carol.id, by=alice) is dan
    with pytest.raises(Refused, match="Nobody in the address book"):
        who("Erin", carol.id, by=alice)


def test_nobody_and_two_at_once_are_refused(alice, carol):
    for words, facts in (
        ("", {}),
        ("Nobody", {}),
        ("Carol Devereux", {"email": "dan@initech.example.org", "company": "Initech"}),
    ):
        with pytest.raises(Refused) as refusal:
            who(words, by=alice, **facts)
        assert refusal.value.field == "to"


def test_somebody_new_comes_into_the_address_book_with_the_forward_and_not_before(alice, ada):
    make.consent(ada, alice, company="Initech")
    dan = who(email="dan@initech.example.org", name="Dan", company="Initech", by=alice)
    plan = forwards.plan(ada, dan, by=alice)
    db.session.flush()
    assert colleagues.by_email("dan@initech.example.org") is None
    sent = forwards.send(plan, by=alice)
    assert colleagues.by_email("dan@initech.example.org") is sent.colleague


# --- once, and back


def test_the_same_intent_twice_is_one_forward(alice, ada, carol):
    make.consent(ada, alice)
    plan = forwards.plan(ada, carol, by=alice)
    first = forwards.send(plan, by=alice, intent="one click")
    assert forwards.send(plan, by=alice, intent="one click") is first
    assert len(list(db.session.scalars(outbox.listed(alice)))) == 1


def test_revoking_before_it_left_takes_it_back(alice, forward, ada):
    forwards.revoke(forward, by=alice)
    assert (forward.state, forward.state_words, forward.letter.state) == ("revoked", "taken back", "cancelled")
    assert "forward.revoked" in kinds(ada)


def test_revoking_after_it_left_closes_the_link_and_twice_is_once(alice, forward, ada):
    token = make.delivered(forward)
    assert sharing.is_shown(sharing.find_by_link(token))
    forwards.revoke(forward, by=alice)
    at = forward.revoked_at
    forwards.revoke(forward, by=alice)
    assert (forward.state, forward.state_words, forward.revoked_at) == ("revoked", "revoked", at)
    assert not sharing.is_shown(sharing.find_by_link(token))
    assert kinds(ada).count("forward.revoked") == 1


def test_revoking_while_it_is_leaving_still_counts(alice, forward):
    forward.letter.state = "claimed"
    db.session.flush()
    forwards.revoke(forward, by=alice)
    assert forward.letter.state == "claimed"
    assert forward_letters.why_not(forward_letters.for_delivery(forward.letter)) == "revoked"


def test_taking_back_the_letter_takes_back_the_forward(alice, forward):
    recalls.take_back(forward.letter, by=alice)
    assert (forward.state, forward.state_words) == ("revoked", "taken back")
    with pytest.raises(Refused, match="no longer waiting"):
        forward.letter.state = "accepted"
        db.session.flush()
        recalls.take_back(forward.letter, by=alice)


def test_only_the_sender_and_the_office_may_revoke(forward, bob, rita):
    with pytest.raises(Denied):
        forwards.revoke(forward, by=bob)
    with pytest.raises(Denied):
        forwards.see_answer(forward, by=bob)
    assert forwards.revoke(forward, by=rita).state == "revoked"


# --- the colleague


def test_the_colleague_answers_and_may_change_it(alice, forward):
    make.delivered(forward)
    sharing.answer(forward, "interested", "")
    assert (forward.state, forward.answer_phrase) == ("answered", "is interested, later")
    assert forwards.answered_for(alice) == [forward]
    forwards.see_answer(forward, by=alice)
    assert forwards.answered_for(alice) == []
    sharing.answer(forward, "talk", "This week?")
    assert (forward.answer, forward.answer_words) == ("talk", "This week?")
    assert forwards.answered_for(alice) == [forward]


def test_the_same_answer_again_is_no_news(alice, forward):
    make.delivered(forward)
    sharing.answer(forward, "talk", "")
    forwards.see_answer(forward, by=alice)
    sharing.answer(forward, "talk", "")
    assert forwards.answered_for(alice) == []


@pytest.mark.parametrize(
    ("kind", "words", "field"),
    [("marry", "", "answer"), ("other", "  ", "words"), ("talk", "x" * 2001, "words"), ("talk", "nul\x00", "words")],
)
def test_an_answer_that_makes_no_sense_is_refused(forward, kind, words, field):
    with pytest.raises(Refused) as refusal:
        sharing.answer(forward, kind, words)
    assert refusal.value.field == field
    assert forward.answered_at is None


@pytest.mark.parametrize("what", ["expired", "withdrawn", "deleted", "removed"])
def test_the_link_closes_with_the_day_the_yes_the_candidate_and_the_resume(alice, ada, forward, what):
    token = make.delivered(forward)
    if what == "expired":
        forward.until = clock.today() - timedelta(days=1)
    elif what == "withdrawn":
        consents.withdraw(forward.consent, by=alice)
    elif what == "deleted":
        candidates.delete(ada, by=alice)
    else:
        resumes.remove(forward.resume, ada, by=alice)
    assert not sharing.is_shown(sharing.find_by_link(token))


def test_a_wrong_link_is_missing(forward):
    token = make.delivered(forward)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), forward.id, "\x00", "x" * 100_000):
        assert not sharing.is_link(wrong)
        with pytest.raises(Missing):
            sharing.find_by_link(wrong)


def test_the_file_is_named_after_the_person(alice):
    eve = make.candidate(alice, 'Eve/../"X": <y>|?*', email="eve@example.org")
    make.resume(eve, alice, filename="eve - too expensive, final.pdf")
    assert make.forward(alice, eve).filename == "Eve .. X y.pdf"


# --- the register


def test_the_state_in_the_database_is_the_state_of_the_object(alice, ada, carol):
    made = {word: make.forward(alice, ada, carol) for word in STATES}
    for word in ("sent", "opened", "answered", "expired", "revoked"):
        make.delivered(made[word])
    sharing.open_by_recipient(made["opened"])
    sharing.answer(made["answered"], "talk", "")
    made["expired"].until = clock.today() - timedelta(days=1)
    forwards.revoke(made["revoked"], by=alice)
    dispatch.fail(made["failed"].letter, "550 no such user")
    db.session.flush()
    for word, forward in made.items():
        assert forward.state == word
        assert list(db.session.scalars(register.wanted(register.Wanted(word), seen_by=alice))) == [forward]
    assert len(list(db.session.scalars(register.wanted(register.Wanted("nonsense"), seen_by=alice)))) == len(made)


def test_a_stranger_sees_nothing_of_a_candidate_who_is_not_theirs(alice, charlie, carol):
    hidden = make.candidate(alice, "Secret Person", email="secret@example.org", visibility="owner")
    forward = make.forward(alice, hidden, carol)
    for query in (
        forwards.register(charlie),
        register.wanted(register.Wanted("queued"), seen_by=charlie),
        forwards.to_colleague(carol, seen_by=charlie),
        forwards.of(hidden, seen_by=charlie),
    ):
        assert list(db.session.scalars(query)) == []
    assert forwards.behind([forward.letter], seen_by=charlie) == {}
    assert forwards.behind([forward.letter], seen_by=alice) == {forward.letter.id: forward}
    with pytest.raises(Missing):
        forwards.find(forward.id, seen_by=charlie)


def test_a_forward_stays_on_record_when_its_resume_is_erased(alice):
    sent = make.forward(alice)
    resume, person = sent.paper, sent.candidate
    resumes.remove(resume, person, by=alice)
    resumes.erase(resume)
    db.session.flush()
    db.session.expire_all()
    kept = forwards.find(sent.id, seen_by=alice)
    assert kept.resume is None
    assert forward_letters.why_not(forward_letters.for_delivery(kept.letter)) == "document"
