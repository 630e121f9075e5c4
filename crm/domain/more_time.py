"""More time for a link: the colleague asks for it, the sender gives it with one click."""

from datetime import date, timedelta

from crm.domain import events, forwards, news, policy, sharing
from crm.domain.errors import Refused
from crm.domain.forwards import Forward
from crm.domain.plans import MOST_DAYS, OPEN_DAYS
from crm.domain.users import User
from crm.kit import clock, words

NEAR = 5
"""Days before it closes."""


def last_day(forward: Forward) -> date:
    """On which the link can open at most: never longer than the permission holds."""
    latest = forward.created_at.date() + timedelta(days=MOST_DAYS)
    consent = forwards.gate_of(forward).consent
    return min(latest, consent.until) if consent and consent.until else latest


def can_be_asked(forward: Forward) -> bool:
    """While it opens, or when nothing but the day stands against it."""
    return forward.deliver == "link" and forward.revoked_at is None and sharing.is_willing(forward)


def offered(forward: Forward) -> date | None:
    """Until when its sender could open it now, once that is asked for or the end is near."""
    near = forward.until - clock.today() < timedelta(days=NEAR)
    has_left = forward.letter is not None and forward.letter.has_left
    if not (has_left and (near or forward.more_asked_at) and can_be_asked(forward)):
        return None
    until = _until(forward)
    return until if until > forward.until else None


def ask(forward: Forward) -> Forward:
    """By the colleague, through the link; asked once more, the sender is not told again."""
    if forward.more_asked_at is None:
        forward.more_asked_at = clock.now()
        news.tell(
            forward.by_id, kind="more_time", text="asked for more time to look at the resume",
            candidate_id=forward.candidate_id, colleague_id=forward.colleague_id, forward_id=forward.id,
        )  # fmt: skip
    return forward


def give(forward: Forward, *, by: User) -> Forward:
    """The usual days from today, as far as it may. The same link opens again; raises Refused where it may not."""
    policy.require("revoke", forward, by=by)
    if not can_be_asked(forward):
        raise Refused("This link was closed for good; forward the resume again.")
    until = _until(forward)
    if until <= forward.until:
        raise Refused(
            f"It may not stay open longer than until {words.day(max(until, forward.until))}. Forward it again."
        )
    forward.until, forward.more_asked_at = until, None
    text = f"gave {forward.colleague.name} at {forward.company} until {words.day(until)}"
    events.record("forward.extended", by=by, subject_id=forward.candidate_id, text=text)
    return forward


def _until(forward: Forward) -> date:
    return min(clock.today() + timedelta(days=OPEN_DAYS), last_day(forward))
