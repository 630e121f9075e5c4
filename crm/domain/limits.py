"""Limits on guessing and flooding, counted in the database so that they hold over several processes."""

from datetime import datetime, timedelta

from sqlalchemy import Integer, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Moment, short_transaction
from crm.domain.errors import TooMany
from crm.kit import clock


class Counter(Base):
    """How often something happened since `started_at`; a window that is over starts anew."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Moment(), index=True)
    count: Mapped[int] = mapped_column(Integer, default=0)


def count(name: str, *, allowed: int, seconds: int, sentence: str) -> None:
    """Counts one and raises TooMany when that is one too many. In its own transaction: a refusal must not undo it."""
    now = clock.now()
    with short_transaction() as session:
        counter = session.scalar(select(Counter).where(Counter.name == name[:120]).with_for_update())
        if counter is None:
            counter = session.merge(Counter(name=name[:120], started_at=now, count=0))
        if counter.started_at + timedelta(seconds=seconds) <= now:
            counter.started_at, counter.count = now, 0
        counter.count += 1
        over, started_at = counter.count > allowed, counter.started_at
    if over:
        left = started_at + timedelta(seconds=seconds) - now
        raise TooMany(sentence, seconds=max(1, int(left.total_seconds())))


def forget(name: str) -> None:
    with short_transaction() as session:
        session.execute(delete(Counter).where(Counter.name == name[:120]))


def sweep() -> None:
    """Windows are an hour at most; what is older than a day counts for nothing."""
    with short_transaction() as session:
        session.execute(delete(Counter).where(Counter.started_at < clock.now() - timedelta(days=1)))
