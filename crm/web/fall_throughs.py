"""The hire fell through: one small form, and the way back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import benches, calls, fall_throughs, roles
from crm.domain.calls import CallList
from crm.domain.roles import Role
from crm.forms.calls import FallThroughForm
from crm.kit import clock
from crm.web import undo as way_back
from crm.web.access import me

bp = Blueprint("fall_throughs", __name__)


@bp.route("/roles/<role_id>/fall-through", methods=["GET", "POST"])
def new(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    form = FallThroughForm()
    if request.method == "GET":
        fall_throughs.require_hire(role, by=me())
        form.on.data = clock.today()
        return _page(role, form)
    if form.take(lambda: _report(role, form)) is None:
        return _page(roles.find(role_id, seen_by=me()), form), 422
    way_back.offer("The role is open again. Nobody was told.", url_for(".undo", role_id=role_id))
    return redirect(url_for("calls.show", role_id=role_id), 303)


@bp.post("/roles/<role_id>/fall-through/undo")
def undo(role_id: str) -> ResponseReturnValue:
    fall_throughs.undo(roles.find(role_id, seen_by=me()), by=me())
    flash("Taken back: the role is filled, as before.")
    return redirect(url_for("roles.show", role_id=role_id), 303)


def _report(role: Role, form: FallThroughForm) -> CallList:
    return fall_throughs.report(role, why=form.why.data, on=form.on.data, by=me())


def _page(role: Role, form: FallThroughForm) -> str:
    places = benches.of(role, seen_by=me())
    return render_template(
        "fall_throughs/new.html",
        role=role,
        form=form,
        hire=roles.hire_of(role, seen_by=me()),
        count=len(places),
        over=sum(not place.is_good for place in places),
        call_list=calls.of(role) if role.status == "open" else None,
    )
