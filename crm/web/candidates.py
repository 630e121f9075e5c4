from flask import Blueprint, render_template

bp = Blueprint("candidates", __name__)


@bp.get("/candidates")
def index() -> str:
    return render_template("candidates/index.html")
