"""Those who nearly made it: the rows of a closing, whom each of them is of, and what banking one writes."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from crm.db import Base, db, to
from crm.domain import applications, benches, candidates, resumes, shape, snapshots, tags
from crm.domain.applications import Application, Progress, Words
from crm.domain.benches import Place
from crm.domain.candidates import Candidate, Email, Facts
from crm.domain.errors import Refused
from crm.domain.resumes import Resume
from crm.domain.roles import Role
from crm.domain.snapshots import Kept
from crm.domain.users import User
from crm.kit import clock

CALL_AGAIN_AFTER = timedelta(days=90)
GOOD_FOR = timedelta(days=180)
HIRE_PLACE = 0
"""The place of the hire among the banked; those who nearly made it follow from 1."""
GONE = "This person is no longer on file. Type the name again."
NEXT = ("next_on", "next_why", "let_go_at", "archived_at")
APPLICATION = ("stage", "applied_on", "disposition", "reason", "decided_on", "decided_at", "panel")
DEBRIEF = ("margin", "sentence", "missing", "would_change", "hire_for", "agreed", "call_again_on", "written_at")
PLACE = ("reason", "good_until", "removed_at")


class Banked(Base):
    """One person of a closing, with what was there before it. It goes when the person's record is erased."""

    __tablename__ = "banked"
    closing_id: Mapped[str] = to("closing.id", primary_key=True, index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", primary_key=True, ondelete="CASCADE")
    position: Mapped[int]
    before: Mapped[Kept]
    """Columns by "person", "application", "debrief", "place"; without a key where there was none. "emails": a list."""
    resume_id: Mapped[str | None] = to("resume.id", ondelete="SET NULL")
    tag_ids: Mapped[list[str]] = mapped_column(default=list)
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")

    @property
    def is_new(self) -> bool:
        """The record was made by this closing."""
        return self.candidate.closing_id == self.closing_id


@dataclass(frozen=True)
class Finalist:
    """One row of the page. `candidate_id` is an explicit choice; else an exact mail address finds, else it is new."""

    full_name: str = ""
    candidate_id: str = ""
    email: str = ""
    words: Words = field(default_factory=Words)
    tags: tuple[str, ...] = ()
    upload_id: str = ""
    upload: resumes.Upload | None = None
    stage: str = "finalist"
    disposition: str = "rejected"
    reason: str = ""


# --- whom the rows are of; nothing is written yet


def uploads(upload_ids: list[str], *, by: User, lock: bool = False) -> dict[str, Resume]:
    """Those of the user's uploads that still wait for their person."""
    waiting = select(Resume).where(Resume.id.in_(upload_ids), Resume.candidate_id.is_(None), Resume.by_id == by.id)
    return {upload.id: upload for upload in db.session.scalars(waiting.with_for_update() if lock else waiting)}


def named(finalist: Finalist, *, by: User) -> Finalist:
    """A file that was read already says whose it is, where nobody typed it."""
    if finalist.full_name.strip() or finalist.candidate_id or not finalist.upload_id:
        return finalist
    upload = uploads([finalist.upload_id], by=by).get(finalist.upload_id)
    proposed = upload.proposed if upload else {}
    return replace(
        finalist,
        full_name=proposed.get("full_name") or "",
        email=finalist.email.strip() or proposed.get("email") or "",
    )


def on_file(finalists: list[Finalist], hired_id: str, *, by: User) -> list[Candidate | None]:
    """Who of them is on file already, by explicit choice or by an exact mail address; None for each who is new."""
    addresses = [_address(place, finalist) for place, finalist in enumerate(finalists)]
    chosen = [finalist.candidate_id for finalist in finalists]
    by_id, by_address = _found(chosen, addresses, by)
    people: list[Candidate | None] = []
    for place, (candidate_id, address) in enumerate(zip(chosen, addresses, strict=True)):
        if candidate_id and candidate_id not in by_id:
            raise Refused(GONE, field=_at(place, "full_name"))
        people.append(by_id[candidate_id] if candidate_id else by_address.get(address))
    _refuse_twice(people, addresses, hired_id)
    return people


def _address(place: int, finalist: Finalist) -> str:
    if not finalist.email.strip():
        return ""
    try:
        return shape.email(finalist.email)
    except Refused as refusal:
        raise Refused(str(refusal), field=_at(place, "email")) from refusal


def _found(chosen: list[str], addresses: list[str], by: User) -> tuple[dict[str, Candidate], dict[str, Candidate]]:
    """By id and by address. An address that several people share finds nobody."""
    visible = select(Candidate).where(candidates.visible_to(by)).options(selectinload(Candidate.emails))
    wanted_ids, wanted = set(filter(None, chosen)), set(filter(None, addresses))
    found = list(db.session.scalars(visible.where(Candidate.id.in_(wanted_ids)))) if wanted_ids else []
    carrying = select(Email.candidate_id).where(Email.address.in_(wanted))
    carriers = list(db.session.scalars(visible.where(Candidate.id.in_(carrying)))) if wanted else []
    pairs = [(email.address, candidate) for candidate in carriers for email in candidate.emails]
    many = Counter(address for address, _ in pairs)
    return {c.id: c for c in found}, {address: c for address, c in pairs if many[address] == 1}


def _refuse_twice(people: list[Candidate | None], addresses: list[str], hired_id: str) -> None:
    rows: dict[str, int] = {}
    for place, (person, address) in enumerate(zip(people, addresses, strict=True)):
        if person is not None and person.id == hired_id:
            raise Refused("This is who got the role. Take one of the two away.", field=_at(place, "full_name"))
        for mark in filter(None, (person.id if person else "", address)):
            if rows.setdefault(mark, place) != place:
                sentence = "This is the same person as in a row above: the same record, or the same mail address."
                raise Refused(sentence, field=_at(place, "full_name"))


def previewed(finalist: Finalist, *, by: User) -> Candidate:
    """Whom a row is of, for a look at their letters; who is new is kept nowhere yet."""
    if finalist.candidate_id:
        return candidates.find(finalist.candidate_id, seen_by=by)
    known = named(finalist, by=by)
    return Candidate(full_name=known.full_name.strip(), headline="", employer="", emails=[])


def before(role: Role, people: list[Candidate], hired_id: str) -> dict[str, Kept]:
    """By candidate: what a closing may change, as it is now."""
    known_ids = [*(person.id for person in people), *filter(None, [hired_id])]
    there = applications.for_people(role, known_ids) if known_ids else {}
    places = {place.candidate_id: place for place in _places(role, known_ids)} if known_ids else {}
    hired = db.session.get(Candidate, hired_id) if hired_id else None
    known = [*people, hired] if hired is not None else people
    found: dict[str, Kept] = {person.id: {"person": snapshots.of(person, *NEXT)} for person in known}
    for candidate_id in known_ids:
        kept = found.setdefault(candidate_id, {})
        if application := there.get(candidate_id):
            kept |= _application_before(application)
        if place := places.get(candidate_id):
            kept["place"] = snapshots.of(place, *PLACE)
    return found


def _application_before(application: Application) -> Kept:
    kept = {"application": snapshots.of(application, *APPLICATION)}
    if application.debrief is not None:
        kept["debrief"] = snapshots.of(application.debrief, *DEBRIEF)
    return kept


def _places(role: Role, candidate_ids: list[str]) -> list[Place]:
    query = select(Place).where(Place.role_id == role.id, Place.candidate_id.in_(candidate_ids))
    return list(db.session.scalars(query))


# --- what banking one writes


def _at(place: int, field: str) -> str:
    return f"finalists-{place}-{field}"


def bank(
    place: int, role: Role, finalist: Finalist, person: Candidate | None, *, was: Kept, closing_id: str, by: User
) -> Banked:
    """Refusals name the row, so that the page can show the sentence where it belongs."""
    try:
        row = _row(place, finalist, person, was, closing_id, by=by)
        _write(row, role, finalist, by=by)
    except Refused as refusal:
        name = {"emails": "email", "name": "tags"}.get(refusal.field, refusal.field)
        raise Refused(str(refusal), field=_at(place, name or "full_name")) from refusal
    return row


def _row(place: int, finalist: Finalist, person: Candidate | None, was: Kept, closing_id: str, *, by: User) -> Banked:
    if person is None:
        person = _new_person(finalist, closing_id, by=by)
    elif finalist.email.strip() and shape.email(finalist.email) not in {email.address for email in person.emails}:
        was["emails"] = [email.address for email in person.emails]
        candidates.change(person, Facts(emails=[*was["emails"], finalist.email]), by=by)
    if person.is_archived:
        candidates.unarchive(person, by=by)
    row = Banked(closing_id=closing_id, candidate=person, candidate_id=person.id, position=place + 1, before=was,
                 resume_id=None, tag_ids=[])  # fmt: skip
    db.session.add(row)
    return row


def _new_person(finalist: Finalist, closing_id: str, *, by: User) -> Candidate:
    if not finalist.full_name.strip():
        raise Refused("Type the name.", field="full_name")
    emails = [finalist.email] if finalist.email.strip() else []
    return candidates.add(Facts(full_name=finalist.full_name, emails=emails), by=by, closing_id=closing_id)


def _write(row: Banked, role: Role, finalist: Finalist, *, by: User) -> None:
    candidate, was = row.candidate, row.before.get("application", {})
    stage = "offer" if was.get("stage") == "offer" else finalist.stage
    progress = Progress(stage=stage, disposition=finalist.disposition, reason=finalist.reason or None)
    find = applications.begun if row.is_new else applications.known_or_begun
    application = applications.write(find(candidate, role, by=by), progress, by=by)
    applications.debrief(application, _with_date(finalist.words, candidate), by=by)
    if finalist.tags:
        row.tag_ids = _tag(candidate, finalist.tags, by=by)
    row.resume_id = _add_resume(candidate, finalist, by=by)


def _tag(candidate: Candidate, names: tuple[str, ...], *, by: User) -> list[str]:
    """The ids of those that were not on the candidate before."""
    carried = {tag.id for tag in tags.of([candidate.id])[candidate.id]}
    applied = [tags.apply(candidate, name, by=by).id for name in names]
    return [tag_id for tag_id in dict.fromkeys(applied) if tag_id not in carried]


def _with_date(words: Words, candidate: Candidate) -> Words:
    """Nobody is banked without a next date; one that comes sooner already stays."""
    if words.call_again_on is not None:
        if words.call_again_on < clock.today():
            raise Refused("That day has passed already.", field="call_again_on")
        return words
    on = call_again_by_default()
    is_sooner = candidate.next_on is not None and candidate.next_on < on
    return words if is_sooner else replace(words, call_again_on=on)


def good_until() -> date:
    """As long as what was said at the decision holds, unless somebody says otherwise."""
    return clock.today() + GOOD_FOR


def call_again_by_default() -> date:
    return clock.today() + CALL_AGAIN_AFTER


def _add_resume(candidate: Candidate, finalist: Finalist, *, by: User) -> str | None:
    """The id of the version that this closing added."""
    if finalist.upload_id:
        return _attach(finalist.upload_id, candidate, by=by)
    if finalist.upload is None:
        return None
    kept = resumes.add(finalist.upload, by=by, candidate=candidate)
    return kept.id if kept.file_key == finalist.upload.file_key else None


def _attach(upload_id: str, candidate: Candidate, *, by: User) -> str | None:
    upload = uploads([upload_id], by=by, lock=True).get(upload_id)
    if upload is None:
        raise Refused("This file is no longer here. Choose it again.", field="file")
    same = db.session.scalar(resumes.of(candidate).where(Resume.sha256 == upload.sha256).limit(1))
    if same is not None:
        resumes.erase(upload)
        return None
    return resumes.attach(upload, candidate, by=by).id


def put_on_bench(role: Role, rows: list[Banked], finalists: list[Finalist], *, by: User) -> None:
    """After those who are on it already."""
    if not rows:
        return
    new = [benches.Seat(row.candidate, finalist.words.sentence or "", good_until())
           for row, finalist in zip(rows, finalists, strict=True)]  # fmt: skip
    ids = {seat.candidate.id for seat in new}
    there = [benches.Seat(place.candidate, place.reason, place.good_until)
             for place in benches.of(role, seen_by=by) if place.candidate_id not in ids]  # fmt: skip
    benches.put(role, [*there, *new], by=by)
