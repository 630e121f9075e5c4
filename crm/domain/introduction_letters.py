"""The letters of an introduction on their way out: what may stand against each, and what becomes of it."""

from sqlalchemy import select

from crm.db import db
from crm.domain import consents, introductions, suppressions, touchpoints
from crm.domain.candidates import Candidate
from crm.domain.introductions import Introduction, Side, SideLetter
from crm.domain.outbox import Letter
from crm.domain.touchpoints import Touchpoint
from crm.kit import clock, tokens

ASK = "introduction_ask"
CAME_TO_NOTHING = ("cancelled", "blocked", "failed")

# --- queries


def for_delivery(letter: Letter) -> Side:
    of_letter = select(Side).join(SideLetter, SideLetter.side_id == Side.id)
    return introductions.load(of_letter.where(SideLetter.letter_id == letter.id))


def why_no_question(side: Side, lock: bool = False) -> str:
    """What stands against asking: a word of outbox.BLOCKED_WORDS, or nothing."""
    introduction = _held(side, lock)
    if introduction.state != "asked" or introduction.until < clock.today():
        return "overtaken"
    return _why_not(side, [side.candidate] if side.candidate else [], lock)


def why_not_made(side: Side, lock: bool = False) -> str:
    """It names both to each other, so it rests on the yes of both, and on what both permit."""
    introduction = _held(side, lock)
    if introduction.state != "made" or any(each.answer != "yes" for each in introduction.sides):
        return "overtaken"
    other = _last_made(side.other)
    if other is None or not other.has_left:  # then it is for both or for neither
        if suppressions.among([side.other.address]):
            return "suppressed"
        if introduction.until < clock.today() or (other is not None and other.state in CAME_TO_NOTHING):
            return "overtaken"
    return _why_not(side, introduction.people, lock)


def sorry_draft(introduction: Introduction) -> tuple[Side, str, str] | None:
    """Whom to tell that it did not come about, with subject and text: who had said yes, and nobody else."""
    if introduction.state != "declined":
        return None
    side = next((side for side in introduction.sides if side.answer == "yes"), None)
    if side is None:
        return None
    text = (
        f"Dear {side.name},\n\nthe introduction that I asked you about did not come about. Thank you for being open to "
        f"it; that has nothing to do with you.\n\n{introduction.by.name}"
    )
    return side, "The introduction", text


# --- verbs, by whoever hands letters over


def mint(side: Side, token: str) -> None:
    side.token_hash = tokens.digest(token)


def has_left(letter: Letter) -> None:
    """A contact with the candidate it went to. Told twice, it is one."""
    side = for_delivery(letter)
    column = _column(letter)
    if side.candidate is None or getattr(side, column) is not None:
        return
    kind, text = ("mail", introductions.SUBJECT) if letter.kind == ASK else ("introduction", "")
    by = side.introduction.by
    setattr(side, column, touchpoints.log(side.candidate, kind=kind, direction="out", by=by, text=text).id)


def came_back(letter: Letter) -> None:
    side = for_delivery(letter)
    logged = db.session.get(Touchpoint, getattr(side, _column(letter)) or "")
    if logged is not None and side.candidate is not None:
        touchpoints.take_back(logged, side.candidate, by=side.introduction.by)


# --- parts


def _column(letter: Letter) -> str:
    return "ask_touchpoint_id" if letter.kind == ASK else "touchpoint_id"


def _last_made(side: Side) -> Letter | None:
    """What names the other to this side, of the last time that the introduction was made."""
    query = select(Letter).join(SideLetter, SideLetter.letter_id == Letter.id)
    made = query.where(SideLetter.side_id == side.id, Letter.kind == "introduction")
    return db.session.scalar(made.order_by(Letter.id.desc()).limit(1))


def _held(side: Side, lock: bool) -> Introduction:
    introduction = side.introduction
    if lock:
        db.session.refresh(introduction, ["state"], with_for_update=True)
    return introduction


def _why_not(side: Side, named: list[Candidate], lock: bool) -> str:
    introduction = side.introduction
    if any(person.is_deleted or person.is_archived for person in introduction.people):
        return "revoked"
    for person in named:
        if suppressions.is_their_word(suppressions.among(email.address for email in person.emails)):
            return "suppressed"
        if consents.forbids_contact(person.id, lock=lock):
            return "consent"
    return "" if introduction.by.is_active else "owner"
