"""What a candidate says on their own page with the link alone: where they stand, thanks, and less of anything.

None of it shows or widens anything; for that, doors that a code opens are in door_rooms.py. Each saying is a contact
from their side, moves what depends on it, and is news for whoever looks after them.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from crm.db import db
from crm.domain import (
    asking,
    cadences,
    consents,
    doors,
    erasing,
    events,
    forwarding_rules,
    gate,
    news,
    outbox,
    revoking,
    shape,
    touchpoints,
    withdrawals,
)  # fmt: skip
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.events import Event
from crm.domain.forward_questions import ForwardQuestion
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.touchpoints import Touchpoint
from crm.kit import clock, words
from crm.kit.months import later as months_later

MONTHS = 18
AT_ONCE = timedelta(minutes=10)
"""The same said again this soon is a second click."""
AT_ONE_CLICK = timedelta(seconds=10)
THEIR_OWN = ("quiet", "hired_elsewhere")
"""Pauses that they may have asked for, and that end with "still interested"."""
UNDONE = (touchpoints.STILL_INTERESTED, touchpoints.TOOK_JOB)
UNDONE_WITHIN = timedelta(hours=1)
LESS = ("nobody_else", "never", "blind_only", "no_mail")


def interested(candidate: Candidate, said: str = "") -> None:
    said = shape.text(said, "words", most=2_000, name="What you wrote")
    if candidate.is_paused and candidate.pause_why in THEIR_OWN:
        cadences.resume(candidate, by=None)
    tell(candidate, touchpoints.STILL_INTERESTED, said)


def later(candidate: Candidate, months: int, said: str = "") -> None:
    """Quiet for that many months, and then up by themselves."""
    said = shape.text(said, "words", most=2_000, name="What you wrote")
    if not 1 <= months <= MONTHS:
        raise Refused(f"Choose from 1 to {MONTHS} months.", field="months")
    until = months_later(clock.today(), months)
    if not gate.is_restricted(candidate):
        cadences.pause(candidate, why="quiet", until=until, by=None)
    for question in asking.open_of(candidate.id):
        asking.answer(question, "later", months)
    tell(candidate, f"asks to be asked again in {words.several(months, 'month')}, from {words.day(until)}", said)


def took_job(candidate: Candidate, trial_until: date | None, said: str = "") -> None:
    """`trial_until`: how long either side there can still easily go; then one may ask how it went."""
    said = shape.text(said, "words", most=2_000, name="What you wrote")
    if trial_until is not None and not clock.today() < trial_until <= months_later(clock.today(), 24):
        raise Refused("Choose a day after today, within two years, or leave it empty.", field="until")
    if not gate.is_restricted(candidate):
        cadences.pause(candidate, why="hired_elsewhere", until=trial_until, by=None)
    for question in asking.open_of(candidate.id):  # it can still be answered, but nobody reminds them
        _say_parked(question)
    until = f", with a trial period until {words.day(trial_until)}" if trial_until else ""
    tell(candidate, f"{touchpoints.TOOK_JOB}{until}", said)


def undo(candidate: Candidate) -> None:
    """Takes back that they are still interested, or took a job, where that is the last and was said just now: the
    pause and the next date are as they were.
    """
    db.session.execute(select(Candidate.id).where(Candidate.id == candidate.id).with_for_update())
    last = db.session.scalar(touchpoints.of(candidate).limit(1))
    phrase = next((one for one in UNDONE if last and last.text.startswith(f"{touchpoints.ON_PAGE}{one}")), "")
    if last is None or not phrase or last.at < clock.now() - UNDONE_WITHIN:
        return
    since = last.at - AT_ONE_CLICK
    touchpoints.take_back(last, candidate, by=candidate.owner)
    if _moved_pause(candidate, since):
        cadences.undo_pause(candidate, by=None)
    if news.take_back(candidate.id, phrase, since):
        news.tell(candidate.owner_id, kind="door", text=f"takes back: {phrase}", candidate_id=candidate.id)


def thank(candidate: Candidate, said: str) -> None:
    said = shape.text(said, "words", most=2_000, needed=True, name="A word")
    tell(candidate, "says thank you", said, kind="thank_you")


def share(candidate: Candidate, said: str, link: str = "") -> None:
    """Something useful: words, a link, or both."""
    said = shape.text(said, "words", most=2_000, name="What you wrote")
    link = shape.link(link, "link")
    if not said and not link:
        raise Refused("Write a word about it, or give its link.", field="words")
    tell(candidate, "shares something", "\n".join(part for part in (said, link) if part), kind="useful")


def reduce(candidate: Candidate, what: str, company: str = "") -> list[Forward]:
    """Returns the forwards that were already being handed over and cannot be stopped. `company` is the one that is
    never to get the resume.
    """
    shape.one_of(what, LESS, "what")
    if what == "nobody_else":
        _refuse_open(candidate)
        too_late = _withdraw(candidate, "forward", "introduce")
        said = "took back every permission: their resume goes to nobody else before they say yes again"
    elif what == "never":
        _refuse_open(candidate, company)
        rule, too_late = _give_rule(candidate, kind="never", company=company)
        said = f"wants nothing of theirs to go to {rule.company}, whoever asks"
    elif what == "blind_only":
        _, too_late = _give_rule(candidate, kind="blind_only")
        said = "wants to be forwarded only without their name"
    else:
        _write_no_more(candidate)
        too_late = _withdraw(candidate, "contact")
        said = "asks for no more mail"
    news.tell_once(candidate.owner_id, kind="door", text=said, candidate_id=candidate.id)
    return too_late


def leave(candidate: Candidate) -> list[Forward]:
    """Everything ends at once: permissions, mail, the page itself. The record goes like any that is deleted."""
    _write_no_more(candidate)
    asked = _refuse_open(candidate)
    too_late = _withdraw(candidate, *consents.PURPOSES)
    revoking.close_all(candidate.id)
    doors.close(candidate.id)
    candidate.left_at = clock.now()
    candidate.deleted_at = candidate.deleted_at or candidate.left_at
    events.record("candidate.deleted", by=None, subject_id=candidate.id, text="left, on their own page")
    erasing.call_off(candidate)
    text = "asked on their own page to be forgotten. The record is put away, and gone for good in a week"
    for user_id in dict.fromkeys((candidate.owner_id, *asked)):
        news.tell(user_id, kind="left", text=text)
    return too_late


def tell(candidate: Candidate, what: str, said: str = "", *, kind: str = "mail") -> None:
    """On the timeline and in the news, once."""
    db.session.execute(select(Candidate.id).where(Candidate.id == candidate.id).with_for_update())
    text = f"{touchpoints.ON_PAGE}{what}." + (f"\n{said}" if said else "")
    last = db.session.scalar(touchpoints.of(candidate).limit(1))
    if last is not None and _is_same(last, text):
        return
    touchpoints.log(candidate, kind=kind, direction="in", by=candidate.owner, text=text)
    quote = f": “{said}”" if said else ""
    news.tell(candidate.owner_id, kind="door", text=f"{what}{quote}", candidate_id=candidate.id)


# --- parts


def _give_rule(candidate: Candidate, *, kind: str, company: str = "") -> tuple[ForwardingRule, list[Forward]]:
    return withdrawals.give_rule(
        candidate, kind=kind, company=company, by=None, channel="link", evidence="on their page"
    )


def _moved_pause(candidate: Candidate, since: datetime) -> bool:
    """Whether the last change of a pause was their own, since then."""
    kinds = ("candidate.paused", "candidate.resumed")
    last = db.session.scalar(events.of(candidate.id).where(Event.kind.in_(kinds)).limit(1))
    return last is not None and last.by_id is None and last.at >= since


def _is_same(last: Touchpoint, text: str) -> bool:
    return last.text == text and last.at > clock.now() - AT_ONCE


def _refuse_open(candidate: Candidate, company: str = "") -> list[str]:
    """A no to whatever they are being asked, or to what is asked for one company; returns who asked, each of whom is
    told.
    """
    waiting = [one for one in asking.open_of(candidate.id) if not company or _is_for(one, company)]
    for question in waiting:
        asking.answer(question, "no")
    return [question.by_id for question in waiting]


def _is_for(question: ForwardQuestion, company: str) -> bool:
    forward = question.forward
    return forwarding_rules.is_company(company, forward.company, forward.colleague.email)


def _say_parked(question: ForwardQuestion) -> None:
    """To whoever asked, where that is somebody else than who hears of it anyway."""
    if question.by_id != question.candidate.owner_id:
        to = f"{question.forward.colleague.name} at {question.forward.company}"
        text = f"took a job, and is not reminded of the question whether the resume may go to {to}"
        news.tell(question.by_id, kind="door", text=text, candidate_id=question.candidate_id)


def _write_no_more(candidate: Candidate) -> None:
    for email in candidate.emails:
        outbox.suppress(email.address, why="unsubscribed", said="on their own page")


def _withdraw(candidate: Candidate, *purposes: str) -> list[Forward]:
    too_late: list[Forward] = []
    for consent in db.session.scalars(consents.of(candidate)).all():
        if consent.is_valid and consent.purpose in purposes:
            too_late += withdrawals.withdraw(consent, by=None)
    return too_late
