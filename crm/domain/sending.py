"""Whether letters may leave at all: the mail server may be away, or the outbox frozen after a restore."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import config
from crm.db import Base, db
from crm.domain import events
from crm.domain.errors import Refused
from crm.kit import clock


class Sending(Base):
    """One row for all workers; there is none as long as nothing ever stood in the way."""

    __tablename__ = "sending"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    paused_since: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    """When the mail server is tried again."""
    paused_reply: Mapped[str] = mapped_column(default="")
    frozen_since: Mapped[datetime | None]
    frozen_why: Mapped[str] = mapped_column(default="")

    @property
    def is_paused(self) -> bool:
        return self.paused_since is not None

    @property
    def is_frozen(self) -> bool:
        return self.frozen_since is not None


# --- queries


def state() -> Sending:
    """What stands in the way; an empty answer when nothing does."""
    return db.session.get(Sending, 1) or Sending(id=1, paused_reply="", frozen_why="")


def in_the_way() -> ColumnElement[bool]:
    """Whether something keeps workers from taking a letter, for their own queries, which give `now`. While the mail
    server is away, one letter is tried now and then.
    """
    return exists().where(Sending.frozen_since.is_not(None) | (Sending.paused_until > bindparam("now")))


def is_paused() -> ColumnElement[bool]:
    """Whether the mail server was away when it was last tried."""
    return exists().where(Sending.paused_since.is_not(None))


# --- verbs


def pause(reply: str, now: datetime) -> None:
    """The mail server could not be reached, or would not let us in: everything waits, nothing fails."""
    row = _row()
    row.paused_since = row.paused_since or now
    row.paused_until = now + timedelta(seconds=config.current().retry_seconds)
    row.paused_reply = reply


def resume() -> None:
    """The mail server talks to us again."""
    away = update(Sending).where(Sending.paused_since.is_not(None))
    db.session.execute(away.values(paused_since=None, paused_until=None, paused_reply=""))


def freeze(why: str) -> None:
    row = _row()
    row.frozen_since, row.frozen_why = row.frozen_since or clock.now(), why
    events.record("outbox.frozen", by=None, text=f"froze the outbox: {why}")


def release() -> None:
    row = _row()
    if row.frozen_since is None:
        raise Refused("The outbox is not frozen.")
    row.frozen_since, row.frozen_why = None, ""
    events.record("outbox.released", by=None, text="released the outbox")


def _row() -> Sending:
    row = db.session.get(Sending, 1, with_for_update=True)
    if row is None:
        row = Sending(id=1)
        db.session.add(row)
        db.session.flush()
    return row
