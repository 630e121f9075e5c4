"""The first page of settings, and the blueprint that the others hang on."""

from flask import Blueprint, render_template

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("")
def index() -> str:
    return render_template("settings/index.html")
