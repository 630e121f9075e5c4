"""Gracious signals: noted in one click, taken back by another."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, signals
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to

bp = Blueprint("signals", __name__)
PATH = "/candidates/<candidate_id>/signals"


@bp.post(PATH)
def log(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    given = {name: request.form.get(name, "") for name in ("kind", "words", "arrival_id")}
    signal = signals.log(candidate, by=me(), **given)
    way_back = url_for(
        ".take_back", candidate_id=candidate.id, signal_id=signal.id, back=request.form.get("back") or None
    )
    undo.offer(f"Noted: {candidate.full_name} {signal.phrase}.", way_back)
    return redirect(back_to(candidate), 303)


@bp.post(f"{PATH}/<signal_id>/removal")
def take_back(candidate_id: str, signal_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    signals.take_back(signals.find(candidate, signal_id), candidate, by=me())
    flash("Taken off the record.")
    return redirect(back_to(candidate), 303)
