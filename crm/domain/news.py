"""What somebody without an account did, for the user whom it concerns: on Today and the card until it is put aside."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, String, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Mapped, aliased, contains_eager, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import candidates, stand_ins
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.errors import Missing
from crm.domain.users import TeamMember, User
from crm.kit import clock

MOST_SHOWN = 20
KEPT = timedelta(days=30)
"""News that was put aside is gone after that; what it tells of has its own record."""


class News(Base):
    __tablename__ = "news"
    __table_args__ = (Index("ix_news_user_id", "user_id", "seen_at"),)
    id: Mapped[Id]
    user_id: Mapped[str] = to("user.id", index=False)
    candidate_id: Mapped[str | None] = to("candidate.id", ondelete="CASCADE")
    colleague_id: Mapped[str | None] = to("colleague.id", ondelete="CASCADE")
    """Whose doing it was, where it was not the candidate's."""
    forward_id: Mapped[str | None] = to("forward.id", ondelete="CASCADE")
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str]
    """What was done, without the name before it: "is still interested"."""
    at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime | None]
    candidate: Mapped[Candidate | None] = relationship(lazy="raise_on_sql")
    colleague: Mapped[Colleague | None] = relationship(lazy="raise_on_sql")

    @property
    def who(self) -> str:
        if self.colleague is not None:
            return f"{self.colleague.name} at {self.colleague.company}"
        if self.kind == "resumes":
            return "Your mail"
        return self.candidate.full_name if self.candidate is not None else "Somebody"

    @property
    def sentence(self) -> str:
        about = f" about {self.candidate.full_name}" if self.colleague and self.candidate else ""
        return f"{self.who} {self.text}{about}"


# --- queries


def unseen(user: User) -> list[News]:
    """Newest first, about people whom the user may see."""
    return first(user)[0]


def first(user: User) -> tuple[list[News], int]:
    """The newest of them, and how many more there are; by one query."""
    rows = db.session.execute(_waiting(user.is_admin), {"user": user.id}).all()
    return [told for told, _ in rows], rows[0][1] - len(rows) if rows else 0


@cache
def _waiting(is_admin: bool) -> Select[Any]:
    waiting = _of(stand_ins.user(is_admin=is_admin)).where(News.seen_at.is_(None)).limit(MOST_SHOWN)
    return waiting.add_columns(func.count().over())


def is_unseen(user: User) -> ColumnElement[bool]:
    return and_(_is_for(user), News.seen_at.is_(None))


def find(news_id: str, *, seen_by: User) -> News:
    found = db.session.scalar(_of(seen_by).where(News.id == news_id))
    if found is None:
        raise Missing
    return found


def _of(user: User) -> Select[News]:
    return (
        select(News)
        .outerjoin(News.candidate)
        .options(contains_eager(News.candidate), joinedload(News.colleague))
        .where(_is_for(user), or_(News.candidate_id.is_(None), candidates.visible_to(user)))
        .order_by(News.id.desc())
    )


def _is_for(user: User) -> ColumnElement[bool]:
    """The user's own; and what was meant for somebody who has left, or who does not see that candidate any more, where
    the user looks after them now. Where nobody does, administrators read it.
    """
    left, person = select(User.id).where(User.disabled_at.is_not(None)), aliased(Candidate)
    mine = person.owner_id == user.id
    theirs = or_(mine, person.owner_id.in_(left)) if user.is_admin else mine
    owned = exists().where(
        person.id == News.candidate_id, theirs
    )  # for each piece of news, not for all they look after
    return or_(News.user_id == user.id, and_(or_(News.user_id.in_(left), ~_is_seen()), owned))


def _is_seen() -> ColumnElement[bool]:
    """Whether whom it was told may see the candidate."""
    teams = select(TeamMember.team_id).where(TeamMember.user_id == News.user_id)
    person = aliased(Candidate)
    shared = or_(
        person.visibility == "company",
        person.owner_id == News.user_id,
        and_(person.visibility == "team", person.team_id.in_(teams)),
    )
    return exists().where(person.id == News.candidate_id, shared)


# --- verbs


def tell(
    user_id: str, *, kind: str, text: str, candidate_id: str | None = None, colleague_id: str | None = None,
    forward_id: str | None = None,
) -> News:  # fmt: skip
    """`text` goes on after the name of who did it: the colleague where one is given, else the candidate."""
    told = News(
        user_id=user_id, kind=kind, text=text, candidate_id=candidate_id, colleague_id=colleague_id,
        forward_id=forward_id,
    )  # fmt: skip
    db.session.add(told)
    return told


def tell_once(user_id: str, *, kind: str, text: str, candidate_id: str) -> None:
    """Unless the same waits to be read: a page that was sent twice says it once. The candidate's row is locked."""
    db.session.execute(select(Candidate.id).where(Candidate.id == candidate_id).with_for_update())
    same = (News.user_id == user_id, News.candidate_id == candidate_id, News.text == text, News.seen_at.is_(None))
    if db.session.scalar(select(News.id).where(*same).limit(1)) is None:
        tell(user_id, kind=kind, text=text, candidate_id=candidate_id)


def see(told: News, *, by: User) -> News:
    """Put aside by `by`, who found it."""
    told.seen_at = told.seen_at or clock.now()
    return told


def take_back(candidate_id: str, text: str, since: datetime) -> bool:
    """What begins so and was said after all by mistake; whether somebody has seen it before."""
    said = (News.candidate_id == candidate_id, News.text.startswith(text), News.at >= since)
    db.session.execute(delete(News).where(*said, News.seen_at.is_(None)))
    return db.session.scalar(select(News.id).where(*said).limit(1)) is not None


def sweep(now: datetime) -> None:
    db.session.execute(delete(News).where(News.seen_at < now - KEPT))
