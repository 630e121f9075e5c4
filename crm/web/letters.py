from flask import Blueprint, render_template

bp = Blueprint("letters", __name__)


@bp.get("/letters")
def index() -> str:
    return render_template("letters/index.html")
