"""Introductions: two people who may like to know each other. Both are asked first, and neither is named before both
said yes; a candidate never is.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    UniqueConstraint,
    and_,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from crm.db import Base, Id, db, to
from crm.domain import candidates, consents, events, outbox, policy, shape
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock, header_guard, tokens

STATE_WORDS = {
    "asked": "both are asked", "agreed": "both said yes", "declined": "did not come about", "made": "made",
    "taken_back": "taken back",
}  # fmt: skip
STATES = tuple(STATE_WORDS)
STANDING = ("asked", "agreed", "made")
ANSWERS = ("yes", "no")
OPEN_FOR = timedelta(days=30)
SUBJECT = "May I introduce you to somebody?"


class Introduction(Base):
    """Of a candidate, to another or to a colleague. It goes with the record of either."""

    __tablename__ = "introduction"
    __table_args__ = (UniqueConstraint("by_id", "intent"),)
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    other_candidate_id: Mapped[str | None] = to("candidate.id", ondelete="CASCADE")
    colleague_id: Mapped[str | None] = to("colleague.id", ondelete="CASCADE")
    why: Mapped[str] = mapped_column(default="")
    """For those who work with the record; it is told to neither."""
    names_colleague: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default="asked")
    by_id: Mapped[str] = to("user.id", index=False)
    intent: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[date]
    """The last day on which it can be answered."""
    settled_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When the asker put the news aside."""
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql", foreign_keys=candidate_id)
    other_candidate: Mapped[Candidate | None] = relationship(lazy="raise_on_sql", foreign_keys=other_candidate_id)
    colleague: Mapped[Colleague | None] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    sides: Mapped[list["Side"]] = relationship(
        lazy="raise_on_sql", order_by="Side.position", back_populates="introduction", passive_deletes=True
    )

    @property
    def owner_id(self) -> str:
        return self.by_id

    @property
    def other(self) -> Candidate | Colleague:
        other = self.colleague or self.other_candidate
        assert other is not None
        return other

    @property
    def people(self) -> list[Candidate]:
        """The candidates in it: one or two."""
        return [self.candidate, *([self.other_candidate] if self.other_candidate else [])]

    @property
    def is_over(self) -> bool:
        """A yes ends with the link by which it can be taken back."""
        return self.state in ("asked", "agreed") and self.until < clock.today()

    @property
    def state_words(self) -> str:
        if self.is_over:
            return "no answer in time" if self.state == "asked" else "both said yes, too long ago"
        return STATE_WORDS[self.state]

    @property
    def can_be_made(self) -> bool:
        return self.state == "agreed" and not self.is_over


class Side(Base):
    """One of the two who are asked: of the other they are told `told` and nothing else."""

    __tablename__ = "introduction_side"
    __table_args__ = (UniqueConstraint("introduction_id", "position"), UniqueConstraint("token_hash"))
    id: Mapped[Id]
    introduction_id: Mapped[str] = to("introduction.id", index=False, ondelete="CASCADE")
    position: Mapped[int]
    address: Mapped[str]
    told: Mapped[str]
    token_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the link in the letter that asks; minted when it is handed over."""
    answer: Mapped[str] = mapped_column(String(3), default="")
    answered_at: Mapped[datetime | None]
    shares: Mapped[str] = mapped_column(default="")
    """The address that the other may have, by their own word."""
    ask_touchpoint_id: Mapped[str | None] = to("touchpoint.id", ondelete="SET NULL")
    touchpoint_id: Mapped[str | None] = to("touchpoint.id", ondelete="SET NULL")
    introduction: Mapped[Introduction] = relationship(lazy="raise_on_sql", back_populates="sides")
    letters: Mapped[list[Letter]] = relationship(
        lazy="raise_on_sql", secondary="introduction_letter", viewonly=True, order_by=Letter.id
    )

    @property
    def person(self) -> Candidate | Colleague:
        return self.introduction.other if self.position else self.introduction.candidate

    @property
    def candidate(self) -> Candidate | None:
        return self.person if isinstance(self.person, Candidate) else None

    @property
    def name(self) -> str:
        return name_of(self.person)

    @property
    def other(self) -> "Side":
        return next(side for side in self.introduction.sides if side.position != self.position)

    @property
    def company(self) -> str:
        """Of a colleague; where a candidate works is not ours to tell."""
        return self.person.company if isinstance(self.person, Colleague) else ""

    @property
    def names(self) -> str:
        """Who the other is, where that may be told before both said yes: a colleague, by the asker's choice."""
        person = self.other.person
        named = isinstance(person, Colleague) and self.introduction.names_colleague
        return f"{self.other.name} at {self.other.company}" if named else ""

    @property
    def answer_words(self) -> str:
        return {"yes": "said yes", "no": "said no, thank you"}.get(self.answer, "has not answered yet")


class SideLetter(Base):
    """Which letter went to which side."""

    __tablename__ = "introduction_letter"
    letter_id: Mapped[str] = to("letter.id", primary_key=True, index=False, ondelete="CASCADE")
    side_id: Mapped[str] = to("introduction_side.id", ondelete="CASCADE")


# --- queries


def visible_to(user: User) -> ColumnElement[bool]:
    """Where every candidate in it is."""
    seen = select(Candidate.id).where(candidates.visible_to(user))
    others = or_(Introduction.other_candidate_id.is_(None), Introduction.other_candidate_id.in_(seen))
    return and_(Introduction.candidate_id.in_(seen), others)


def listed(user: User) -> Select[Introduction]:
    """Newest first, each with its people, sides and letters."""
    query = select(Introduction).where(visible_to(user)).options(*whole())
    return query.order_by(Introduction.created_at.desc(), Introduction.id.desc())


def find(introduction_id: str, *, seen_by: User) -> Introduction:
    introduction = db.session.scalar(listed(seen_by).where(Introduction.id == introduction_id))
    if introduction is None:
        raise Missing
    return introduction


def count_agreed(user: User, day: date | BindParameter[date]) -> ScalarSelect[int]:
    """How many of one's own wait on that day for their last step, or for being put aside."""
    agreed = (Introduction.state == "agreed", Introduction.until >= day)
    waiting = (Introduction.by_id == user.id, Introduction.seen_at.is_(None), *agreed)
    return select(func.count()).select_from(Introduction).where(*waiting, visible_to(user)).scalar_subquery()


def find_by_link(token: str) -> Side:
    """The side that was asked by this link, whether it is still open or not; raises Missing."""
    query = select(Side).where(Side.token_hash == tokens.digest(token))
    return load(query)


def is_link(token: str) -> bool:
    return db.session.scalar(select(Side.id).where(Side.token_hash == tokens.digest(token))) is not None


def is_open(side: Side) -> bool:
    """Whether it can be answered: until it is made, a yes can still be taken back, by the same link."""
    introduction = side.introduction
    return (
        introduction.state in ("asked", "agreed")
        and introduction.until >= clock.today()
        and introduction.by.is_active
        and not any(person.is_deleted or person.is_archived for person in introduction.people)
        and not (side.candidate and consents.forbids_contact(side.candidate.id))
    )


# --- verbs


def answer(side: Side, said: str, *, shares: str = "") -> Side:
    """By link. One no ends it; two that say yes are told to the asker, and to nobody else."""
    said = shape.one_of(said, ANSWERS, "answer")
    address = _shared(shares) if said == "yes" else ""
    introduction = side.introduction
    lock(introduction)
    if not is_open(side):
        raise Refused("This question is no longer open.")
    if (side.answer, side.shares) == (said, address):
        return side
    side.answer, side.shares, side.answered_at = said, address, clock.now()
    if said == "no":
        settle(introduction, "declined")
        for letter in letters_of(introduction):
            outbox.stop(letter)
    elif side.other.answer == "yes":
        settle(introduction, "agreed")
    if side.candidate is not None:
        text = "would like an introduction" if said == "yes" else "would rather not have an introduction"
        events.record("introduction.answered", by=None, subject_id=side.candidate.id, text=text)
    return side


def take_back(introduction: Introduction, *, by: User) -> Introduction:
    """Made: both letters, as long as neither has left, and it can be made again. Before that: letters that wait never
    leave, and links that were sent open no more.
    """
    policy.require("revoke", introduction, by=by)
    lock(introduction)
    written = letters_of(introduction)
    if introduction.state == "made":
        _refuse_if_left([letter for letter in written if letter.kind == "introduction"])
        settle(introduction, "agreed")
    elif introduction.state in ("asked", "agreed"):
        settle(introduction, "taken_back")
    for letter in written:
        if letter.is_waiting:
            outbox.stop(letter)
    record("taken_back", introduction, by=by, text="took an introduction back")
    return introduction


def forget(candidate: Candidate) -> None:
    """Before the record is erased: the letters of its introductions, to both sides, and what was kept of them."""
    theirs = or_(Introduction.candidate_id == candidate.id, Introduction.other_candidate_id == candidate.id)
    sides = select(Side.id).join(Introduction, Introduction.id == Side.introduction_id).where(theirs)
    letters = select(SideLetter.letter_id).where(SideLetter.side_id.in_(sides))
    db.session.execute(delete(Letter).where(Letter.id.in_(letters)))
    db.session.execute(delete(Introduction).where(theirs))


def see(introduction: Introduction, *, by: User) -> Introduction:
    if introduction.by_id != by.id:
        raise Denied
    introduction.seen_at = introduction.seen_at or clock.now()
    return introduction


# --- parts


def record(did: str, introduction: Introduction, *, by: User, text: str) -> None:
    """With each candidate in it; the other is not named there, since not everybody may see both."""
    for person in introduction.people:
        events.record(f"introduction.{did}", by=by, subject_id=person.id, text=text)


def _refuse_if_left(written: list[Letter]) -> None:
    if any(letter.has_left for letter in written):
        raise Refused("A letter has left already, so the introduction stands.")
    if any(letter.state == "in_doubt" for letter in written):
        raise Refused("A letter may have left already, so the introduction stands. Decide what became of it first.")


def other_side(introduction_id: str) -> Side:
    """The one beside the candidate that it was begun from."""
    return load(select(Side).where(Side.introduction_id == introduction_id, Side.position == 1))


def load(query: Select[Side]) -> Side:
    """With its introduction, and everybody in it; raises Missing."""
    introduction = joinedload(Side.introduction, innerjoin=True).options(*whole())
    side = db.session.scalar(query.options(introduction))
    if side is None:
        raise Missing
    return side


def whole() -> tuple[_AbstractLoad, ...]:
    return (
        joinedload(Introduction.candidate, innerjoin=True).selectinload(Candidate.emails),
        joinedload(Introduction.other_candidate).selectinload(Candidate.emails),
        joinedload(Introduction.colleague),
        joinedload(Introduction.by, innerjoin=True),
        selectinload(Introduction.sides).selectinload(Side.letters),
    )


def name_of(person: Candidate | Colleague) -> str:
    return person.name if isinstance(person, Colleague) else person.full_name


def _shared(address: str) -> str:
    address = shape.email(address, "shares")
    if trouble := header_guard.address_problem(address):
        raise Refused(trouble, field="shares")
    return address


def letters_of(introduction: Introduction) -> list[Letter]:
    return list(
        db.session.scalars(select(Letter).where(Letter.id.in_(_ids_of_letters(introduction.id))).order_by(Letter.id))
    )


def _ids_of_letters(introduction_id: str) -> Select[str]:
    return (
        select(SideLetter.letter_id)
        .join(Side, Side.id == SideLetter.side_id)
        .where(Side.introduction_id == introduction_id)
    )


def lock(introduction: Introduction) -> None:
    """Letters first: whoever hands one over holds it while asking how the introduction stands."""
    db.session.flush()
    held = select(Letter).where(Letter.id.in_(_ids_of_letters(introduction.id))).order_by(Letter.id).with_for_update()
    list(db.session.scalars(held.execution_options(populate_existing=True)))
    db.session.refresh(introduction, ["state", "settled_at"], with_for_update=True)
    for side in introduction.sides:
        db.session.refresh(side, ["answer", "shares"])


def settle(introduction: Introduction, state: str) -> None:
    introduction.state, introduction.settled_at, introduction.seen_at = state, clock.now(), None
