"""What two records of one person allow, joined so that the stricter word holds, and parted again.

A yes of one record holds for both only where the other never heard a no to the same thing.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from crm.db import Base, db
from crm.domain import shape, snapshots
from crm.domain.applications import STAGES, Application, Debrief
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forwarding_rules import ForwardingRule
from crm.kit import clock

RULE = ("kind", "company", "company_key", "given_on", "recorded_at", "by_id", "channel", "evidence")
PAUSE = ("paused_at", "paused_until", "pause_why", "before_pause")
GRAVE = ("", "hired_elsewhere", "quiet", "restricted")
WORDS = ("margin", "sentence", "missing", "would_change", "agreed")
APPLICATION = ("stage", "disposition", "reason", "decided_on", "decided_at", "panel", "applied_on")
DEBRIEF = (*WORDS, "hire_for", "call_again_on")
PARTS = {"decision_letter": "letter_id", "keeping_question": "id"}
"""Tables of what is about an application, and their keys; a debrief is joined word by word."""


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
        join_pauses(gone, kept)


def join_pauses(one: Candidate, other: Candidate) -> None:
    """The first one stands still for the graver reason of the two, and as long as either does."""
    if not other.is_paused:
        return
    ends = [each.paused_until for each in (one, other) if each.is_paused]
    if not one.is_paused or GRAVE.index(other.pause_why) > GRAVE.index(one.pause_why):
        for column in PAUSE:
            setattr(one, column, getattr(other, column))
    one.paused_until = None if None in ends else max(end for end in ends if end is not None)


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
    """Whether it allows all of what the other is about."""
    to_whom = shape.key(one.company) in {"", shape.key(other.company)} and one.recipient in {"", other.recipient}
    how = (other.blind or not one.blind) and (one.attachment or not other.attachment)
    what = not one.parts or (bool(other.parts) and set(other.parts) <= set(one.parts))
    return one.purpose == other.purpose and to_whom and how and what and one.position in {"", other.position}


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
            changed.append([application.id, was, _told(application), _move_parts(other.id, application.id), other.id])
    return changed


def _move_parts(from_id: str, to_id: str) -> dict[str, list[str]]:
    """Letters and questions about the one are about the other: ids by table."""
    moved = {}
    for name, key in PARTS.items():
        table = Base.metadata.tables[name]
        moved[name] = list(db.session.scalars(select(table.c[key]).where(table.c.application_id == from_id)))
        db.session.execute(update(table).where(table.c.application_id == from_id).values(application_id=to_id))
    return moved


def _put_parts_back(moved: dict[str, list[str]], from_id: str, to_id: str) -> None:
    for name, key in PARTS.items():
        table = Base.metadata.tables[name]
        these = table.c[key].in_(moved[name]) & (table.c.application_id == from_id)
        db.session.execute(update(table).where(these).values(application_id=to_id))


def _told(application: Application) -> list[Any]:
    said = db.session.get(Debrief, application.id)
    return [snapshots.of(application, *APPLICATION), snapshots.of(said, *DEBRIEF) if said else None]


def _part_applications(changed: Iterable[list[Any]]) -> None:
    """As each was, unless somebody has written in it since."""
    for application_id, was, became, moved, other_id in changed:
        _put_parts_back(moved, application_id, other_id)
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
