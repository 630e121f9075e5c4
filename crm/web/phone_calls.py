"""Ringing a candidate up: the number, what to remember, and what came of it in one tap."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, cards, phone_calls, promises, touchpoints
from crm.kit import words
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to

bp = Blueprint("phone_calls", __name__)
SAID = {
    "spoke": "you spoke", "no_answer": "nobody answered, and that is noted",
    "message": "you left a message, and that is noted", "back": "they will call back, and that is noted",
}  # fmt: skip


@bp.route("/candidates/<candidate_id>/call", methods=["GET", "POST"])
def show(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    if request.method == "GET":
        return render_template(
            "candidates/call.html",
            candidate=candidate,
            last_contact=touchpoints.last_contact(candidate),
            promises=[promise for promise in promises.all_of(candidate, seen_by=me()) if promise.is_open],
            tomorrow=cards.today_of(me()) + timedelta(days=1),
            back=request.args.get("back", ""),
        )
    outcome = request.form.get("outcome", "")
    logged = phone_calls.record(candidate, outcome, by=me(), text=request.form.get("text", ""))
    then = f" Next: {words.day(candidate.next_on)}." if candidate.next_on else ""
    undo.offer(
        f"{candidate.full_name}: {SAID[outcome]}.{then}",
        url_for(
            "touchpoints.take_back", candidate_id=candidate_id, touchpoint_id=logged.id, back=request.form.get("back")
        ),
    )
    return redirect(back_to(candidate), 303)
