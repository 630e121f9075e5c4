"""What the links of a morning card do, for whoever holds them: the one act each is named for, and its way back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, selectinload

from crm.db import db
from crm.domain import (
    cadences,
    candidates,
    card_people,
    cards,
    events,
    forwards,
    inbox,
    keeping,
    promises,
    snapshots,
    touchpoints,
)
from crm.domain.candidates import Candidate
from crm.domain.cards import Card, CardLink
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.domain.inbox import Arrival
from crm.domain.keeping import KeepingQuestion
from crm.domain.promises import Promise
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import clock, tokens, words, zones

Answered = TypeVar("Answered", Arrival, Forward, KeepingQuestion)
ACTS = ("send", "done", "snooze", "let_go")
SPANS = {"tomorrow": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
UNTIL_A_REPLY = "reply"
DATE = (*cadences.DATE, "let_go_at")
UNDONE_WITHIN = timedelta(hours=1)
FROM_THE_CARD = "Written to; noted from the morning card."


# --- queries


def is_link(token: str) -> bool:
    return db.session.scalar(select(CardLink.id).where(CardLink.token_hash == tokens.digest(token))) is not None


def find(token: str, *, lock: bool = False) -> tuple[CardLink, Candidate]:
    """Raises Missing, whatever it is that ended the link: its age, its use, its reader or its candidate."""
    link = db.session.scalar(_of(token).with_for_update(of=CardLink) if lock else _of(token))
    if link is None or link.expires_at <= clock.now() or not link.card.user.is_active:
        raise Missing
    if link.used_at and link.used_at <= clock.now() - UNDONE_WITHIN:
        raise Missing
    candidate = candidates.find(link.candidate_id, seen_by=link.card.user)
    if candidate.is_archived or (link.is_owners and candidate.owner_id != link.card.user_id):
        raise Missing
    return link, candidate


def promised(link: CardLink, candidate: Candidate) -> list[Promise]:
    """What the reader of the card has promised them, and was on the card or is due by now."""
    user = link.card.user
    left_on = zones.local(link.expires_at - cards.LINKS_LAST, user.time_zone).date()
    last = max(card_people.until(user, left_on), cards.today_of(user))
    mine = promises.waiting_for(user).where(Promise.candidate_id == candidate.id, Promise.due_on <= last)
    return list(db.session.scalars(mine.options(*_PROMISE)))


# --- verbs, by the reader of the card


def act(link: CardLink, candidate: Candidate, *, span: str = "week", keeps: bool = False) -> str:
    """What was done, in a sentence. Posted twice, as a double click does, it is done once."""
    if link.act not in DOES:
        raise Missing
    if link.used_at is None:
        link.said, link.before = DOES[link.act](link, candidate, span, keeps)
        link.used_at = clock.now()
    return link.said


def undo(link: CardLink, candidate: Candidate) -> str:
    """As it was before, but for what was changed since; the link can be used again."""
    said = ""
    if link.used_at is not None:
        said = UNDOES[link.act](link, candidate, link.before)
        link.used_at, link.said, link.before = None, "", {}
    return said or f"{candidate.full_name} is as before."


# --- each act: what it says, and what its undo needs


def _done(link: CardLink, candidate: Candidate, _span: str, keeps: bool) -> tuple[str, dict[str, Any]]:
    user = link.card.user
    kept = promised(link, candidate) if keeps else []
    logged = touchpoints.log(candidate, kind="mail", direction="out", by=user, text=FROM_THE_CARD)
    for promise in kept:
        promises.keep(promise, by=user, touchpoint_id=logged.id)
    seen = _put_news_aside(candidate, user)
    on = f" Next: {words.day(candidate.next_on)}." if candidate.next_on else ""
    return f"You wrote to {candidate.full_name}; it is on their timeline.{on}", {"touchpoint": logged.id, **seen}


def _snooze(link: CardLink, candidate: Candidate, span: str, _keeps: bool) -> tuple[str, dict[str, Any]]:
    if span != UNTIL_A_REPLY and span not in SPANS:
        raise Refused("Choose for how long.", field="for")
    user, before, waiting = link.card.user, snapshots.of(candidate, *DATE), promised(link, candidate)
    until = _put_off(candidate, span, user, by_date_alone=not waiting)
    moved = [promise for promise in waiting if promise.due_on < until]
    for promise in moved:
        promises.renew(promise, until, by=user)
    back = min(day for day in (candidate.next_on, *(promise.due_on for promise in waiting)) if day)
    sooner = "when they answer, or " if span == UNTIL_A_REPLY else ""
    said = f"{candidate.full_name} is back {sooner}on {words.day(back)}."
    kept = {"date": before, "left": snapshots.of(candidate, *DATE), **_put_news_aside(candidate, user)}
    return said, {**kept, "promises": [promise.id for promise in moved], "until": until.isoformat()}


def _put_off(candidate: Candidate, span: str, user: User, *, by_date_alone: bool) -> date:
    """Until when. A date is given to whoever had none only where nothing else brings them back, and none comes sooner
    for that.
    """
    if span == UNTIL_A_REPLY:
        return cadences.wait_for_reply(candidate, by=user).next_on or clock.today()
    until = max(cards.today_of(user), clock.today()) + SPANS[span]
    if by_date_alone or (candidate.next_on is not None and candidate.next_on < until):
        candidates.snooze(candidate, until, by=user)
    return until


def _let_go(link: CardLink, candidate: Candidate, _span: str, _keeps: bool) -> tuple[str, dict[str, Any]]:
    before = snapshots.of(candidate, *DATE)
    candidates.let_go(candidate, by=link.card.user)
    return f"{candidate.full_name} is let go: the record stays, nobody is reminded.", {
        "date": before,
        "left": snapshots.of(candidate, *DATE),
    }


def _write_back(link: CardLink, candidate: Candidate, before: dict[str, Any]) -> str:
    logged = db.session.get(Touchpoint, before["touchpoint"])
    if logged is not None:
        touchpoints.take_back(logged, candidate, by=link.card.user)
    _bring_news_back(before)
    return ""


def _wake(link: CardLink, candidate: Candidate, before: dict[str, Any]) -> str:
    """A date that somebody chose since, and a promise settled since, are left alone."""
    user = link.card.user
    for promise in _by_id(before.get("promises", [])):
        if promise.is_open:
            promises.take_renewal_back(promise, date.fromisoformat(before["until"]), by=user)
    _bring_news_back(before)
    if not snapshots.is_still(candidate, before.get("left", {})):
        return f"The next date of {candidate.full_name} was changed since, so it stays."
    snapshots.put_back(candidate, before["date"])
    events.record("candidate.put_back", by=user, subject_id=candidate.id, text="took a change from the card back")
    return ""


DOES: dict[str, Callable[[CardLink, Candidate, str, bool], tuple[str, dict[str, Any]]]] = {
    "done": _done, "snooze": _snooze, "let_go": _let_go,
}  # fmt: skip
UNDOES: dict[str, Callable[[CardLink, Candidate, dict[str, Any]], str]] = {
    "done": _write_back, "snooze": _wake, "let_go": _wake,
}  # fmt: skip


# --- parts


def _of(token: str) -> Select[CardLink]:
    return (
        select(CardLink)
        .join(CardLink.card)
        .join(Card.user)
        .where(CardLink.token_hash == tokens.digest(token))
        .options(contains_eager(CardLink.card).contains_eager(Card.user))
    )


_PROMISE = (selectinload(Promise.candidate), selectinload(Promise.by))


def _by_id(promise_ids: list[str]) -> list[Promise]:
    return list(db.session.scalars(select(Promise).where(Promise.id.in_(promise_ids)).options(*_PROMISE)))


def _put_news_aside(candidate: Candidate, user: User) -> dict[str, list[str]]:
    """What they answered has been read; the ids, for the undo."""
    return {
        "arrivals": [inbox.see(arrival).id for arrival in _arrivals(candidate, user)],
        "questions": [keeping.see(one, by=user).id for one in _of_them(keeping.answered_for(user), candidate)],
        "forwards": [forwards.see_answer(one, by=user).id for one in _of_them(forwards.answered_for(user), candidate)],
    }


def _bring_news_back(before: dict[str, Any]) -> None:
    for arrival in db.session.scalars(select(Arrival).where(Arrival.id.in_(before.get("arrivals", [])))):
        arrival.seen_at = None
    asked = KeepingQuestion.id.in_(before.get("questions", []))
    for question in db.session.scalars(select(KeepingQuestion).where(asked)):
        question.seen_at = None
    for forward in db.session.scalars(select(Forward).where(Forward.id.in_(before.get("forwards", [])))):
        forward.answer_seen_at = None


def _arrivals(candidate: Candidate, user: User) -> list[Arrival]:
    """Their answers that were not put aside; those with files wait for somebody to look at these."""
    return [one for one in _of_them(inbox.unseen(user), candidate) if one.letter_id or not one.waiting_files]


def _of_them(answered: list[Answered], candidate: Candidate) -> list[Answered]:
    return [one for one in answered if one.candidate_id == candidate.id]
