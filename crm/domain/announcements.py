"""Announcing a sealed role: from then on everybody here sees it, and its bench is called."""

from dataclasses import dataclass

from sqlalchemy import func, select

from crm.db import db
from crm.domain import benches, calls, events, roles
from crm.domain.benches import Place
from crm.domain.calls import CallList
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.domain.roles import Role
from crm.domain.users import User

MOST_SHOWN = 20


@dataclass(frozen=True)
class Consequences:
    """What an announcement would mean, as its owner sees it."""

    newcomers: int
    """How many people here will see the role and do not know of it yet."""
    bench: list[Place]
    stopped: list[Letter]
    """One's own letters that told of a sealed role and did not leave; they stay stopped."""


def consequences(role: Role, *, by: User) -> Consequences:
    _check(role, by)
    knowing = {role.owner_id, *(user.id for user in role.insiders)}
    others = select(func.count()).select_from(User).where(User.disabled_at.is_(None), User.id.not_in(knowing))
    stopped = select(Letter).where(Letter.by_id == by.id, Letter.blocked_why == "sealed", Letter.seen_at.is_(None))
    return Consequences(
        newcomers=db.session.scalar(others) or 0,
        bench=benches.of(role, seen_by=by),
        stopped=list(db.session.scalars(stopped.order_by(Letter.id.desc()).limit(MOST_SHOWN))),
    )


def announce(role: Role, *, by: User) -> CallList | None:
    """Opens it, and brings its bench up to be called, in its order; None where nobody is on it. No letter is sent."""
    db.session.refresh(role, ["status"], with_for_update=True)
    _check(role, by)
    roles.change(role, by=by, status="open")
    events.record("role.announced", by=by, subject_id=role.id, role_id=role.id, text="announced the role")
    return calls.begin(role, why="announced", by=by) if benches.of(role, seen_by=by) else None


def _check(role: Role, by: User) -> None:
    if role.owner_id != by.id:
        raise Refused("Only the owner of a role announces it.", field="status")
    if not role.is_sealed:
        raise Refused("This role is not sealed: everybody here sees it already.", field="status")
