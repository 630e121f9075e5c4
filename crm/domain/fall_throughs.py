"""The hire fell through: the role is open again, and its bench is the call list."""

from datetime import date

from sqlalchemy import select

from crm.db import db
from crm.domain import calls, events, policy, roles, shape
from crm.domain.calls import CallList
from crm.domain.errors import Refused
from crm.domain.roles import Hire, Role
from crm.domain.users import User
from crm.kit import clock, words

WHY = ("declined", "no_show", "left", "let_go")
WHY_WORDS = {"declined": "declined", "no_show": "did not start", "left": "left", "let_go": "was let go"}
AFTER_THE_START = frozenset(("left", "let_go"))


def hire_in_place(role: Role) -> Hire | None:
    """The latest that has not fallen through."""
    there = select(Hire).where(Hire.role_id == role.id, Hire.fell_on.is_(None))
    return db.session.scalar(there.order_by(Hire.at.desc(), Hire.id.desc()).limit(1))


def require_hire(role: Role, *, by: User) -> Hire:
    """Raises Denied, or Refused with the sentence why nothing can fall through here now."""
    policy.require("close", role, by=by)
    hire = hire_in_place(role)
    if role.status == "filled" and hire is not None:
        return hire
    known = calls.of(role)
    if known is not None and known.why in WHY and role.status == "open":
        reporter = "You have" if known.by_id == by.id else f"{_name_of(known)} has"
        when = words.ago(known.started_at, clock.now())
        raise Refused(f"{reporter} reported that already, {when}. The call list is on the role's page.")
    raise Refused("This role is not filled by a hire on record, so nobody can have fallen through.")


# --- verbs


def report(role: Role, *, why: str, by: User, on: date | None = None) -> CallList:
    """Reopens the role and brings its bench up. Of two who report at once, the second reads who was first."""
    on = on or clock.today()
    policy.require("close", role, by=by)
    why = shape.one_of(why, WHY, "why")
    roles.lock(role)
    hire = require_hire(role, by=by)
    _check_day(hire, why, on)
    hire.fell_on, hire.fell_why = on, why
    call_list = calls.begin(role, by=by, why=why, on=on, hire_id=hire.id, without=hire.candidate_id)
    roles.set_status(role, "open")
    text = f"reported that the hire fell through ({WHY_WORDS[why]}), and brought up the bench"
    events.record("role.fell_through", by=by, subject_id=role.id, role_id=role.id, text=text)
    return call_list


def undo(role: Role, *, by: User) -> None:
    """The hire is back and the role filled, as it was; contacts that were made stay. Twice is once."""
    policy.require("close", role, by=by)
    roles.lock(role)
    call_list = calls.of(role)
    if call_list is None or (call_list.why in WHY and role.status == "filled"):
        return
    db.session.refresh(call_list, with_for_update=True)  # who records a yes holds the same lock
    _check_undo(role, call_list)
    hire = db.session.get_one(Hire, call_list.hire_id)
    hire.fell_on, hire.fell_why = None, ""
    call_list.undone_at = clock.now()
    roles.set_status(role, "filled")
    role.filled_on = call_list.filled_on
    events.record("role.fall_through_undone", by=by, subject_id=role.id, role_id=role.id, text="the hire is back")


# --- parts


def _check_day(hire: Hire, why: str, on: date) -> None:
    if on > clock.today():
        raise Refused("That day has not come yet.", field="on")
    if why in AFTER_THE_START and hire.starts_on is not None and on < hire.starts_on:
        raise Refused(
            f"The first day is {words.day(hire.starts_on)}. Before it one declines, or does not start.", field="why"
        )


def _check_undo(role: Role, call_list: CallList) -> None:
    if call_list.why not in WHY:
        raise Refused("This list is of a role that was announced; there is no hire to bring back.")
    if calls.said_yes(call_list):
        raise Refused("Somebody said yes already. Undo that first, if the hire is back after all.")
    if role.status != "open":
        raise Refused("The role was changed since, so this can no longer be undone.")


def _name_of(call_list: CallList) -> str:
    user = db.session.get(User, call_list.by_id)
    return user.name if user else "Somebody"
