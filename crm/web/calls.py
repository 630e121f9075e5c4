"""The call list, made for a phone: one person at a time, and the list of all below."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import call_letters, calls, readiness, roles, signals, touchpoints
from crm.domain.calls import TIME_TO_THINK, Call, CallList
from crm.domain.errors import Missing
from crm.domain.outbox import Letter
from crm.domain.readiness import Readiness
from crm.domain.roles import Role
from crm.forms.calls import CallLetterForm, OutcomeForm
from crm.kit import clock, tokens
from crm.mail import call_drafts
from crm.web import leaving
from crm.web import undo as way_back
from crm.web.access import me

bp = Blueprint("calls", __name__)
ONE = "/roles/<role_id>/calls/<candidate_id>"


@dataclass
class Forms:
    """As they were sent, where something in them has to be mended."""

    outcome: OutcomeForm | None = None
    letter: CallLetterForm | None = None


@bp.get("/roles/<role_id>/calls")
def show(role_id: str) -> str:
    """Whoever is to be called now; after a yes, whoever is to be thanked next."""
    return _page(role_id)


@bp.get(ONE)
def person(role_id: str, candidate_id: str) -> str:
    return _page(role_id, candidate_id)


@bp.post(ONE)
def record(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role, call = _found(role_id, candidate_id)
    form = OutcomeForm()
    recorded = form.take(lambda: _record(call, role, form))
    if recorded is None:
        return _page(role_id, candidate_id, Forms(outcome=form)), 422
    url = url_for(".undo", role_id=role_id, candidate_id=candidate_id, outcome=recorded.outcome, at=recorded.said_at)
    way_back.offer(f"{recorded.candidate.full_name}: {recorded.outcome_words}.", url)
    return _to_list(role_id)


@bp.post(f"{ONE}/undo")
def undo(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role, call = _found(role_id, candidate_id)
    calls.undo(call, role, by=me(), outcome=request.args.get("outcome"), at=request.args.get("at"))
    flash(f"Taken back. {call.candidate.full_name}: {call.outcome_words}.")
    return redirect(url_for(".person", role_id=role_id, candidate_id=candidate_id), 303)


@bp.post(f"{ONE}/letter")
def write(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role, call = _found(role_id, candidate_id)
    form = CallLetterForm()
    letter = form.take(lambda: _write(call, role, form))
    if letter is None:
        return _page(role_id, candidate_id, Forms(letter=form)), 422
    url = url_for(".take_back", role_id=role_id, candidate_id=candidate_id)
    way_back.offer(f"The letter to {letter.to_name} is on its way.", url)
    return _to_list(role_id)


@bp.post(f"{ONE}/letter/undo")
def take_back(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role, call = _found(role_id, candidate_id)
    call_letters.take_back(call, role, by=me())
    flash("Taken back: nothing was sent.")
    return redirect(url_for(".person", role_id=role_id, candidate_id=candidate_id), 303)


@bp.post(f"{ONE}/thanked")
def thank(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role, call = _found(role_id, candidate_id)
    call_letters.mark_thanked(call, role, by=me())
    url = url_for(".unthank", role_id=role_id, candidate_id=candidate_id)
    way_back.offer(f"{call.candidate.full_name} was thanked.", url)
    return _to_list(role_id)


@bp.post(f"{ONE}/thanked/undo")
def unthank(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role, call = _found(role_id, candidate_id)
    call_letters.mark_thanked(call, role, by=me(), thanked=False)
    return _to_list(role_id)


# --- parts


def _found(role_id: str, candidate_id: str) -> tuple[Role, Call]:
    role = roles.find(role_id, seen_by=me())
    return role, calls.find_call(calls.find(role), candidate_id, seen_by=me())


def _record(call: Call, role: Role, form: OutcomeForm) -> Call:
    until = form.thinking_until.data if form.outcome.data == "thinking" else None
    return calls.record(
        call, role, outcome=form.outcome.data or "", thinking_until=until, note=form.note.data or "",
        was=form.was.data or "", by=me(),
    )  # fmt: skip


def _write(call: Call, role: Role, form: CallLetterForm) -> Letter:
    return call_letters.write(
        call, role, purpose=form.purpose.data or "", subject=form.subject.data or "", text=form.text.data or "",
        intent=form.intent.data or "", by=me(),
    )  # fmt: skip


def _to_list(role_id: str) -> ResponseReturnValue:
    return redirect(url_for(".show", role_id=role_id), 303)


def _page(role_id: str, candidate_id: str = "", forms: Forms | None = None) -> str:
    call_list = calls.find_seen(role_id, seen_by=me())
    role = call_list.role
    rows = calls.rows(call_list, seen_by=me())
    ready = readiness.of(role, [row.candidate for row in rows], seen_by=me())
    up = _up(call_list, rows, candidate_id)
    page = {"role": role, "call_list": call_list, "rows": rows, "ready": ready, "up": up}
    if up is None:
        return render_template("calls/list.html", **page)
    return render_template("calls/show.html", **page, **_about(up, role, ready[up.candidate_id], forms or Forms()))


def _up(call_list: CallList, rows: list[Call], candidate_id: str) -> Call | None:
    if candidate_id:
        found = next((row for row in rows if row.candidate_id == candidate_id), None)
        if found is None:
            raise Missing
        return found
    if call_list.yes_at is not None:
        return next((row for row in rows if row.to_thank), None)
    return None if call_list.is_over else calls.next_of(rows)


def _about(call: Call, role: Role, ready: Readiness, forms: Forms) -> dict[str, Any]:
    return {
        "known": ready.known,
        "last_contact": touchpoints.last_contact(call.candidate),
        "last_words": calls.last_words(call.candidate),
        "gestures": signals.of([call.candidate_id])[call.candidate_id],
        "form": forms.outcome or _outcome_form(call),
        "letter_form": forms.letter or _letter_form(call, role, ready),
        "sentence": leaving.sentence("personal"),
    }


def _outcome_form(call: Call) -> OutcomeForm:
    until = call.thinking_until or clock.today() + TIME_TO_THINK
    return OutcomeForm(formdata=None, data={"was": call.outcome, "thinking_until": until, "note": ""})


def _letter_form(call: Call, role: Role, ready: Readiness) -> CallLetterForm:
    draft = call_drafts.of(call, role, ready.known.application, by=me())
    words = {"purpose": draft.purpose, "subject": draft.subject, "text": draft.text, "intent": tokens.new_id()}
    return CallLetterForm(formdata=None, data=words)
