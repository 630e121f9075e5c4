"""Limits on guessing and flooding, counted in the database so that they hold over several processes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, String, case, delete, literal, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.db import Base, Moment, is_sqlite, short_transaction
from crm.domain.errors import TooMany
from crm.kit import clock

LONGEST_NAME = 120


class Counter(Base):
    """How often something happened since `started_at`; a window that is over starts anew."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Moment(), index=True)
    count: Mapped[int] = mapped_column(Integer, default=0)


@dataclass(frozen=True)
class Limit:
    name: str
    allowed: int
    seconds: int

    @property
    def key(self) -> str:
        return self.name[:LONGEST_NAME]


def count(name: str, *, allowed: int, seconds: int, sentence: str) -> None:
    """Counts one and raises TooMany when that is one too many. In its own transaction: a refusal must not undo it."""
    count_each([Limit(name, allowed, seconds)], sentence=sentence)


def count_each(limits: Iterable[Limit], *, sentence: str) -> None:
    """The same for several at once. Always in the order of their names, so that two of us never wait for each other."""
    now = clock.now()
    with short_transaction() as session:
        waits = [_count_one(session, limit, now) for limit in sorted(limits, key=lambda limit: limit.key)]
    if max(waits):
        raise TooMany(sentence, seconds=max(waits))


def give_back(limits: Iterable[Limit]) -> None:
    """What was counted turned out well: only failures shall add up."""
    names = sorted(limit.key for limit in limits)
    with short_transaction() as session:
        for name in names:
            session.execute(
                update(Counter).where(Counter.name == name, Counter.count > 0).values(count=Counter.count - 1)
            )


def forget(name: str) -> None:
    with short_transaction() as session:
        session.execute(delete(Counter).where(Counter.name == name[:LONGEST_NAME]))


def sweep() -> None:
    """Windows are an hour at most; what is older than a day counts for nothing."""
    with short_transaction() as session:
        session.execute(delete(Counter).where(Counter.started_at < clock.now() - timedelta(days=1)))


def add_up(limit: Limit, times: int) -> tuple[int, int]:
    """For who counts in memory and writes down several at once: how many there are now, and the window's seconds left.

    Refuses nothing.
    """
    with short_transaction() as session:
        return _count(session, limit, clock.now(), times)


def _count_one(session: Session, limit: Limit, now: datetime) -> int:
    """Returns the seconds to wait, or 0."""
    counted, left = _count(session, limit, now, 1)
    return left if counted > limit.allowed else 0


def _count(session: Session, limit: Limit, now: datetime, times: int) -> tuple[int, int]:
    """One statement, so that it is right however many count at the same moment."""
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    window = timedelta(seconds=limit.seconds)
    is_over = Counter.started_at <= now - window
    begun = {
        "count": case((is_over, times), else_=Counter.count + times),
        "started_at": case((is_over, literal(now, Moment())), else_=Counter.started_at),
    }
    counted, started_at = session.execute(
        insert(Counter)
        .values(name=limit.key, started_at=now, count=times)
        .on_conflict_do_update(index_elements=[Counter.name], set_=begun)
        .returning(Counter.count, Counter.started_at)
    ).one()
    return counted, max(1, int((started_at + window - now).total_seconds()))
