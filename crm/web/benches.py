"""The bench of a role: who is on it, in which order, and why."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import applications, benches, candidates, finalists, policy, roles
from crm.domain.benches import Place
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.roles import Role
from crm.forms.roles import PlaceForm
from crm.web import undo
from crm.web.access import me

bp = Blueprint("benches", __name__)


@bp.post("/roles/<role_id>/bench/order")
def order(role_id: str) -> ResponseReturnValue:
    """After a drag: `order` holds the candidates' ids, `seen` the mark of the order that was dragged."""
    benches.order(_role(role_id), request.form.getlist("order"), by=me(), seen=request.args.get("seen", ""))
    return _back(role_id)


@bp.post("/roles/<role_id>/bench/<candidate_id>/move")
def move(role_id: str, candidate_id: str) -> ResponseReturnValue:
    to = request.form.get("to", "")
    if not to.isdecimal() or len(to) > 4:
        raise Refused("Say to which place.", field="to")
    benches.move(_role(role_id), candidate_id, int(to), by=me())
    return _back(role_id)


@bp.post("/roles/<role_id>/bench/<candidate_id>")
def add(role_id: str, candidate_id: str) -> ResponseReturnValue:
    """At the end, with the sentence of the debrief as the reason."""
    role, candidate = _role(role_id), candidates.find(candidate_id, seen_by=me())
    application = applications.for_people(role, [candidate.id]).get(candidate.id)
    debrief = application.debrief if application else None
    benches.add(role, candidate, by=me(), reason=debrief.sentence if debrief else "", good_until=finalists.good_until())
    flash(f"{candidate.full_name} is on the bench.")
    return _back(role_id)


@bp.post("/roles/<role_id>/bench/<candidate_id>/removal")
def remove(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role = _role(role_id)
    place = benches.find(role, candidate_id, seen_by=me())
    name = place.candidate.full_name
    benches.remove(role, candidate_id, by=me())
    undo.offer(f"{name} is off the bench.", url_for(".restore", role_id=role_id, candidate_id=candidate_id))
    return _back(role_id)


@bp.post("/roles/<role_id>/bench/<candidate_id>/removal/undo")
def restore(role_id: str, candidate_id: str) -> ResponseReturnValue:
    benches.restore(_role(role_id), candidate_id, by=me())
    return _back(role_id)


@bp.route("/roles/<role_id>/bench/<candidate_id>/edit", methods=["GET", "POST"])
def edit(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role = _role(role_id)
    policy.require("close", role, by=me())
    place = benches.find(role, candidate_id, seen_by=me())
    candidate, form = place.candidate, PlaceForm(obj=place)
    if request.method == "GET":
        return _page(form, role, candidate)
    changed = form.take(lambda: _changed(form, role, place))
    return _back(role_id) if changed else (_page(form, role, candidate), 422)


def _changed(form: PlaceForm, role: Role, place: Place) -> Place:
    return benches.change(place, role, by=me(), reason=form.reason.data or "", good_until=form.good_until.data)


def _role(role_id: str) -> Role:
    return roles.find(role_id, seen_by=me())


def _back(role_id: str) -> ResponseReturnValue:
    return redirect(url_for("roles.show", role_id=role_id, _anchor="bench"), 303)


def _page(form: PlaceForm, role: Role, candidate: Candidate) -> str:
    return render_template("benches/form.html", form=form, role=role, candidate=candidate)
