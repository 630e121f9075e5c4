from flask import Blueprint, render_template

bp = Blueprint("forwards", __name__)


@bp.get("/forwards")
def index() -> str:
    return render_template("forwards/index.html")
