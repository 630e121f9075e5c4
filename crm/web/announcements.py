"""Announcing a sealed role: what it will mean, and the one button."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import announcements, roles
from crm.web.access import me

bp = Blueprint("announcements", __name__)


@bp.get("/roles/<role_id>/announce")
def show(role_id: str) -> str:
    role = roles.find(role_id, seen_by=me())
    return render_template("roles/announce.html", role=role, means=announcements.consequences(role, by=me()))


@bp.post("/roles/<role_id>/announce")
def announce(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    listed = announcements.announce(role, by=me())
    flash("Announced: everybody here sees the role now." + (" Nobody has been written to." if listed else ""), "ok")
    return redirect(url_for("calls.show" if listed else "roles.show", role_id=role.id), 303)
