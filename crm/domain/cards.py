"""The morning card: the one mail that says whom to write to, at its reader's own hour.

Its row is what keeps it to one: a day has one for each user, with a letter, or without where nothing was due.
"""

import logging
from calendar import day_name
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Boolean, Index, Select, String, UniqueConstraint, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, aliased, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, is_sqlite, to
from crm.domain import card_people, outbox, sending, shape
from crm.domain.card_people import Face
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock, tokens, words, zones

log = logging.getLogger("first_call")
RHYTHMS = ("weekly", "daily", "off")
MOST_PEOPLE = 10
LINKS_LAST = timedelta(days=14)
KEPT = timedelta(days=60)
"""What stood on a card older than this is gone, with the mail in the local mailbox."""
WEEK = timedelta(days=7)


class Card(Base):
    __tablename__ = "card"
    __table_args__ = (UniqueConstraint("user_id", "for_on"), Index("ix_card_made_at", "made_at"))
    id: Mapped[Id]
    user_id: Mapped[str] = to("user.id", index=False, ondelete="CASCADE")
    for_on: Mapped[date]
    """The day it was meant for, by the clocks of its reader; it may go later in the same week."""
    letter_id: Mapped[str | None] = to("letter.id", ondelete="CASCADE")
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    user: Mapped[User] = relationship(lazy="raise_on_sql")


class CardLink(Base):
    """One act for one person. Minted when the card is rendered; the hash is committed with `in_doubt`."""

    __tablename__ = "card_link"
    id: Mapped[Id]
    card_id: Mapped[str] = to("card.id", ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    act: Mapped[str] = mapped_column(String(8))
    is_owners: Mapped[bool] = mapped_column(Boolean)
    """Whether the record was the reader's own: then the link ends when it is handed over."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    said: Mapped[str] = mapped_column(default="")
    """What was done by it, for the page that answers."""
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What its undo puts back."""
    card: Mapped[Card] = relationship(lazy="raise_on_sql")


# --- settings


def set_rhythm(user: User, rhythm: str, *, weekday: int, hour: int, people: int) -> User:
    """When the card comes, by the user's own clock; `weekday`: 0 is Monday."""
    if weekday not in range(7):
        raise Refused("Choose a day of the week.", field="weekday")
    if hour not in range(24):
        raise Refused("Choose a full hour of the day.", field="hour")
    if people not in range(1, MOST_PEOPLE + 1):
        raise Refused(f"From 1 to {MOST_PEOPLE} people fit on a card.", field="people")
    user.card_rhythm = shape.one_of(rhythm, RHYTHMS, "rhythm")
    user.card_weekday, user.card_hour, user.card_people = weekday, hour, people
    user.card_set_at = clock.now()
    return user


def sentence(user: User) -> str:
    """When the card comes, in words."""
    if user.card_rhythm == "off":
        return "You get no morning card. Today shows whom to write to."
    days = "working days" if user.card_rhythm == "daily" else f"{day_name[user.card_weekday]}s"
    most = words.several(user.card_people, "person", "people")
    zone = f", {zones.city(user.time_zone)} time" if user.time_zone != zones.DEFAULT else " UTC"
    at = f"at {user.card_hour:02}:00{zone}"
    return f"Your card comes on {days} {at}, with {most} at most, and only when somebody is due."


# --- when


def meant_for(user: User, now: datetime) -> date | None:
    """The day of the card that may go now, by the user's own clock; None when it is not the time for one.

    A weekly card that could not go on its day goes on a later working day of the same week, never in the next.
    """
    there = zones.local(now, user.time_zone)
    today = there.date()
    if user.card_rhythm == "off" or there.hour < user.card_hour:
        return None
    meant = today if user.card_rhythm == "daily" else _monday(today) + timedelta(days=user.card_weekday)
    if meant > today or (today.weekday() >= zones.SATURDAY and (meant < today or user.card_rhythm == "daily")):
        return None
    chosen_after = user.card_set_at and zones.moment(meant, time(user.card_hour), user.time_zone) < user.card_set_at
    return None if chosen_after else meant


def due(now: datetime) -> list[tuple[User, date]]:
    """Whose card may go now and has not, with the day that it is for."""
    readers = select(User).where(User.disabled_at.is_(None), User.password_hash.is_not(None), User.card_rhythm != "off")
    meant = [(user, day) for user in db.session.scalars(readers.order_by(User.id)) if (day := meant_for(user, now))]
    had = _had({user.id for user, _ in meant}, since=(now - 2 * WEEK).date()) if meant else set()
    return [(user, day) for user, day in meant if not had & {(user.id, one) for one in _period(user, day)}]


def _period(user: User, day: date) -> Iterable[date]:
    """The days of which one card is enough."""
    return [day] if user.card_rhythm == "daily" else [_monday(day) + timedelta(days=number) for number in range(7)]


def _had(user_ids: Iterable[str], since: date) -> set[tuple[str, date]]:
    rows = db.session.execute(select(Card.user_id, Card.for_on).where(Card.user_id.in_(user_ids), Card.for_on >= since))
    return {(user_id, day) for user_id, day in rows}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# --- by the worker


def queue_due(now: datetime) -> int:
    """Queues the card of everybody whose hour has come; returns how many. Where nothing is due, no mail goes, and the
    day counts as over. So it does while the outbox is frozen: a backup brought back does not know what went already.
    """
    frozen = sending.state().is_frozen
    return sum(_queue_safely(user, day, quiet=frozen) for user, day in due(now))


def queue(user: User, day: date) -> Letter | None:
    """The card of that day; None where there is one already, or nobody is due."""
    return _queue(user, day, quiet=False)


def _queue_safely(user: User, day: date, *, quiet: bool) -> bool:
    """What goes wrong with one card keeps nobody else from theirs, and is tried again."""
    user_id = user.id
    try:
        with db.session.begin_nested():
            return _queue(user, day, quiet=quiet) is not None
    except Exception:
        log.exception("a morning card could not be queued", extra={"facts": {"user": user_id}})
        return False


def _queue(user: User, day: date, *, quiet: bool) -> Letter | None:
    card_id = _claim(user, day)
    if card_id is None or quiet or not card_people.wanted(user, today_of(user)):
        return None
    try:
        letter = outbox.queue(
            "card", intent=f"card:{card_id}", to_address=user.email, to_name=user.name, by=user, wait=False
        )
    except Refused:  # mail to them came back, or they asked for none
        return None
    db.session.get_one(Card, card_id).letter_id = letter.id
    return letter


def _claim(user: User, day: date) -> str | None:
    """In one statement, so that of two workers one gets None."""
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    row = insert(Card).values(id=tokens.new_id(), user_id=user.id, for_on=day, made_at=clock.now())
    claimed = row.on_conflict_do_nothing(index_elements=[Card.user_id, Card.for_on]).returning(Card.id)
    return db.session.scalar(claimed)


def sweep(now: datetime) -> None:
    """Old cards, with their letters: what stood on them is out of date, and is about people."""
    old = Card.made_at < now - KEPT
    db.session.execute(delete(Letter).where(Letter.id.in_(select(Card.letter_id).where(old))))
    db.session.execute(delete(Card).where(old))


def forget(candidate_id: str) -> None:
    """Part of erasing somebody: every card that they stood on goes with its letter."""
    told_of = select(Card.letter_id).join(CardLink, CardLink.card_id == Card.id)
    gone = told_of.where(CardLink.candidate_id == candidate_id)
    db.session.execute(delete(Letter).where(Letter.id.in_(gone)))


# --- at delivery


def for_delivery(letter: Letter) -> Card:
    card = db.session.scalar(_whole().where(Card.letter_id == letter.id))
    if card is None:
        raise Missing
    return card


def why_not(card: Card, lock: bool = False) -> str:
    """A word of outbox.BLOCKED_WORDS, or nothing. Of cards that were held up, only the newest leaves."""
    if not card.user.is_active:
        return "owner"
    if _is_overtaken(card) or card.user.card_rhythm == "off":
        return "nothing"
    return "" if card_people.wanted(card.user, today_of(card.user)) else "nothing"


def _is_overtaken(card: Card) -> bool:
    later = aliased(Card)
    newer = exists().where(later.user_id == card.user_id, later.for_on > card.for_on, later.letter_id.is_not(None))
    return bool(db.session.scalar(select(newer)))


def face(card: Card) -> Face:
    """Whom it shows, as things are now."""
    return card_people.face(card.user, today_of(card.user))


def preview(user: User) -> Face:
    """What the next card would say, if it went now."""
    return card_people.face(user, today_of(user))


def mint(card: Card, made: Mapping[str, str]) -> None:
    """The links in one copy of it. `made`: "CANDIDATE_ID ACT" -> token."""
    owned = card_people.owned(card.user, {name.split()[0] for name in made})
    for name, token in made.items():
        candidate_id, act = name.split()
        db.session.add(
            CardLink(
                card_id=card.id, candidate_id=candidate_id, act=act, is_owners=candidate_id in owned, before={},
                token_hash=tokens.digest(token), expires_at=clock.now() + LINKS_LAST,
            )
        )  # fmt: skip


def today_of(user: User) -> date:
    return zones.local(clock.now(), user.time_zone).date()


def _whole() -> Select[Card]:
    return select(Card).options(joinedload(Card.user, innerjoin=True))
