"""Plans for a sequence: a name, a few letters, the days between them. A few to begin with, and people's own."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, to
from crm.domain import personal_letters, shape, templates
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock

QUIET_DAYS = 14
"""Between two letters that leave by themselves to one person."""
LONGEST_WAIT = 365
MOST_STEPS = 5
MOST_OWN = 50
FADES = re.compile(r"\{\s*(?:month|last[ _]spoke)\s*\}", re.IGNORECASE)
"""Fields that are true on the day of the preview, and perhaps no longer when a later letter goes."""


@dataclass(frozen=True)
class Step:
    """`template` names one of the starting set, or the words are its own. The days count from the letter before."""

    wait_days: int
    template: str = ""
    subject: str = ""
    text: str = ""


@dataclass(frozen=True)
class Plan:
    key: str
    name: str
    steps: tuple[Step, ...]
    is_own: bool = False

    @property
    def rhythm(self) -> str:
        """ "the first on the next working day, then after 45 and 45 days"."""
        first = self.steps[0].wait_days
        begins = f"the first after {_days(first)}" if first else "the first at the next working hour"
        waits = [str(step.wait_days) for step in self.steps[1:]]
        return f"{begins}, then after {' and '.join(waits)} days" if waits else begins


SIX_WEEKS_LATER = Step(
    45,
    subject="Still glad we met",
    text="Dear {first name},\n\nNo news and no question: I only wanted to stay in touch. If something has changed on "
    "your side, or there is something I can help with, I am glad to hear it. There is no need to answer."
    "\n\nWith kind regards,\n{my name}",
)
AND_AGAIN = Step(
    45,
    subject="A word from us",
    text="Dear {first name},\n\nHow are you getting on? I think back to our conversations with pleasure, and would be "
    "glad to hear what you are working on now. Only if you feel like it."
    "\n\nWith kind regards,\n{my name}",
)
ONCE_MORE = Step(
    14,
    subject="In case my last letter came at a bad time",
    text="Dear {first name},\n\nMy last letter may have come at a bad time. If you would rather not hear from me, say "
    "so, or simply let it rest: I will not write about it again."
    "\n\nWith kind regards,\n{my name}",
)
STARTING = (
    Plan("lightly", "Keep in touch, lightly", (Step(0, "checking_in"), SIX_WEEKS_LATER, AND_AGAIN)),
    Plan("once_more", "Ask once more", (Step(0, "checking_in"), ONCE_MORE)),
)


class SequencePlan(Base):
    """Of one person, and only theirs. A sequence that was started keeps its own words."""

    __tablename__ = "sequence_plan"
    id: Mapped[Id]
    by_id: Mapped[str] = to("user.id")
    name: Mapped[str]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    removed_at: Mapped[datetime | None]

    @property
    def plan(self) -> Plan:
        return Plan(self.id, self.name, tuple(Step(**step) for step in self.steps), is_own=True)


# --- queries


def offered(user: User) -> list[Plan]:
    return [*STARTING, *(row.plan for row in _own(user))]


def find(key: str, *, seen_by: User) -> Plan:
    plan = next((plan for plan in STARTING if plan.key == key), None)
    return plan or row(key, seen_by=seen_by).plan


def row(plan_id: str, *, seen_by: User, removed: bool = False) -> SequencePlan:
    found = db.session.get(SequencePlan, plan_id) if "\x00" not in plan_id else None
    if found is None or found.by_id != seen_by.id or (found.removed_at is not None) != removed:
        raise Missing
    return found


def words(step: Step, *, by: User) -> tuple[str, str]:
    """Subject and text, their fields still in them."""
    if not step.template:
        return step.subject, step.text
    found = templates.of_kind(step.template, seen_by=by)
    return found.subject, found.text


def fading(text: str) -> str:
    """The first field in it that may be wrong by the day that a later letter goes."""
    found = FADES.search(text)
    return found[0] if found else ""


# --- verbs


def add(*, name: str, steps: list[Step], by: User) -> SequencePlan:
    if len(_own(by)) >= MOST_OWN:
        raise Refused(f"There is room for {MOST_OWN} plans of your own. Remove one first.", field="name")
    added = SequencePlan(by_id=by.id, name=_name(name), steps=_steps(steps, by))
    db.session.add(added)
    db.session.flush()
    return added


def change(plan: SequencePlan, *, name: str, steps: list[Step], by: User) -> SequencePlan:
    """Sequences that run already stay as they are."""
    plan.name, plan.steps = _name(name), _steps(steps, by)
    return plan


def remove(plan: SequencePlan) -> None:
    plan.removed_at = plan.removed_at or clock.now()


def put_back(plan: SequencePlan) -> None:
    plan.removed_at = None


# --- parts


def _own(user: User) -> list[SequencePlan]:
    mine = select(SequencePlan).where(SequencePlan.by_id == user.id, SequencePlan.removed_at.is_(None))
    return list(db.session.scalars(mine.order_by(SequencePlan.name, SequencePlan.id)))


def _name(name: str) -> str:
    return shape.line(name, "name", needed=True, most=80, name="A name")


def _steps(steps: list[Step], by: User) -> list[dict[str, Any]]:
    if not steps:
        raise Refused("A plan needs a letter.", field="steps-0-subject")
    if len(steps) > MOST_STEPS:
        raise Refused(f"A plan has {MOST_STEPS} letters at most: more would be a campaign.", field="name")
    return [_step(step, number, by) for number, step in enumerate(steps)]


def _step(step: Step, number: int, by: User) -> dict[str, Any]:
    def at(name: str) -> str:
        return f"steps-{number}-{name}"

    least = QUIET_DAYS if number else 0
    if not least <= step.wait_days <= LONGEST_WAIT:
        raise Refused(f"Wait {least} to {LONGEST_WAIT} days here.", field=at("wait_days"))
    if step.template:
        templates.of_kind(step.template, seen_by=by)
        return {"wait_days": step.wait_days, "template": step.template}
    most = personal_letters.LONGEST_SUBJECT, personal_letters.LONGEST_TEXT
    subject = shape.line(step.subject, at("subject"), needed=True, most=most[0], name="A subject")
    text = shape.text(step.text, at("text"), needed=True, most=most[1], name="What you want to say")
    if number and (field := fading(f"{subject} {text}")):
        raise Refused(f"“{field}” may be wrong by the day this letter goes. Say it without.", field=at("text"))
    return {"wait_days": step.wait_days, "subject": subject, "text": text}


def _days(count: int) -> str:
    return "a day" if count == 1 else f"{count} days"
