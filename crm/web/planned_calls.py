"""A call that is planned, as a file for one's calendar. Nothing of it is kept here."""

from datetime import datetime, time, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, request, url_for

from crm import config
from crm.domain import candidates, cards
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.kit import calendar_files, clock, zones
from crm.web.access import me
from crm.web.page import as_date

bp = Blueprint("planned_calls", __name__)
LASTS = 30
FURTHEST = timedelta(days=2 * 366)


@bp.get("/candidates/<candidate_id>/call.ics")
def call(candidate_id: str) -> Response:
    """`on` and `at`: day and time by the user's own clocks; tomorrow at ten where it does not say."""
    candidate = candidates.find(candidate_id, seen_by=me())
    response = Response(_file(candidate, _moment()), mimetype=calendar_files.MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename="call.ics")
    return response


def _file(candidate: Candidate, at: datetime) -> bytes:
    base = config.current().base_url.rstrip("/")
    page = url_for("candidates.show", candidate_id=candidate.id)
    uid = f"call-{candidate.id}-{at:%Y%m%dT%H%M}@{urlsplit(base).hostname}"
    return calendar_files.call(
        uid,
        f"Call {candidate.full_name}",
        candidate.phone or "",
        f"{base}{page}",
        at=at,
        minutes=LASTS,
        now=clock.now(),
    )


def _moment() -> datetime:
    tomorrow = cards.today_of(me()) + timedelta(days=1)
    day, at = as_date(request.args.get("on", tomorrow.isoformat())), _time(request.args.get("at", "10:00"))
    if day is None or at is None:
        raise Refused("Choose a day and a time for the call.")
    if abs(day - clock.today()) > FURTHEST:
        raise Refused("Choose a day within the next two years.")
    return zones.moment(day, at, me().time_zone)


def _time(value: str) -> time | None:
    try:
        return time.fromisoformat(value).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None
