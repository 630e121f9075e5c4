"""Pages for people with a link and no account."""

from flask import Blueprint, Flask

from crm.guest import shared

bp = Blueprint("guest", __name__)
shared.add_to(bp)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
