"""What two records of one person allow, joined so that the stricter word holds, and parted again.

A yes of one record holds for both only where the other never heard a no to the same thing.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm.db import db
from crm.domain import shape, snapshots
from crm.domain.applications import STAGES, Application, Debrief
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forwarding_rules import ForwardingRule
from crm.kit import clock

RULE = ("kind", "company", "company_key", "given_on", "recorded_at", "by_id", "channel", "evidence")
PAUSE = ("paused_at", "paused_until", "pause_why", "before_pause")
WORDS = ("margin", "sentence", "missing", "would_change", "agreed")
APPLICATION = ("stage", "disposition", "reason", "decided_on", "decided_at", "panel", "applied_on")
DEBRIEF = (*WORDS, "hire_for", "call_again_on")


def join(kept: Candidate, gone: Candidate) -> dict[str, Any]:
    """Withdraws what the other record said no to. Returns what it changed, for `part`."""
    one, other = _consents(kept.id), _consents(gone.id)
    against = [*_contradicted(one, by=other), *_contradicted(other, by=one)]
    now = clock.now()
    for consent in against:
        consent.withdrawn_at = now
    return {
        "consents": [[consent.id, now.isoformat()] for consent in against],
        "applications": _join_applications(kept.id, gone.id),
    }


def part(kept: Candidate, gone: Candidate, joined: dict[str, Any], *, since: datetime) -> None:
    """Gives back what `join` withdrew, and lets every no that was said since hold for both."""
    _part_applications(joined["applications"])
    for consent_id, moment in joined["consents"]:
        consent = db.session.get(Consent, consent_id, with_for_update=True)
        if consent is not None and consent.withdrawn_at == datetime.fromisoformat(moment):
            consent.withdrawn_at = None
    db.session.flush()
    one, other = _consents(kept.id), _consents(gone.id)
    for consent in (*_contradicted(one, by=_since(other, since)), *_contradicted(other, by=_since(one, since))):
        consent.withdrawn_at = clock.now()
    for rule in db.session.scalars(_rules(kept.id).where(ForwardingRule.recorded_at > since)):
        db.session.add(ForwardingRule(candidate_id=gone.id, **{column: getattr(rule, column) for column in RULE}))
    if kept.is_paused and kept.paused_at is not None and kept.paused_at > since:
        for column in PAUSE:
            setattr(gone, column, getattr(kept, column))


# --- permissions


def _consents(candidate_id: str) -> list[Consent]:
    """Under the lock that handing a letter over takes."""
    mine = select(Consent).where(Consent.candidate_id == candidate_id).order_by(Consent.id).with_for_update()
    return list(db.session.scalars(mine.execution_options(populate_existing=True)))


def _since(consents: list[Consent], moment: datetime) -> list[Consent]:
    return [one for one in consents if one.is_valid or (one.withdrawn_at is not None and one.withdrawn_at > moment)]


def _contradicted(consents: list[Consent], *, by: list[Consent]) -> list[Consent]:
    """The valid ones to which the other record heard a no, and no yes that is about the same, or about all of that."""
    yes, no = [one for one in by if one.is_valid], [one for one in by if one.withdrawn_at is not None]
    return [
        one
        for one in consents
        if one.is_valid and any(_overlaps(one, against) and not _heard(yes, one, against) for against in no)
    ]


def _heard(yes: list[Consent], *about: Consent) -> bool:
    return any(_covers(one, other) for one in yes for other in about)


def _overlaps(one: Consent, other: Consent) -> bool:
    """Whether there is somebody whom both are about; an empty company or recipient is any."""
    company, recipient = {shape.key(one.company), shape.key(other.company)}, {one.recipient, other.recipient}
    return one.purpose == other.purpose and all(len(each) == 1 or "" in each for each in (company, recipient))


def _covers(one: Consent, other: Consent) -> bool:
    """Whether it is about all of what the other is about."""
    company = shape.key(one.company) in {"", shape.key(other.company)}
    return one.purpose == other.purpose and company and one.recipient in {"", other.recipient}


def _rules(candidate_id: str) -> Any:
    return select(ForwardingRule).where(ForwardingRule.candidate_id == candidate_id, ForwardingRule.lifted_at.is_(None))


# --- applications for the same role


def _join_applications(kept_id: str, gone_id: str) -> list[list[Any]]:
    """The one that stays says what both said; the other keeps its words, out of sight."""
    theirs, changed = {one.role_id: one for one in _applications(gone_id)}, []
    for application in _applications(kept_id):
        if other := theirs.get(application.role_id):
            was = _told(application)
            _fill(application, other)
            db.session.flush()
            changed.append([application.id, was, _told(application)])
    return changed


def _told(application: Application) -> list[Any]:
    said = db.session.get(Debrief, application.id)
    return [snapshots.of(application, *APPLICATION), snapshots.of(said, *DEBRIEF) if said else None]


def _part_applications(changed: Iterable[list[Any]]) -> None:
    """As each was, unless somebody has written in it since."""
    for application_id, was, became in changed:
        application = db.session.get(Application, application_id)
        if application is None or _told(application) != became:
            continue
        snapshots.put_back(application, was[0])
        said = db.session.get(Debrief, application_id)
        if said is not None and was[1] is None:
            db.session.delete(said)
        elif said is not None:
            snapshots.put_back(said, was[1])


def _applications(candidate_id: str) -> Iterable[Application]:
    return db.session.scalars(select(Application).where(Application.candidate_id == candidate_id))


def _fill(application: Application, other: Application) -> None:
    if STAGES.index(other.stage) > STAGES.index(application.stage):
        application.stage = other.stage
    if other.disposition and not application.disposition:
        for column in ("disposition", "reason", "decided_on", "decided_at"):
            setattr(application, column, getattr(other, column))
    application.panel = application.panel or other.panel
    application.applied_on = min(filter(None, (application.applied_on, other.applied_on)), default=None)
    said, theirs = (db.session.get(Debrief, one.id) for one in (application, other))
    if theirs is not None:
        _fill_debrief(application, said, theirs)


def _fill_debrief(application: Application, said: Debrief | None, theirs: Debrief) -> None:
    if said is None:
        said = Debrief(application_id=application.id, by_id=theirs.by_id, written_at=theirs.written_at, hire_for=[])
        db.session.add(said)
    for word in WORDS:
        mine, other = getattr(said, word) or "", getattr(theirs, word)
        both = word != "margin" and mine and other and other not in mine
        setattr(said, word, f"{mine} / {other}" if both else mine or other)
    said.hire_for = list(dict.fromkeys((*said.hire_for, *theirs.hire_for)))
    said.call_again_on = said.call_again_on or theirs.call_again_on
