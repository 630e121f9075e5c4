"""Taking a closing back: what it made goes, what it changed is put back, and what was added since is never lost."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager

from crm.db import db
from crm.domain import applications, candidates, events, keeping, resumes, roles, search, snapshots, tags
from crm.domain.applications import Application
from crm.domain.benches import Place
from crm.domain.calls import CallList
from crm.domain.candidates import Candidate, Facts
from crm.domain.closings import Closing
from crm.domain.errors import Refused
from crm.domain.events import Event
from crm.domain.finalists import Banked
from crm.domain.resumes import Resume
from crm.domain.roles import Hire, Role
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import clock


def undo(closing: Closing, *, by: User) -> list[Candidate]:
    """Those who stay as they were banked, because something was added to their record since. Twice is once."""
    if closing.undone_at is not None:
        return []
    if not closing.can_be_undone or closing.role_id is None:
        raise Refused("This can no longer be taken back as a whole. Change the records one by one.")
    role = roles.find(closing.role_id, seen_by=by)
    _refuse_if_overtaken(closing, role)
    rows = _rows(closing)
    decided = applications.for_people(role, [row.candidate_id for row in rows])
    keeping.call_off([application.id for application in decided.values()])
    busy = _added_to_since([row.candidate_id for row in rows], role, closing.at)
    _take_back([row for row in rows if row.candidate_id not in busy], role, by=by)
    stay = [row.candidate for row in rows if row.candidate_id in busy]
    closing.undone_at = clock.now()
    _reopen(role, closing, stay, by=by)
    return stay


def _refuse_if_overtaken(closing: Closing, role: Role) -> None:
    """With its hire would go the call list that was made when the hire fell through."""
    if closing.status_before == closing.status_after:
        return
    roles.lock(role)
    lists = select(CallList.id).where(
        CallList.role_id == role.id, CallList.started_at > closing.at, CallList.undone_at.is_(None)
    )
    hires = select(Hire.id).where(
        Hire.role_id == role.id, Hire.at > closing.at, Hire.closing_id.is_distinct_from(closing.id)
    )
    if any(db.session.scalar(query.limit(1)) is not None for query in (lists, hires)):
        raise Refused(
            "Since this closing a hire of this role fell through, or another was recorded, and taking it back would "
            "lose that. Change the records one by one."
        )


def _rows(closing: Closing) -> list[Banked]:
    return list(
        db.session.scalars(
            select(Banked)
            .join(Banked.candidate)
            .options(contains_eager(Banked.candidate).selectinload(Candidate.emails))
            .where(Banked.closing_id == closing.id)
            .order_by(Banked.position)
        )
    )


def _added_to_since(candidate_ids: list[str], role: Role, since: datetime) -> set[str]:
    """Whatever anybody did to the person since, whoever it was: words, contacts, files, other roles."""
    told = select(Event.subject_id).where(Event.subject_id.in_(candidate_ids), Event.at > since)
    met = select(Touchpoint.candidate_id).where(
        Touchpoint.candidate_id.in_(candidate_ids), Touchpoint.created_at > since
    )
    busy = {subject_id for query in (told, met) for subject_id in db.session.scalars(query.distinct()) if subject_id}
    for candidate_id, application in applications.for_people(role, candidate_ids).items():
        if application.debrief is not None and application.debrief.written_at > since:
            busy.add(candidate_id)
    return busy


def _take_back(rows: list[Banked], role: Role, *, by: User) -> None:
    ids = [row.candidate_id for row in rows]
    made = applications.for_people(role, ids)
    on_bench = select(Place).where(Place.role_id == role.id, Place.candidate_id.in_(ids))
    places = {place.candidate_id: place for place in db.session.scalars(on_bench)}
    for row in rows:
        _put_application_back(row, made.get(row.candidate_id))
        _put_place_back(row, places.get(row.candidate_id))
        if row.is_new:
            row.candidate.deleted_at = clock.now()
            words = "taken back with the closing"
            events.record("candidate.deleted", by=by, subject_id=row.candidate_id, text=words)
        else:
            _put_person_back(row, by=by)


def _put_application_back(row: Banked, application: Application | None) -> None:
    if application is None:
        return
    if "application" not in row.before:
        search.drop(application.id)
        db.session.delete(application)
        return
    snapshots.put_back(application, row.before["application"])
    if application.debrief is not None:
        if "debrief" in row.before:
            snapshots.put_back(application.debrief, row.before["debrief"])
        else:
            application.debrief = None
        applications.index(application, application.debrief)


def _put_place_back(row: Banked, place: Place | None) -> None:
    was = row.before.get("place")
    if place is not None and was is None:
        db.session.delete(place)
    elif place is not None and was is not None:
        snapshots.put_back(place, was)


def _put_person_back(row: Banked, *, by: User) -> None:
    candidate = row.candidate
    snapshots.put_back(candidate, row.before.get("person", {}))
    if "emails" in row.before:
        candidates.change(candidate, Facts(emails=row.before["emails"]), by=by)
    for tag_id in row.tag_ids:
        tags.remove(candidate, tag_id, by=by)
    resume = db.session.get(Resume, row.resume_id) if row.resume_id else None
    if resume is not None and resume.removed_at is None:
        resumes.remove(resume, candidate, by=by)


def _reopen(role: Role, closing: Closing, stay: list[Candidate], *, by: User) -> None:
    """A role that the closing made goes with it, unless somebody stays or it was worked on since."""
    if role.status == closing.status_after:
        db.session.execute(delete(Hire).where(Hire.closing_id == closing.id))
        roles.set_status(role, closing.status_before or "open")
    db.session.flush()
    if not closing.status_before and not stay and not _is_used(role, closing.at):
        closing.role_id = None
        search.drop(role.id)
        db.session.execute(delete(Role).where(Role.id == role.id))
    text = "took the closing of the search back"
    events.record("role.reopened", by=by, subject_id=role.id, role_id=role.id, text=text)


def _is_used(role: Role, since: datetime) -> bool:
    told = select(Event.id).where(Event.subject_id == role.id, Event.at > since)
    applied = select(Application.id).where(Application.role_id == role.id)
    return any(db.session.scalar(query.limit(1)) is not None for query in (told, applied))
