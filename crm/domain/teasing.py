"""Introducing somebody without their name: what is told, what may stand against it, and what comes of an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.db import db
from crm.domain import (
    colleagues,
    consents,
    dispatch,
    events,
    forwards,
    gate,
    identities,
    leaks,
    news,
    outbox,
    plans,
    shape,
    standings,
    suppressions,
    teasers,
)
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.errors import Refused
from crm.domain.teasers import ANSWERS, Teaser
from crm.domain.users import User
from crm.kit import clock, redaction, tokens
from crm.kit.redaction import Identity

MOST_STRENGTHS = 5
LONGEST_WORDS = 600
CLOSED = "This is no longer open."


@dataclass(frozen=True)
class Proposal:
    """A teaser that nothing stands against: the preview and the act are made from the same thing."""

    candidate: Candidate
    colleague: Colleague
    consent: Consent
    headline: str
    strengths: list[str]
    words: str
    position: str
    until: date

    @property
    def company(self) -> str:
        return self.colleague.company

    @property
    def to_address(self) -> str:
        return self.colleague.email


# --- queries


def strengths_of(candidate: Candidate, *, seen_by: User) -> list[str]:
    """What the debriefs say in their favour, to be ticked, for roles that the user sees and that are not sealed."""
    written = [
        standing.application.debrief
        for standing in standings.of(candidate, seen_by=seen_by)
        if standing.application is not None and standing.role.status != "sealed"
    ]
    found = [words for debrief in written if debrief for words in (debrief.sentence, *debrief.hire_for)]
    identity = identities.of(candidate)
    return list(dict.fromkeys(words for words in found if words and not _tells(words, identity)))


def by_intent(intent: str, *, by: User) -> Teaser | None:
    return db.session.scalar(teasers.listed(by).where(Teaser.by_id == by.id, Teaser.intent == intent))


# --- verbs


def propose(
    candidate: Candidate, colleague: Colleague, *, by: User, headline: str, strengths: Iterable[str] = (),
    words: str = "", position: str = "", until: date | None = None,
) -> Proposal:  # fmt: skip
    """Checks everything that could stand against a teaser, and writes nothing."""
    consent, identity = _permission(candidate), identities.of(candidate)
    _refuse_closed_gate(candidate, colleague)
    colleagues.refuse_closed(colleague)
    suppressions.refuse(colleague.email)
    proposal = Proposal(
        candidate=candidate,
        colleague=colleague,
        consent=consent,
        headline=_unnamed(identity, headline, "headline", "A headline", shape.LINE, needed=True),
        strengths=_strengths(identity, strengths),
        words=_unnamed(identity, words, "words", "What you add", LONGEST_WORDS),
        position=plans.fit_for_a_subject(shape.line(position, "position", name="The position")),
        until=plans.last_day(until),
    )
    told = {"headline": proposal.headline, "words": proposal.words, "position": proposal.position,
            "strengths": "\n".join(proposal.strengths)}  # fmt: skip
    leaks.refuse(told, by=by, to_address=colleague.email)
    return proposal


def send(proposal: Proposal, *, by: User, intent: str = "") -> Teaser:
    """Queues the letter with the teaser, in one transaction. The same intent twice is one teaser."""
    intent = (intent or tokens.new_id())[:80]
    if known := by_intent(intent, by=by):
        return known
    _refuse_again(proposal)
    to = colleagues.keep(proposal.colleague, by=by)
    teaser = Teaser(
        candidate=proposal.candidate, colleague=to, consent=proposal.consent, to_address=to.email, company=to.company,
        position=proposal.position, headline=proposal.headline, strengths=proposal.strengths, words=proposal.words,
        until=proposal.until, by=by, by_id=by.id, intent=intent, forward=None,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(teaser)
    except IntegrityError:  # a second click, at the same moment
        return _same(intent, by)
    teaser.letter = outbox.queue("teaser", intent=f"teaser {teaser.id}", to_address=to.email, to_name=to.name, by=by)
    text = f"introduced them without a name to {to.name} at {to.company}"
    events.record("teaser.sent", by=by, subject_id=proposal.candidate.id, text=text)
    db.session.flush()
    return teaser


def answer(teaser: Teaser, said: str, words: str = "") -> Teaser:
    """By the colleague, through the link. Interest asks the candidate for this recipient; a later answer replaces an
    earlier one as long as nothing is on its way.
    """
    if not said:
        raise Refused("Choose one of the three. Nothing was said yet.", field="answer")
    said = shape.one_of(said, tuple(ANSWERS), "answer")
    words = shape.text(words, "words", most=2_000, name="What you wrote")
    db.session.refresh(teaser, ["answer", "answer_words", "revoked_at"], with_for_update=True)
    if not teasers.is_open(teaser):
        raise Refused(CLOSED)
    if (teaser.answer, teaser.answer_words) == (said, words):
        return teaser
    if teaser.is_settled and said != "interested":
        raise Refused("The resume is on its way to you already; you can answer on its own page.")
    was, teaser.answer, teaser.answer_words, teaser.answered_at = teaser.answer, said, words, clock.now()
    if teaser.letter is not None:
        dispatch.learn(teaser.letter, "delivered", "the link in it was used")
    if said != was:
        _follow(teaser)
    return teaser


# --- parts


def _follow(teaser: Teaser) -> None:
    """What an answer leads to: the candidate is asked, or is not any more."""
    text = f"{teaser.colleague.name} at {teaser.company} {ANSWERS[teaser.answer]}, without knowing who it is"
    events.record("teaser.answered", by=None, subject_id=teaser.candidate_id, text=text)
    if teaser.answer == "interested":
        _ask(teaser)
    told = f"{ANSWERS[teaser.answer]}, of {teaser.candidate.full_name}, whom they do not know by name yet"
    news.tell(
        teaser.by_id, kind="teaser", text=f"{told}. {teaser.hindered_by}".strip(), candidate_id=teaser.candidate_id,
        colleague_id=teaser.colleague_id, forward_id=teaser.forward_id,
    )  # fmt: skip
    if teaser.answer == "interested":
        return
    if teaser.forward is not None and teaser.forward.revoked_at is None:
        forwards.revoke(teaser.forward, by=None)


def _ask(teaser: Teaser) -> None:
    """As its sender would, but that a yes to any company is none here: only one that names them spares the question.
    What stands against it is told to the sender, and not to the colleague.
    """
    teaser.hindered_by = ""
    try:
        found = gate.of(teaser.candidate, company=teaser.company, address=teaser.to_address)
        plan = plans.plan(
            teaser.candidate, teaser.colleague, by=teaser.by, position=teaser.position,
            until=max(teaser.until, plans.default_until()), blind=found.word == "blind_only",
            named=True,
        )  # fmt: skip
        with db.session.begin_nested():
            intent = f"{forwards.OF_INTEREST}{teaser.id} {tokens.new_id()}"
            teaser.forward = forwards.send(plan, by=teaser.by, intent=intent)
    except Refused as refusal:
        teaser.hindered_by = str(refusal)


def _refuse_closed_gate(candidate: Candidate, colleague: Colleague) -> None:
    found = gate.of(candidate, company=colleague.company, address=colleague.email, blind=True)
    if found.word not in ("", "ask"):
        raise Refused(found.sentence, field="to")


def _permission(candidate: Candidate) -> Consent:
    consent = consents.to_introduce(candidate.id)
    if consent is None:
        raise Refused(
            f"{candidate.full_name} has not agreed to be introduced without a name. Ask first, then record the yes "
            "with where it is to be found.",
            field="consent",
        )
    return consent


def _strengths(identity: Identity, given: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(
        _unnamed(identity, words, "strengths", "A strength", shape.SENTENCE) for words in given if words.strip()
    ))  # fmt: skip
    if len(chosen) > MOST_STRENGTHS:
        raise Refused(f"Choose {MOST_STRENGTHS} at most: who reads it has a minute.", field="strengths")
    return chosen


def _unnamed(identity: Identity, said: str, field: str, name: str, most: int, *, needed: bool = False) -> str:
    """Nothing by which the person is found."""
    said = shape.text(said, field, needed=needed, most=most, name=name)
    if found := _tells(said, identity):
        raise Refused(f"{found} Who it is, is told once they have said yes.", field=field)
    return said


def _tells(said: str, identity: Identity) -> str:
    """The sentence for what gives the person away; nothing where nothing does."""
    found = redaction.tells(said, identity)
    return f"By “{found}” {identity.names[0]} could be found: say it without." if found else ""


def _refuse_again(proposal: Proposal) -> None:
    """Nobody is shown the same person twice; who said that it is no fit is not asked again."""
    same = select(Teaser).where(
        Teaser.candidate_id == proposal.candidate.id, Teaser.to_address == proposal.to_address,
        Teaser.revoked_at.is_(None),
    )  # fmt: skip
    for earlier in db.session.scalars(same.options(*teasers.whole())):
        if earlier.state in ("queued", "sent", "interested", "not_a_fit"):
            raise Refused(
                f"{proposal.colleague.name} was told of this person already: {earlier.state_words}.", field="to"
            )


def _same(intent: str, by: User) -> Teaser:
    known = by_intent(intent, by=by)
    assert known is not None
    return known
