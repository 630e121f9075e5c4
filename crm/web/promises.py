"""What was promised: kept, moved, not kept, where it stands; made and kept by what is told of a contact."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, promises
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.promises import Promise
from crm.forms.candidates import PromiseFields
from crm.kit import clock
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to
from crm.web.page import as_date

bp = Blueprint("promises", __name__)
PATH = "/candidates/<candidate_id>/promises/<promise_id>"
SPANS = {"week": timedelta(days=7), "month": timedelta(days=30)}
FIELDS = {"text": "promise_text", "due_on": "promise_on"}
"""What the domain calls them, and what the form does."""


@bp.post(f"{PATH}/keeping")
def keep(candidate_id: str, promise_id: str) -> ResponseReturnValue:
    promise = promises.keep(_found(candidate_id, promise_id), by=me())
    undo.offer(f"Kept: “{promise.text}”.", _undo(promise, "reopen", "kept"))
    return redirect(back_to(promise.candidate), 303)


@bp.post(f"{PATH}/breaking")
def break_(candidate_id: str, promise_id: str) -> ResponseReturnValue:
    promise = promises.break_(_found(candidate_id, promise_id), by=me())
    told = f"Not kept, and on record. An apology is drafted on the page of {promise.candidate.full_name}."
    undo.offer(told, _undo(promise, "reopen", "broken"))
    return redirect(back_to(promise.candidate), 303)


@bp.post(f"{PATH}/renewal")
def renew(candidate_id: str, promise_id: str) -> ResponseReturnValue:
    chosen = request.form.get("for") or request.form.get("until", "")
    day = clock.today() + SPANS[chosen] if chosen in SPANS else as_date(chosen)
    if day is None:
        raise Refused("Choose a day.", field="until")
    promise = promises.renew(_found(candidate_id, promise_id), day, by=me())
    undo.offer(f"“{promise.text}”: {promise.due_words}.", _undo(promise, "put_back", day.isoformat()))
    return redirect(back_to(promise.candidate), 303)


@bp.post(f"{PATH}/settling/undo")
def reopen(candidate_id: str, promise_id: str) -> ResponseReturnValue:
    promise = promises.reopen(_found(candidate_id, promise_id), by=me(), was=request.args.get("was", ""))
    return _as_before(promise)


@bp.post(f"{PATH}/renewal/undo")
def put_back(candidate_id: str, promise_id: str) -> ResponseReturnValue:
    """The date before the one in the address, which was written there when it was set."""
    found = _found(candidate_id, promise_id)
    return _as_before(promises.take_renewal_back(found, as_date(request.args.get("was")), by=me()))


# --- with a contact


def made_in(form: PromiseFields, candidate: Candidate, *, touchpoint_id: str | None = None) -> Promise | None:
    """What the form says was promised, where it is ticked; what is wrong with it is told at the form's own fields."""
    if not form.promised.data:
        return None
    try:
        return promises.make(
            candidate, text=form.promise_text.data or "", due_on=form.promise_on.data, by=me(),
            touchpoint_id=touchpoint_id,
        )  # fmt: skip
    except Refused as refusal:
        raise Refused(str(refusal), field=FIELDS.get(refusal.field, refusal.field)) from refusal


def ticked() -> list[str]:
    """The promises that a form says were kept."""
    return request.form.getlist("keeps")[: promises.MOST_OF_ONE]


def kept_by(candidate: Candidate, *, touchpoint_id: str | None = None) -> list[Promise]:
    user = me()
    return [
        promises.keep(promises.find(candidate, promise_id, seen_by=user), by=user, touchpoint_id=touchpoint_id)
        for promise_id in dict.fromkeys(ticked())
    ]


# --- parts


def _found(candidate_id: str, promise_id: str) -> Promise:
    user = me()
    return promises.find(candidates.find(candidate_id, seen_by=user), promise_id, seen_by=user)


def _undo(promise: Promise, act: str, was: str) -> str:
    """`was`: what it is taken back from, a state or a day."""
    return url_for(
        f"promises.{act}", candidate_id=promise.candidate_id, promise_id=promise.id, was=was,
        back=request.form.get("back"),
    )  # fmt: skip


def _as_before(promise: Promise) -> ResponseReturnValue:
    flash(f"“{promise.text}” is open, {promise.due_words}.")
    return redirect(back_to(promise.candidate), 303)
