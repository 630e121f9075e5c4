"""The hire fell through: the role is open again, and its bench is the call list."""

from datetime import date

from sqlalchemy import select

from crm.db import db
from crm.domain import applications, calls, events, keeping, policy, roles, shape, snapshots
from crm.domain.applications import Application, Progress
from crm.domain.calls import CallList
from crm.domain.errors import Refused
from crm.domain.roles import Hire, Role
from crm.domain.snapshots import Kept
from crm.domain.users import User
from crm.kit import clock, words

WHY = ("declined", "no_show", "left", "let_go")
WHY_WORDS = {"declined": "declined", "no_show": "did not start", "left": "left", "let_go": "was let go"}
AFTER_THE_START = frozenset(("left", "let_go"))
NEVER_STARTED = frozenset(("declined", "no_show"))
"""Their application ends as an offer that was declined. Who left was hired all the same, and their application says so;
that the hire fell is on the hire, and whoever asks who is in place reads it there."""
ENDED = ("disposition", "decided_on", "decided_at")


def hire_in_place(role: Role) -> Hire | None:
    """The latest that has not fallen through."""
    there = select(Hire).where(Hire.role_id == role.id, Hire.fell_on.is_(None))
    return db.session.scalar(there.order_by(Hire.at.desc(), Hire.id.desc()).limit(1))


def newest_hire(role: Role) -> Hire | None:
    """Whether it fell through or not."""
    any_of_it = select(Hire).where(Hire.role_id == role.id)
    return db.session.scalar(any_of_it.order_by(Hire.at.desc(), Hire.id.desc()).limit(1))


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
    """Reopens the role and brings its bench up; whoever was still to be told that it is filled is not. Of two who
    report at once, the second reads who was first.
    """
    on = on or clock.today()
    policy.require("close", role, by=by)
    why = shape.one_of(why, WHY, "why")
    roles.lock(role)
    hire = require_hire(role, by=by)
    _check_day(hire, why, on)
    hire.fell_on, hire.fell_why = on, why
    call_list = calls.begin(role, by=by, why=why, on=on, hire_id=hire.id, without=hire.candidate_id)
    call_list.before = _end_application(hire, role, why, on, by)
    roles.set_status(role, "open")
    keeping.stop_telling(select(Application.id).where(Application.role_id == role.id))
    text = f"reported that the hire fell through ({WHY_WORDS[why]}), and brought up the bench"
    events.record("role.fell_through", by=by, subject_id=role.id, role_id=role.id, text=text)
    return call_list


def undo(role: Role, *, by: User) -> None:
    """The hire is back and the role filled, as it was; contacts that were made stay, and a question that still waits
    never leaves. Twice is once.
    """
    policy.require("close", role, by=by)
    roles.lock(role)
    hire = newest_hire(role)
    if role.status == "filled" and hire is not None and _was_taken_back(hire):
        return
    call_list = calls.of(role)
    if call_list is None:
        raise Refused("Nobody has reported that a hire fell through here, so there is nothing to take back.")
    db.session.refresh(call_list, with_for_update=True)  # who records a yes holds the same lock
    hire = _fallen(role, call_list, hire)
    hire.fell_on, hire.fell_why = None, ""
    call_list.undone_at = clock.now()
    calls.stop_questions(call_list)
    _put_application_back(call_list, hire, role, by)
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


def _was_taken_back(hire: Hire) -> bool:
    """The report that it fell through."""
    undone = select(CallList.id).where(CallList.hire_id == hire.id, CallList.undone_at.is_not(None)).limit(1)
    return hire.fell_on is None and db.session.scalar(undone) is not None


def _application_of(hire: Hire, role: Role) -> Application | None:
    return applications.for_people(role, [hire.candidate_id]).get(hire.candidate_id) if hire.candidate_id else None


def _end_application(hire: Hire, role: Role, why: str, on: date, by: User) -> Kept:
    """What it was before, where it changed."""
    application = _application_of(hire, role) if why in NEVER_STARTED else None
    if application is None or application.disposition != "hired":
        return {}
    before = snapshots.of(application, *ENDED)
    ended_on = max(on, application.applied_on or on)
    applications.write(application, Progress(disposition="offer_declined", decided_on=ended_on), by=by)
    return before


def _put_application_back(call_list: CallList, hire: Hire, role: Role, by: User) -> None:
    """Unless somebody has written something else in it since."""
    application = _application_of(hire, role) if call_list.before else None
    if application is not None and application.disposition == "offer_declined":
        snapshots.put_back(application, call_list.before)
        applications.write(application, Progress(), by=by)


def _fallen(role: Role, call_list: CallList, newest: Hire | None) -> Hire:
    """Who comes back, or Refused."""
    if call_list.why not in WHY:
        raise Refused("This list is of a role that was announced; there is no hire to bring back.")
    if calls.said_yes(call_list):
        raise Refused("Somebody said yes already. Undo that first, if the hire is back after all.")
    if newest is None or call_list.hire_id != newest.id:
        raise Refused("Another hire was recorded since, so the earlier one cannot be brought back.")
    if role.status != "open":
        raise Refused("The role was changed since, so this can no longer be undone.")
    return newest


def _name_of(call_list: CallList) -> str:
    user = db.session.get(User, call_list.by_id)
    return user.name if user else "Somebody"
