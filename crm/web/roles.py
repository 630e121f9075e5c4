from flask import Blueprint, render_template

bp = Blueprint("roles", __name__)


@bp.get("/roles")
def index() -> str:
    return render_template("roles/index.html")
