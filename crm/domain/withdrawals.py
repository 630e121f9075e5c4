"""A permission that ends: what still waited on it never leaves, what had come closes, and what was quicker is told."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from crm.db import db
from crm.domain import consents, dispatch, events, forwarding_rules, forwards, revoking, teasers
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.teasers import Teaser
from crm.domain.users import User
from crm.kit import words

UNDER_WAY = ("queued", "claimed", "in_doubt")


def withdraw(consent: Consent, *, by: User | None) -> list[Forward]:
    """Returns the forwards that were already being handed over to the mail server and cannot be stopped. `by` is None
    for the candidate, by link.

    Their letters are locked first, in the order in which whoever hands one over takes the same two locks.
    """
    under_way = _under_way(consent.candidate_id)
    consents.withdraw(consent, by=by)
    _stop_teasers(consent.candidate_id)
    return _stopped(consent.candidate_id, under_way, by)


def take_back(several: Sequence[Consent]) -> list[Forward]:
    """By the candidate, by link: just these. Returns what it cannot stop, as above."""
    if not several:
        return []
    under_way = _under_way(several[0].candidate_id)
    for consent in several:
        consents.take_back_by_link(consent.id)
    _stop_teasers(several[0].candidate_id)
    return _stopped(several[0].candidate_id, under_way, None)


def give_rule(
    candidate: Candidate, *, kind: str, company: str = "", by: User | None, channel: str = "", evidence: str = "",
    given_on: date | None = None,
) -> tuple[ForwardingRule, list[Forward]]:  # fmt: skip
    """A rule holds for what is under way, too: the letters are locked first, and whoever hands one over holds its lock
    while asking for rules. Returns what it cannot stop, as above.
    """
    under_way = _under_way(candidate.id)
    rule = forwarding_rules.add(
        candidate.id, kind=kind, company=company, by=by, channel=channel, evidence=evidence, given_on=given_on
    )
    _stop_teasers(candidate.id)
    return rule, _stopped(candidate.id, under_way, by)


def sentence(forward: Forward) -> str:
    at = forward.carrier.in_doubt_at
    when = f" at {words.exact(at)}" if at else ""
    to = f"{forward.colleague.name} at {forward.company}"
    then = "its link opens no more" if forward.deliver == "link" else "the file cannot be recalled"
    return f"The letter to {to} was already being handed over{when} and could not be stopped; {then}."


def _under_way(candidate_id: str) -> list[Forward]:
    """Locks all their letters in one order, those that tell of them without a name, too."""
    of_them = select(Forward.letter_id).where(Forward.candidate_id == candidate_id)
    unnamed = select(Teaser.letter_id).where(Teaser.candidate_id == candidate_id)
    waiting = select(Letter.id).where(Letter.id.in_(of_them) | Letter.id.in_(unnamed), Letter.state.in_(UNDER_WAY))
    locked = waiting.order_by(Letter.id).with_for_update()
    ids = list(db.session.scalars(locked))
    query = (
        select(Forward)
        .where(Forward.candidate_id == candidate_id, Forward.letter_id.in_(ids))
        .options(selectinload(Forward.letter), selectinload(Forward.colleague), selectinload(Forward.candidate))
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query)
    return [forward for forward in found if forward.carrier.state in UNDER_WAY]


def _stopped(candidate_id: str, under_way: list[Forward], by: User | None) -> list[Forward]:
    """Blocks what may not go any more, and closes what had come; returns what was quicker."""
    closed = [(one, one_gate.blocks) for one in under_way if not (one_gate := forwards.gate_of(one)).is_open]
    for forward, why in closed:
        if forward.carrier.state != "in_doubt":
            _stop(forward, why)
    too_late = [forward for forward, _ in closed if forward.letter and forward.letter.state == "in_doubt"]
    for forward in too_late:
        events.record("consent.too_late", by=None, subject_id=forward.candidate_id, text=sentence(forward))
        forward.carrier.seen_at = None  # whoever queued it is told again
    revoking.close_uncovered(candidate_id, by=by)
    return too_late


def _stop_teasers(candidate_id: str) -> None:
    """Introductions without a name, whose letters are locked by now. Whoever sent one reads it on Today; of one
    that was quicker, that it may have come.
    """
    query = select(Teaser).join(Teaser.letter).where(Teaser.candidate_id == candidate_id, Letter.state.in_(UNDER_WAY))
    for teaser in db.session.scalars(query.options(*teasers.whole()).execution_options(populate_existing=True)).all():
        why, letter = teasers.stands_against(teaser), teaser.letter
        if why and letter is not None and letter.state == "in_doubt":
            letter.seen_at = None
            text = f"The introduction without a name to {teaser.colleague.name} at {teaser.company} was already being "
            text += "handed over and could not be stopped; its link opens nothing."
            events.record("consent.too_late", by=None, subject_id=candidate_id, text=text)
        elif why and letter is not None:
            dispatch.block(letter, why)


def _stop(forward: Forward, why: str) -> None:
    """A letter that carries others goes on without this one."""
    if forward.shortlist_id is None:
        dispatch.block(forward.carrier, why)
    else:
        forwards.leave_out(forward, why)
