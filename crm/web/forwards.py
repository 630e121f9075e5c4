"""Forwarding a resume: what to write, what exactly will leave, and the register of what left."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from crm.db import start_over
from crm.domain import (
    candidates,
    disclosures,
    fair_use,
    forward_parts,
    forwards,
    gate,
    more_time,
    permissions,
    plans,
    revoking,
    sharing,
    teasers,
)
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.errors import Refused
from crm.domain.forwards import Forward
from crm.domain.plans import Plan
from crm.domain.resumes import Resume
from crm.forms.forwards import ForwardForm
from crm.kit import tokens, words
from crm.mail import asking_letters, letters
from crm.web import leaving, register_page, undo
from crm.web.access import me

bp = Blueprint("forwards", __name__)


# --- the register


@bp.get("/forwards")
def index() -> str:
    return register_page.page()


@bp.get("/forwards.csv")
def table() -> Response:
    return register_page.table()


@bp.get("/forwards/<forward_id>")
def show(forward_id: str) -> str:
    forward = forwards.find(forward_id, seen_by=me())
    return render_template(
        "forwards/show.html",
        forward=forward,
        is_shown=sharing.is_shown(forward),
        more_until=more_time.offered(forward),
        copies=disclosures.of(forward),
        teaser=teasers.before(forward),
    )


@bp.post("/forwards/<forward_id>/revocation")
def revoke(forward_id: str) -> ResponseReturnValue:
    forward = revoking.revoke(forwards.find(forward_id, seen_by=me()), by=me())
    flash(_closed(forward), "ok")
    return redirect(url_for(".show", forward_id=forward.id), 303)


@bp.post("/forwards/<forward_id>/more-time")
def give_more_time(forward_id: str) -> ResponseReturnValue:
    forward = forwards.find(forward_id, seen_by=me())
    try:
        more_time.give(forward, by=me())
    except Refused as refusal:
        flash(str(refusal), "no")
    else:
        flash(f"The same link is open until {words.day(forward.until)}.", "ok")
    return redirect(url_for(".show", forward_id=forward.id), 303)


@bp.post("/forwards/<forward_id>/seen")
def see(forward_id: str) -> ResponseReturnValue:
    forward = forwards.see_answer(forwards.find(forward_id, seen_by=me()), by=me())
    return redirect(url_for(".show", forward_id=forward.id), 303)


def _closed(forward: Forward) -> str:
    if forward.is_taken_back:
        return "Taken back: nothing was sent."
    kept = "What was attached or downloaded cannot be recalled. " if revoking.may_be_kept(forward) else ""
    told = f"{forward.colleague.first_name} is told so, and not why. " if forward.revoked_letter else ""
    return f"Revoked. The link no longer opens. {kept}{told}".strip()


# --- making one: write, look, send


@bp.route("/candidates/<candidate_id>/forwards/new", methods=["GET", "POST"])
def new(candidate_id: str) -> ResponseReturnValue:
    """What to write; sent, it answers with the preview. `change` comes back from there."""
    candidate = candidates.find(candidate_id, seen_by=me())
    form = _form(candidate)
    if request.method == "GET" or "change" in request.form:
        return _write(candidate, form)
    plan = form.take(lambda: _planned(candidate, form))
    return _write(candidate, form, 422) if plan is None else _preview(plan, form)


@bp.post("/candidates/<candidate_id>/forwards")
def send(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = _form(candidate)
    forward = form.take(lambda: _sent(candidate, form))
    if forward is None:
        return _write(candidate, form, 422)
    if forward.is_waiting:
        undo.offer(_said(forward), url_for(".revoke", forward_id=forward.id))
    return redirect(url_for(".show", forward_id=forward.id), 303)


def _said(forward: Forward) -> str:
    if forward.letter is not None:
        return f"On its way to {forward.colleague.name}. {leaving.sentence('forward')}"
    return f"{forward.candidate.full_name} is asked first. {leaving.sentence('forward_ask')}"


def _sent(candidate: Candidate, form: ForwardForm) -> Forward:
    """A second click is the same forward, though nobody is asked twice."""
    intent = form.intent.data or ""
    known = forwards.by_intent(intent, by=me()) if intent else None
    if known is not None:
        return known
    plan = _planned(candidate, form)
    if plan.consent is None and not form.asks.data:
        raise Refused(f"{candidate.full_name} has not agreed any more. Look again: they are asked first.", field="to")
    return forwards.send(plan, by=me(), intent=intent)


def _form(candidate: Candidate) -> ForwardForm:
    form = ForwardForm()
    form.resume_id.choices = [SelectChoice(one.id, _version(one)) for one in plans.versions(candidate)]
    if request.method == "GET":
        form.to_id.data = request.args.get("to_id", "")
        form.until.data = plans.default_until()
    return form


def _planned(candidate: Candidate, form: ForwardForm) -> Plan:
    to = _addressed(form)
    try:
        _record_yes(candidate, to, form)
        return plans.plan(
            candidate, to, by=me(), resume_id=form.resume_id.data or "", position=form.position.data or "",
            note=form.note.data or "", deliver=form.deliver.data or "link", until=form.until.data,
            parts=form.parts.data, sensitive=form.sensitive.data, blind=form.blind.data,
        )  # fmt: skip
    except Refused as refusal:
        raise Refused(str(refusal), field={"consent": "evidence"}.get(refusal.field, refusal.field)) from refusal


def _addressed(form: ForwardForm) -> Colleague:
    return plans.addressed(
        form.to.data or "", form.to_id.data or "", email=form.email.data or "", name=form.name.data or "",
        company=form.company.data or "", by=me(),
    )  # fmt: skip


def _record_yes(candidate: Candidate, to: Colleague, form: ForwardForm) -> None:
    """In the same step as the plan: whatever stands against the plan takes the yes back, and nothing typed is lost."""
    if not (form.evidence.data or "").strip() or _consent(candidate, to, form):
        return
    company = "" if form.scope.data == "any" else to.company
    try:
        recorded = permissions.write_down(
            candidate, purpose="forward", evidence=form.evidence.data, company=company, by=me(),
            given_on=form.given_on.data, until=form.yes_until.data, attachment=form.yes_attachment.data,
            channel=form.channel.data or "",
        )  # fmt: skip
    except Refused as refusal:
        raise Refused(str(refusal), field={"until": "yes_until"}.get(refusal.field, refusal.field)) from refusal
    if any(one.to_address == to.email for one in recorded.released):
        raise Refused(
            f"A forward to {to.name} waits for this very yes. Record it on {candidate.full_name}'s page, and that one "
            "leaves by itself.", field="evidence",
        )  # fmt: skip


# --- pages


def _write(candidate: Candidate, form: ForwardForm, status: int = 200) -> tuple[str, int]:
    to = _known(form)
    consent = _consent(candidate, to, form) if to else None
    page = render_template(
        "forwards/new.html", candidate=candidate, form=form, to=to, consent=consent,
        permissions=plans.permissions(candidate), versions=form.resume_id.choices,
    )  # fmt: skip
    return page, status


def _consent(candidate: Candidate, to: Colleague, form: ForwardForm) -> Consent | None:
    blind, deliver = bool(form.blind.data), form.deliver.data or "link"
    try:
        parts = forward_parts.chosen(form.parts.data, deliver=deliver, blind=blind)
    except Refused:  # as the plan will say
        parts = []
    return gate.of(
        candidate, company=to.company, address=to.email, blind=blind, attached=deliver == "attachment", parts=parts,
        position=(form.position.data or "").strip(),
    ).consent  # fmt: skip


def _known(form: ForwardForm) -> Colleague | None:
    """Whom it is for, as far as one can tell; a page that is shown again does not complain a second time."""
    try:
        return _addressed(form)
    except Refused:
        return None


def _preview(plan: Plan, form: ForwardForm) -> str:
    """The yes that was typed is recorded when the forward is sent; until then the page only looks as if it were."""
    form.intent.data = tokens.new_id()
    draft = letters.forward_preview(plan, by=me())
    form.asks.data = "" if plan.consent else "1"
    question = None if plan.consent else asking_letters.preview(plan, by=me())
    page = render_template(
        "forwards/preview.html", plan=plan, draft=draft, fields=form.carried(), sentence=_what_happens(plan),
        shown=forward_parts.shown_words(plan), question=question, leaves=leaving.sentence("forward_ask"),
        warnings=fair_use.warnings(plan.candidate, plan.colleague, seen_by=me()),
    )  # fmt: skip
    start_over()
    return page


def _what_happens(plan: Plan) -> str:
    if plan.consent is None:
        return f"Nothing goes to {plan.colleague.first_name} before {plan.candidate.full_name} has said yes."
    leaves = leaving.sentence("forward")
    if plan.deliver == "attachment":
        return f"{leaves} The file then stays with {plan.colleague.first_name}: an attachment cannot be recalled."
    return f"{leaves} The link is open until {words.day(plan.until)}; you can revoke it at any time."


def _version(resume: Resume) -> str:
    return f"{resume.filename}, added {words.day(resume.uploaded_at)}"
