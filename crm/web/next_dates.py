"""When to be in touch next: chosen, snoozed, let go, each with its undo."""

from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import cadences, candidates, snapshots
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.forms.candidates import NextForm
from crm.kit import clock, words
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to, page
from crm.web.page import as_date

bp = Blueprint("next_dates", __name__)
MOMENTS = ("next_chosen_at", "awaits_reply_since", "let_go_at")
SNOOZES = {"tomorrow": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


@bp.post("/candidates/<candidate_id>/next")
def choose(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    undo_url = _undo(candidate)
    form = NextForm()
    if form.take(lambda: candidates.set_next(candidate, form.on.data, by=me(), why=form.why.data or "")) is None:
        return page(candidates.find(candidate_id, seen_by=me()), next_form=form, status=422)
    undo.offer(f"{candidate.full_name}: {words.day(form.on.data)}.", undo_url)
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/snooze")
def snooze(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    undo_url = _undo(candidate)
    if request.form.get("for") == "reply":
        cadences.wait_for_reply(candidate, by=me())
        said = "when they answer, or"
    else:
        candidates.snooze(candidate, _until(), by=me())
        said = "on"
    latest = words.day(candidate.next_on) if candidate.next_on else ""
    undo.offer(f"{candidate.full_name} is back {said} {latest}.", undo_url)
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/letting-go")
def let_go(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    undo_url = _undo(candidate)
    candidates.let_go(candidate, by=me())
    undo.offer(f"{candidate.full_name} is let go: the record stays, nobody is reminded.", undo_url)
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/next/undo")
def put_back(candidate_id: str) -> ResponseReturnValue:
    """As the address gives it; it was written there when it was changed."""
    candidate = candidates.find(candidate_id, seen_by=me())
    candidates.put_back(candidate, _before(), by=me())
    flash(f"{candidate.full_name} is as before.")
    return redirect(back_to(candidate), 303)


def _until() -> date:
    until = request.form.get("for") or request.form.get("until", "")
    if until in SNOOZES:
        return clock.today() + SNOOZES[until]
    chosen = as_date(until)
    if chosen is None:
        raise Refused("Choose a day.", field="until")
    return chosen


def _before() -> snapshots.Kept:
    """Of one's own address; nonsense counts as none."""
    told, on = request.args, as_date(request.args.get("next_on"))
    return {
        "next_on": on.isoformat() if on else None,
        "next_why": told.get("next_why", "") if on else "",
        "next_by_cadence": bool(told.get("next_by_cadence")),
        **{name: _moment(told.get(name)) for name in MOMENTS},
    }


def _moment(value: str | None) -> str | None:
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return moment.isoformat() if moment.tzinfo and 2000 <= moment.year < 2200 else None


def _undo(candidate: Candidate) -> str:
    kept = {name: value or None for name, value in snapshots.of(candidate, *candidates.WHEN).items()}
    return url_for("next_dates.put_back", candidate_id=candidate.id, back=request.form.get("back"), **kept)
