"""One application of a candidate for a role, with its debrief."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import applications, candidates, door_openers, personal_letters, roles
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.roles import Role
from crm.forms.roles import ApplicationForm, known
from crm.kit import gentle, tokens
from crm.web.access import me

bp = Blueprint("applications", __name__)


@bp.route("/roles/<role_id>/applications/new", methods=["GET", "POST"])
def new(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    form = ApplicationForm()
    if request.method == "GET":
        _begin(form)
        return _page(form, role)
    put = form.take(lambda: _put(form, role, _chosen(form)))
    return _back(role, put, form) if put else (_page(form, role), 422)


@bp.route("/roles/<role_id>/applications/<application_id>", methods=["GET", "POST"])
def edit(role_id: str, application_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    application = applications.find_for(role, application_id, seen_by=me())
    candidate = candidates.find(application.candidate_id, seen_by=me())
    form = ApplicationForm(obj=application, **known(application))
    if request.method == "GET":
        _begin(form)
        return _page(form, role, application, candidate)
    put = form.take(lambda: _put(form, role, candidate))
    return _back(role, put, form) if put else _again(form, role_id, application_id)


def _again(form: ApplicationForm, role_id: str, application_id: str) -> ResponseReturnValue:
    """What was read before the refusal is not there any more."""
    role = roles.find(role_id, seen_by=me())
    application = applications.find_for(role, application_id, seen_by=me())
    return _page(form, role, application, candidates.find(application.candidate_id, seen_by=me())), 422


@bp.post("/roles/<role_id>/applications/<application_id>/removal")
def remove(role_id: str, application_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    application = applications.find_for(role, application_id, seen_by=me())
    applications.remove(application, by=me())
    flash(f"The application of {application.candidate.full_name} is off the record.")
    return redirect(url_for("roles.show", role_id=role.id), 303)


def _chosen(form: ApplicationForm) -> Candidate:
    try:
        return candidates.find(form.person_id.data or "", seen_by=me())
    except Missing as error:
        raise Refused("Choose somebody from the suggestions; who is new is banked instead.", field="person") from error


def _begin(form: ApplicationForm) -> None:
    form.intent.data = tokens.new_link()
    form.propose(me())


def _put(form: ApplicationForm, role: Role, candidate: Candidate) -> Application:
    there = applications.for_people(role, [candidate.id]).get(candidate.id)
    was = there.disposition if there else ""
    application = applications.put(
        candidate,
        role,
        by=me(),
        stage=form.stage.data,
        disposition=form.disposition.data,
        reason=form.reason.data or "",
        applied_on=form.applied_on.data,
        decided_on=form.decided_on.data,
        panel=form.panel.data or "",
    )
    if application.debrief is not None or form.has_words:
        applications.debrief(application, form.words(), by=me())
    if application.is_near_miss and not was:
        door_openers.tell([application], form.telling(me()), by=me(), intent=form.intent.data or tokens.new_id())
    return application


def _back(role: Role, application: Application, form: ApplicationForm) -> ResponseReturnValue:
    if found := gentle.remarks(form.sentence.data, form.missing.data, form.would_change.data):
        flash(gentle.sentence(found))
    return redirect(url_for("roles.show", role_id=role.id, _anchor="applications"), 303)


def _page(
    form: ApplicationForm, role: Role, application: Application | None = None, candidate: Candidate | None = None
) -> str:
    return render_template(
        "applications/form.html",
        form=form,
        role=role,
        application=application,
        candidate=candidate,
        reasons=applications.reasons(),
        against=personal_letters.stands_against(candidate) if candidate else "",
    )
