"""Several forwards in one act: to each colleague one letter, with everybody in it who said yes.

The letter of a shortlist goes when everybody in it has answered, or did not in time; or when its sender says so, with
those who said yes until then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from crm.db import db
from crm.domain import (
    candidates,
    colleagues,
    events,
    fair_use,
    forward_answers,
    forward_questions,
    forwarding_rules,
    forwards,
    leaks,
    news,
    outbox,
    plans,
    policy,
    revoking,
    shape,
    shortlists,
    suppressions,
)
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.forwards import Forward
from crm.domain.news import News
from crm.domain.outbox import Letter
from crm.domain.plans import LONGEST_NOTE, Plan
from crm.domain.shortlists import Shortlist
from crm.domain.users import User
from crm.kit import clock, tokens, words

MOST_PEOPLE = 10
MOST_COLLEAGUES = 10
MOST_FORWARDS = 30
STATE_WORDS = {"waiting": "waits for their answers", "queued": "waiting to leave", "sent": "sent",
               "nobody": "nobody said yes", "taken_back": "taken back", "failed": "not sent"}  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """To one colleague: several people, or one, and then it is a forward like any other."""

    colleague: Colleague
    plans: list[Plan]
    position: str
    note: str

    @property
    def is_shortlist(self) -> bool:
        return len(self.plans) > 1

    @property
    def company(self) -> str:
        return self.colleague.company

    @property
    def to_address(self) -> str:
        return self.colleague.email


# --- queries


def chosen(ids: Iterable[str], *, seen_by: User) -> list[Candidate]:
    """In their order, each once; whom the user may not see is not among them."""
    wanted = list(dict.fromkeys(ids))[: MOST_PEOPLE + 1]
    return [candidates.find(one, seen_by=seen_by) for one in wanted]


def listed(user: User) -> Select[Shortlist]:
    """One's own, and those with somebody in it whom one may see; newest first."""
    seen = exists().where(Forward.shortlist_id == Shortlist.id, _is_seen(user))
    return shortlists.whole().where(seen).order_by(Shortlist.created_at.desc(), Shortlist.id.desc())


def find(shortlist_id: str, *, seen_by: User) -> Shortlist:
    shortlist = db.session.scalar(listed(seen_by).where(Shortlist.id == shortlist_id))
    if shortlist is None:
        raise Missing
    return shortlist


def people(shortlist: Shortlist, *, seen_by: User) -> list[Forward]:
    """In the order of the letter; whom the user may not see is left out."""
    return people_of([shortlist], seen_by=seen_by)[shortlist.id]


def people_of(several: Iterable[Shortlist], *, seen_by: User) -> dict[str, list[Forward]]:
    """Of each, by its id, in one statement."""
    found: dict[str, list[Forward]] = {shortlist.id: [] for shortlist in several}
    query = forwards.register(seen_by).where(Forward.shortlist_id.in_(found))
    for one in db.session.scalars(query.order_by(None).order_by(Forward.id)):
        found[one.shortlist_id or ""].append(one)
    return found


def words_for(user: User, shortlist: Shortlist, shown: Sequence[Forward]) -> str:
    """What opens the letter; it may tell of somebody in it whom the reader may not see."""
    count = select(func.count()).select_from(Forward).where(Forward.shortlist_id == shortlist.id)
    return shortlist.note if shortlist.by_id == user.id or db.session.scalar(count) == len(shown) else ""


def state(shortlist: Shortlist, within: Sequence[Forward]) -> str:
    letter = shortlist.letter
    if shortlist.taken_back_at is not None:
        return "taken_back"
    if letter is None:
        return "waiting" if any(_may_still_come(one) for one in within) else "nobody"
    if letter.has_failed or letter.state == "cancelled":
        return "failed"
    return "sent" if letter.has_left else "queued"


def has_reached(shortlist: Shortlist) -> bool:
    """Whether its letter came to somebody, or may have come: what they kept of it cannot be recalled."""
    return shortlist.letter is not None and shortlist.letter.state in revoking.REACHED


def by_intent(intent: str, *, by: User) -> list[Forward]:
    """What an act with this intent led to."""
    found = forwards.register(by).where(Forward.by_id == by.id, Forward.intent.startswith(f"{intent} "))
    return list(db.session.scalars(found)) if intent else []


def warnings(batches: Iterable[Batch], *, seen_by: User) -> list[str]:
    """Of all that would go, at once."""
    act = [(one.candidate, batch.colleague) for batch in batches for one in batch.plans]
    return fair_use.warnings_of(act, seen_by=seen_by)


# --- verbs


def plan(
    people: Sequence[Candidate], to: Sequence[Colleague], *, by: User, position: str = "", note: str = "",
    until: date | None = None, notes: dict[str, str] | None = None, blind: bool = False,
) -> list[Batch]:  # fmt: skip
    """Everything that could stand against any of it, checked; nothing is written. `notes`: by the candidate's id, what
    is said of each. `blind`: all go without their names; who allows only that goes so anyway. Raises Refused with the
    name of whom it is about.
    """
    if not people:
        raise Refused("Choose somebody to forward.", field="people")
    if not to:
        raise Refused("Say who is to get it.", field="to")
    if len(people) > MOST_PEOPLE or len(to) > MOST_COLLEAGUES or len(people) * len(to) > MOST_FORWARDS:
        raise Refused(
            f"That is too many at once: {MOST_PEOPLE} people and {MOST_COLLEAGUES} colleagues at most, and "
            f"{MOST_FORWARDS} forwards.", field="people",
        )  # fmt: skip
    note = shape.text(note, "note", most=LONGEST_NOTE, name="Your note")
    said = notes or {}
    return [_batch(people, one, by, position, note, until, said, blind) for one in to]


def send(batches: Sequence[Batch], *, by: User, intent: str = "") -> list[Forward]:
    """Asks whoever has to be asked, and queues what can go. The same intent twice is the same forwards."""
    intent = (intent or tokens.new_id())[:40]
    if known := by_intent(intent, by=by):
        return known
    made = []
    for number, batch in enumerate(batches):
        shortlist = _made(batch, by, f"{intent} {number}") if batch.is_shortlist else None
        for place, one in enumerate(batch.plans):
            own = f"{intent} {number} {place}"
            made.append(forwards.send(one, by=by, intent=own, shortlist=shortlist))
        if shortlist is not None:
            _send_if_ready(shortlist)
    return made


def send_ready(_now: datetime) -> int:
    """By the clock: the letters for which nobody is waited for any more."""
    waits = exists().where(Forward.shortlist_id == Shortlist.id, _awaits())
    goes = exists().where(Forward.shortlist_id == Shortlist.id, _said_yes())
    found = shortlists.whole().where(Shortlist.taken_back_at.is_(None), ~waits, goes)
    return sum(_tried(shortlist) for shortlist in db.session.scalars(found.limit(50)).all())


def send_now(shortlist: Shortlist, *, by: User) -> Shortlist:
    """With those who said yes; who has not answered is not waited for any more, and is not in it."""
    _require(shortlist, by)
    _lock(shortlist)
    if shortlist.letter_id is not None or shortlist.taken_back_at is not None:
        return shortlist
    within = _within(shortlist)
    if not any(_goes(one) for one in within):
        raise Refused("Nobody of them has said yes so far.")
    for one in within:
        if one.consent_id is None and one.state == "awaiting_consent":
            forwards.revoke(one, by=by)
    _queue(shortlist, within)
    return shortlist


def take_back(shortlist: Shortlist, *, by: User) -> Shortlist:
    """All of it: whoever is asked is asked no more, a letter that waits never leaves, links that were sent close, and
    the colleague is told so, once.
    """
    _require(shortlist, by)
    _lock(shortlist)
    if shortlist.taken_back_at is None:
        revoking.revoke_all(_within(shortlist), by=by)
        shortlist.taken_back_at = clock.now()
    return shortlist


def close(shortlist: Shortlist, did: str, *, by: User) -> None:
    """With its letter, which ended: whom it carried, and whoever is still asked. `did`: "took back", or "dropped"."""
    shortlist.taken_back_at = shortlist.taken_back_at or clock.now()
    for one in _within(shortlist):
        if _may_still_come(one) or (one.letter_id == shortlist.letter_id and one.revoked_at is None):
            forward_questions.call_off(one.id)
            one.revoked_at = clock.now()
            text = f"{did} the forward to {shortlist.colleague.name} at {shortlist.company}"
            events.record("forward.revoked", by=by, subject_id=one.candidate_id, text=text)


# --- parts


def _batch(
    people: Sequence[Candidate], to: Colleague, by: User, position: str, note: str, until: date | None,
    notes: dict[str, str], blind: bool,
) -> Batch:  # fmt: skip
    alone = len(people) == 1
    planned = []
    for person in people:
        own = notes.get(person.id, "") or (note if alone else "")
        unnamed = blind or forwarding_rules.is_blind_only(person.id, to.company, to.email)
        try:
            planned.append(plans.plan(person, to, by=by, position=position, note=own, until=until, blind=unnamed))
        except Refused as refusal:
            raise Refused(f"{person.full_name} to {to.name}: {refusal}", field="people") from refusal
    if not alone:
        leaks.refuse({"note": note}, by=by, to_address=to.email)
    return Batch(to, planned, planned[0].position, "" if alone else note)


def _made(batch: Batch, by: User, intent: str) -> Shortlist:
    to = colleagues.keep(batch.colleague, by=by)
    shortlist = Shortlist(
        colleague=to, to_address=to.email, company=to.company, position=batch.position, note=batch.note, by=by,
        by_id=by.id, intent=intent, letter=None,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(shortlist)
    except IntegrityError:  # a second click, at the same moment
        raise Refused("This was sent already.") from None
    return shortlist


def _send_if_ready(shortlist: Shortlist) -> bool:
    """Who took a yes back and gave it again comes into the letter that waits, or into another."""
    _lock(shortlist)
    within = _within(shortlist)
    if shortlist.taken_back_at is not None or any(map(_is_awaited, within)):
        return False
    return _queue(shortlist, within)


def _tried(shortlist: Shortlist) -> bool:
    """What cannot go yet is tried again the next time; its sender is told once."""
    try:
        return _send_if_ready(shortlist)
    except Refused as refusal:
        _tell_it_waits(shortlist, refusal)
        return False


def _tell_it_waits(shortlist: Shortlist, refusal: Refused) -> None:
    theirs = select(Forward.id).where(Forward.shortlist_id == shortlist.id)
    told = select(News.id).where(News.kind == "shortlist_waits", News.forward_id.in_(theirs))
    if db.session.scalar(told.limit(1)) is None:
        news.tell(
            shortlist.by_id, kind="shortlist_waits", colleague_id=shortlist.colleague_id,
            text=f"is still to get your shortlist. {refusal} It leaves by itself then.",
            forward_id=db.session.scalar(theirs.order_by(Forward.id).limit(1)),
        )  # fmt: skip


def _queue(shortlist: Shortlist, within: Sequence[Forward]) -> bool:
    """One letter for all who go. A yes by link is held for a few minutes, as with a single forward."""
    to_go = [one for one in within if _goes(one)]
    before = db.session.get(Letter, shortlist.letter_id) if shortlist.letter_id else None
    if before is not None:
        outbox.lock(before)
    if not to_go or (before is not None and before.state in ("claimed", "in_doubt")):
        return False
    by_link = any(one.consent is not None and one.consent.channel == "link" for one in to_go)
    at = clock.now() + (forward_answers.HELD if by_link else timedelta())
    waits = before is not None and before.is_waiting
    if not waits and suppressions.of(shortlist.to_address) is not None:
        for one in to_go:
            one.left_out = "suppressed"
        return False
    letter = before if before is not None and waits else _letter(shortlist, at, before)
    letter.not_before = max(letter.not_before, at)
    for one in to_go:
        one.letter = letter
    text = f"forwarded {words.several(len(to_go), 'resume')} to {shortlist.colleague.name} at {shortlist.company}"
    events.record("shortlist.sent", by=shortlist.by, subject_id=shortlist.id, text=text)
    db.session.flush()
    return True


def _letter(shortlist: Shortlist, at: datetime, before: Letter | None) -> Letter:
    """Raises Refused beyond the sender's daily limit."""
    again = f" {tokens.new_id()}" if before is not None else ""
    shortlist.letter = outbox.queue(
        "shortlist", intent=f"shortlist {shortlist.id}{again}", to_address=shortlist.to_address,
        to_name=shortlist.colleague.name, by=shortlist.by, at=at,
    )  # fmt: skip
    return shortlist.letter


def _goes(one: Forward) -> bool:
    return one.consent_id is not None and _may_still_come(one)


def _is_awaited(one: Forward) -> bool:
    return one.consent_id is None and _may_still_come(one)


def _may_still_come(one: Forward) -> bool:
    return one.letter_id is None and not (one.revoked_at or one.refused_at or one.lapsed_at or one.left_out)


def _open() -> tuple[ColumnElement[bool], ...]:
    ended = (Forward.revoked_at, Forward.refused_at, Forward.lapsed_at, Forward.letter_id)
    return (*(column.is_(None) for column in ended), Forward.left_out == "")


def _awaits() -> ColumnElement[bool]:
    return Forward.consent_id.is_(None) & _all(_open())


def _said_yes() -> ColumnElement[bool]:
    return Forward.consent_id.is_not(None) & _all(_open())


def _all(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *more = conditions
    for one in more:
        first = first & one
    return first


def _is_seen(user: User) -> ColumnElement[bool]:
    return Forward.candidate_id.in_(select(Candidate.id).where(candidates.visible_to(user)))


def _within(shortlist: Shortlist) -> list[Forward]:
    """Everybody in it, whoever may see them."""
    query = (
        select(Forward)
        .join(Forward.candidate)
        .where(Forward.shortlist_id == shortlist.id)
        .options(
            contains_eager(Forward.candidate), joinedload(Forward.colleague, innerjoin=True),
            joinedload(Forward.letter), selectinload(Forward.consent),
        )
        .order_by(Forward.id)
    )  # fmt: skip
    return list(db.session.scalars(query))


def _require(shortlist: Shortlist, by: User) -> None:
    policy.require("revoke", shortlist, by=by)
    if by.id != shortlist.by_id and len(people(shortlist, seen_by=by)) != len(_within(shortlist)):
        raise Denied


def _lock(shortlist: Shortlist) -> None:
    db.session.flush()
    db.session.refresh(shortlist, ["letter_id", "taken_back_at"], with_for_update=True)
