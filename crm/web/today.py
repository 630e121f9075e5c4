"""The first page: whom to write to today."""

from flask import Blueprint, render_template

from crm.domain import today
from crm.web.access import me

bp = Blueprint("today", __name__)


@bp.get("/")
def show() -> str:
    return render_template("today/show.html", day=today.of(me()))
