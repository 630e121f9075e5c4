"""Several people to one colleague in one letter, and who says no is left out of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import (
    accounts,
    asking,
    dispatch,
    erasing,
    forwards,
    news,
    recalls,
    roles,
    shortlist_letters,
    shortlisting,
    withdrawals,
)
from crm.domain.consents import Consent
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.forwards import ForwardLink
from crm.domain.outbox import Letter
from crm.domain.shortlists import Shortlist
from crm.kit import clock, tokens
from crm.mail import letters
from tests import make


@pytest.fixture
def people(alice):
    """Three who agreed to Acme."""
    found = []
    for name in ("Ada Byron", "Grace Hopper", "Tove Ek"):
        person = make.candidate(alice, name, email=f"{name.split()[0].lower()}@example.org")
        make.resume(person, alice)
        make.consent(person, alice)
        found.append(person)
    return found


@pytest.fixture
def carol(alice):
    return make.colleague(alice)


def sent(people, carol, by, **more):
    made = shortlisting.send(shortlisting.plan(people, [carol], by=by, **more), by=by, intent=tokens.new_id())
    return shortlisting.find(made[0].shortlist_id, seen_by=by), made


def written(letter):
    """As the worker writes it: the draft, and the tokens in it."""
    given = letters.Tokens(tokens.new_link(), tokens.new_link())
    return letters.Case.of(letter).draft(given), given


def hand_over(letter, given):
    """As the worker, between the 354 and the dot: whether it leaves."""
    case = letters.Case.of(letter)
    if case.why_not(lock=True) or not case.is_as_written(given):
        return False
    case.mint(given)
    dispatch.accept(letter, "250 ok")
    db.session.flush()
    return True


def test_who_allows_only_that_goes_without_a_name_and_keeps_nobody_back(alice, people, carol):
    withdrawals.give_rule(people[1], kind="blind_only", by=alice, evidence="on the phone")
    shortlist, made = sent(people, carol, alice, note="Ask Grace Hopper about ships.")
    assert [one.blind for one in made] == [False, True, False]
    draft, _ = written(shortlist.letter)
    told = f"{draft.subject} {draft.text} {draft.html}"
    assert "Ada Byron" in told
    assert "Tove Ek" in told
    assert not [word for word in ("Grace", "Hopper") if word in told]
    with pytest.raises(Refused, match="Grace Hopper to Carol"):
        shortlisting.plan(people, [carol], by=alice, notes={people[1].id: "Grace is calm."})


def test_all_go_without_their_names_where_the_sender_says_so(alice, people, carol):
    shortlist, made = sent(people, carol, alice, blind=True)
    assert all(one.blind for one in made)
    draft, _ = written(shortlist.letter)
    assert not [one for one in people if one.full_name.split()[1] in f"{draft.text} {draft.html}"]


def test_one_letter_carries_all_each_with_a_link_of_their_own(alice, people, carol):
    shortlist, made = sent(
        people, carol, alice, note="Three to meet.", position="Analyst", notes={people[0].id: "Calm."}
    )
    assert {one.letter_id for one in made} == {shortlist.letter_id}
    assert len(list(db.session.scalars(select(Letter)))) == 1
    draft, given = written(shortlist.letter)
    for words in ("Ada Byron", "Calm.", "Grace Hopper", "Tove Ek", "Three to meet.", "Analyst"):
        assert words in draft.text + draft.subject
        assert words in draft.html + draft.subject
    assert hand_over(shortlist.letter, given)
    links = db.session.scalars(select(ForwardLink)).all()
    assert {link.forward_id for link in links} == {one.id for one in made}
    assert len({link.token_hash for link in links}) == 3
    assert {one.state for one in made} == {"sent"}


def test_one_person_to_several_colleagues_is_a_forward_each(alice, people, carol):
    dan = make.colleague(alice, "Dan Ek", email="dan@acme.example.org")
    made = shortlisting.send(shortlisting.plan(people[:1], [carol, dan], by=alice, note="See her."), by=alice)
    assert [(one.to_address, one.note, one.shortlist_id) for one in made] == [
        (carol.email, "See her.", None), (dan.email, "See her.", None),
    ]  # fmt: skip
    assert {one.letter.kind for one in made} == {"forward"}


def test_who_withdraws_before_it_leaves_is_left_out_and_it_is_written_anew(alice, people, carol):
    shortlist, made = sent(people, carol, alice)
    _, given = written(shortlist.letter)
    shortlist.letter.state = "claimed"
    withdrawals.withdraw(made[0].consent, by=alice)
    assert not hand_over(shortlist.letter, given)
    assert (made[0].state, made[0].state_words, made[0].letter_id) == ("failed", "left out", None)
    draft, given = written(shortlist.letter)
    assert "Ada" not in draft.text + draft.html
    assert hand_over(shortlist.letter, given)
    assert {link.forward_id for link in db.session.scalars(select(ForwardLink))} == {made[1].id, made[2].id}


def test_who_was_erased_meanwhile_is_never_in_it(alice, people, carol):
    shortlist, _ = sent(people, carol, alice)
    _, given = written(shortlist.letter)
    erasing.erase(people[0])
    db.session.expire_all()
    assert not hand_over(shortlist.letter, given)
    draft, given = written(shortlist.letter)
    assert "Ada" not in draft.text
    assert hand_over(shortlist.letter, given)


def test_what_opens_it_is_forgotten_with_whom_it_may_tell_of(alice, people, carol):
    shortlist, _ = sent(people, carol, alice, note="Ada Byron and two more.")
    erasing.erase(people[0])
    db.session.expire_all()
    assert shortlist.note == ""


def test_where_nobody_is_left_nothing_leaves(alice, people, carol):
    shortlist, made = sent(people, carol, alice)
    for one in made:
        withdrawals.withdraw(one.consent, by=alice)
    assert (shortlist.letter.state, shortlist.letter.blocked_why) == ("blocked", "consent")


def test_revoking_one_leaves_the_others(alice, people, carol):
    shortlist, made = sent(people, carol, alice)
    forwards.revoke(made[0], by=alice)
    assert made[0].is_taken_back
    assert [one.state for one in made] == ["revoked", "queued", "queued"]
    assert shortlist.letter.state == "queued"


def test_taken_back_nothing_leaves(alice, people, carol):
    shortlist, made = sent(people, carol, alice)
    shortlisting.take_back(shortlist, by=alice)
    assert (shortlisting.state(shortlist, made), shortlist.letter.state) == ("taken_back", "cancelled")
    assert {one.state for one in made} == {"revoked"}


def told_of_the_end(made):
    [letter] = db.session.scalars(select(Letter).where(Letter.kind == "revoked"))
    assert {one.revoked_letter_id for one in made if one.revoked_letter_id} == {letter.id}
    case = letters.Case.of(letter)
    assert case.why_not(lock=True) == ""
    return case.draft(letters.Tokens(tokens.new_link(), tokens.new_link()))


def test_taken_back_after_it_came_the_colleague_is_told_once_of_all(alice, people, carol):
    shortlist, made = sent(people, carol, alice)
    dispatch.accept(shortlist.letter, "250 2.0.0 queued")
    made[1].blind = True
    shortlisting.take_back(shortlist, by=alice)
    shortlisting.take_back(shortlist, by=alice)
    mail = told_of_the_end(made)
    named = [one.candidate.full_name for one in made if not one.blind]
    assert mail.subject == "Resumes I sent you are no longer open"
    assert f"the resumes of {', '.join(named)} and one without a name. They are no longer open" in mail.text
    assert made[1].candidate.full_name not in mail.text + mail.html
    assert mail.to == carol.email


def test_who_had_ended_before_is_not_told_of_twice(alice, people, carol):
    shortlist, made = sent(people, carol, alice)
    dispatch.accept(shortlist.letter, "250 2.0.0 queued")
    made[0].revoked_at = clock.now()
    shortlisting.take_back(shortlist, by=alice)
    mail = told_of_the_end(made[1:])
    assert made[0].candidate.full_name not in mail.text


def test_its_letter_taken_back_takes_all_of_it_back(alice, people, carol):
    shortlist, made = sent(people, carol, alice)
    recalls.take_back(shortlist.letter, by=alice)
    assert {one.state for one in made} == {"revoked"}


def test_with_its_letter_whoever_is_still_asked_is_asked_no_more(alice, people, carol):
    shortlist, made = asked(people, carol, alice)
    question = answered(made[0], "yes")
    shortlisting.send_ready(clock.now())
    asking.undo(question)
    recalls.take_back(shortlist.letter, by=alice)
    assert {one.state for one in made} == {"revoked"}
    assert not asking.open_of(people[0].id)


def test_beyond_the_daily_limit_it_waits_and_its_sender_is_told_once(app, alice, people, carol):
    shortlist, made = asked(people, carol, alice)
    answered(made[0], "yes")
    limits = app.config["FIRST_CALL"]
    app.config["FIRST_CALL"] = replace(limits, letters_a_day=1)
    assert [shortlisting.send_ready(clock.now()) for _ in range(2)] == [0, 0]
    assert [one.left_out for one in made] == ["", "", ""]
    [told] = [one for one in news.unseen(alice) if one.kind == "shortlist_waits"]
    assert told.sentence.startswith("Carol Devereux at Acme is still to get your shortlist.")
    app.config["FIRST_CALL"] = limits
    assert shortlisting.send_ready(clock.now()) == 1
    assert {one.letter_id for one in made} == {shortlist.letter_id}


def asked(people, carol, alice):
    """The first has given no permission yet, and is asked."""
    for consent in db.session.scalars(select(Consent).where(Consent.candidate_id == people[0].id)):
        consent.withdrawn_at = clock.now()
    db.session.flush()
    return sent(people, carol, alice)


def answered(forward, said):
    [question] = asking.open_of(forward.candidate_id)
    return asking.answer(question, said)


def test_a_yes_completes_it_and_is_held(alice, people, carol):
    shortlist, made = asked(people, carol, alice)
    answered(made[0], "yes")
    assert made[0].state_words == "waits for the others"
    assert shortlisting.send_ready(clock.now()) == 1
    assert {one.letter_id for one in made} == {shortlist.letter_id}
    assert shortlist.letter.not_before > clock.now() + timedelta(minutes=4)


def test_a_yes_taken_back_is_out_of_the_letter_and_given_again_is_in_it(alice, people, carol):
    shortlist, made = asked(people, carol, alice)
    question = answered(made[0], "yes")
    shortlisting.send_ready(clock.now())
    asking.undo(question)
    assert (made[0].state, made[0].letter_id, shortlist.letter.state) == ("awaiting_consent", None, "queued")
    answered(made[0], "yes")
    assert shortlisting.send_ready(clock.now()) == 1
    assert {one.letter_id for one in made} == {shortlist.letter_id}


def test_a_yes_that_comes_after_it_has_left_goes_in_a_letter_of_its_own(alice, people, carol):
    shortlist, made = asked(people, carol, alice)
    question = answered(made[0], "yes")
    shortlisting.send_ready(clock.now())
    asking.undo(question)
    _, given = written(shortlist.letter)
    assert hand_over(shortlist.letter, given)
    answered(made[0], "yes")
    assert shortlisting.send_ready(clock.now()) == 1
    assert made[0].letter_id == shortlist.letter_id != made[1].letter_id


def test_it_waits_for_all_answers(alice, people, carol):
    shortlist, made = asked(people, carol, alice)
    assert shortlisting.send_ready(clock.now()) == 0
    assert shortlisting.state(shortlist, made) == "waiting"
    assert [one.state_words for one in made] == ["waits for the yes", "waits for the others", "waits for the others"]


@pytest.mark.parametrize("said", ["no", "never", "later"])
def test_a_no_lets_it_go_without_them(alice, people, carol, said):
    shortlist, made = asked(people, carol, alice)
    [question] = asking.open_of(people[0].id)
    asking.answer(question, said, months=3)
    assert shortlisting.send_ready(clock.now()) == 1
    assert [one.letter_id for one in made] == [None, shortlist.letter_id, shortlist.letter_id]
    assert shortlisting.send_ready(clock.now()) == 0


def test_its_sender_need_not_wait(alice, people, carol):
    shortlist, made = asked(people, carol, alice)
    shortlisting.send_now(shortlist, by=alice)
    assert [one.state for one in made] == ["revoked", "queued", "queued"]
    assert shortlisting.send_now(shortlist, by=alice) is shortlist


def test_a_yes_by_link_is_held_when_its_sender_does_not_wait(alice, people, carol):
    shortlist, made = asked(people, carol, alice)
    question = answered(made[0], "yes")
    shortlisting.send_now(shortlist, by=alice)
    assert shortlist.letter.not_before > clock.now() + timedelta(minutes=4)
    asking.undo(question)
    assert [one.letter_id for one in made] == [None, shortlist.letter_id, shortlist.letter_id]
    _, given = written(shortlist.letter)
    assert hand_over(shortlist.letter, given)
    assert made[0].id not in db.session.scalars(select(ForwardLink.forward_id)).all()


def test_nobody_is_no_shortlist(alice, people, carol):
    for consent in db.session.scalars(select(Consent)):
        consent.withdrawn_at = clock.now()
    db.session.flush()
    shortlist, _ = sent(people, carol, alice)
    with pytest.raises(Refused, match="Nobody of them has said yes"):
        shortlisting.send_now(shortlist, by=alice)


@pytest.mark.parametrize(("who", "to", "field"), [(0, 1, "people"), (1, 0, "to"), (11, 1, "people")])
def test_too_few_and_too_many_are_refused(alice, people, carol, who, to, field):
    with pytest.raises(Refused) as refused:
        shortlisting.plan((people * 4)[:who], [carol][:to], by=alice)
    assert refused.value.field == field


def test_what_stands_against_one_is_said_with_their_name(alice, people, carol):
    people[1].employer = "Acme AB"
    db.session.flush()
    with pytest.raises(Refused, match="Grace Hopper to Carol Devereux"):
        shortlisting.plan(people, [carol], by=alice)


def test_a_sealed_role_is_told_in_no_note(alice, people, carol):
    roles.add(title="Chief of Tides", codename="Heron", status="sealed", by=alice)
    with pytest.raises(Refused):
        shortlisting.plan(people, [carol], by=alice, note="All for Heron.")


def test_the_same_intent_is_the_same_forwards(alice, people, carol):
    batches = shortlisting.plan(people, [carol], by=alice)
    once, twice = (shortlisting.send(batches, by=alice, intent="one") for _ in range(2))
    assert {one.id for one in once} == {one.id for one in twice}
    assert len(list(db.session.scalars(select(Shortlist)))) == 1


def test_others_see_it_as_far_as_its_people(alice, bob, charlie, carol, people):
    hidden = make.candidate(alice, "Olof Ek", email="olof@example.org", visibility="owner")
    make.resume(hidden, alice)
    make.consent(hidden, alice)
    shortlist, _ = sent([people[0], hidden], carol, alice)
    assert [one.candidate_id for one in shortlisting.people(shortlist, seen_by=charlie)] == [people[0].id]
    with pytest.raises(Denied):
        shortlisting.take_back(shortlist, by=charlie)
    only, _ = sent([hidden, make_more(alice)], carol, alice)
    with pytest.raises(Missing):
        shortlisting.find(only.id, seen_by=charlie)


def make_more(alice):
    person = make.candidate(alice, "Nils Ek", email="nils@example.org", visibility="owner")
    make.resume(person, alice)
    make.consent(person, alice)
    return person


def test_who_left_sends_nothing(alice, anna, people, carol):
    shortlist, _ = sent(people, carol, alice)
    accounts.disable(alice, by=anna)
    assert letters.Case.of(shortlist.letter).why_not(lock=True) == "owner"


def test_a_letter_written_anew_waits_its_turn_and_is_not_counted(alice, people, carol):
    shortlist, _ = sent(people, carol, alice)
    letter = shortlist.letter
    letter.state, letter.attempts, letter.claimed_by = "claimed", 1, "one"
    dispatch.write_anew(letter)
    assert (letter.state, letter.attempts, letter.claimed_by) == ("queued", 0, "")
    assert letter.not_before <= clock.now() + timedelta(seconds=1)


def test_the_selection_names_who_may_go(alice, people, carol):
    shortlist, made = sent(people, carol, alice)
    made[1].revoked_at = clock.now()
    db.session.flush()
    selection = shortlist_letters.for_delivery(shortlist.letter)
    assert [one.id for one in shortlist_letters.going(selection)] == [made[0].id, made[2].id]
