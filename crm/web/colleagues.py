from flask import Blueprint, render_template

bp = Blueprint("colleagues", __name__)


@bp.get("/colleagues")
def index() -> str:
    return render_template("colleagues/index.html")
