"""The private calendar feed. Calendar programs ask for it again and again, so they are told when nothing changed."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from crm import config
from crm.domain import calendars, cards
from crm.domain.calendars import Entry
from crm.domain.users import User
from crm.kit import calendar_files
from crm.kit.calendar_files import WholeDay


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/calendar/<token>.ics", "calendar", show)


def show(token: str) -> Response:
    user = calendars.owner_of(token)
    response = Response(_feed(user), mimetype=calendar_files.MEDIA_TYPE)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.set("Content-Disposition", "inline", filename="first-call.ics")
    response.add_etag()
    response.make_conditional(request)
    return response


def _feed(user: User) -> bytes:
    days = [_day(entry) for entry in calendars.entries(user)]
    return calendar_files.feed("First Call", days, today=cards.today_of(user))


def _day(entry: Entry) -> WholeDay:
    base = config.current().base_url.rstrip("/")
    page = f"/candidates/{entry.candidate_id}" if entry.candidate_id else f"/roles/{entry.role_id}"
    return WholeDay(f"{entry.key}@{urlsplit(base).hostname}", entry.on, entry.title, entry.words, f"{base}{page}")
