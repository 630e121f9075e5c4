"""The colleague's side of a forward, by link and without an account: what they are shown, and what they may do."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from crm.db import db
from crm.domain import dispatch, events, forwards, identities, leaks, resumes, shape
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import ANSWERS, Forward, ForwardLink
from crm.domain.resumes import Resume
from crm.kit import clock, files, reading, redaction, tokens

LONGEST_WORDS = 2_000
OPENS_DIRECTLY = timedelta(days=1)
MOST_TEXT = 100_000
"""Characters of a resume that are shown; taking out what is not told costs time for each of them."""


@dataclass(frozen=True)
class Shown:
    """Just what a colleague may see: nothing else of the candidate is given to a page, a file or a letter."""

    name: str = ""
    """Nothing where they are not to be known."""
    headline: str = ""
    location: str = ""
    employer: str = ""
    email: str = ""
    phone: str = ""
    position: str = ""
    note: str = ""
    text: str = ""
    """Of the resume, once they opened it, with what is not told taken out of it."""
    has_resume: bool = False
    pictures: int = 0
    """Pages of the resume that may be seen; what was taken out of the text is painted over in them."""
    pages: int = 0
    filename: str = ""
    """Of the file, where it may be had."""
    hidden: list[str] = field(default_factory=list)
    """What was taken out of the text, in words."""

    @property
    def title(self) -> str:
        return self.name or "Somebody worth meeting"


# --- queries


def find_by_link(token: str) -> Forward:
    """The forward that this link was minted for, whether still open or not; raises Missing."""
    forward = db.session.scalar(
        select(Forward)
        .join(ForwardLink, ForwardLink.forward_id == Forward.id)
        .join(Forward.candidate)
        .where(ForwardLink.token_hash == tokens.digest(token))
        .options(
            contains_eager(Forward.candidate),
            selectinload(Forward.colleague),
            selectinload(Forward.resume),
            selectinload(Forward.by),
            selectinload(Forward.letter),
            selectinload(Forward.consent),
        )
    )
    if forward is None:
        raise Missing
    return forward


def is_link(token: str) -> bool:
    found = select(ForwardLink.id).where(ForwardLink.token_hash == tokens.digest(token))
    return db.session.scalar(found) is not None


def needs_code(forward: Forward, token: str) -> bool:
    """Whether a code is asked for first: it was marked so, or the link has been lying in a mailbox for a day."""
    minted = select(ForwardLink.minted_at).where(ForwardLink.token_hash == tokens.digest(token))
    return forward.sensitive or db.session.scalars(minted).one() < clock.now() - OPENS_DIRECTLY


def is_shown(forward: Forward) -> bool:
    """Whether the link still opens: not revoked, not expired, the candidate still on file and still willing."""
    return forward.is_open and is_willing(forward)


def is_willing(forward: Forward) -> bool:
    """Whether the candidate still is, and nothing but the day could stand against showing it."""
    return (
        not forward.candidate.is_deleted
        and forward.resume is not None
        and forward.resume.removed_at is None
        and forwards.gate_of(forward).is_open
    )


def shown(forward: Forward) -> Shown:
    """As it is now. A role may have been sealed since it was written: then none of what was written is said again."""
    told = {"position": forward.position, "note": forward.note if "note" in forward.parts else ""}
    leak = leaks.find(told, by=forward.by, to_address=forward.to_address)
    return _shown_of(forward, **(dict.fromkeys(told, "") if leak else told))


def _shown_of(forward: Forward, *, position: str, note: str) -> Shown:
    person, resume, parts = forward.candidate, forward.resume, forward.parts
    facts = {"headline": person.headline, "location": person.location, "employer": person.employer}
    told = {name: value for name, value in facts.items() if name in parts} | {"position": position, "note": note}
    reads = resume is not None and "resume" in parts
    text = _beginning(resume.text) if resume is not None and reads and forward.opened_at else ""
    if forward.blind:
        return _unnamed(forward, told, text, has_resume=reads)
    reached = _reached(person) if "contact" in parts else {}
    plain = text if reached or "file" in parts else redaction.hide_contact(text)
    pictured = resume is not None and reads and (bool(text) or "file" in parts)
    return Shown(
        name=person.full_name,
        text=plain,
        has_resume=reads,
        pictures=len(resume.previews) if resume is not None and pictured else 0,
        pages=resume.pages if resume is not None and reads else 0,
        filename=forward.filename if "file" in parts else "",
        hidden=[] if plain == text else ["mail, phone and links"],
        **told,
        **reached,
    )


def told(forward: Forward) -> dict[str, str]:
    """What the parts tell of the record itself, to be noted when it leaves: headline, location, employer, contact."""
    person, parts = forward.candidate, forward.parts
    facts = {"headline": person.headline, "location": person.location, "employer": person.employer}
    shown = {name: value for name, value in facts.items() if name in parts and value}
    if forward.blind and shown:
        identity = identities.of(person)
        shown = {name: redaction.hide(value, identity) for name, value in shown.items()}
    reached = _reached(person) if "contact" in parts else {}
    return shown | {"contact": ", ".join(filter(None, reached.values()))}


def file_of(forward: Forward) -> bytes:
    """The resume's bytes for the colleague, where it may be had; they are told nothing of what is wrong with it."""
    if forward.blind or "file" not in forward.parts:
        raise Missing
    return _bytes_of(forward.paper)


def picture_of(forward: Forward, number: int) -> bytes:
    """A page of the resume, counted from 1, once they opened it; raises Missing."""
    seen = shown(forward)
    if forward.opened_at is None or not 1 <= number <= seen.pictures:
        raise Missing
    if not seen.hidden:
        return resumes.preview(forward.paper, number)
    picture = reading.masked(_bytes_of(forward.paper), number)
    if picture is None:
        raise Missing
    return picture


# --- verbs


def open_by_recipient(forward: Forward) -> None:
    forward.opened_at = forward.opened_at or clock.now()


def download(forward: Forward) -> bytes:
    """Recorded, because it was asked for by a button; raises Missing."""
    content = file_of(forward)
    open_by_recipient(forward)
    forward.downloaded_at = forward.downloaded_at or clock.now()
    return content


def answer(forward: Forward, kind: str, words: str) -> Forward:
    """By the colleague, through the link. A later answer replaces an earlier one."""
    kind = shape.one_of(kind, tuple(ANSWERS), "answer")
    words = shape.text(words, "words", most=LONGEST_WORDS, name="What you wrote")
    if kind == "other" and not words:
        raise Refused("Say it in a few words.", field="words")
    if (forward.answer, forward.answer_words) == (kind, words):
        return forward
    forward.answer, forward.answer_words, forward.answered_at, forward.answer_seen_at = kind, words, clock.now(), None
    if forward.letter is not None:
        dispatch.learn(forward.letter, "delivered", "the link in it was used")
    open_by_recipient(forward)
    text = f"{forward.colleague.name} at {forward.company} {forward.answer_phrase}"
    events.record("forward.answered", by=None, subject_id=forward.candidate_id, text=text)
    return forward


# --- parts


def _bytes_of(resume: Resume) -> bytes:
    try:
        return resumes.content(resume)
    except (files.Missing, Refused) as error:
        raise Missing from error


def _beginning(text: str) -> str:
    """Up to the end of a word: half a name is not known for one."""
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT].rsplit(None, 1)[0]


def _unnamed(forward: Forward, told: dict[str, str], text: str, *, has_resume: bool) -> Shown:
    identity = identities.of(forward.candidate)
    return Shown(
        headline=redaction.hide(told.get("headline", ""), identity),
        location=redaction.hide(told.get("location", ""), identity),
        position=redaction.hide(told["position"], identity),
        note=redaction.hide(told["note"], identity),
        text=redaction.hide(text, identity),
        has_resume=has_resume,
        hidden=["the name, the employer, mail, phone and links"],
    )


def _reached(person: Candidate) -> dict[str, str]:
    first = select(Email.address).where(Email.candidate_id == person.id).order_by(Email.position).limit(1)
    number = select(Phone.number).where(Phone.candidate_id == person.id).order_by(Phone.position).limit(1)
    return {"email": db.session.scalar(first) or "", "phone": db.session.scalar(number) or ""}
