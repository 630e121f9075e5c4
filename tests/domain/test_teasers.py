"""Introducing somebody without a name: a colleague's interest first, then the candidate's yes, then the resume."""

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import (
    accounts,
    asking,
    candidates,
    colleagues,
    consents,
    dispatch,
    erasing,
    forward_endings,
    outbox,
    resumes,
    roles,
    suppressions,
    teaser_letters,
    teasers,
    teasing,
    withdrawals,
)
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.events import Event
from crm.domain.outbox import Letter
from crm.domain.teasers import Teaser
from crm.kit import clock, tokens
from crm.mail import letters
from tests import make

HEADLINE = "Somebody who leads data teams"


@pytest.fixture
def ada(alice):
    person = make.candidate(alice, employer="Globex Marine GmbH", links=["https://example.org/adabyron"])
    make.resume(person, alice)
    make.consent(person, alice, purpose="introduce", company="")
    return person


@pytest.fixture
def carol(alice):
    return make.colleague(alice)


def proposed(ada, carol, alice, **more):
    return teasing.propose(ada, carol, by=alice, **{"headline": HEADLINE, **more})


def sent(ada, carol, alice, **more):
    teaser = teasing.send(proposed(ada, carol, alice, **more), by=alice)
    teaser_letters.mint(teaser, token := tokens.new_link())
    dispatch.accept(teaser.letter, "250 ok")
    db.session.flush()
    return teasers.find_by_link(token)


def whole(teaser):
    draft = letters.Case.of(teaser.letter).draft(letters.Tokens("LINK", "STOP"))
    return f"{draft.subject} {draft.sender_name} {draft.text} {draft.html}"


def test_a_teaser_tells_what_was_written_and_nothing_else(alice, ada, carol):
    teaser = sent(ada, carol, alice, strengths=["Ran the better case."], words="I would call.", position="Analyst")
    said = whole(teaser)
    for told in (HEADLINE, "Ran the better case.", "I would call.", "Analyst", "/teaser/LINK"):
        assert told in said
    for kept in ("Ada ", "Byron", "ada@", "Globex", "adabyron"):
        assert kept not in said
    assert (teaser.state, teaser.steps[0][1], teaser.steps[1][1]) == ("sent", True, False)


def queued(kind):
    return list(db.session.scalars(select(Letter.to_address).where(Letter.kind == kind, Letter.state == "queued")))


@pytest.fixture
def any_company(ada, alice):
    return make.consent(ada, alice, company="")


def test_interest_asks_the_candidate_as_a_forward_would(alice, ada, carol, any_company):
    teaser = teasing.answer(sent(ada, carol, alice, position="Analyst"), "interested", "Who is it?")
    assert (teaser.state, teaser.answer_words, teaser.hindered_by) == ("interested", "Who is it?", "")
    assert (teaser.forward.candidate_id, teaser.forward.to_address) == (ada.id, "carol@acme.example.org")
    assert teaser.forward.position == "Analyst"
    assert teasers.before(teaser.forward) is teaser
    [question] = asking.open_of(ada.id)
    assert (question.forward_id, question.to_address) == (teaser.forward_id, "carol@acme.example.org")
    assert (queued("forward_ask"), queued("forward")) == (["ada@example.org"], [])
    assert (teaser.forward.state, teaser.is_settled, teaser.steps[3][1]) == ("awaiting_consent", False, False)


def test_a_yes_that_names_them_spares_the_question(alice, ada, carol, any_company):
    named = make.consent(ada, alice)
    teaser = teasing.answer(sent(ada, carol, alice), "interested")
    assert (list(asking.open_of(ada.id)), queued("forward")) == ([], ["carol@acme.example.org"])
    assert (teaser.forward.consent, teaser.is_settled) == (named, True)


def test_their_own_yes_sends_it_and_withdrawn_it_is_stopped(alice, ada, carol, any_company):
    teaser = teasing.answer(sent(ada, carol, alice), "interested")
    [question] = asking.open_of(ada.id)
    asking.answer(question, "yes")
    assert (teaser.is_settled, queued("forward")) == (True, ["carol@acme.example.org"])
    withdrawals.withdraw(teaser.forward.consent, by=None)
    assert (teaser.is_settled, teaser.forward.letter.blocked_why, queued("forward")) == (False, "consent", [])


@pytest.mark.parametrize("said", ["no", "never", "later"])
def test_who_does_not_say_yes_stays_unnamed_in_spite_of_it(alice, ada, carol, any_company, said):
    teaser = teasing.answer(sent(ada, carol, alice), "interested")
    [question] = asking.open_of(ada.id)
    asking.answer(question, said, 3)
    assert (teaser.is_settled, queued("forward")) == (False, [])


@pytest.mark.parametrize(("company", "state"), [("", "awaiting_consent"), ("Globex", "awaiting_consent"),
                                                ("Acme", "queued")])  # fmt: skip
def test_only_a_yes_that_names_them_releases_it(alice, ada, carol, any_company, company, state):
    teaser = teasing.answer(sent(ada, carol, alice), "interested")
    later = make.consent(ada, alice, company=company, channel="mail")
    forward_endings.release(later, by=alice)
    assert teaser.forward.state == state


@pytest.mark.parametrize("said", ["not_now", "not_a_fit"])
def test_no_interest_asks_nobody(alice, ada, carol, said):
    teaser = teasing.answer(sent(ada, carol, alice), said)
    assert (teaser.state, teaser.forward) == (said, None)


def test_interest_taken_back_takes_the_question_back(alice, ada, carol, any_company):
    teaser = teasing.answer(sent(ada, carol, alice), "interested")
    teasing.answer(teaser, "not_now")
    assert (teaser.forward.state, list(asking.open_of(ada.id)), queued("forward_ask")) == ("revoked", [], [])


def test_what_is_on_its_way_is_no_longer_theirs_to_change(alice, ada, carol):
    make.consent(ada, alice)
    teaser = teasing.answer(sent(ada, carol, alice), "interested")
    with pytest.raises(Refused, match="on its way"):
        teasing.answer(teaser, "not_now")


def test_what_stands_against_the_forward_is_told_to_the_sender_alone(alice, ada, carol):
    teaser = sent(ada, carol, alice)
    resumes.latest(ada).removed_at = clock.now()
    teasing.answer(teaser, "interested")
    assert (teaser.state, teaser.forward) == ("interested", None)
    assert "no resume" in teaser.hindered_by


@pytest.mark.parametrize("said", [
    "Ada leads data teams", "BYRON, the analyst", "Write to ada@example.org", "See https://example.org/x",
    "Call 08 123 45 67", "Leads data at Globex Marine", "leads data at GLOBEX marine", "the handle is @adabyron",
])  # fmt: skip
@pytest.mark.parametrize("field", ["headline", "words", "strengths"])
def test_nothing_by_which_they_are_found_is_told(alice, ada, carol, said, field):
    with pytest.raises(Refused) as refused:
        proposed(ada, carol, alice, **{field: [said] if field == "strengths" else said})
    assert refused.value.field == field


def test_strengths_are_offered_from_debriefs_without_what_names_them(alice, bob, ada):
    make.near_miss(
        ada, make.role(alice), alice, sentence="Ran the better case.", hire_for=["Head of Data", "Ada's own"]
    )
    sealed = roles.add(title="Chief", codename="Heron", status="sealed", by=alice)
    make.near_miss(ada, sealed, alice, sentence="Good for Heron.")
    assert teasing.strengths_of(ada, seen_by=alice) == ["Ran the better case.", "Head of Data"]


def test_without_the_standing_permission_nobody_is_introduced(alice, carol):
    grace = make.candidate(alice, "Grace Hopper", email="grace@example.org")
    make.consent(grace, alice, company="")
    with pytest.raises(Refused, match="has not agreed to be introduced without a name") as refused:
        proposed(grace, carol, alice)
    assert refused.value.field == "consent"


def test_nobody_is_introduced_where_they_work(alice, ada):
    hans = colleagues.add(name="Hans", email="hans@globexmarine.example.org", company="Harbour", by=alice)
    with pytest.raises(Refused) as refused:
        proposed(ada, hans, alice)
    assert refused.value.field == "to"


def test_a_sealed_role_is_not_told(alice, ada, carol):
    roles.add(title="Chief of Tides", codename="Heron", status="sealed", by=alice)
    with pytest.raises(Refused):
        proposed(ada, carol, alice, words="It is for Heron.")


def test_who_wants_no_mail_gets_none(alice, ada, carol):
    suppressions.add(carol.email, why="unsubscribed")
    with pytest.raises(Refused):
        proposed(ada, carol, alice)


def test_the_same_person_is_not_shown_twice(alice, ada, carol):
    sent(ada, carol, alice)
    with pytest.raises(Refused, match="already"):
        teasing.send(proposed(ada, carol, alice), by=alice)


def test_the_same_intent_is_one_teaser(alice, ada, carol):
    once, twice = (teasing.send(proposed(ada, carol, alice), by=alice, intent="one") for _ in range(2))
    assert once is twice


@pytest.mark.parametrize(("what", "why"), [
    ("withdrawn", "consent"), ("over", "revoked"), ("taken back", "revoked"), ("deleted", "revoked"),
    ("employer", "employer"), ("left", "owner"), ("no more resumes", "suppressed"),
])  # fmt: skip
@pytest.mark.parametrize("lock", [False, True])
def test_everything_is_asked_again_before_it_leaves(alice, anna, ada, carol, what, why, lock):
    teaser = teasing.send(proposed(ada, carol, alice), by=alice)
    assert not letters.Case.of(teaser.letter).why_not(lock=lock)
    happened(what, teaser, alice, anna)
    assert letters.Case.of(teaser.letter).why_not(lock=lock) == why


def happened(what, teaser, alice, anna):
    match what:
        case "withdrawn":
            consents.withdraw(teaser.consent, by=alice)
        case "over":
            teaser.until = make.in_days(-1)
        case "taken back":
            teaser.revoked_at = clock.now()
        case "deleted":
            candidates.delete(teaser.candidate, by=alice)
        case "employer":
            teaser.candidate.employer = "Acme AB"
        case "no more resumes":
            teaser.colleague.forwards_off_at = clock.now()
        case "left":
            accounts.disable(alice, by=anna)
    db.session.flush()


@pytest.mark.parametrize("what", ["withdrawn", "over", "taken back", "deleted", "left", "no more resumes"])
def test_the_link_closes_at_once(alice, anna, ada, carol, what):
    teaser = sent(ada, carol, alice)
    assert teasers.is_open(teaser)
    happened(what, teaser, alice, anna)
    assert not teasers.is_open(teaser)
    with pytest.raises(Refused):
        teasing.answer(teaser, "interested")


def test_taken_back_before_it_leaves_nothing_leaves(alice, ada, carol):
    teaser = teasers.revoke(teasing.send(proposed(ada, carol, alice), by=alice), by=alice)
    assert (teaser.state, teaser.letter.state) == ("revoked", "cancelled")


def test_only_its_sender_takes_it_back(alice, bob, ada, carol):
    with pytest.raises(Denied):
        teasers.revoke(teasing.send(proposed(ada, carol, alice), by=alice), by=bob)


def test_it_is_hidden_with_the_candidate(alice, charlie, carol):
    hidden = make.candidate(alice, "Tove Ek", email="tove@example.org", visibility="owner")
    make.consent(hidden, alice, purpose="introduce", company="")
    teaser = teasing.send(proposed(hidden, carol, alice), by=alice)
    assert teasers.find(teaser.id, seen_by=alice) is teaser
    with pytest.raises(Missing):
        teasers.find(teaser.id, seen_by=charlie)


def test_erasing_takes_the_teaser_and_its_letter(alice, ada, carol):
    teaser = sent(ada, carol, alice)
    letter_id = teaser.letter_id
    erasing.erase(ada)
    db.session.expire_all()
    assert db.session.get(Letter, letter_id) is None
    assert not list(db.session.scalars(select(Teaser)))


def stopped(ada, alice, how):
    """What stops a teaser at once, done."""
    if how == "withdrawn":
        withdrawals.withdraw(consents.to_introduce(ada.id), by=alice)
    else:
        withdrawals.give_rule(ada, kind="never", company="Acme", by=None)


@pytest.mark.parametrize(("how", "why"), [("withdrawn", "consent"), ("never", "never")])
@pytest.mark.parametrize("state", ["queued", "claimed"])
def test_what_waits_is_stopped_at_once_and_its_sender_reads_it(ada, carol, alice, how, why, state):
    waits = teasing.send(proposed(ada, carol, alice), by=alice)
    waits.letter.state = state
    stopped(ada, alice, how)
    assert (waits.letter.state, waits.letter.blocked_why) == ("blocked", why)
    assert outbox.troubled(alice) == [waits.letter]


def test_what_was_quicker_opens_nothing_and_its_sender_reads_it(ada, carol, alice):
    quick = teasing.send(proposed(ada, carol, alice), by=alice)
    teaser_letters.mint(quick, tokens.new_link())
    dispatch.enter_doubt(quick.letter)
    quick.letter.seen_at = clock.now()
    db.session.flush()
    stopped(ada, alice, "withdrawn")
    assert quick.letter.state == "in_doubt"
    assert not teasers.is_open(quick)
    assert outbox.troubled(alice) == [quick.letter]
    told = db.session.scalars(select(Event.text).where(Event.kind == "consent.too_late")).one()
    assert "to Carol Devereux at Acme was already being handed over" in told


def test_what_says_nothing_of_it_leaves_it_be(ada, carol, alice):
    waits = teasing.send(proposed(ada, carol, alice), by=alice)
    withdrawals.give_rule(ada, kind="never", company="Initech", by=None)
    withdrawals.give_rule(ada, kind="blind_only", by=None)
    assert waits.letter.state == "queued"
