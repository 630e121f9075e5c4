"""Contacts: logged on the candidate's page or on Today, taken back by undo."""

from datetime import UTC, date, datetime, time

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, touchpoints
from crm.domain.candidates import Candidate
from crm.domain.touchpoints import CONTACT, Touchpoint
from crm.forms.candidates import TouchpointForm
from crm.kit import clock, words
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to, page
from crm.web.promises import kept_by, made_in

bp = Blueprint("touchpoints", __name__)
NOON = time(12, tzinfo=UTC)
TAPPED = {"spoke": ("call", "out"), "met": ("meeting", "out"), "wrote": ("mail", "out"), "heard": ("mail", "in")}
"""What one tap says, before anything that stands in the fields."""


@bp.post("/candidates/<candidate_id>/touchpoints")
def log(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = TouchpointForm()
    if tapped := TAPPED.get(request.form.get("how", "")):
        form.kind.data, form.direction.data = tapped
    logged = form.take(lambda: _logged(candidate, form))
    if logged is None:
        return page(candidates.find(candidate_id, seen_by=me()), log=form, status=422)
    undo_url = url_for(
        "touchpoints.take_back", candidate_id=candidate_id, touchpoint_id=logged.id, back=request.form.get("back")
    )
    undo.offer(_said(candidate), undo_url)
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/touchpoints/<touchpoint_id>/removal")
def take_back(candidate_id: str, touchpoint_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    touchpoints.take_back(touchpoints.find(candidate, touchpoint_id), candidate, by=me())
    flash("Taken off the record.")
    return redirect(back_to(candidate), 303)


def _logged(candidate: Candidate, form: TouchpointForm) -> Touchpoint:
    """With what was promised in it, and what it kept; a note is written to nobody and keeps nothing."""
    touchpoint = touchpoints.log(
        candidate, kind=form.kind.data, direction=form.direction.data, at=_moment(form.on.data), by=me(),
        text=form.text.data or "",
    )  # fmt: skip
    if touchpoint.kind in CONTACT:
        kept_by(candidate, touchpoint_id=touchpoint.id)
    made_in(form, candidate, touchpoint_id=touchpoint.id)
    return touchpoint


def _moment(on: date | None) -> datetime | None:
    """Now for today; the middle of the day for a day that is over."""
    return datetime.combine(on, NOON) if on and on != clock.today() else None


def _said(candidate: Candidate) -> str:
    then = f" Next: {words.day(candidate.next_on)}." if candidate.next_on else ""
    return f"Logged for {candidate.full_name}.{then}"
