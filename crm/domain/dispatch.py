"""What becomes of a letter: the steps of its delivery, what is learned later, and what a person decides in doubt.

Each step is a transaction of its own, opened by the worker. See docs/decisions.md for why in this order.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.orm.attributes import set_committed_value

from crm import config
from crm.db import Base, db
from crm.domain import events, introduction_letters, outbox, personal_letters, sending
from crm.domain.errors import Denied, Refused
from crm.domain.keeping import UNDER_WAY, DecisionLetter
from crm.domain.outbox import MOST_ATTEMPTS, KeptMail, Letter
from crm.domain.users import User
from crm.kit import clock

BACK_OFF_MINUTES = (1, 5, 15, 60, 180, 360, 720, 1440)
"""In units of CRM_RETRY_SECONDS; the last is repeated until MOST_ATTEMPTS, four days and a half after the first."""
LEADS_TO = {
    "queued": ("accepted", "delivered", "bounced"),
    "in_doubt": ("accepted", "delivered", "bounced", "complained"),
    "accepted": ("delivered", "bounced", "complained"),
    "delivered": ("bounced", "complained"),
    "bounced": ("complained",),
}
"""What may be learned of a letter in each state. A queued one can have left only before a backup was restored."""
LOG_IS_KEPT = timedelta(days=7)
"""For a letter that was taken longer ago, nobody looks into the mail server's log any more."""

# --- delivery


def claim(owner: str, now: datetime) -> str:
    """The id of the next letter that is due, or whose worker's lease ran out before it was in doubt; nothing where
    there is none, or none may leave now.
    """
    settings = config.current()
    claimed = db.session.execute(_CLAIM, {
        "owner": owner, "until": now + timedelta(seconds=settings.lease_seconds), "now": now,
        "a_minute_ago": now - timedelta(minutes=1), "a_day_ago": now - timedelta(days=1),
        "a_minute": settings.domain_letters_a_minute, "a_day": settings.domain_letters_a_day,
    }).one_or_none()  # fmt: skip
    if claimed is not None and claimed.attempts > MOST_ATTEMPTS:
        _give_up(db.session.get_one(Letter, claimed.id))
        return ""
    return claimed.id if claimed else ""


def held_by(letter_id: str, owner: str, now: datetime) -> Letter | None:
    """The letter, locked, if this worker still holds its claim."""
    letter = outbox.get(letter_id, lock=True)
    holds = (
        letter is not None
        and letter.state == "claimed"
        and letter.claimed_by == owner
        and letter.lease_until is not None
        and letter.lease_until > now
    )
    return letter if holds else None


def enter_doubt(letter: Letter) -> None:
    """Committed after the server's 354 and before the final dot: from here on it is never sent again by itself."""
    now = clock.now()
    db.session.flush()
    db.session.execute(_ENTER_DOUBT, {"letter": letter.id, "now": now})
    set_committed_value(letter, "state", "in_doubt")
    set_committed_value(letter, "in_doubt_at", now)


def accept(letter: Letter, reply: str) -> None:
    letter.last_reply = reply
    outbox.end(letter, "accepted")
    _has_left(letter)


def accept_in_doubt(letter_id: str, owner: str, reply: str) -> bool:
    """The usual end, by one statement. False where it was not in doubt with this worker any more."""
    took = {"letter": letter_id, "owner": owner, "reply": reply, "now": clock.now()}
    taken = db.session.execute(_ACCEPT, took).one_or_none()
    if taken is None:
        return False
    if taken.is_paused:
        sending.resume()
    if taken.kind in outbox.CONTACTS:  # asked here as well, to spare reading the letter
        _has_left(db.session.get_one(Letter, letter_id, populate_existing=True))
    return True


def _has_left(letter: Letter) -> None:
    """It is a contact now, where it is one: outbox.CONTACTS are asked on every way that leads here."""
    if letter.kind not in outbox.CONTACTS:
        return
    if letter.personal_letter_id:
        personal_letters.has_left(letter)
    elif letter.kind in outbox.INTRODUCTIONS:
        introduction_letters.has_left(letter)


def _came_back(letter: Letter) -> None:
    """It reached nobody, so it was no contact."""
    if letter.personal_letter_id:
        personal_letters.came_back(letter)
    elif letter.kind in outbox.INTRODUCTIONS:
        introduction_letters.came_back(letter)


def fail(letter: Letter, reply: str) -> None:
    letter.last_reply = reply
    outbox.end(letter, "failed")


def block(letter: Letter, why: str) -> None:
    letter.blocked_why = why
    outbox.end(letter, "blocked")


def put_back(letter: Letter, reply: str, now: datetime) -> None:
    """A definite "not now": again later, further apart each time, until it is given up."""
    if letter.attempts >= MOST_ATTEMPTS:
        fail(letter, f"given up after {letter.attempts} attempts: {reply}")
        return
    step = BACK_OFF_MINUTES[min(letter.attempts, len(BACK_OFF_MINUTES)) - 1]
    _wait(letter, reply, now + timedelta(seconds=step * config.current().retry_seconds))


def write_anew(letter: Letter) -> None:
    """Nothing of it was said yet, and it would have told what no longer holds."""
    letter.attempts = max(0, letter.attempts - 1)
    _wait(letter, "written anew: somebody in it is left out", clock.now())


def release(letter: Letter, reply: str, now: datetime) -> None:
    """The mail server could not be reached: everything waits, and nothing is counted against the letter."""
    sending.pause(reply, now)
    letter.attempts = max(0, letter.attempts - 1)
    _wait(letter, reply, now + timedelta(seconds=config.current().retry_seconds))


def stay_in_doubt(letter: Letter, reply: str) -> None:
    letter.last_reply = reply
    letter.lease_until = None


def keep_locally(letter: Letter, subject: str, raw: bytes) -> None:
    db.session.add(KeptMail(letter_id=letter.id, to_address=letter.to_address, subject=subject, raw=raw))
    accept(letter, "kept in the local mailbox: no mail server is set")


def _wait(letter: Letter, reply: str, until: datetime) -> None:
    letter.state, letter.last_reply, letter.not_before = "queued", reply, until
    letter.claimed_by, letter.lease_until, letter.in_doubt_at = "", None, None


def _give_up(letter: Letter) -> None:
    """Claimed once too often."""
    letter.attempts -= 1
    fail(letter, letter.last_reply or f"given up after {letter.attempts} attempts")


def _waits_for_another() -> ColumnElement[bool]:
    """Whether what is to be read before it has not left yet."""
    first = aliased(Letter)
    under_way = or_(*(first.state == state for state in UNDER_WAY))  # IN would be spelled out anew each time
    return exists().where(DecisionLetter.letter_id == Letter.id, first.id == DecisionLetter.after_id, under_way)


def _has_room(since: str, most: str) -> ColumnElement[bool]:
    """Whether its domain got fewer letters since then than it shall at most. All of them are counted first, which the
    index does alone: only a busy office has to tell the domains apart.
    """
    lately = Letter.in_doubt_at > bindparam(since)
    all_of_them = select(func.count()).select_from(Letter).where(lately).scalar_subquery()
    busy = select(Letter.to_domain).where(lately).group_by(Letter.to_domain).having(func.count() >= bindparam(most))
    return or_(all_of_them < bindparam(most), Letter.to_domain.not_in(busy))


def _first(which: ColumnElement[bool], in_order_of: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """Of those that may be taken, by an index that has them in this order, however many wait."""
    room = _has_room("a_minute_ago", "a_minute") & _has_room("a_day_ago", "a_day")
    found = select(Letter.id).where(which, ~_waits_for_another(), room).order_by(in_order_of, Letter.id)
    return found.limit(1).with_for_update(skip_locked=True).scalar_subquery()


def _next_due() -> ColumnElement[str]:
    due = (Letter.state == "queued") & (Letter.not_before <= bindparam("now"))
    abandoned = (Letter.state == "claimed") & (Letter.lease_until < bindparam("now"))
    return func.coalesce(_first(abandoned, Letter.lease_until), _first(due, Letter.not_before))


_LETTERS = Base.metadata.tables["letter"]
_CLAIM = (
    update(_LETTERS)
    .where(_LETTERS.c.id == _next_due(), ~sending.in_the_way())
    .values(
        state="claimed", claimed_by=bindparam("owner"), lease_until=bindparam("until"), attempts=_LETTERS.c.attempts + 1
    )
    .returning(_LETTERS.c.id, _LETTERS.c.attempts)
)
_ENTER_DOUBT = (
    update(_LETTERS).where(_LETTERS.c.id == bindparam("letter")).values(state="in_doubt", in_doubt_at=bindparam("now"))
)
_ACCEPT = (
    update(_LETTERS)
    .where(
        _LETTERS.c.id == bindparam("letter"),
        _LETTERS.c.state == "in_doubt",
        _LETTERS.c.claimed_by == bindparam("owner"),
    )
    .values(state="accepted", last_reply=bindparam("reply"), ended_at=bindparam("now"), lease_until=None)
    .returning(_LETTERS.c.kind, sending.is_paused().label("is_paused"))
)
"""Put together once, and past the mapped class: every letter waits for them, and the ORM takes longer than the database
does.
"""


# --- what is learned later


def learn(letter: Letter, state: str, reply: str) -> bool:
    """From the mail server's log, a notice, or the link's being used. Whether that was news."""
    outbox.lock(letter)
    if state not in LEADS_TO.get(letter.state, ()):
        return False
    letter.last_reply = reply or letter.last_reply
    outbox.end(letter, state)
    (_came_back if state == "bounced" else _has_left)(letter)
    if state in {"bounced", "complained"}:
        letter.seen_at = None
    return True


def unsettled() -> list[Letter]:
    """Those of which the mail server's log can tell more."""
    lately = Letter.in_doubt_at > clock.now() - LOG_IS_KEPT
    may_tell = Letter.state.in_(("in_doubt", "queued")) | ((Letter.state == "accepted") & lately)
    return list(db.session.scalars(select(Letter).where(may_tell).order_by(Letter.id)))


def doubt_all(since: datetime, why: str) -> int:
    """After a restore: what waits may have left since the backup, and nobody here knows."""
    found = db.session.scalars(select(Letter).where(Letter.state.in_(("queued", "claimed"))).with_for_update())
    count = 0
    for letter in found:
        letter.state, letter.in_doubt_at, letter.restored_at = "in_doubt", since, clock.now()
        letter.claimed_by, letter.lease_until, letter.last_reply = "", None, why
        count += 1
    return count


def cannot_have_left(letter: Letter) -> None:
    """The mail server's log knows nothing of it, from before the backup until now: it waits again."""
    letter.restored_at, letter.attempts = None, 0
    _wait(letter, "brought back by a backup; the mail server's log does not know it", clock.now())


# --- what a person decides


def send_again(letter: Letter, *, by: User) -> Letter:
    """In doubt for long enough, and somebody takes it upon themselves that it may arrive twice."""
    _lock_undecided(letter, by)
    _wait(letter, f"sent again by {by.name}, after it was in doubt", clock.now())
    letter.restored_at, letter.attempts = None, 0
    events.record(
        "letter.sent_again", by=by, subject_id=letter.id, text=f"sent the letter to {letter.to_address} again"
    )
    return letter


def drop(letter: Letter, *, by: User) -> Letter:
    _lock_undecided(letter, by)
    letter.last_reply = "dropped while in doubt: it may have arrived"
    outbox.end(letter, "cancelled")
    events.record("letter.dropped", by=by, subject_id=letter.id, text=f"dropped the letter to {letter.to_address}")
    return letter


def _lock_undecided(letter: Letter, by: User) -> None:
    if letter.by_id != by.id and not by.is_admin:
        raise Denied
    outbox.lock(letter)
    if letter.state != "in_doubt":
        raise Refused("This letter is no longer in doubt.")
    if not letter.is_undecided:
        raise Refused("The mail server may still answer. Decide a quarter of an hour after the letter was handed over.")
