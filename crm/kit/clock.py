"""The one place that asks what time it is; everybody else is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    return _pretended.get() or datetime.now(UTC)


def today() -> date:
    return now().date()


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """For what happened on another day: the sample workspace's past, and tests."""
    before = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(before)
