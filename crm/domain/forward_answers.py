"""What a candidate's answer to the question of a forward does, and how it is taken back."""

from datetime import date, timedelta

from crm.db import db
from crm.domain import (
    candidates,
    colleagues,
    consents,
    events,
    forwarding_rules,
    forwards,
    identities,
    leaks,
    news,
    outbox,
    personal_letters,
    revoking,
    snapshots,
    touchpoints,
    withdrawals,
)
from crm.domain.errors import Refused
from crm.domain.forward_parts import NAMING
from crm.domain.forward_questions import YES, ForwardQuestion
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.plans import MOST_DAYS, Plan
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import clock, companies, tokens, words

HELD = timedelta(minutes=5)
"""A yes may have been given by a program that reads mail; so long it can be taken back before anything leaves."""
BY_RULE = {
    "employer": "That is where you work, as far as we know, so nothing goes there.",
    "never": "You told us that nothing may go to this company. Lift that rule first, in your record.",
    "blind_only": "You told us to show you only without your name. Choose that, or lift it in your record.",
    "gone": "Nothing of you is forwarded any more.",
}
"""What stands against a yes, for the candidate."""
PLANNED = ("blind", "deliver", "parts", "position", "note", "until")
"""Of a forward: what a yes may narrow, and what is as before once it is taken back."""


def position_of(forward: Plan | Forward, by: User) -> str:
    """As the candidate may read it: nothing where it tells of a role that is sealed, or has become so since."""
    return "" if leaks.find({"position": forward.position}, by=by) else forward.position


def take(question: ForwardQuestion) -> None:
    """Does what the answer in it says."""
    {"yes": _yes, "blind": _yes, "no": _no, "never": _never, "later": _later}[question.answer](question)


def _yes(question: ForwardQuestion) -> None:
    forward = question.forward
    question.before = {"forward": snapshots.of(forward, *PLANNED)}
    if question.answer == "blind":
        _unname(forward)
    passes = forwards.gate_of(forward)
    if passes.word not in {"", "ask"}:
        raise Refused(BY_RULE[passes.word], field="answer")
    consent = consents.record(
        question.candidate, purpose="forward", company=forward.company, recipient=forward.to_address,
        evidence=f"answered the question of {words.day(question.asked_at)} on the page", by=question.by,
        until=clock.today() + timedelta(days=MOST_DAYS), blind=forward.blind,
        attachment=forward.deliver == "attachment", channel="link", text_version=question.text_version,
        parts=forward.parts, position=position_of(forward, question.by),
    )  # fmt: skip
    question.consent_id = consent.id
    forward.consent, forward.until = consent, open_until(forward)
    _hear(question)
    if let_go(question, held=HELD):
        _confirm(question)


def _hear(question: ForwardQuestion) -> None:
    """A yes is a contact from them. It does not say to whom: not everybody who reads it may know of the forward."""
    text = f"{touchpoints.ON_PAGE}said yes to being forwarded{', without the name' * (question.answer == 'blind')}."
    heard = touchpoints.log(question.candidate, kind="mail", direction="in", by=question.by, text=text)
    question.before = {**question.before, "heard": heard.id}


def _unhear(question: ForwardQuestion) -> None:
    """Last: whoever hands a letter over holds that before anything else."""
    heard = db.session.get(Touchpoint, question.before.get("heard", ""))
    if heard is not None and heard.candidate_id == question.candidate_id:
        touchpoints.take_back(heard, question.candidate, by=db.session.get_one(User, heard.by_id))


def let_go(question: ForwardQuestion, *, held: timedelta = timedelta()) -> bool:
    """Their yes stands; that it cannot leave is for the office to mend. Whether it leaves."""
    forward = question.forward
    try:
        colleagues.refuse_closed(forward.colleague)
        if forward.resume is None or forward.resume.removed_at is not None:
            raise Refused("The resume was removed since.")
        forwards.go(forward, held=held)
    except Refused as refusal:
        forward.lapsed_at = clock.now()
        record("stopped", question, f"said yes, but it cannot be sent: {refusal}")
        return False
    return True


def _no(question: ForwardQuestion) -> None:
    question.forward.refused_at = clock.now()


def _never(question: ForwardQuestion) -> None:
    _no(question)
    keep_away(question)


def keep_away(question: ForwardQuestion) -> None:
    """Nothing goes to this company any more."""
    withdrawals.give_rule(
        question.candidate, kind="never", company=question.forward.company, by=None,
        evidence=f"answered the question of {words.day(question.asked_at)} on the page",
    )  # fmt: skip


def _later(question: ForwardQuestion) -> None:
    """The asker has a date, unless something is due sooner."""
    question.forward.lapsed_at = clock.now()
    candidate, on = question.candidate, question.again_on
    if candidate.next_on is None or candidate.next_on > on:
        before = snapshots.of(candidate, *candidates.WHEN)
        candidates.call_again(candidate, on, f"asked to be asked again about {whom(question.forward)}")
        question.before = {"date": before, "then": snapshots.of(candidate, *candidates.WHEN)}


def reverse(question: ForwardQuestion) -> None:
    """As if it had not been answered; what has left already stays sent, and its link opens no more."""
    forward, was = question.forward, question.answer
    if was in YES:
        _take_yes_back(question)
        _unhear(question)
    elif was == "never":
        _lift_again(question)
    elif was == "later":
        _put_date_back(question)
    forward.refused_at = forward.lapsed_at = None
    question.answer, question.months, question.answered_at, question.undone_at = "", None, None, clock.now()


def _take_yes_back(question: ForwardQuestion) -> None:
    """The letter first, as by whoever hands it over."""
    forward = question.forward
    in_time = forward.letter is None or forwards.stop(forward)
    if question.consent_id:
        consents.take_back_by_link(question.consent_id)
    if not in_time:
        revoking.take_back(forward)
        question.closed_at = clock.now()
        return
    forward.letter = forward.consent = None
    question.consent_id = None
    snapshots.put_back(forward, question.before.get("forward", {}))


def _put_date_back(question: ForwardQuestion) -> None:
    """Unless somebody has chosen another since."""
    candidate, before = question.candidate, question.before
    if "date" in before and snapshots.is_still(candidate, before["then"]):
        snapshots.put_back(candidate, before["date"])


def _lift_again(question: ForwardQuestion) -> None:
    """The rule that this very answer gave, and none that was there before."""
    company, since = question.forward.company, question.answered_at or clock.now()
    given = forwarding_rules.of(question.candidate_id).where(
        ForwardingRule.by_id.is_(None), ForwardingRule.recorded_at >= since,
        ForwardingRule.company_key == companies.key(company), ForwardingRule.lifted_at.is_(None),
    )  # fmt: skip
    for rule in db.session.scalars(given):
        forwarding_rules.lift(rule, by=None)


def _unname(forward: Forward) -> None:
    """What was written with it may say who they are; then it goes without those words."""
    try:
        identities.refuse({"position": forward.position, "note": forward.note}, forward.candidate)
    except Refused:
        forward.position = forward.note = ""
    forward.blind, forward.deliver = True, "link"
    forward.parts = [part for part in forward.parts if part not in NAMING] or ["resume"]


def open_until(forward: Forward) -> date:
    """As many days from the yes on as it was to be open."""
    asked_for = forward.until - forward.created_at.date()
    return clock.today() + min(max(asked_for, timedelta(days=1)), timedelta(days=MOST_DAYS))


def _confirm(question: ForwardQuestion) -> None:
    """Told at once, so that a yes that was none can be taken back; also where they want no other mail."""
    asked = db.session.get(Letter, question.letter_id) if question.letter_id else None
    address = personal_letters.address_of(question.forward.candidate) or (asked.to_address if asked else "")
    if address:
        letter = outbox.queue(
            "forward_yes", intent=f"forward yes {tokens.new_id()}", to_address=address,
            to_name=question.candidate.full_name, by=question.by, wait=False,
        )  # fmt: skip
        question.confirmation_id = letter.id


def what(question: ForwardQuestion) -> str:
    later = f" in {words.several(question.months, 'month')}" if question.months else ""
    return f"the resume to {whom(question.forward)}{later}"


def whom(forward: Forward) -> str:
    return f"{forward.colleague.name} at {forward.company}"


def record(did: str, question: ForwardQuestion, text: str, *, tells: bool = True) -> None:
    """In the history, and for whoever asked where it `tells` them of something new."""
    events.record(f"forward.{did}", by=None, subject_id=question.candidate_id, text=text)
    if tells:
        news.tell(
            question.by_id, kind=f"forward_{did}", text=text, candidate_id=question.candidate_id,
            forward_id=question.forward_id,
        )  # fmt: skip
