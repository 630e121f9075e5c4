"""Who of the people on file fits a role, with reasons whose weights add up to the score; and the reverse.

Nothing is sent, hidden or decided by it. What speaks against somebody and what is stale is told beside the score and
never counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from crm.db import db
from crm.domain import cadences, candidates, match_history, match_reasons, match_search, profiles, roles, tags, warmth
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.dismissals import Dismissal
from crm.domain.match_history import Record, Round
from crm.domain.match_reasons import Person, Ranked, Reason
from crm.domain.profiles import Profile
from crm.domain.resumes import Resume
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock, ranking
from crm.kit.ranking import Wanted

SHOWN, MOST = 20, 100
MOST_OPEN_ROLES = 200
MOST_FITTING_ROLES = 5
LONGEST_NEEDS = 20_000


@dataclass(frozen=True)
class Match:
    candidate: Candidate
    score: int
    reasons: tuple[Reason, ...]
    """Their weights add up to the score."""
    against: tuple[str, ...]
    stale: tuple[str, ...]
    round: Round | None
    """The one in which somebody here met them for a role like this."""


@dataclass(frozen=True)
class RoleMatch:
    role: Role
    score: int
    reasons: tuple[Reason, ...]


def for_role(role: Role, *, seen_by: User, limit: int = SHOWN) -> list[Match]:
    """Nobody who is on record for this role already, or was put aside for it."""
    return _found(Wanted(role.title, role.needs), role, seen_by, limit)


def for_text(title: str, needs: str, *, seen_by: User, limit: int = SHOWN) -> list[Match]:
    """Before a role is saved."""
    return _found(Wanted(title, needs[:LONGEST_NEEDS]), None, seen_by, limit)


def roles_for(candidate: Candidate, *, seen_by: User, limit: int = MOST_FITTING_ROLES) -> list[RoleMatch]:
    """Roles that are open, or sealed and known to the reader, best first."""
    open_roles = list(db.session.scalars(_open_roles(candidate, seen_by)))
    person = next(iter(_people({candidate.id}, seen_by)), None) if open_roles else None
    if person is None:
        return []
    asked = [Wanted(role.title, role.needs) for role in open_roles]
    pool = profiles.pool({word for wanted in asked for word in wanted.counts})
    found = []
    for role, wanted in zip(open_roles, asked, strict=True):
        like = match_history.similar_among(wanted.title, wanted.text, person.record.rounds)
        found.append((role, match_reasons.rank(wanted, ranking.weights(wanted, pool), pool, person, like)))
    best = sorted((one for one in found if one[1].reasons), key=lambda one: (one[1].order, one[0].id))
    return [RoleMatch(role, ranked.score, ranked.reasons) for role, ranked in best[:limit]]


def met(matches: Iterable[Match]) -> list[Match]:
    """Those whom somebody here has interviewed for something like it."""
    return [match for match in matches if match.round is not None]


# --- parts


def _found(wanted: Wanted, role: Role | None, user: User, limit: int) -> list[Match]:
    if not wanted.counts:
        return []
    pool = profiles.pool(wanted.counts)
    similar = match_history.similar_roles(wanted.title, wanted.text, but=role.id if role else "", seen_by=user)
    ids = match_search.likely(wanted, pool, role_ids=list(similar), seen_by=user)
    worth = ranking.weights(wanted, pool)
    people = _people(ids, user, but=role)
    ranked = (match_reasons.rank(wanted, worth, pool, person, similar) for person in people)
    best = sorted((one for one in ranked if one.reasons), key=lambda one: one.order)[: min(limit, MOST)]
    return _matches(best)


def _matches(best: Sequence[Ranked]) -> list[Match]:
    ids = [one.person.row.id for one in best]
    came = select(func.max(Resume.uploaded_at)).where(Resume.candidate_id == Candidate.id, Resume.removed_at.is_(None))
    rows = db.session.execute(select(Candidate, came.scalar_subquery()).where(Candidate.id.in_(ids)))
    people = {person.id: (person, at) for person, at in rows}
    return [
        Match(
            people[one.person.row.id][0], one.score, one.reasons, tuple(match_reasons.against(one)),
            tuple(match_reasons.stale(one, people[one.person.row.id][1])), one.round,
        )
        for one in best
    ]  # fmt: skip


def _people(ids: Iterable[str], user: User, *, but: Role | None = None) -> list[Person]:
    """By three statements, however many they are; only whom the reader may see and who may be asked. Who was hired here
    is no longer looked for.
    """
    rows = db.session.execute(_shown(sorted(ids), user, but)).all()
    known = [row.id for row in rows]
    records, labels = match_history.of(known, seen_by=user), tags.names(known)
    return [
        Person(row, tuple(labels[row.id]), records.get(row.id, Record()), warmth.of(row.last_two_way_at))
        for row in rows
    ]


def _shown(ids: list[str], user: User, but: Role | None) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Candidate.id, Candidate.headline, Candidate.availability, Candidate.notice_period, Candidate.said_on,
        Candidate.let_go_at, Candidate.last_two_way_at, _may_contact(), Profile.words, Profile.size, Profile.fields,
    )  # fmt: skip
    found = select(*columns).outerjoin(Profile, Profile.candidate_id == Candidate.id)
    shown = (candidates.visible_to(user), cadences.reachable(), ~cadences.hired(Candidate.id, Candidate.next_chosen_at))
    found = found.where(Candidate.id.in_(ids), *shown)
    if but is None:
        return found
    there = select(Application.candidate_id).where(Application.role_id == but.id)
    aside = select(Dismissal.candidate_id).where(Dismissal.role_id == but.id)
    return found.where(Candidate.id.not_in(there), Candidate.id.not_in(aside))


def _may_contact() -> ColumnElement[bool]:
    valid = or_(Consent.until.is_(None), Consent.until >= clock.today())
    given = select(Consent.id).where(
        Consent.candidate_id == Candidate.id, Consent.purpose == "contact", Consent.withdrawn_at.is_(None), valid
    )
    return given.exists().label("may_contact")


def _open_roles(candidate: Candidate, user: User) -> Select[Role]:
    there = select(Application.role_id).where(Application.candidate_id == candidate.id)
    open_ones = select(Role).where(Role.status.in_(("open", "sealed")), roles.visible_to(user), Role.id.not_in(there))
    return open_ones.order_by(Role.changed_at.desc(), Role.id).limit(MOST_OPEN_ROLES)
