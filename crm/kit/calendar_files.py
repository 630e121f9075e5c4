"""iCalendar files (RFC 5545): whole days of a feed, and a planned call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

MEDIA_TYPE = "text/calendar"
MADE_BY = "-//First Call//EN"


@dataclass(frozen=True)
class WholeDay:
    """`uid` stays the same when the day moves."""

    uid: str
    on: date
    title: str
    words: str
    url: str


def feed(name: str, days: Iterable[WholeDay], *, today: date) -> bytes:
    """The same on one day for the same days, byte for byte."""
    calendar = _begun()
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval;value=duration", "PT6H")
    calendar.add("x-published-ttl", "PT6H")
    for day in days:
        event = _event(day.uid, day.title, day.words, day.url, datetime.combine(today, time(), UTC))
        event.add("dtstart", day.on)
        event.add("dtend", day.on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def call(uid: str, title: str, words: str, url: str, *, at: datetime, minutes: int, now: datetime) -> bytes:
    """At a moment, told in UTC so that every calendar reads the same."""
    calendar = _begun()
    event = _event(uid, title, words, url, now)
    event.add("dtstart", at.astimezone(UTC))
    event.add("dtend", at.astimezone(UTC) + timedelta(minutes=minutes))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _begun() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", MADE_BY)
    calendar.add("version", "2.0")
    return calendar


def _event(uid: str, title: str, words: str, url: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("summary", title)
    if words:
        event.add("description", words)
    event.add("url", url)
    event.add("class", "PRIVATE")
    return event
