"""What becomes of a bench when its guard window ends: prolong, release with thanks, or keep warm."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import benches, guards, readiness, roles
from crm.domain.errors import Missing, Refused
from crm.domain.roles import Role
from crm.kit import words
from crm.web import bench_page, undo
from crm.web.access import me

bp = Blueprint("guards", __name__)


@bp.post("/roles/<role_id>/guard/more")
def prolong(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    days, was = _number(request.form, "days"), _number(request.form, "was")
    hire = guards.prolong(role, days, by=me(), was=was)
    back = url_for(".set_back", role_id=role.id, was=was, now=hire.guard_days)
    undo.offer(f"The bench is held until {words.day(guards.ends_on(hire))}.", back)
    return _to(role)


@bp.post("/roles/<role_id>/guard/as-before")
def set_back(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    hire = guards.set_back(role, was=_number(request.args, "was"), now=_number(request.args, "now"), by=me())
    flash(f"The bench is held until {words.day(guards.ends_on(hire))}.")
    return _to(role)


@bp.post("/roles/<role_id>/guard/release")
def release(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    guards.release(role, by=me())
    undo.offer(
        "The bench is released. Nobody was written to yet: thank them one by one.", url_for(".reopen", role_id=role.id)
    )
    return _to(role)


@bp.post("/roles/<role_id>/guard/keep-warm")
def keep_warm(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    guards.keep_warm(role, by=me())
    undo.offer(
        "Those on the bench are kept warm: whoever had no next date has one now.", url_for(".reopen", role_id=role.id)
    )
    return _to(role)


@bp.post("/roles/<role_id>/guard/hold")
def reopen(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    guards.reopen(role, by=me())
    flash("The bench is held again.")
    return _to(role)


@bp.get("/roles/<role_id>/call-sheet")
def call_sheet(role_id: str) -> str:
    """One page to print: whom to call if this hire left today, in order, with what to do first."""
    role = roles.find(role_id, seen_by=me())
    places = benches.of(role, seen_by=me())
    if not places:
        raise Missing
    ready = readiness.of(role, [place.candidate for place in places], seen_by=me())
    told = bench_page.drill(ready)
    return render_template("roles/call_sheet.html", role=role, places=places, ready=ready, drill=told)


def _number(given: Mapping[str, str], name: str) -> int:
    told = given.get(name, "")
    if not (told.isascii() and told.isdecimal()):
        raise Refused("Choose by how many days.", field="days")
    return int(told[:4])


def _to(role: Role) -> ResponseReturnValue:
    return redirect(url_for("roles.show", role_id=role.id), 303)
