"""The one place that asks what time it is; everybody else is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time

from crm.kit import zones

_zone: ContextVar[str] = ContextVar("zone", default=zones.DEFAULT)
_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    return _pretended.get() or datetime.now(UTC)


def today() -> date:
    """As the calendar of whoever is served has it; of UTC where a program asks."""
    return zones.local(now(), _zone.get()).date()


def begins(day: date) -> datetime:
    """The moment at which that day begins for whoever is served."""
    return zones.moment(day, time.min, _zone.get())


def go_by(zone: str) -> None:
    """From here on, in this thread, the day is that zone's."""
    _zone.set(zone)


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """For what happened on another day: the sample workspace's past, and tests."""
    before = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(before)
