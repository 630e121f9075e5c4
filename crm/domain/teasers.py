"""Teasers: what a colleague is told of somebody before their name. Interest comes first, then the candidate is asked
whether the resume may go to this recipient, and only then the link opens.
"""

from datetime import date, datetime

from sqlalchemy import Select, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship
from sqlalchemy.orm.strategy_options import _AbstractLoad

from crm.db import Base, Id, db, to
from crm.domain import candidates, consents, events, gate, outbox, policy
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.errors import Missing
from crm.domain.forwards import NEVER_CAME, Forward
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock, tokens

ANSWERS = {"interested": "is interested", "not_now": "says not now", "not_a_fit": "says it is not a fit"}
STATE_WORDS = {
    "queued": "waiting to leave", "sent": "waits for their word", **ANSWERS, "revoked": "taken back",
    "expired": "no answer in time", "failed": "not sent",
}  # fmt: skip
STATES = tuple(STATE_WORDS)
ON_ITS_WAY = ("queued", "sent", "opened", "answered")
"""The states of a forward whose letter leaves, or has left."""


class Teaser(Base):
    """Of a candidate, to a colleague, without a name. It goes with the record."""

    __tablename__ = "teaser"
    __table_args__ = (UniqueConstraint("by_id", "intent"), UniqueConstraint("token_hash"))
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    colleague_id: Mapped[str] = to("colleague.id")
    consent_id: Mapped[str] = to("consent.id")
    """The standing permission to be introduced without a name."""
    forward_id: Mapped[str | None] = to("forward.id", ondelete="SET NULL")
    """That their interest led to."""
    letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    to_address: Mapped[str]
    company: Mapped[str]
    position: Mapped[str] = mapped_column(default="")
    headline: Mapped[str]
    strengths: Mapped[list[str]] = mapped_column(default=list)
    words: Mapped[str] = mapped_column(default="")
    until: Mapped[date]
    """The last day on which it can be answered."""
    by_id: Mapped[str] = to("user.id", index=False)
    intent: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    token_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the link in the letter; minted when it is handed over."""
    answer: Mapped[str] = mapped_column(String(12), default="")
    answer_words: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    hindered_by: Mapped[str] = mapped_column(default="")
    """What stood against asking the candidate when the interest came, in a sentence."""
    revoked_at: Mapped[datetime | None]
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    colleague: Mapped[Colleague] = relationship(lazy="raise_on_sql")
    consent: Mapped[Consent] = relationship(lazy="raise_on_sql")
    forward: Mapped[Forward | None] = relationship(lazy="raise_on_sql")
    letter: Mapped[Letter | None] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def owner_id(self) -> str:
        return self.by_id

    @property
    def state(self) -> str:
        letter = self.letter
        first = (
            (self.revoked_at or letter is None or letter.state == "cancelled", "revoked"),
            (letter and letter.state in NEVER_CAME, "failed"),
            (self.answer, self.answer),
            (self.until < clock.today(), "expired"),
            (letter and letter.has_left, "sent"),
        )
        return next((word for holds, word in first if holds), "queued")

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def is_settled(self) -> bool:
        """The candidate said yes to them, and the resume is on its way or further: the interest is no longer theirs to
        change. A no, or no answer, looks to them as if it were still being asked.
        """
        return self.forward is not None and self.forward.state in ON_ITS_WAY

    @property
    def steps(self) -> list[tuple[str, bool]]:
        """How far it has come: each step in words, and whether it is done."""
        forward, came = self.forward, self.letter is not None and self.letter.has_left
        told = ("introduced without a name", came)
        if self.answer and self.answer != "interested":
            return [told, (f"{self.colleague.first_name} {ANSWERS[self.answer]}", True)]
        said_yes = forward is not None and forward.consent_id is not None
        opens = said_yes and forward is not None and forward.state in ("sent", "opened", "answered")
        return [
            told,
            (f"{self.colleague.first_name} is interested", self.answer == "interested"),
            (f"{self.candidate.full_name} is asked", forward is not None),
            (f"{self.candidate.full_name} says yes", said_yes),
            ("the resume is open to them", opens),
        ]


# --- queries


def listed(user: User) -> Select[Teaser]:
    """Of candidates whom the user may see, newest first, with all that a row shows."""
    query = select(Teaser).join(Teaser.candidate).where(candidates.visible_to(user)).options(*whole())
    return query.order_by(Teaser.created_at.desc(), Teaser.id.desc())


def of(candidate: Candidate, *, seen_by: User) -> Select[Teaser]:
    return listed(seen_by).where(Teaser.candidate_id == candidate.id)


def find(teaser_id: str, *, seen_by: User) -> Teaser:
    return _one(listed(seen_by).where(Teaser.id == teaser_id))


def find_by_link(token: str) -> Teaser:
    """Whether it is still open or not; raises Missing. With where the candidate can be asked, should they answer."""
    asked = joinedload(Teaser.candidate, innerjoin=True).selectinload(Candidate.emails)
    return _one(select(Teaser).where(Teaser.token_hash == tokens.digest(token)).options(*whole(), asked))


def is_link(token: str) -> bool:
    return db.session.scalar(select(Teaser.id).where(Teaser.token_hash == tokens.digest(token))) is not None


def before(forward: Forward) -> Teaser | None:
    """The one whose answer led to this forward."""
    return db.session.scalar(select(Teaser).where(Teaser.forward_id == forward.id).options(*whole()))


def whole() -> tuple[_AbstractLoad, ...]:
    return (
        joinedload(Teaser.candidate, innerjoin=True),
        joinedload(Teaser.colleague, innerjoin=True),
        joinedload(Teaser.consent, innerjoin=True),
        joinedload(Teaser.by, innerjoin=True),
        joinedload(Teaser.letter),
        joinedload(Teaser.forward).joinedload(Forward.letter),
    )


def stands_against(teaser: Teaser, *, lock: bool = False) -> str:
    """What forbids telling of them now, a word of outbox.BLOCKED_WORDS or nothing: the colleague's word, the standing
    permission, and what stands against any forward there; that its permission is still to be asked for does not.
    """
    if teaser.colleague.forwards_off_at is not None:
        return "suppressed"
    if consents.to_introduce(teaser.candidate_id, lock=lock) is None:
        return "consent"
    found = gate.of(teaser.candidate, company=teaser.company, address=teaser.to_address, blind=True, lock=lock)
    return "" if found.word == "ask" else found.blocks


def is_open(teaser: Teaser) -> bool:
    """Whether it can be looked at and answered."""
    return (
        teaser.revoked_at is None
        and teaser.until >= clock.today()
        and teaser.by.is_active
        and not stands_against(teaser)
    )


# --- verbs


def revoke(teaser: Teaser, *, by: User) -> Teaser:
    """The link answers no more, at once; a letter that still waits never leaves."""
    policy.require("revoke", teaser, by=by)
    if teaser.revoked_at is None:
        if teaser.letter is not None:
            outbox.stop(teaser.letter)
        teaser.revoked_at = clock.now()
        text = f"took back the introduction without a name to {teaser.colleague.name} at {teaser.company}"
        events.record("teaser.revoked", by=by, subject_id=teaser.candidate_id, text=text)
    return teaser


def forget(candidate: Candidate) -> None:
    """Before the record is erased: the letters that told of them."""
    theirs = select(Teaser.letter_id).where(Teaser.candidate_id == candidate.id)
    db.session.execute(delete(Letter).where(Letter.id.in_(theirs)))


# --- parts


def _one(query: Select[Teaser]) -> Teaser:
    teaser = db.session.scalar(query)
    if teaser is None:
        raise Missing
    return teaser
