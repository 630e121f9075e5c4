"""Letters on their way out: one row each, from queued to its end. Delivery itself is in dispatch.py.

queued -> claimed -> in_doubt -> accepted -> delivered | bounced | complained; a definite 4xx goes back to queued, a
definite 5xx ends failed; a check that says no ends blocked; a person may cancel while it waits.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Index, Select, String, UniqueConstraint, and_, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, defer, mapped_column, relationship, selectinload

from crm import config
from crm.db import Base, Id, db, to
from crm.domain import shape, suppressions
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.users import User
from crm.kit import addresses, clock, tokens

STATES = (
    "queued", "claimed", "in_doubt", "accepted", "delivered", "bounced", "complained", "failed", "blocked", "cancelled",
)  # fmt: skip
STATE_WORDS = {
    "queued": "waiting", "claimed": "leaving now", "in_doubt": "in doubt", "accepted": "sent", "delivered": "delivered",
    "bounced": "came back", "complained": "reported as unwanted", "failed": "failed", "blocked": "stopped",
    "cancelled": "taken back",
}  # fmt: skip
FILTERED = ("queued", "in_doubt", "accepted", "delivered", "bounced", "complained", "failed", "blocked", "cancelled")
"""What the page of letters is filtered by."""
GONE = ("accepted", "delivered", "bounced", "complained")
MOST_ATTEMPTS = 12
OWN_ACT = frozenset(("reset", "test", "code", "forward_yes"))
"""Kinds that answer what the recipient did themselves: they go out whatever was asked before, and offer no way out."""
BY_THE_CLOCK = frozenset(("card", "forward_reminder", "forward_yes"))
"""Kinds that nobody asked for by an act: neither held up by the daily limit nor counted against it."""
INTRODUCTIONS = ("introduction_ask", "introduction")
"""Kinds that go to the two sides of an introduction."""
ABOUT_FORWARDS = ("forward_ask", "forward_reminder", "forward_yes", "permission")
"""Kinds that go to a candidate and lead to their own page."""
CONTACTS = frozenset(("personal", *INTRODUCTIONS))
"""Kinds that count as a contact once they have left."""
DOUBT_LASTS = timedelta(minutes=15)
"""Longer than any mail server waits for the end of a letter, and any worker for its answer."""
BLOCKED_WORDS = {
    "consent": "the permission was withdrawn, or has run out",
    "employer": "it would have gone to the company that they work at",
    "never": "they asked that nothing goes to this company",
    "blind_only": "they may be shown only without a name",
    "revoked": "the forward was revoked",
    "document": "the stored resume is missing or was changed",
    "owner": "who queued it can no longer sign in",
    "suppressed": "this address asked not to be written to",
    "sealed": "it would have told of a sealed role",
    "nothing": "nothing was due any more",
    "overtaken": "what it was about no longer held",
    "answered": "they answered, or somebody was in touch with them, so that it no longer goes by itself",
    "later": "it would have left by itself at a wrong hour, and waits for a better one",
}
FOR_ITS_WRITER = frozenset(("sealed", "document", "owner"))
"""Others read one sentence for all of these, or they would learn that there is a sealed role."""
NOT_WAITING = "This letter is no longer waiting, so it cannot be taken back."
LAST_CHECK = "the last check before it left said no"


class Letter(Base):
    """Names what to write about, not the text: that is rendered at delivery, when everything is asked again."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("intent"),
        Index("ix_letter_state_not_before", "state", "not_before"),
        Index("ix_letter_in_doubt_at", "in_doubt_at"),
    )
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    blocked_why: Mapped[str] = mapped_column(String(12), default="")
    to_address: Mapped[str]
    to_name: Mapped[str] = mapped_column(default="")
    by_id: Mapped[str | None] = to("user.id")
    account_link_id: Mapped[str | None] = to("account_link.id", ondelete="CASCADE")
    personal_letter_id: Mapped[str | None] = to("personal_letter.id", ondelete="CASCADE")
    intent: Mapped[str] = mapped_column(String(80))
    """One per thing that is to be said; a second letter for it cannot be queued."""
    message_id: Mapped[str] = mapped_column(unique=True)
    """Fixed for ever: by it the mail server's log, notices and answers are told to belong here."""
    reply_key: Mapped[str] = mapped_column(String(26), unique=True, default=tokens.new_key)
    """Stands in the address that answers come to."""
    notice_key: Mapped[str] = mapped_column(String(26), unique=True, default=tokens.new_key)
    """Stands in the envelope's sender, where notices come to; who does not know it changes nothing."""
    to_mailbox: Mapped[str] = mapped_column(index=True)
    to_domain: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    not_before: Mapped[datetime]
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_reply: Mapped[str] = mapped_column(default="")
    in_doubt_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]
    """Set where a backup brought it back as waiting: it may have left since the backup was made."""
    ended_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When its owner put the news aside that it did not leave."""
    by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    @property
    def is_waiting(self) -> bool:
        return self.state == "queued"

    @property
    def is_due(self) -> bool:
        return self.is_waiting and self.not_before <= clock.now()

    @property
    def is_undecided(self) -> bool:
        """In doubt for long enough that no worker can still be at it: a person may decide."""
        return self.state == "in_doubt" and (self.in_doubt_at is None or clock.now() - self.in_doubt_at >= DOUBT_LASTS)

    @property
    def decided_from(self) -> datetime:
        """When a person may decide what becomes of a letter in doubt."""
        return (self.in_doubt_at or clock.now()) + DOUBT_LASTS

    @property
    def has_left(self) -> bool:
        return self.state in GONE

    @property
    def has_failed(self) -> bool:
        return self.state in ("failed", "blocked", "bounced", "complained")

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def story(self) -> str:
        """Why it is in that state: what stood against it, or the last words of the mail server."""
        return BLOCKED_WORDS[self.blocked_why] if self.blocked_why else self.last_reply

    def why_for(self, user: User) -> str:
        """What blocked it, as far as this reader may know."""
        return self.blocked_why if self._tells(user) else ""

    def story_for(self, user: User) -> str:
        return self.story if self._tells(user) else LAST_CHECK

    @property
    def story_for_all(self) -> str:
        """For lines that do not know who reads them."""
        return LAST_CHECK if self.blocked_why in FOR_ITS_WRITER else self.story

    def _tells(self, user: User) -> bool:
        return self.by_id == user.id or self.blocked_why not in FOR_ITS_WRITER


class KeptMail(Base):
    """The local mailbox: what would have gone out, had a mail server been named."""

    __tablename__ = "kept_mail"
    id: Mapped[Id]
    letter_id: Mapped[str] = to("letter.id", unique=True, index=False, ondelete="CASCADE")
    kept_at: Mapped[datetime] = mapped_column(default=clock.now)
    to_address: Mapped[str]
    subject: Mapped[str]
    raw: Mapped[bytes]


_ONE = select(Letter).where(Letter.id == bindparam("letter"))
_LOCKED = _ONE.with_for_update().execution_options(populate_existing=True)
"""Every letter waits for them more than once, so they are put together once."""

# --- queries


def listed(user: User, state: str = "") -> Select[Letter]:
    """One's own letters, with who queued them; administrators see all but what others wrote to candidates."""
    query = select(Letter).options(selectinload(Letter.by)).order_by(Letter.id.desc())
    mine = Letter.by_id == user.id
    query = query.where(or_(mine, ~_to_candidate()) if user.is_admin else mine)
    return query.where(Letter.state == shape.one_of(state, STATES, "state")) if state else query


def troubled(user: User) -> list[Letter]:
    """One's own letters that did not leave, or of which nobody knows, until one has seen it."""
    found = select(Letter).where(Letter.id.in_(troubled_ids(user))).order_by(Letter.id.desc())
    return list(db.session.scalars(found))


def troubled_ids(user: User) -> Select[str]:
    query = select(Letter.id).where(
        Letter.by_id == user.id,
        Letter.state.in_(("failed", "blocked", "bounced", "complained", "in_doubt")),
        Letter.blocked_why != "nothing",
        Letter.seen_at.is_(None),
    )
    return query.order_by(Letter.id.desc()).limit(20)


def find(letter_id: str, *, seen_by: User) -> Letter:
    letter = db.session.scalar(listed(seen_by).where(Letter.id == letter_id))
    if letter is None:
        raise Missing
    return letter


def get(letter_id: str, *, lock: bool = False) -> Letter | None:
    """For who delivers it: as it is now, and with `lock` held until the transaction ends. None where it was erased."""
    return db.session.scalar(_LOCKED if lock else _ONE, {"letter": letter_id})


def by_message_id(message_id: str) -> Letter | None:
    return db.session.scalar(select(Letter).where(Letter.message_id == message_id))


def by_intent(intent: str) -> Letter | None:
    """What was queued for the same click before."""
    return db.session.scalar(select(Letter).where(Letter.intent == intent))


def by_reply_key(key: str) -> Letter | None:
    return db.session.scalar(select(Letter).where(Letter.reply_key == key))


def by_notice_key(key: str) -> Letter | None:
    return db.session.scalar(select(Letter).where(Letter.notice_key == key))


def in_doubt() -> int:
    """How many letters nobody here knows the fate of."""
    return db.session.scalar(select(func.count()).select_from(Letter).where(Letter.state == "in_doubt")) or 0


def mailbox(user: User) -> Select[KeptMail]:
    """The local mailbox as an administrator sees it, newest first, without the mails' own bytes and without what others
    wrote to candidates, and without their cards.
    """
    return _kept(user).options(defer(KeptMail.raw, raiseload=True)).order_by(KeptMail.id.desc())


def kept_mail(mail_id: str, *, seen_by: User) -> KeptMail:
    mail = db.session.scalar(_kept(seen_by).where(KeptMail.id == mail_id))
    if mail is None:
        raise Missing
    return mail


def kept_card(letter: Letter, *, seen_by: User) -> KeptMail | None:
    """One's own morning card in the local mailbox. Of other letters nobody reads more there than administrators may: a
    link in them is for whoever they were written to.
    """
    if letter.kind != "card" or letter.by_id != seen_by.id:
        return None
    return db.session.scalar(select(KeptMail).where(KeptMail.letter_id == letter.id))


def _kept(user: User) -> Select[KeptMail]:
    theirs = or_(Letter.by_id == user.id, and_(~_to_candidate(), Letter.kind != "card"))
    return select(KeptMail).join(Letter, Letter.id == KeptMail.letter_id).where(theirs)


def _to_candidate() -> ColumnElement[bool]:
    """What somebody wrote to a candidate, or to the other side of an introduction: theirs alone to read."""
    return or_(Letter.personal_letter_id.is_not(None), Letter.kind.in_((*INTRODUCTIONS, *ABOUT_FORWARDS)))


# --- verbs


def queue(
    kind: str, *, intent: str, to_address: str, to_name: str = "", by: User | None,
    account_link_id: str | None = None, personal_letter_id: str | None = None,
    wait: bool = True, at: datetime | None = None,
) -> Letter:  # fmt: skip
    """In the transaction of the verb that wants it said. `wait`: it may be taken back for the undo period, and until
    `at`, before which it does not leave.
    """
    if by is not None and kind not in BY_THE_CLOCK:
        _check_daily_limit(by)
    if kind not in OWN_ACT:
        suppressions.refuse(to_address)
    settings = config.current()
    earliest = clock.now() + timedelta(seconds=settings.undo_for(kind) if wait else 0)
    letter = Letter(
        kind=kind,
        intent=intent,
        to_address=to_address,
        to_mailbox=addresses.normal(to_address),
        to_domain=addresses.domain(to_address),
        to_name=to_name,
        by_id=by.id if by else None,
        account_link_id=account_link_id,
        personal_letter_id=personal_letter_id,
        message_id=f"<{tokens.new_link().lower()}@{settings.mail_from.split('@')[1]}>",
        not_before=max(earliest, at or earliest),
    )
    db.session.add(letter)
    db.session.flush()
    return letter


def suppress(address: str, *, why: str, said: str = "") -> list[Letter]:
    """Nothing more goes to this mailbox. Those under way are locked first: who hands one over holds the same lock, so
    none leaves after this commits; one that was quicker is in what is returned, as already handed over.
    """
    to_them = select(Letter).where(Letter.to_mailbox == addresses.normal(address), Letter.kind.not_in(OWN_ACT))
    under_way = to_them.where(Letter.state.in_(("queued", "claimed", "in_doubt"))).order_by(Letter.id)
    found = list(db.session.scalars(under_way.with_for_update().execution_options(populate_existing=True)))
    suppressions.add(address, why=why, said=said)
    for letter in found:
        if letter.state in {"queued", "claimed"}:
            letter.blocked_why = "suppressed"
            end(letter, "blocked")
    return [letter for letter in found if letter.state == "in_doubt"]


def see(letter: Letter, *, by: User) -> Letter:
    """Its owner knows what became of it."""
    if letter.by_id != by.id:
        raise Denied
    letter.seen_at = letter.seen_at or clock.now()
    return letter


def cancel(letter: Letter, *, by: User) -> Letter:
    if letter.by_id != by.id and not by.is_admin:
        raise Denied
    if not stop(letter):
        raise Refused(NOT_WAITING)
    return letter


def stop(letter: Letter) -> bool:
    """Whether it still waited; if so it never leaves. For verbs that have asked who may. The row stays locked."""
    lock(letter)
    if letter.is_waiting:
        end(letter, "cancelled")
    return letter.state == "cancelled"


def call_back(letter: Letter) -> None:
    """The same, and even while a worker holds it: before the text is handed over, it asks for the letter once more."""
    lock(letter)
    if letter.state in {"queued", "claimed"}:
        end(letter, "cancelled")


def end(letter: Letter, state: str) -> None:
    letter.state, letter.ended_at, letter.lease_until = state, clock.now(), None


def lock(letter: Letter) -> None:
    """The row as it is now, held until the transaction ends."""
    db.session.flush()  # or reading the row again would forget what was changed
    db.session.refresh(letter, with_for_update=True)


def _check_daily_limit(by: User) -> None:
    most = config.current().letters_a_day
    since = clock.now() - timedelta(days=1)
    lately = (Letter.by_id == by.id, Letter.created_at > since, Letter.kind.not_in(BY_THE_CLOCK))
    query = select(func.count()).select_from(Letter).where(*lately)
    if (db.session.scalar(query) or 0) >= most:
        raise Refused(f"You have queued {most} letters within a day; the next can be queued tomorrow.")
