"""Pages for people with a link and no account."""

from flask import Blueprint, Flask, request

from crm.db import unit_of_work
from crm.domain import calendars as calendar_links
from crm.domain import card_acts, circle, doors, introductions, keeping, limits, sharing, teasers, unsubscribes
from crm.guest import (
    calendars,
    cards,
    door,
    door_inside,
    introduction,
    keeping_page,
    needs,
    permission,
    questions,
    shared,
    teaser_page,
    unsubscribe,
)

MISSES, ANSWERS_AN_HOUR = 60, 60
IS_LINK = {"unsubscribe": unsubscribes.is_link, "card": card_acts.is_link, "calendar": calendar_links.is_link,
           "introduction": introductions.is_link, "keep": keeping.is_link, "needs": circle.is_link,
           "door": doors.is_link, "teaser": teasers.is_link}  # fmt: skip
"""By where their pages lie, how links are told from guesses; those of forwards for all others."""
WAIT = "That was too often from your network. Wait a little, then open the link again."

bp = Blueprint("guest", __name__)
shared.add_to(bp)
unsubscribe.add_to(bp)
cards.add_to(bp)
calendars.add_to(bp)
introduction.add_to(bp)
keeping_page.add_to(bp)
needs.add_to(bp)
door_inside.add_to(bp)
door.add_to(bp)
teaser_page.add_to(bp)
questions.add_to(bp)
permission.add_to(bp)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def _limit() -> None:
    """Before the page's own transaction. A link that exists is never refused because somebody next door guesses."""
    address = request.remote_addr or ""
    is_link = IS_LINK.get(request.path.split("/")[1], sharing.is_link)
    with unit_of_work(writes=False):
        known = is_link(str((request.view_args or {}).get("token")))
    if not known:
        limits.count(f"link {address}", allowed=MISSES, seconds=600, sentence=WAIT)
    elif request.method == "POST":
        limits.count(f"answer {address}", allowed=ANSWERS_AN_HOUR, seconds=3600, sentence=WAIT)
