"""The decision told, the question asked apart from it, and what becomes of both."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import (
    applications,
    candidates,
    closings,
    consents,
    dispatch,
    door_openers,
    erasing,
    keeping,
    keeping_answers,
    outbox,
    personal_letters,
    suppressions,
    takebacks,
    touchpoints,
)
from crm.domain.candidates import Facts
from crm.domain.closings import Hired
from crm.domain.door_openers import Own, Telling, Words
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.finalists import Finalist
from crm.domain.keeping import DecisionLetter, KeepingQuestion
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from crm.mail import letters
from crm.mail.writing import Tokens
from tests import make

BOTH, TOLD = Telling("both"), Telling("told")
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def three():
    return [Finalist(full_name=name, email=f"{name.split()[0].lower()}@example.org") for name in ("Mira H", "Samuel O")]


def close(alice, telling, *, rows=None, intent="one", role=None):
    role = role or make.role(alice)
    return closings.close(role, rows or three(), by=alice, intent=intent, hired=Hired("Nadia"), telling=telling), role


def queued(*kinds):
    found = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    return [letter for letter in found if not kinds or letter.kind in kinds]


def questions():
    whole = (joinedload(KeepingQuestion.letter), joinedload(KeepingQuestion.candidate))
    return list(db.session.scalars(select(KeepingQuestion).options(*whole).order_by(KeepingQuestion.id)))


def asked(alice, person=None):
    """A question whose letter has left, and the token in it."""
    question = door_openers.ask(person or make.candidate(alice), by=alice)
    return question, delivered(question)


def delivered(question):
    token = tokens.new_link()
    door_openers.mint(door_openers.for_delivery(question.letter), token)
    dispatch.accept(question.letter, "250 ok")
    db.session.flush()
    return token


# --- what goes out with a decision


def test_told_elsewhere_means_that_only_the_question_goes(alice):
    close(alice, TOLD)
    assert [letter.kind for letter in queued()] == ["keep_in_touch"] * 2
    assert [letter.to_address for letter in queued()] == ["mira@example.org", "samuel@example.org"]


def test_with_both_the_decision_goes_first(alice):
    close(alice, BOTH)
    told, asks = queued("personal"), queued("keep_in_touch")
    assert len(told) == len(asks) == 2
    rests = {row.letter_id: row.after_id for row in db.session.scalars(select(DecisionLetter))}
    assert [rests[letter.id] for letter in (*told, *asks)] == [None, None, *(one.id for one in told)]
    personal = personal_letters.for_delivery(told[0])
    assert personal.purpose == "turn_down"
    assert "we have decided on Head of Data" in personal.text
    assert personal.text.startswith("Dear Mira,")


def test_no_letter_goes_unless_somebody_says_so(alice):
    close(alice, closings.SILENT)
    assert queued() == []


def test_who_has_no_address_or_wants_no_mail_is_passed_over(alice):
    suppressions.add("samuel@example.org", why="unsubscribed")
    rows = [*three(), Finalist(full_name="Ines C")]
    close(alice, BOTH, rows=rows)
    assert {letter.to_address for letter in queued()} == {"mira@example.org"}


@pytest.mark.parametrize("disposition", ["withdrew", "offer_declined", "offer_withdrawn"])
def test_who_ended_it_otherwise_is_only_asked(alice, disposition):
    close(alice, BOTH, rows=[Finalist(full_name="Mira H", email="mira@example.org", disposition=disposition)])
    assert [letter.kind for letter in queued()] == ["keep_in_touch"]


def test_who_said_yes_already_is_not_asked_again(alice):
    ada = make.candidate(alice)
    for purpose in ("keep", "contact"):
        consents.record(ada, purpose=purpose, evidence="on the phone", by=alice)
    close(alice, BOTH, rows=[Finalist(candidate_id=ada.id)])
    assert [letter.kind for letter in queued()] == ["personal"]


def test_words_of_ones_own_for_one_person(alice):
    given = Telling(
        "both", decision=Words("A {role}", "Dear {first name}, no."), own={1: Own("Samuel, no.", "May we?")}
    )
    close(alice, given)
    texts = [personal_letters.for_delivery(letter).text for letter in queued()]
    assert texts == [
        "Dear Mira, no.", personal_letters.for_delivery(queued()[1]).text, "Samuel, no.", "May we?",
    ]  # fmt: skip
    assert "Dear Mira" in texts[1]


def test_a_field_that_cannot_be_filled_is_refused_by_name(alice):
    with pytest.raises(Refused, match="when you last spoke") as refusal:
        close(alice, Telling("both", decision=Words("Hello", "We last spoke {last spoke}.")))
    assert refusal.value.field == "decision_text"


def test_braces_that_are_no_field_stay_text(alice):
    close(alice, Telling("told", question=Words("{{7*7}}", "{% x %} {config} {{7*7}}")))
    personal = personal_letters.for_delivery(queued()[0])
    assert (personal.subject, personal.text) == ("{{7*7}}", "{% x %} {config} {{7*7}}")


def test_a_sealed_role_is_named_in_neither(alice):
    make.role(alice, "Chief Zanzibar Officer", status="sealed", codename="Zanzibar")
    for telling, field in (
        (Telling("both", decision=Words("x", "for Zanzibar later")), "decision_text"),
        (Telling("told", question=Words("Zanzibar", "x")), "question_subject"),
    ):
        with pytest.raises(Refused) as refusal:
            close(alice, telling, intent=field)
        assert refusal.value.field == field


def test_a_person_banked_for_a_sealed_role_is_asked_without_its_name(alice):
    sealed = make.role(alice, "Chief Zanzibar Officer", status="sealed")
    closings.bank(sealed, three()[0], by=alice, intent="one", telling=TOLD)
    [question] = questions()
    assert (question.role_id, question.role_title) == (sealed.id, "")
    with pytest.raises(Refused, match="a role"):
        closings.bank(sealed, three()[1], by=alice, intent="two", telling=BOTH)


# --- when


@pytest.mark.parametrize(
    ("now", "zone", "morning"),
    [
        (MONDAY, "UTC", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        (MONDAY, "Asia/Tokyo", datetime(2026, 11, 25, 0, tzinfo=UTC)),  # it is Tuesday there by now
        (datetime(2026, 11, 27, 15, tzinfo=UTC), "Europe/Stockholm", datetime(2026, 11, 30, 8, tzinfo=UTC)),
        (datetime(2026, 3, 27, 15, tzinfo=UTC), "Europe/Stockholm", datetime(2026, 3, 30, 7, tzinfo=UTC)),
        (datetime(2026, 10, 23, 15, tzinfo=UTC), "Europe/Stockholm", datetime(2026, 10, 26, 8, tzinfo=UTC)),
    ],
)
def test_the_next_working_morning_is_proposed(alice, now, zone, morning):
    alice.time_zone = zone
    with clock.set_to(now):
        assert door_openers.proposed_at(alice) == morning


def test_they_wait_for_their_hour(alice):
    at = clock.now() + timedelta(days=2)
    close(alice, Telling("both", send_at=at))
    assert {letter.not_before for letter in queued()} == {at}
    assert dispatch.claim("w", at - timedelta(seconds=1)) == ""
    assert dispatch.claim("w", at)


def test_an_hour_that_has_passed_is_refused(alice):
    with pytest.raises(Refused, match="passed already") as refusal:
        close(alice, Telling("told", send_at=clock.now() - timedelta(hours=1)))
    assert refusal.value.field == "send_on"


def test_the_question_waits_until_the_decision_has_left(alice):
    close(alice, BOTH, rows=three()[:1])
    [told], [asks] = queued("personal"), queued("keep_in_touch")
    later = clock.now() + timedelta(minutes=5)
    assert dispatch.claim("w", later) == told.id
    assert dispatch.claim("w", later) == ""
    db.session.refresh(told)
    dispatch.accept(told, "250 ok")
    assert dispatch.claim("w", later) == asks.id


def test_who_was_not_told_is_not_asked(alice):
    close(alice, BOTH, rows=three()[:1])
    [told], [asks] = queued("personal"), queued("keep_in_touch")
    dispatch.fail(told, "550 nobody")
    assert door_openers.why_not(door_openers.for_delivery(asks)) == "overtaken"


def test_the_decision_is_a_contact_once_it_has_left(alice):
    close(alice, BOTH, rows=three()[:1])
    [told] = queued("personal")
    candidate = personal_letters.for_delivery(told).candidate
    assert candidate.last_contact_at is None
    dispatch.accept(told, "250 ok")
    assert [one.kind for one in db.session.scalars(touchpoints.of(candidate))] == ["mail"]


# --- once


def test_the_same_page_twice_tells_once(alice):
    role = make.role(alice)
    close(alice, BOTH, role=role)
    close(alice, BOTH, role=role)
    assert len(queued()) == 4


def test_the_same_page_with_other_letters_is_not_the_same(alice):
    role = make.role(alice)
    close(alice, TOLD, role=role)
    with pytest.raises(Refused, match="with other words"):
        close(alice, BOTH, role=role)


def test_nobody_is_told_twice_of_one_decision(alice):
    _, role = close(alice, BOTH, rows=three()[:1])
    mira = candidates.by_email("mira@example.org", seen_by=alice)
    closings.bank(role, Finalist(candidate_id=mira.id), by=alice, intent="again", telling=BOTH)
    assert len(queued()) == 2


# --- undone


def test_a_closing_taken_back_calls_everything_off(alice):
    closing, _ = close(alice, BOTH)
    assert takebacks.undo(closing, by=alice) == []
    assert {letter.state for letter in queued()} == {"cancelled"}
    assert all(question.revoked_at for question in questions())


def test_also_for_who_stays_because_something_was_added(alice):
    closing, _ = close(alice, BOTH)
    mira = candidates.by_email("mira@example.org", seen_by=alice)
    candidates.set_next(mira, make.in_days(4), by=alice)
    assert takebacks.undo(closing, by=alice) == [mira]
    assert {letter.state for letter in queued()} == {"cancelled"}


def test_a_letter_that_a_worker_holds_is_stopped_too(alice):
    closing, _ = close(alice, BOTH, rows=three()[:1])
    now = clock.now() + timedelta(minutes=5)
    letter_id = dispatch.claim("w", now)
    takebacks.undo(closing, by=alice)
    assert dispatch.held_by(letter_id, "w", now) is None


@pytest.mark.parametrize(
    "undo",
    [
        lambda application, alice: applications.put(application.candidate, application.role, by=alice, disposition=""),
        lambda application, alice: applications.put(
            application.candidate, application.role, by=alice, disposition="hired"
        ),
        lambda application, alice: applications.put(application.candidate, application.role, by=alice, stage="offer"),
        lambda application, alice: applications.remove(application, by=alice),
        lambda application, alice: erasing.delete(application.candidate, by=alice),
    ],
    ids=["running again", "hired", "an offer", "taken off the record", "deleted"],
)
def test_a_decision_that_no_longer_holds_is_not_told(alice, undo):
    _, role = close(alice, BOTH)
    mira = candidates.by_email("mira@example.org", seen_by=alice)
    undo(applications.for_people(role, [mira.id])[mira.id], alice)
    db.session.flush()
    states = {(letter.to_address, letter.state) for letter in queued()}
    assert states == {("mira@example.org", "cancelled"), ("samuel@example.org", "queued")}
    assert [bool(question.revoked_at) for question in questions()] == [True, False]


def test_a_word_mended_in_the_debrief_stops_nothing(alice):
    _, role = close(alice, BOTH)
    mira = candidates.by_email("mira@example.org", seen_by=alice)
    applications.put(mira, role, by=alice, disposition="rejected", reason="Somebody could start sooner")
    assert {letter.state for letter in queued()} == {"queued"}


def test_an_address_mended_and_the_record_brought_back_send_nothing_old(alice):
    close(alice, BOTH)
    mira = candidates.by_email("mira@example.org", seen_by=alice)
    erasing.delete(mira, by=alice)
    candidates.restore(mira, by=alice)
    candidates.change(mira, Facts(emails=["new@example.org"]), by=alice)
    assert [letter.state for letter in queued() if letter.to_address.startswith("mira")] == ["cancelled"] * 2


# --- asked by itself


def test_one_person_is_asked_at_any_time(alice):
    ada = make.candidate(alice)
    question = door_openers.ask(ada, by=alice)
    assert (question.role_id, question.application_id, question.letter.kind) == (None, None, "keep_in_touch")
    assert question.until == clock.today() + timedelta(days=60)
    with pytest.raises(Refused, match="still open"):
        door_openers.ask(ada, by=alice)


def test_a_question_that_was_taken_back_may_be_asked_again(alice):
    ada = make.candidate(alice)
    question = door_openers.ask(ada, by=alice)
    outbox.cancel(question.letter, by=alice)
    keeping.taken_back(question.letter)
    assert door_openers.ask(ada, by=alice) is not question


def test_a_question_that_came_to_nothing_may_be_asked_again(alice):
    question, _ = asked(alice)
    with clock.set_to(clock.now() + timedelta(days=61)):
        assert door_openers.ask(question.candidate, by=alice) is not question


@pytest.mark.parametrize(
    ("field", "words"), [("question_subject", {"subject": "x" * 201}), ("question_text", {"text": "y" * 10_001})]
)
def test_words_too_long_are_refused_at_their_field(alice, field, words):
    with pytest.raises(Refused) as refusal:
        door_openers.ask(make.candidate(alice), by=alice, **words)
    assert refusal.value.field == field


# --- answered


def valid(candidate):
    given = db.session.scalars(consents.of(candidate))
    return sorted(consent.purpose for consent in given if consent.is_valid)


def test_a_yes_is_two_permissions_with_their_evidence(alice):
    question, token = asked(alice)
    found = keeping_answers.find_by_link(token)
    keeping_answers.answer(found, "yes", "Gladly.")
    assert valid(question.candidate) == ["contact", "keep"]
    [first, *_] = db.session.scalars(consents.of(question.candidate))
    assert first.evidence == f"answered the question of {clock.today():%-d %B %Y} on the page"
    assert first.until == clock.today() + timedelta(days=730)
    assert keeping.answered_for(alice) == [question]


def test_a_yes_twice_is_one(alice):
    question, token = asked(alice)
    for _ in range(2):
        keeping_answers.answer(keeping_answers.find_by_link(token), "yes", "Gladly.")
    assert len(list(db.session.scalars(consents.of(question.candidate)))) == 2


def test_a_no_changes_nothing(alice):
    ada = make.candidate(alice)
    make.consent(ada, alice, company="", purpose="contact")
    candidates.set_next(ada, make.in_days(9), by=alice)
    question, token = asked(alice, ada)
    before = valid(ada), ada.next_on, ada.archived_at, ada.let_go_at
    keeping_answers.answer(keeping_answers.find_by_link(token), "no")
    assert (valid(ada), ada.next_on, ada.archived_at, ada.let_go_at) == before
    assert question.answer == "no"
    assert not personal_letters.stands_against(ada)


def test_a_yes_may_become_a_no_and_takes_back_only_itself(alice):
    ada = make.candidate(alice)
    make.consent(ada, alice, company="", purpose="contact")
    _question, token = asked(alice, ada)
    keeping_answers.answer(keeping_answers.find_by_link(token), "yes")
    assert valid(ada) == ["contact", "contact", "keep"]
    keeping_answers.answer(keeping_answers.find_by_link(token), "no")
    assert valid(ada) == ["contact"]
    keeping_answers.answer(keeping_answers.find_by_link(token), "yes")
    assert valid(ada) == ["contact", "contact", "keep"]


def test_silence_is_no_permission(alice):
    question, _ = asked(alice)
    with clock.set_to(clock.now() + timedelta(days=90)):
        assert valid(question.candidate) == []
        assert not question.is_open


def test_a_month_to_wait_for_moves_the_next_date(alice):
    ada = make.candidate(alice)
    candidates.set_next(ada, make.in_days(9), by=alice)
    _, token = asked(alice, ada)
    month = keeping_answers.months()[3]
    keeping_answers.answer(keeping_answers.find_by_link(token), "yes", "", month)
    assert ada.next_on == month


@pytest.mark.parametrize("said", ["", "maybe", "YES"])
def test_neither_yes_nor_no_is_refused(alice, said):
    question, token = asked(alice)
    with pytest.raises(Refused) as refusal:
        keeping_answers.answer(keeping_answers.find_by_link(token), said)
    assert refusal.value.field == "answer"
    assert question.answered_at is None


def test_a_question_that_was_called_off_takes_no_answer(alice):
    closing, _ = close(alice, TOLD, rows=three()[:1])
    [question] = questions()
    token = delivered(question)
    takebacks.undo(closing, by=alice)
    found = keeping_answers.find_by_link(token)
    assert not keeping_answers.is_shown(found)
    with pytest.raises(Missing):
        keeping_answers.answer(found, "yes")
    assert valid(question.candidate) == []


def test_the_answer_is_put_aside_by_whoever_asked(alice, bob):
    question, token = asked(alice)
    keeping_answers.answer(keeping_answers.find_by_link(token), "no")
    assert keeping.answered_for(bob) == []
    with pytest.raises(Denied):
        keeping.see(question, by=bob)
    keeping.see(keeping.find(question.id, seen_by=alice), by=alice)
    assert keeping.answered_for(alice) == []


def test_an_answer_of_somebody_hidden_by_now_is_not_shown(alice, charlie):
    ada = make.candidate(alice, visibility="owner")
    question, token = asked(alice, ada)
    keeping_answers.answer(keeping_answers.find_by_link(token), "yes")
    with pytest.raises(Missing):
        keeping.find(question.id, seen_by=charlie)


def test_erasing_takes_question_answer_and_link_along(alice):
    question, token = asked(alice)
    keeping_answers.answer(keeping_answers.find_by_link(token), "yes", "call me Ada")
    erasing.erase(question.candidate)
    db.session.expire_all()
    assert questions() == []
    with pytest.raises(Missing):
        keeping_answers.find_by_link(token)


# --- the letter


def test_the_letter_says_what_is_asked_and_carries_its_link(alice):
    question = door_openers.ask(make.candidate(alice), by=alice)
    draft = letters.Case.of(question.letter).draft(Tokens("LINK", "STOP"))
    assert "/keep/LINK" in draft.text
    assert "/keep/LINK" in draft.html
    assert "A no changes nothing" in draft.text
    for word in ("second", "rank", "first choice", "nearly", "runner"):
        assert word not in draft.text.lower()


def test_no_letter_asks_after_its_day(alice):
    question = door_openers.ask(make.candidate(alice), by=alice)
    with clock.set_to(clock.now() + timedelta(days=61)):
        assert door_openers.why_not(door_openers.for_delivery(question.letter)) == "overtaken"


def test_months_to_choose_from_are_to_come(alice):
    with clock.set_to(datetime(2027, 12, 31, 12, tzinfo=UTC)):
        assert keeping_answers.months()[0] == date(2028, 1, 1)
