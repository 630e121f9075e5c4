"""What came of a forward: asked of its sender after a while, and told to both who had a part in it.

The colleague is thanked and the candidate hears the news by letters that are looked at before they go.
"""

from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import Select, String, and_, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, db, to
from crm.domain import candidates, circle, events, outbox, personal_letters, shape, stand_ins
from crm.domain.candidates import Candidate
from crm.domain.circle import ColleagueLetter
from crm.domain.colleagues import Colleague
from crm.domain.errors import Denied, Refused
from crm.domain.forwards import Forward, is_unseen_answer, register
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock, words

ASK_AFTER = timedelta(days=14)
AGAIN_AFTER = timedelta(days=14)
OLDEST = timedelta(days=180)
"""A forward that is older is not asked about any more."""
MOST_ASKED = 5
MOST_SHOWN = 25
SAID = {
    "hired": "they hired them",
    "interviewed": "they talked",
    "nothing": "nothing came of it",
    "later": "nothing is known yet",
}


class ForwardOutcome(Base):
    """As its sender knows it. It goes with the forward."""

    __tablename__ = "forward_outcome"
    forward_id: Mapped[str] = to("forward.id", primary_key=True, index=False, ondelete="CASCADE")
    said: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)
    ask_again_on: Mapped[date | None]

    @property
    def phrase(self) -> str:
        return SAID[self.said]


class Waiting(NamedTuple):
    """One's own forwards that want something of one."""

    answers: list[Forward]
    """Of colleagues, not marked as seen; newest first."""
    came_of: list[Forward]
    """Nobody said yet what came of them; oldest first."""


class Balance(NamedTuple):
    """How many resumes a colleague was sent, and what they made of them."""

    sent: int
    answered: int
    talked: int
    hired: int

    @property
    def sentence(self) -> str:
        """ "You sent 4 resumes; 3 were answered, 2 led to a talk, 1 was hired." """
        if not self.sent:
            return ""
        led = (
            (self.answered, f"{self.answered} answered"),
            (self.talked, f"{self.talked} led to a talk"),
            (self.hired, f"{self.hired} hired"),
        )
        said = ", ".join(one for count, one in led if count) or "none was answered yet"
        return f"{words.several(self.sent, 'resume')} went there from here: {said}."


class After(NamedTuple):
    """What followed a forward: what came of it, and the letters that told so."""

    outcome: ForwardOutcome | None
    thanks: Letter | None
    news: Letter | None


# --- queries


def of(forward: Forward) -> After:
    """What is on record of it, and the letters that followed."""
    return After(db.session.get(ForwardOutcome, forward.id), _thanks(forward), _news(forward))


def waiting_for(user: User) -> Waiting:
    """By one query."""
    now = clock.now()
    asked = {"user": user.id, "day": clock.today(), "latest": now - ASK_AFTER, "oldest": now - OLDEST}
    found = list(db.session.scalars(_waiting(user.is_admin), asked))
    answers = [one for one in found if one.answered_at and not one.answer_seen_at]
    return Waiting(answers, [one for one in reversed(found) if one not in answers][:MOST_ASKED])


@cache
def _waiting(is_admin: bool) -> Select[Forward]:
    user, ended_at = stand_ins.user(is_admin=is_admin), Letter.ended_at
    latest, oldest = (bindparam(name, type_=ended_at.type) for name in ("latest", "oldest"))
    reached = and_(Letter.state.in_(outbox.GONE), ended_at <= latest, ended_at > oldest)
    again = and_(ForwardOutcome.said == "later", ForwardOutcome.ask_again_on <= stand_ins.day())
    asks = and_(reached, Forward.revoked_at.is_(None), or_(ForwardOutcome.forward_id.is_(None), again))
    query = (
        register(user)
        .outerjoin(ForwardOutcome, ForwardOutcome.forward_id == Forward.id)
        .where(Forward.by_id == user.id, or_(is_unseen_answer(), asks))
    )
    query = query.order_by(None).order_by(is_unseen_answer().desc(), Forward.created_at.desc(), Forward.id.desc())
    return query.limit(MOST_SHOWN)


def give_and_take(colleague: Colleague, *, seen_by: User) -> Balance:
    """What went to and fro with a colleague, of candidates whom the reader may see; by one query."""
    came = (
        func.count().filter(ForwardOutcome.said == "interviewed"),
        func.count().filter(ForwardOutcome.said == "hired"),
    )
    query = (
        select(func.count(), func.count(Forward.answered_at), *came)
        .select_from(Forward)
        .join(Candidate, Candidate.id == Forward.candidate_id)
        .join(Letter, Letter.id == Forward.letter_id)
        .outerjoin(ForwardOutcome, ForwardOutcome.forward_id == Forward.id)
        .where(Forward.colleague_id == colleague.id, Letter.state.in_(outbox.GONE), candidates.visible_to(seen_by))
    )
    return Balance(*db.session.execute(query).one())


def thanks_words(forward: Forward, outcome: ForwardOutcome | None) -> str:
    """A draft that names nobody but the colleague: the letter outlives the permission."""
    said = {
        "hired": "I am very glad that it worked out.",
        "interviewed": "It was good of you to take the time to talk.",
    }.get(outcome.said if outcome else "", "It was good of you to look at it.")
    about = f" for {forward.position}" if forward.position else ""
    return (
        f"Dear {forward.colleague.first_name},\n\nthank you for what you made of the resume that I sent you{about}. "
        f"{said} When you meet somebody good whom you cannot hire yourself, I would be glad to hear of them."
    )


def news_words(forward: Forward, outcome: ForwardOutcome | None) -> tuple[str, str]:
    """Subject and text of what the candidate may read about it."""
    to = f"{forward.colleague.name} at {forward.company}"
    said = {
        "hired": f"I heard the good news from {to}, and I am very glad for you.",
        "interviewed": f"I hear that you and {to} have talked, and I hope that it was worth your while.",
        "nothing": f"I asked {to} what became of it: they have nothing for you now. That says nothing about you.",
    }.get(outcome.said if outcome else "", f"I have not heard from {to} yet, and wanted you to know.")
    first = forward.candidate.full_name.split()[0]
    return "Your resume, and what came of it", (
        f"Dear {first},\n\nsome time ago you let me send your resume to {to}. {said}\n\nThank you for your trust."
    )


# --- verbs


def require_sender(forward: Forward, by: User) -> None:
    if forward.by_id != by.id:
        raise Denied


def record(forward: Forward, said: str, *, by: User, words: str = "") -> ForwardOutcome:
    """By its sender; said again, it replaces what was said."""
    require_sender(forward, by)
    if forward.letter is None or not forward.letter.has_left:
        raise Refused("It has not reached them yet, so nothing can have come of it.", field="outcome")
    said = shape.one_of(said, tuple(SAID), "outcome")
    words = shape.text(words, "words", most=shape.SENTENCE, name="What you wrote")
    found = db.session.get(ForwardOutcome, forward.id)
    if found is None:
        found = ForwardOutcome(forward_id=forward.id)
        db.session.add(found)
    found.said, found.words, found.at, found.by_id = said, words, clock.now(), by.id
    found.ask_again_on = clock.today() + AGAIN_AFTER if said == "later" else None
    text = f"noted of the forward to {forward.colleague.name} at {forward.company}: {found.phrase}"
    events.record("forward.outcome", by=by, subject_id=forward.candidate_id, text=text)
    db.session.flush()
    return found


def thank(forward: Forward, *, text: str, by: User, intent: str) -> Letter:
    """To the colleague, in words that the sender has looked at."""
    require_sender(forward, by)
    text = circle.checked(forward.colleague, text, by=by)
    return circle.write("thanks", forward.colleague, text, by=by, intent=intent, forward=forward)


def tell(forward: Forward, *, subject: str, text: str, by: User, intent: str) -> Letter:
    """To the candidate, likewise; it counts as a contact once it has left, like every letter to them."""
    require_sender(forward, by)
    return personal_letters.send(
        forward.candidate, subject=subject, text=text, by=by, intent=f"{_told_as(forward)} {intent[-10:]}",
        purpose="outcome",
    )  # fmt: skip


# --- parts


def _told_as(forward: Forward) -> str:
    return f"news {forward.id}"


def _news(forward: Forward) -> Letter | None:
    begun = Letter.intent.startswith(f"personal:{forward.by_id}:{_told_as(forward)}", autoescape=True)
    query = select(Letter).where(begun, Letter.state.not_in(circle.NOT_THEIRS))
    return db.session.scalar(query.order_by(Letter.id.desc()).limit(1))


def _thanks(forward: Forward) -> Letter | None:
    query = select(Letter).join(ColleagueLetter, ColleagueLetter.letter_id == Letter.id)
    theirs = (ColleagueLetter.forward_id == forward.id, Letter.state.not_in(circle.NOT_THEIRS))
    return db.session.scalar(query.where(*theirs).order_by(Letter.id.desc()).limit(1))
