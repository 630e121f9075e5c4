"""Where a candidate stands with each role: how the application ended, and the place on the bench."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import ScalarSelect, Select, and_, select, union
from sqlalchemy.orm import contains_eager

from crm.db import db
from crm.domain import stand_ins
from crm.domain.applications import Application
from crm.domain.benches import Place
from crm.domain.candidates import Candidate
from crm.domain.roles import Hire, Role, visible_to
from crm.domain.users import User


@dataclass(frozen=True)
class Standing:
    role: Role
    application: Application | None
    place: Place | None
    hire_fell: bool = False
    """They were hired, and are no longer: declined, did not start, left, was let go."""

    @property
    def is_hired(self) -> bool:
        return self.application is not None and self.application.disposition == "hired" and not self.hire_fell


def of(candidate: Candidate, *, seen_by: User) -> list[Standing]:
    """The latest decision first, by one query; roles that the viewer may not know of are left out."""
    found = db.session.execute(_with_roles(), {"candidate": candidate.id, "user": seen_by.id})
    return [Standing(role, application, place, bool(fell)) for role, application, place, fell in found]


@cache
def _with_roles() -> Select[Role, Application, Place, bool]:
    candidate = stand_ins.candidate()
    applied = and_(Application.role_id == Role.id, Application.candidate_id == candidate.id)
    placed = and_(Place.role_id == Role.id, Place.candidate_id == candidate.id)
    involved = union(
        select(Application.role_id).where(Application.candidate_id == candidate.id),
        select(Place.role_id).where(Place.candidate_id == candidate.id),
    ).subquery()
    return (
        select(Role, Application, Place, _last_hire_fell(candidate))
        .outerjoin(Application, applied)
        .outerjoin(Application.debrief)
        .outerjoin(Place, placed)
        .where(Role.id.in_(select(involved.c.role_id)), visible_to(stand_ins.user()))
        .options(contains_eager(Application.debrief))
        .order_by(Application.decided_on.desc().nulls_last(), Role.changed_at.desc(), Role.id)
    )


def _last_hire_fell(candidate: Candidate) -> ScalarSelect[bool]:
    theirs = select(Hire.fell_on.is_not(None)).where(Hire.role_id == Role.id, Hire.candidate_id == candidate.id)
    return theirs.correlate(Role).order_by(Hire.at.desc(), Hire.id.desc()).limit(1).scalar_subquery()
