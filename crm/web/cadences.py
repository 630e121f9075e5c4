"""How often to be in touch with somebody, and pauses, each with its undo."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from crm.domain import cadences, candidates
from crm.domain.candidates import Candidate
from crm.forms.cadences import CadenceForm, PauseForm
from crm.kit import words
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to, page

bp = Blueprint("cadences", __name__)


@bp.post("/candidates/<candidate_id>/pause")
def pause(candidate_id: str) -> ResponseReturnValue:
    candidate, form = candidates.find(candidate_id, seen_by=me()), PauseForm()
    if form.take(lambda: cadences.pause(candidate, why=form.why.data, until=form.until.data, by=me())) is None:
        return page(candidates.find(candidate_id, seen_by=me()), pause_form=form, status=422)
    undo.offer(f"Keeping in touch with {candidate.full_name} is paused: {candidate.pause_words}.", _undo(candidate))
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/pause/end")
def resume(candidate_id: str) -> ResponseReturnValue:
    candidate = cadences.resume(candidates.find(candidate_id, seen_by=me()), by=me())
    then = f" Next: {words.day(candidate.next_on)}." if candidate.next_on else ""
    undo.offer(f"{candidate.full_name} is no longer paused.{then}", _undo(candidate))
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/pause/undo")
def undo_pause(candidate_id: str) -> ResponseReturnValue:
    candidate = cadences.undo_pause(candidates.find(candidate_id, seen_by=me()), by=me())
    flash(f"{candidate.full_name} is as before.")
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/cadence")
def change(candidate_id: str) -> ResponseReturnValue:
    candidate, form = candidates.find(candidate_id, seen_by=me()), CadenceForm()
    if form.take(lambda: _set(candidate, form)) is None:
        return page(candidates.find(candidate_id, seen_by=me()), cadence_form=form, status=422)
    flash(f"{candidate.full_name}: {cadences.of(candidate).words}.")
    return redirect(back_to(candidate), 303)


def _set(candidate: Candidate, form: CadenceForm) -> Candidate:
    target, latest = form.target_days.data, form.latest_days.data
    return cadences.set_own(candidate, target_days=target, latest_days=latest, by=me())


def _undo(candidate: Candidate) -> str:
    return url_for("cadences.undo_pause", candidate_id=candidate.id)
