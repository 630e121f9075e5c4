"""Who of a batch is on record already, and what becomes of each row. Asked by the dry run and by the real one alike."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select

from crm.db import db
from crm.domain import erased
from crm.domain.candidates import Candidate, Email, Phone, visible_to
from crm.domain.import_people import Person
from crm.domain.imports import FileImport, ImportRow
from crm.domain.users import User
from crm.kit import tokens

MADE, UPDATED, KNOWN, SAME, LEFT = "made", "updated", "known", "same", "left"
MOST_REMEMBERED = 300_000
"""Addresses of the file itself that a dry run keeps in mind, to see who stands in it twice."""
Named = tuple[str, str]
"""A candidate's id, and the key of the name."""


@dataclass
class Known:
    """By mailbox, by phone and by name; `gone` are mailboxes whose record was taken away; `taken` are numbers of rows
    that an earlier import of the same file has brought; `ours` are candidates whom this import made.
    """

    mailboxes: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    phones: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    names: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    ours: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Choice:
    person: Person
    outcome: str
    candidate_id: str = ""
    remark: str = ""


def known_of(people: Sequence[Person], brought: FileImport, *, by: User) -> Known:
    """By six queries, however many they are. Whom the user may not see is not there."""
    known = Known()
    if mailboxes := {box for person in people for box in person.mailboxes}:
        _by_mail(known, mailboxes, by)
        known.gone |= erased.among(mailboxes)
    if digits := {number for person in people for _, number in person.phones}:
        query = select(Phone.digits, Candidate.id, Candidate.name_key).join(
            Candidate, Candidate.id == Phone.candidate_id
        )
        for number, candidate_id, key in db.session.execute(query.where(Phone.digits.in_(digits), visible_to(by))):
            known.phones[number].append((candidate_id, key))
    if keys := {person.name_key for person in people if person.name_key}:
        listed = (Candidate.deleted_at.is_(None), Candidate.archived_at.is_(None))  # as the index of names has it
        named = select(Candidate.name_key).where(Candidate.name_key.in_(keys), *listed, visible_to(by))
        known.names |= set(db.session.scalars(named))
    _by_row(known, people, brought)
    return known


def _by_mail(known: Known, mailboxes: Iterable[str], by: User) -> None:
    """Deleted people are asked of as well, by whomever they were seen: a file brings nobody back."""
    query = select(Email.mailbox, Candidate.id, Candidate.name_key, Candidate.deleted_at)
    query = query.join(Candidate, Candidate.id == Email.candidate_id)
    query = query.where(Candidate.merged_into_id.is_(None))
    seen = or_(Candidate.deleted_at.is_not(None), visible_to(by))
    for mailbox, candidate_id, key, deleted_at in db.session.execute(query.where(Email.mailbox.in_(mailboxes), seen)):
        if deleted_at is not None:
            known.gone.add(mailbox)
        else:
            known.mailboxes[mailbox].append((candidate_id, key))


def _by_row(known: Known, people: Sequence[Person], brought: FileImport) -> None:
    first, last = people[0].number, people[-1].number
    rows = select(ImportRow.number).join(FileImport, FileImport.id == ImportRow.import_id)
    earlier = (FileImport.sha256 == brought.sha256, FileImport.id != brought.id, FileImport.undone_at.is_(None))
    known.taken |= set(db.session.scalars(rows.where(*earlier, ImportRow.number.between(first, last))))
    matched = {one for several in known.mailboxes.values() for one, _ in several}
    matched |= {one for several in known.phones.values() for one, _ in several}
    if matched and brought.state == "running":
        mine = select(ImportRow.candidate_id).where(ImportRow.import_id == brought.id, ImportRow.outcome == MADE)
        known.ours |= set(db.session.scalars(mine.where(ImportRow.candidate_id.in_(matched))))


def choose(people: Sequence[Person], known: Known, on_known: str, seen: dict[str, Any] | None = None) -> list[Choice]:
    """`seen`: for a dry run, what stood in the file before; it is written on."""
    choices = []
    for person in people:
        choice = _choice(person, known, on_known)
        if choice.outcome == MADE and seen is not None:
            choice = _in_file(choice, seen)
        if choice.outcome == MADE:
            choice.candidate_id = tokens.new_id()
            _add(known, choice)
        choices.append(choice)
    return choices


def _in_file(choice: Choice, seen: dict[str, Any]) -> Choice:
    person = choice.person
    if any(_alike(person.name_key, seen[box]) for box in person.mailboxes if box in seen):
        return Choice(person, UPDATED)
    if len(seen) < MOST_REMEMBERED:
        seen.update(dict.fromkeys(person.mailboxes, person.name_key))
    return choice


def _add(known: Known, choice: Choice) -> None:
    """For the rows below it: the same address and name in one file is one person, whoever is on record."""
    person = choice.person
    known.ours.add(choice.candidate_id)
    for mailbox in person.mailboxes:
        known.mailboxes[mailbox].append((choice.candidate_id, person.name_key))


def _choice(person: Person, known: Known, on_known: str) -> Choice:
    if person.number in known.taken:
        return Choice(person, SAME)
    if person.leaves_out:
        return Choice(person, LEFT, remark=person.leaves_out)
    if gone := [box for box in person.mailboxes if box in known.gone]:
        return Choice(
            person, LEFT, remark=f"The record with {gone[0]} was taken away here; a file does not bring it back."
        )
    same, others = _matches(person, known)
    ours = same & known.ours
    if len(same) > 1 and not ours and on_known != "new":
        return Choice(person, LEFT, remark="Several records here have these addresses: say first which it is.")
    if ours or (same and on_known != "new"):
        outcome = UPDATED if ours or on_known == "update" else KNOWN
        return Choice(person, outcome, min(ours or same))
    return Choice(person, MADE, remark=_remark(person, known, others, bool(same)))


def _matches(person: Person, known: Known) -> tuple[set[str], bool]:
    """Those who are the same person: an address in common and a word of the name; or a phone, and all of the name. And
    whether somebody else has the address or the phone.
    """
    same, others = set(), False
    for mailbox in person.mailboxes:
        for candidate_id, key in known.mailboxes.get(mailbox, ()):
            if _alike(person.name_key, key):
                same.add(candidate_id)
            else:
                others = True
    for _, digits in person.phones:
        for candidate_id, key in known.phones.get(digits, ()):
            if person.name_key == key:
                same.add(candidate_id)
            else:
                others = True
    return same, others


def _alike(name: str, other: str) -> bool:
    return name == other or bool(set(name.split()) & set(other.split()))


def _remark(person: Person, known: Known, others: bool, same: bool) -> str:
    if same:
        return "This person is on record already; a second record is made."
    if others:
        return "Somebody of another name has this address or phone. They are made anew: look whether it is one person."
    if person.name_key in known.names:
        return "Somebody of this name is on record. They are made anew: look whether it is one person."
    return ""
