"""What came of ringing somebody up. Only a conversation is a contact; the rest is noted, and moves no date."""

from datetime import timedelta

from sqlalchemy import select

from crm.db import db
from crm.domain import shape, touchpoints
from crm.domain.candidates import Candidate
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import clock

OUTCOMES = ("spoke", "no_answer", "message", "back")
NOTES = {
    "no_answer": "Called; nobody answered.",
    "message": "Called, and left a message.",
    "back": "Called; they will call back.",
}
A_CLICK = timedelta(minutes=1)
"""The same outcome with the same words within it is the same call, tapped twice."""


def record(candidate: Candidate, outcome: str, *, by: User, text: str = "") -> Touchpoint:
    shape.one_of(outcome, OUTCOMES, "outcome")
    told = "\n".join(filter(None, (NOTES.get(outcome, ""), shape.text(text, "text", most=shape.TEXT - 100))))
    kind = "call" if outcome == "spoke" else "note"
    return _just_told(candidate, kind, told, by) or touchpoints.log(
        candidate, kind=kind, direction="out", by=by, text=told
    )


def _just_told(candidate: Candidate, kind: str, text: str, by: User) -> Touchpoint | None:
    same = (Touchpoint.kind == kind, Touchpoint.text == text, Touchpoint.by_id == by.id)
    lately = (Touchpoint.candidate_id == candidate.id, Touchpoint.created_at > clock.now() - A_CLICK)
    return db.session.scalar(select(Touchpoint).where(*same, *lately).limit(1))
