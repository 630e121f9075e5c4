"""What a candidate sees and changes on their own page once a code has shown that it is them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from crm.db import db
from crm.domain import (
    candidates,
    consents,
    door_sayings,
    events,
    forwarding_rules,
    news,
    outbox,
    resumes,
    revoking,
    withdrawals,
    workspace,
)
from crm.domain.candidates import Candidate, Facts
from crm.domain.consents import Consent
from crm.domain.errors import Missing
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume, Upload
from crm.kit import clock

REACHED = (*outbox.GONE, "in_doubt", "queued", "claimed")
SHOWN_HERE = ("full_name", "headline", "location", "employer", "availability", "notice_period", "language")


@dataclass(frozen=True)
class Rooms:
    """All that the page shows behind the code."""

    holders: Sequence[Forward]
    consents: Sequence[Consent]
    rules: Sequence[ForwardingRule]
    resume: Resume | None
    is_inside: bool
    """Whether they said yes to all forwards inside this company."""


# --- queries


def of(candidate: Candidate) -> Rooms:
    given = [one for one in db.session.scalars(consents.of(candidate)) if one.is_valid]
    inside = any(one.purpose == "forward" and not one.recipient and one.covers(workspace.name()) for one in given)
    rules = forwarding_rules.standing(candidate.id)
    return Rooms(holders(candidate), given, rules, resumes.latest(candidate), inside)


def holders(candidate: Candidate) -> Sequence[Forward]:
    """Who has the resume, or is about to: open links, and files that cannot be recalled. Newest first."""
    query = _forwards(candidate).where(
        Forward.revoked_at.is_(None),
        or_(Forward.until >= clock.today(), Forward.deliver == "attachment", Forward.downloaded_at.is_not(None)),
    )
    return db.session.scalars(query).all()


def _forwards(candidate: Candidate) -> Select[Forward]:
    """Each with whom it went to; those that never left are nobody's business."""
    with_all = (
        joinedload(Forward.colleague, innerjoin=True), joinedload(Forward.by, innerjoin=True),
        joinedload(Forward.candidate, innerjoin=True), contains_eager(Forward.letter),
    )  # fmt: skip
    reached = select(Forward).join(Forward.letter).where(Letter.state.in_(REACHED)).options(*with_all)
    return reached.where(Forward.candidate_id == candidate.id).order_by(Forward.id.desc())


# --- verbs


def take_back(candidate: Candidate, forward_id: str) -> Forward:
    """Its link closes at once; whom it had reached is told, politely."""
    forward = db.session.scalar(_forwards(candidate).where(Forward.id == forward_id))
    if forward is None:
        raise Missing
    if forward.revoked_at is None:
        revoking.take_back(forward)
        text = f"took their resume back from {forward.colleague.name} at {forward.company}"
        news.tell(forward.by_id, kind="door", text=text, candidate_id=candidate.id, forward_id=forward.id)
    return forward


def withdraw(candidate: Candidate, consent_id: str) -> list[Forward]:
    """Returns the forwards that were already being handed over and cannot be stopped."""
    consent = consents.find(candidate, consent_id)
    _tell(candidate, f"took back the yes to {consents.what(consent)}")
    return withdrawals.withdraw(consent, by=None)


def allow_introductions(candidate: Candidate, until: date) -> Consent:
    """To be told of without a name; before a name is told, they are asked each time."""
    door_sayings.tell(candidate, "may be introduced without a name")
    return consents.record(
        candidate, purpose="introduce", evidence="said so on their page", by=candidate.owner, until=until,
        channel="link", text_version="door-1",
    )  # fmt: skip


def allow_inside(candidate: Candidate, until: date) -> Consent:
    """Always inside this company: to anybody here, as a link."""
    door_sayings.tell(candidate, "may always be forwarded inside the company")
    return consents.record(
        candidate, purpose="forward", company=workspace.name(), evidence="said so on their page", by=candidate.owner,
        until=until, attachment=False, channel="link", text_version="door-1",
    )  # fmt: skip


def lift(candidate: Candidate, rule_id: str) -> ForwardingRule:
    rule = forwarding_rules.find(candidate, rule_id)
    _tell(candidate, f"lifted a rule: {rule.words}")
    return forwarding_rules.lift(rule, by=None, why="on their page")


def correct(candidate: Candidate, facts: Facts) -> Candidate:
    """Mail addresses are not among them: codes go there."""
    candidates.change(candidate, facts, by=None)
    door_sayings.tell(candidate, "corrected their details")
    return candidate


def bring_resume(candidate: Candidate, upload: Upload) -> Resume:
    resume = resumes.add(upload, by=candidate.owner, candidate=candidate)
    events.record("resume.brought", by=None, subject_id=candidate.id, text=f"brought {resume.filename} by their page")
    door_sayings.tell(candidate, "sent a new resume")
    return resume


def _tell(candidate: Candidate, text: str) -> None:
    news.tell(candidate.owner_id, kind="door", text=text, candidate_id=candidate.id)
