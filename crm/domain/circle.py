"""The circle of colleagues: each says by a link of their own what they look for, and what they want no more of.

The link shows nothing but their own words. What a user wrote down about them stays in the office.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import colleagues, events, forward_endings, leaks, news, outbox, shape, suppressions
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.teasers import Teaser
from crm.domain.users import User
from crm.kit import clock, tokens, words

LINK_LASTS = timedelta(days=180)
UNDO_WITHIN = timedelta(days=7)
LONGEST_LETTER = 4_000
ASKED_AGAIN_AFTER = timedelta(days=30)
"""Nobody is asked more often what they look for, however many of us wonder."""
NOT_THEIRS = ("cancelled", "blocked", "failed", "bounced")


class ColleagueLetter(Base):
    """What a user wrote to a colleague: to ask what they look for, or to thank them for how they took a forward."""

    __tablename__ = "colleague_letter"
    letter_id: Mapped[str] = to("letter.id", primary_key=True, index=False, ondelete="CASCADE")
    colleague_id: Mapped[str] = to("colleague.id", ondelete="CASCADE")
    forward_id: Mapped[str | None] = to("forward.id", ondelete="CASCADE")
    text: Mapped[str]
    colleague: Mapped[Colleague] = relationship(lazy="raise_on_sql")
    forward: Mapped[Forward | None] = relationship(lazy="raise_on_sql")
    letter: Mapped[Letter] = relationship(lazy="raise_on_sql")


class NeedsLink(Base):
    """Minted when its letter is rendered; the hash is committed with `in_doubt`."""

    __tablename__ = "needs_link"
    id: Mapped[Id]
    letter_id: Mapped[str] = to("letter.id", ondelete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    minted_at: Mapped[datetime] = mapped_column(default=clock.now)


class Holder(NamedTuple):
    """Who came by a link: the colleague, and who of us asked."""

    colleague: Colleague
    asked_by: User


# --- queries


def find_by_link(token: str) -> Holder:
    """Raises Missing: also where it is old, or the colleague is reached elsewhere by now."""
    query = (
        select(Colleague, User)
        .join(ColleagueLetter, ColleagueLetter.colleague_id == Colleague.id)
        .join(Letter, Letter.id == ColleagueLetter.letter_id)
        .join(User, User.id == Letter.by_id)
        .join(NeedsLink, NeedsLink.letter_id == Letter.id)
        .where(NeedsLink.token_hash == tokens.digest(token), NeedsLink.minted_at > clock.now() - LINK_LASTS)
        .where(Letter.to_address == Colleague.email)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise Missing
    return Holder(*found)


def is_link(token: str) -> bool:
    found = select(NeedsLink.id).where(NeedsLink.token_hash == tokens.digest(token))
    return db.session.scalar(found) is not None


def opted_out(colleague: Colleague) -> bool:
    """Of every letter, by their own word."""
    found = suppressions.of(colleague.email)
    return found is not None and not found.can_be_lifted


def may_come_back(colleague: Colleague) -> bool:
    """A button pressed by mistake; not a complaint."""
    found = suppressions.of(colleague.email)
    return found is not None and found.why == "unsubscribed" and clock.now() - found.since < UNDO_WITHIN


def last_asked(colleague: Colleague) -> Letter | None:
    """The last letter that asked what they look for, on its way or there."""
    query = select(Letter).join(ColleagueLetter, ColleagueLetter.letter_id == Letter.id).options(joinedload(Letter.by))
    theirs = (ColleagueLetter.colleague_id == colleague.id, Letter.kind == "needs", Letter.state.not_in(NOT_THEIRS))
    return db.session.scalar(query.where(*theirs).order_by(Letter.id.desc()).limit(1))


# --- verbs of ours


def question(colleague: Colleague) -> str:
    """The words that a user finds when they begin to ask."""
    known = "Is what you told us still right?" if colleague.looking_by_them and colleague.looking_for else ""
    ask = known or "Whom are you looking for at the moment?"
    return (
        f"Dear {colleague.first_name},\n\nwe meet good people whom we cannot hire ourselves, and would rather send you "
        f"one who fits than many who do not. {ask} A sentence is enough, and “nobody” is one too."
    )


def ask(colleague: Colleague, *, text: str, by: User, intent: str) -> Letter:
    """Queues the letter with the link. A colleague is asked once in a while, whoever of us asks; raises Refused with
    who did. The same click again is the same letter.
    """
    text = checked(colleague, text, by=by)
    db.session.execute(select(Colleague.id).where(Colleague.id == colleague.id).with_for_update())
    last, now = last_asked(colleague), clock.now()
    if last is not None and last.created_at > now - ASKED_AGAIN_AFTER and not _is_of(last, "needs", by, intent):
        again = last.created_at + ASKED_AGAIN_AFTER
        whoever = "You" if last.by_id == by.id else last.by.name if last.by else "Somebody"
        raise Refused(
            f"{whoever} asked {colleague.name} on {words.day(last.created_at)}. Ask again from {words.day(again)} on.",
            field="text",
        )
    return write("needs", colleague, text, by=by, intent=intent)


def checked(colleague: Colleague, text: str, *, by: User) -> str:
    """What may be written to a colleague now; raises Refused."""
    text = shape.text(text, "text", needed=True, most=LONGEST_LETTER, name="What you want to say")
    suppressions.refuse(colleague.email, field="text")
    leaks.refuse({"text": text}, by=by, to_address=colleague.email)
    return text


def write(
    kind: str, colleague: Colleague, text: str, *, by: User, intent: str, forward: Forward | None = None
) -> Letter:
    """The same intent again is the same letter; one that was taken back meanwhile is written again."""
    intent = _intent(kind, by, intent)
    again = Letter.intent.startswith(f"{intent} ", autoescape=True)
    same = select(Letter).where((Letter.intent == intent) | again).order_by(Letter.id.desc()).limit(1)
    if there := db.session.scalar(same):
        if there.state != "cancelled":
            return there
        intent = f"{intent} {there.id}"
    letter = outbox.queue(kind, intent=intent, to_address=colleague.email, to_name=colleague.name, by=by)
    about = ColleagueLetter(letter_id=letter.id, colleague_id=colleague.id, text=text)
    about.forward_id = forward.id if forward is not None else None
    db.session.add(about)
    db.session.flush()
    return letter


def _intent(kind: str, by: User, intent: str) -> str:
    """Short enough for the id of the letter that was taken back behind it."""
    return f"{kind} {by.id} {intent}"[:59]


def _is_of(letter: Letter, kind: str, by: User, intent: str) -> bool:
    return f"{letter.intent} ".startswith(f"{_intent(kind, by, intent)} ")


# --- verbs of theirs, by link


def say(holder: Holder, looking_for: str) -> Colleague:
    """What they look for now, or nothing. The same words again say that they still hold."""
    colleague, before = holder.colleague, holder.colleague.looking_for
    colleagues.look_for(colleague, looking_for, by_them=True)
    if colleague.looking_for != before:
        said = f"is looking for: {colleague.looking_for}" if colleague.looking_for else "is looking for nobody now"
        _tell(holder, "needs", said)
    return colleague


def end_forwards(holder: Holder) -> Colleague:
    """No more resumes; what waits is stopped, and links that they hold stay as they are."""
    colleague = holder.colleague
    if colleague.forwards_off_at is None:
        colleague.forwards_off_at = clock.now()
        stop_forwards(colleague)
        _tell(holder, "forwards_off", "asks for no more resumes")
    return colleague


def welcome_forwards(holder: Holder) -> Colleague:
    colleague = holder.colleague
    if colleague.forwards_off_at is not None:
        colleague.forwards_off_at = None
        _tell(holder, "forwards_on", "is glad of resumes again")
    return colleague


def leave(holder: Holder) -> list[Letter]:
    """No letters at all, and nothing kept of what they look for. Returns what could not be stopped any more."""
    colleague = holder.colleague
    colleague.forwards_off_at = colleague.forwards_off_at or clock.now()
    stop_forwards(colleague)
    colleagues.look_for(colleague, "", by_them=True)
    too_late = outbox.suppress(colleague.email, why="unsubscribed")
    _tell(holder, "left", "asks not to be written to any more")
    return too_late


def come_back(holder: Holder) -> Colleague:
    """Within some days. What was stopped stays stopped."""
    if not may_come_back(holder.colleague):
        raise Refused("That can no longer be undone here. Answer one of our mails to tell us.")
    suppressions.forget(holder.colleague.email)
    return welcome_forwards(holder)


def stop_forwards(colleague: Colleague) -> None:
    """What waits to bring them a resume, or to tell of somebody, never leaves; and nobody is asked for it any more."""
    forward_endings.lapse_for(colleague.email)
    theirs = select(Forward.letter_id).where(Forward.colleague_id == colleague.id, Forward.letter_id.is_not(None))
    told = select(Teaser.letter_id).where(Teaser.colleague_id == colleague.id, Teaser.letter_id.is_not(None))
    carrying = Letter.id.in_(theirs) | Letter.id.in_(told)
    waiting = select(Letter).where(carrying, Letter.state.in_(("queued", "claimed"))).order_by(Letter.id)
    for letter in db.session.scalars(waiting.with_for_update()):
        letter.blocked_why = "suppressed"
        outbox.end(letter, "blocked")


def forget(candidate: Candidate) -> None:
    """Before the record is erased: what was written to colleagues about forwards of it."""
    theirs = select(ColleagueLetter.letter_id).join(Forward, Forward.id == ColleagueLetter.forward_id)
    db.session.execute(delete(Letter).where(Letter.id.in_(theirs.where(Forward.candidate_id == candidate.id))))


# --- delivery, by the worker


def for_delivery(letter: Letter) -> ColleagueLetter:
    query = select(ColleagueLetter).where(ColleagueLetter.letter_id == letter.id)
    needs = (
        joinedload(ColleagueLetter.colleague, innerjoin=True),
        joinedload(ColleagueLetter.letter, innerjoin=True).joinedload(Letter.by),
        joinedload(ColleagueLetter.forward).joinedload(Forward.candidate),
    )
    found = db.session.scalar(query.options(*needs))
    if found is None:
        raise Missing
    return found


def why_not(about: ColleagueLetter, _lock: bool = False) -> str:
    """What stands against handing it over now: a word of outbox.BLOCKED_WORDS, or nothing."""
    if about.letter.by is None or not about.letter.by.is_active:
        return "owner"
    if about.forward is not None and about.forward.candidate.is_deleted:
        return "overtaken"
    return "" if about.letter.to_address == about.colleague.email else "overtaken"


def mint(about: ColleagueLetter, token: str) -> None:
    db.session.add(NeedsLink(letter_id=about.letter_id, token_hash=tokens.digest(token)))


# --- parts


def _tell(holder: Holder, kind: str, said: str) -> None:
    colleague = holder.colleague
    events.record(f"colleague.{kind}", by=None, subject_id=colleague.id, text=f"{colleague.name} {said}")
    news.tell(holder.asked_by.id, kind=kind, text=said, colleague_id=colleague.id)
