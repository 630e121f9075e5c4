"""The door-open kit: the decision told with thanks and, apart from it, the question whether one may keep in touch.

Deciding and telling are two moments: the letters wait, and are called off when the decision is undone (keeping.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from crm.db import db
from crm.domain import (
    events,
    keeping,
    merging,
    outbox,
    personal_letters,
    policy,
    roles,
    shape,
    stand_ins,
    templates,
)
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.errors import Missing, Refused
from crm.domain.keeping import GIVES, NEVER_CAME, OPEN_FOR, DecisionLetter, KeepingLink, KeepingQuestion
from crm.domain.outbox import Letter
from crm.domain.personal_letters import FURTHEST, PersonalLetter
from crm.domain.roles import Role
from crm.domain.starting_letters import REGARDS
from crm.domain.users import User
from crm.kit import clock, tokens, words, zones

LETTERS = ("told", "both", "none")
MOST_UNANSWERED = 2
"""Asked once, and reminded once; only an application of theirs since begins anew."""


@dataclass(frozen=True)
class Words:
    subject: str
    text: str


QUESTION = Words(
    "May we keep in touch?",
    "Dear {first name},\n\n"
    "This is a question apart, and nothing hangs on it: may we keep what we know of you, and write to you should "
    "something come up here that could suit you?\n\n"
    "It is no promise of a role, and no reason to wait for us or to turn anything down. The page below says what we "
    f"would keep and for how long; there you can say yes or no.\n\n{REGARDS}",
)


@dataclass(frozen=True)
class Own:
    """Words for one person in place of those for all; empty where theirs are the same."""

    decision: str = ""
    question: str = ""


@dataclass(frozen=True)
class Telling:
    """What goes out with a decision. `told`: they heard of it elsewhere, and only the question goes. `own`: by the
    place of the person among those decided on.
    """

    letters: str = "none"
    send_at: datetime | None = None
    decision: Words | None = None
    question: Words | None = None
    own: Mapping[int, Own] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """Of one candidate: the last question that came to them or is on its way, and the letters that wait."""

    question: KeepingQuestion | None
    waiting: list[Letter]


@dataclass(frozen=True)
class Draft:
    """A letter as it would be read. `missing`: what a field of it could not be filled with, in words."""

    title: str
    words: Words
    missing: list[str]


@dataclass(frozen=True)
class Asked:
    """A question with the words of its letter, as delivery needs them."""

    question: KeepingQuestion
    personal: PersonalLetter
    letter: Letter


# --- queries


def decision_words(*, seen_by: User) -> Words:
    template = templates.of_kind("door_open", seen_by=seen_by)
    return Words(template.subject, template.text)


def proposed_at(user: User) -> datetime:
    """The next working morning on the clock of the user's wall."""
    tomorrow = zones.local(clock.now(), user.time_zone).date() + timedelta(days=1)
    return zones.working_time(zones.moment(tomorrow, zones.WORK_BEGINS, user.time_zone), user.time_zone)


def letters_of(application_ids: Iterable[str]) -> dict[str, list[Letter]]:
    """What was written about each decision, first to last, less what was taken back."""
    found: dict[str, list[Letter]] = {}
    query = (
        select(DecisionLetter.application_id, Letter)
        .join(Letter, Letter.id == DecisionLetter.letter_id)
        .where(DecisionLetter.application_id.in_(list(application_ids)), Letter.state != "cancelled")
        .order_by(Letter.created_at, DecisionLetter.after_id.is_not(None))
    )
    for application_id, letter in db.session.execute(query):
        found.setdefault(application_id, []).append(letter)
    return found


def of(candidate: Candidate, *, seen_by: User) -> Known:
    """By one query. Others' words are theirs, but that something waits is not; about a sealed role it is."""
    rows = db.session.execute(_letters_and_questions(), {"candidate": candidate.id, "user": seen_by.id}).all()
    asked = [question for letter, question in rows if question is not None and letter.state not in NEVER_CAME]
    return Known(asked[-1] if asked else None, [letter for letter, _ in rows if letter.is_waiting])


@cache
def _letters_and_questions() -> Select[Letter, KeepingQuestion]:
    """Oldest first."""
    candidate, user = stand_ins.candidate(), stand_ins.user()
    asks_for_none = and_(PersonalLetter.purpose == "keep", PersonalLetter.role_id.is_(None))
    return (
        select(Letter, KeepingQuestion)
        .join(PersonalLetter, PersonalLetter.id == Letter.personal_letter_id)
        .outerjoin(KeepingQuestion, KeepingQuestion.letter_id == Letter.id)
        .outerjoin(Role, Role.id == PersonalLetter.role_id)
        .options(contains_eager(KeepingQuestion.letter))
        .where(PersonalLetter.candidate_id == candidate.id, PersonalLetter.purpose.in_(("turn_down", "keep")))
        .where(or_(Letter.by_id == user.id, asks_for_none, roles.visible_to(user)))
        .order_by(Letter.created_at, Letter.id)
    )


def stands_against(candidate: Candidate) -> str:
    """A sentence that says why nobody asks them now, or nothing. Their addresses are loaded."""
    question = keeping.latest(candidate.id)
    if question is not None and question.is_waiting:
        return f"They were asked on {words.day(question.asked_at)}, and the question is still open."
    if _is_permitted(candidate.id):
        return f"{candidate.full_name} has said yes already."
    if question is not None and (sentence := _asked_enough(candidate)):
        return sentence
    return personal_letters.stands_against(candidate)


def drafts(person: Candidate, role: Role, telling: Telling, own: Own, *, by: User, decides: bool) -> list[Draft]:
    """What they would read, in the order in which it would leave. Nothing is kept, and nobody has to be on file."""
    if telling.letters == "none":
        return []
    found = []
    if telling.letters == "both" and decides:
        given = telling.decision or decision_words(seen_by=by)
        found.append(Draft("The decision", *filled(given, person, by=by, role=role, own=own.decision)))
    return [
        *found,
        Draft("The question", *filled(telling.question or QUESTION, person, by=by, role=role, own=own.question)),
    ]


# --- verbs


def tell(decided: Sequence[Application], telling: Telling, *, by: User, intent: str) -> None:
    """Queues what is to be told and asked, each person for themselves. Who cannot be written to is passed over; why is
    `personal_letters.stands_against`. Applications come with candidate and role, and the candidates' addresses.
    """
    shape.one_of(telling.letters, LETTERS, "letters")
    if telling.letters == "none":
        return
    _check_hour(telling.send_at)
    with_address = [application.candidate_id for application in decided if application.candidate.emails]
    if not with_address:
        return
    _lock(with_address)
    told = letters_of(application.id for application in decided) if telling.letters == "both" else {}
    for place, application in enumerate(decided):
        if not application.candidate.emails or personal_letters.stands_against(application.candidate):
            continue
        own, first = telling.own.get(place, Own()), None
        if telling.letters == "both" and application.disposition == "rejected" and not _is_told(told, application):
            first = _decision(application, telling, own, by=by, intent=f"{intent}{place}")
        if not stands_against(application.candidate):
            _ask(application.candidate, telling, own, application=application, after=first, by=by)


def ask(
    candidate: Candidate, *, by: User, subject: str = "", text: str = "", send_at: datetime | None = None
) -> KeepingQuestion:
    """Only the question, to one person, at any time. Without words of one's own it is asked in ours."""
    _lock([candidate.id])
    _check_hour(send_at)
    if sentence := stands_against(candidate):
        raise Refused(sentence, field="text")
    given = Words(subject or QUESTION.subject, text or QUESTION.text)
    return _ask(candidate, Telling("told", send_at, question=given), Own(), by=by)


def take_back(application: Application, *, by: User) -> list[Letter]:
    """What waits for one person is not sent; the decision stays. Returns what can no longer be stopped."""
    waiting = letters_of([application.id]).get(application.id, [])
    if any(letter.by_id != by.id for letter in waiting):
        policy.require("close", application.role, by=by)
    return keeping.call_off([application.id])


def filled(
    given: Words, candidate: Candidate, *, by: User, role: Role | None, own: str = ""
) -> tuple[Words, list[str]]:
    """As it will be read, and what is missing, in words."""
    parts = [merging.fill(part, candidate, by=by, role=role) for part in (given.subject, own or given.text)]
    return Words(parts[0].text, parts[1].text), list(dict.fromkeys((*parts[0].missing, *parts[1].missing)))


# --- delivery, by the worker


def for_delivery(letter: Letter) -> Asked:
    question = db.session.scalar(
        select(KeepingQuestion)
        .where(KeepingQuestion.letter_id == letter.id)
        .options(joinedload(KeepingQuestion.role), joinedload(KeepingQuestion.letter))
    )
    if question is None:
        raise Missing
    return Asked(question, personal_letters.for_delivery(letter), letter)


def why_not(asked: Asked, lock: bool = False) -> str:
    """What stands against handing it over now: a word of outbox.BLOCKED_WORDS, or nothing."""
    if not asked.question.is_open or _never_told(asked.letter):
        return "overtaken"
    return personal_letters.why_not(asked.personal, lock)


def mint(asked: Asked, token: str) -> None:
    db.session.add(KeepingLink(question_id=asked.question.id, token_hash=tokens.digest(token)))


# --- parts


def _decision(application: Application, telling: Telling, own: Own, *, by: User, intent: str) -> Letter:
    role, candidate = application.role, application.candidate
    given = telling.decision or decision_words(seen_by=by)
    subject, text = _checked(given, candidate, by=by, role=role, own=own.decision, field="decision_text")
    letter = personal_letters.send(
        candidate, subject=subject, text=text, by=by, intent=tokens.digest(f"decision {application.id} {intent}")[:40],
        purpose="turn_down", role=role,
    )  # fmt: skip
    letter.not_before = telling.send_at or letter.not_before
    db.session.add(DecisionLetter(letter_id=letter.id, application_id=application.id))
    return letter


def _ask(
    candidate: Candidate, telling: Telling, own: Own, *, by: User, application: Application | None = None,
    after: Letter | None = None,
) -> KeepingQuestion:  # fmt: skip
    role = application.role if application is not None else None
    given = telling.question or QUESTION
    subject, text = _checked(given, candidate, by=by, role=role, own=own.question, field="question_text")
    question = KeepingQuestion(
        id=tokens.new_id(), candidate=candidate, candidate_id=candidate.id, by=by, by_id=by.id, role=role,
        role_id=role.id if role else None, application_id=application.id if application else None,
        until=(telling.send_at or clock.now()).date() + OPEN_FOR,
    )  # fmt: skip
    letter = _queued(question, subject, text, by)
    if application is not None:
        after_id = after.id if after is not None else None
        db.session.add(DecisionLetter(letter_id=letter.id, application_id=application.id, after_id=after_id))
    letter.not_before = telling.send_at or letter.not_before
    question.letter, question.letter_id = letter, letter.id
    db.session.add(question)
    db.session.flush()
    text = "wrote to ask whether we may keep in touch"
    events.record("keeping.asked", by=by, subject_id=candidate.id, role_id=question.role_id, text=text)
    return question


def _queued(question: KeepingQuestion, subject: str, text: str, by: User) -> Letter:
    candidate = question.candidate
    personal = PersonalLetter(
        candidate_id=candidate.id, role_id=question.role_id, purpose="keep", subject=subject, text=text, by_id=by.id
    )
    db.session.add(personal)
    db.session.flush()
    return outbox.queue(
        "keep_in_touch", intent=f"keep {question.id}", to_address=personal_letters.address_of(candidate),
        to_name=candidate.full_name, by=by, personal_letter_id=personal.id,
    )  # fmt: skip


def _checked(
    given: Words, candidate: Candidate, *, by: User, role: Role | None, own: str, field: str
) -> tuple[str, str]:
    """Subject and text as they will leave; a refusal lands at the field that the words were typed in."""
    ready, missing = filled(given, candidate, by=by, role=role, own=own)
    if missing:
        lacks = " and ".join(missing)
        raise Refused(f"For {candidate.full_name}, {lacks} is not known. Write it out, or take it away.", field=field)
    try:
        _, subject, text = personal_letters.check(candidate, subject=ready.subject, text=ready.text, by=by)
    except Refused as refusal:
        named = field.replace("text", "subject") if refusal.field == "subject" else field
        raise Refused(str(refusal), field=named) from refusal
    return subject, text


def _is_told(told: dict[str, list[Letter]], application: Application) -> bool:
    """Whether a letter tells them of this very decision already."""
    letters = told.get(application.id, [])
    return any(letter.kind == "personal" and letter.state not in NEVER_CAME for letter in letters)


def _never_told(letter: Letter) -> bool:
    """Whether the decision was to be told first, and that came to nothing."""
    first = select(Letter.state).join(DecisionLetter, DecisionLetter.after_id == Letter.id)
    return db.session.scalar(first.where(DecisionLetter.letter_id == letter.id)) in NEVER_CAME


def _is_permitted(candidate_id: str) -> bool:
    given = db.session.scalars(select(Consent).where(Consent.candidate_id == candidate_id, Consent.purpose.in_(GIVES)))
    return {consent.purpose for consent in given if consent.is_valid} == set(GIVES)


def _asked_enough(candidate: Candidate) -> str:
    """A sentence, or nothing. What came before their latest application is not counted."""
    applied = select(func.max(Application.created_at)).where(Application.candidate_id == candidate.id)
    since = db.session.scalar(applied)
    unanswered = 0
    for question in db.session.scalars(keeping.of(candidate.id).where(keeping.came())):
        if question.answer == "yes" or (since is not None and question.asked_at < since):
            break
        if question.answer == "no":
            said = words.day(question.answered_at or question.asked_at)
            return f"{candidate.full_name} said no on {said}, and has not applied again since."
        unanswered += 1
    if unanswered < MOST_UNANSWERED:
        return ""
    return f"{candidate.full_name} was asked twice, and has not answered. That is an answer too."


def _lock(candidate_ids: list[str]) -> None:
    """Two of us who ask at the same moment ask once."""
    db.session.flush()
    held = select(Candidate.id).where(Candidate.id.in_(candidate_ids)).order_by(Candidate.id)
    db.session.execute(held.with_for_update())


def _check_hour(moment: datetime | None) -> None:
    if moment is None:
        return
    if moment < clock.now():
        raise Refused("That hour has passed already. Choose a later one.", field="send_on")
    if moment > clock.now() + FURTHEST:
        raise Refused("A letter can wait for a year at most.", field="send_on")
