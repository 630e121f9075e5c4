"""Introducing two people: both are asked first, and only when both said yes a letter names each to the other."""

import re
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError

from crm.db import db
from crm.domain import candidates, gate, introductions, leaks, outbox, personal_letters, shape, suppressions
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.errors import Denied, Refused
from crm.domain.introductions import OPEN_FOR, STANDING, SUBJECT, Introduction, Side, SideLetter, name_of
from crm.domain.users import User
from crm.kit import clock, header_guard, likeness, tokens, words

LONGEST_TOLD = 600
LONGEST_WHY = 1_000
CONTACT = re.compile(r"\S@\S|https?:|www\.|linkedin|(?:\+|\b)\d[\d\s()./-]{5,}\d", re.IGNORECASE)
"""An address, a link, a number to call: by any of them a person is found who has not said yes."""

WORD = re.compile(r"[^\W_]+")
TITLES = frozenset(("dr", "mr", "mrs", "ms", "miss", "prof", "jr", "sr"))
UNSPACED = "\u0e00"
"""From Thai on, scripts that set no spaces between words."""


@dataclass(frozen=True)
class Proposal:
    """An introduction that nothing stands against: the preview and the act are made from the same thing.

    `told`: what the candidate is told of the other, and the other of the candidate.
    """

    candidate: Candidate
    other: Candidate | Colleague
    told: tuple[str, str]
    addresses: tuple[str, str]
    why: str
    names_colleague: bool


# --- queries


def by_intent(intent: str, *, by: User) -> Introduction | None:
    query = select(Introduction).where(Introduction.by_id == by.id, Introduction.intent == intent)
    return db.session.scalar(query.options(*introductions.whole()))


def candidate_named(words: str, *, seen_by: User) -> Candidate | None:
    """The one with this address or this name whom the user may see; None where there is none, or several."""
    words = shape.FORBIDDEN.sub("", words)
    if "@" in words:
        return candidates.by_email(words, seen_by=seen_by)
    same_name = candidates.listed(seen_by).where(Candidate.name_key == shape.key(words)).limit(2)
    found = list(db.session.scalars(same_name)) if words.strip() else []
    return candidates.find(found[0].id, seen_by=seen_by) if len(found) == 1 else None


# --- verbs


def propose(
    candidate: Candidate, other: Candidate | Colleague, *, told: tuple[str, str], by: User, why: str = "",
    names_colleague: bool = False,
) -> Proposal:  # fmt: skip
    """Checks everything that could stand against asking the two, and writes nothing. Their addresses are loaded."""
    names_colleague = names_colleague and isinstance(other, Colleague)
    if candidate.id == other.id:
        raise Refused("Choose somebody else: this is the same person.", field="to")
    _refuse_employers(candidate, other)
    _refuse_again(candidate, other)
    to_candidate = _told(told[0], "told_candidate", name_of(other), may_name=names_colleague)
    to_other = _told(told[1], "told_other", candidate.full_name, may_name=False)
    addresses = (_open_address(candidate, to_candidate, by), _open_address(other, to_other, by))
    leaks.refuse({"told_candidate": to_candidate}, by=by, to_address=addresses[0])
    leaks.refuse({"told_other": to_other}, by=by, to_address=addresses[1])
    return Proposal(
        candidate, other, (to_candidate, to_other), addresses, shape.text(why, "why", most=LONGEST_WHY), names_colleague
    )


def ask(proposal: Proposal, *, by: User, intent: str) -> Introduction:
    """Queues both letters. The same intent again is the same introduction."""
    intent = shape.line(intent, "intent", most=40) or tokens.new_id()
    if known := by_intent(intent, by=by):
        return known
    colleague = proposal.other if isinstance(proposal.other, Colleague) else None
    ids = [proposal.candidate.id, *([] if colleague else [proposal.other.id])]
    list(db.session.scalars(select(Candidate.id).where(Candidate.id.in_(ids)).order_by(Candidate.id).with_for_update()))
    _refuse_again(proposal.candidate, proposal.other)  # somebody may have been quicker
    introduction = Introduction(
        candidate_id=proposal.candidate.id, other_candidate_id=None if colleague else proposal.other.id,
        colleague_id=colleague.id if colleague else None, why=proposal.why, names_colleague=proposal.names_colleague,
        by_id=by.id, intent=intent, until=clock.today() + OPEN_FOR,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(introduction)
    except IntegrityError:  # a second click, at the same moment
        return _same(intent, by)
    for position, person in enumerate((proposal.candidate, proposal.other)):
        side = Side(
            introduction_id=introduction.id, position=position, address=proposal.addresses[position],
            told=proposal.told[position],
        )  # fmt: skip
        db.session.add(side)
        db.session.flush()
        letter = outbox.queue(
            "introduction_ask", intent=f"introduction ask {side.id}", to_address=side.address, to_name=name_of(person),
            by=by,
        )  # fmt: skip
        db.session.add(SideLetter(letter_id=letter.id, side_id=side.id))
    db.session.flush()
    asked = introductions.find(introduction.id, seen_by=by)
    introductions.record("asked", asked, by=by, text="asked about an introduction")
    return asked


def make(introduction: Introduction, *, by: User) -> Introduction:
    """Queues a letter to each that names the other. Made twice, it is made once."""
    if introduction.by_id != by.id:
        raise Denied
    introductions.lock(introduction)
    if introduction.state == "made":
        return introduction
    if introduction.state != "agreed" or any(side.answer != "yes" for side in introduction.sides):
        raise Refused("Both have to say yes first.")
    if introduction.is_over:
        raise Refused(f"They could change their minds until {words.day(introduction.until)}. Ask both again.")
    for person in introduction.people:
        if sentence := personal_letters.stands_against(person):
            raise Refused(sentence)
    _refuse_employers(introduction.candidate, introduction.other)
    earlier = len(introductions.letters_of(introduction))
    for side in introduction.sides:
        letter = outbox.queue(
            "introduction",
            intent=f"introduction {side.id} {earlier}",
            to_address=side.address,
            to_name=side.name,
            by=by,
        )
        db.session.add(SideLetter(letter_id=letter.id, side_id=side.id))
    introductions.settle(introduction, "made")
    introductions.record("made", introduction, by=by, text="made an introduction")
    return introduction


# --- parts


def _told(said: str, field: str, name: str, *, may_name: bool) -> str:
    """What one is told of the other: nothing by which they are found."""
    said = shape.text(said, field, needed=True, most=LONGEST_TOLD, name="A sentence about them")
    if CONTACT.search(said):
        raise Refused("Leave out addresses, links and numbers: they are shared once both have said yes.", field=field)
    if not may_name and _names(name, said):
        raise Refused(f"This names {name}. Say it without the name; it is told once both have said yes.", field=field)
    return said


def _names(name: str, said: str) -> bool:
    """Whether any part of the name stands there. A part that is an ordinary word ("Will", "May") counts as the name
    has it; one in a script without spaces is found inside of longer words too.
    """
    parts = WORD.findall(name)
    parts = [part for part in parts if name.islower() or not part.islower()]  # "van" is none
    told, keys = set(WORD.findall(said)), {shape.key(word) for word in WORD.findall(said)}
    for part in parts:
        key = shape.key(part)
        if len(part) < 2 or key in TITLES:
            continue
        if part in told if key in likeness.ORDINARY else key in keys or (part >= UNSPACED and part in said):
            return True
    return shape.key(name) in shape.key(said)


def _open_address(person: Candidate | Colleague, said: str, by: User) -> str:
    if trouble := header_guard.problem(name_of(person)):
        raise Refused(f"The name {name_of(person)} cannot stand in a mail: {trouble} Mend it first.", field="to")
    if isinstance(person, Colleague):
        suppressions.refuse(person.email)
        return person.email
    return personal_letters.check(person, subject=SUBJECT, text=said, by=by)[0]


def _refuse_employers(candidate: Candidate, other: Candidate | Colleague) -> None:
    """Nobody hears at their own company that they are open to talk."""
    pairs = [(candidate, *_works(other)), *([] if isinstance(other, Colleague) else [(other, *_works(candidate))])]
    for one, company, addresses in pairs:
        own = [email.address for email in one.emails]
        for address in ("", *addresses):
            if where := gate.works_there(one, company, address, own=own):
                raise Refused(f"{where} Nobody is asked there.", field="to")


def _works(person: Candidate | Colleague) -> tuple[str, list[str]]:
    if isinstance(person, Colleague):
        return person.company, [person.email]
    return person.employer, [email.address for email in person.emails]


def _refuse_again(candidate: Candidate, other: Candidate | Colleague) -> None:
    """Asked once; who said no is not asked for the same person again."""
    if isinstance(other, Colleague):
        same = and_(Introduction.candidate_id == candidate.id, Introduction.colleague_id == other.id)
    else:
        pair = (candidate.id, other.id)
        same = and_(Introduction.candidate_id.in_(pair), Introduction.other_candidate_id.in_(pair))
    for earlier in db.session.scalars(select(Introduction).where(same).order_by(Introduction.id)):
        on = words.day(earlier.settled_at or earlier.created_at)
        if earlier.state == "declined":
            raise Refused(f"One of the two said no to this on {on}. It is not asked again.", field="to")
        if earlier.state in STANDING and not earlier.is_over:
            raise Refused(f"They were asked on {on} already: {earlier.state_words}.", field="to")


def _same(intent: str, by: User) -> Introduction:
    known = by_intent(intent, by=by)
    assert known is not None
    return known
