"""Two records of one person become one, because a person says so; for thirty days that can be undone.

The record that goes is put out of sight, and nothing of it is thrown away before the thirty days are over. What both
said about what may be done with them is joined so that the stricter word holds: joining never allows what one of them
had forbidden, and parting does not either.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, Select, Table, and_, delete, func, select, update
from sqlalchemy.orm import aliased, joinedload, selectinload

from crm.db import Base, db
from crm.domain import (
    candidates,
    duplicates,
    events,
    forwarding_rules,
    merge_moves,
    merge_words,
    merged,
    policy,
    search,
    snapshots,
    tags,
    touchpoints,
)
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.merged import Merge
from crm.domain.resumes import Resume, index_latest
from crm.domain.roles import Role, visible_to
from crm.domain.users import User
from crm.kit import clock, words

UNDO_WITHIN = candidates.KEPT_AFTER_MERGE
FIELDS = {
    "full_name": "Name", "headline": "Headline", "employer": "Employer", "location": "Location", "source": "Source",
    "language": "Language", "availability": "Availability", "notice_period": "Notice period", "remote": "Remote",
    "pay_expectation": "Pay expectation",
}  # fmt: skip
"""What a record says once; where the two differ, a person chooses."""
HANGS = {
    "application": ("application",), "resume": ("resume",), "touchpoint": ("contact",), "forward": ("forward",),
    "consent": ("permission",), "promise": ("promise",), "place": ("place on a bench", "places on benches"),
}  # fmt: skip
"""By table, what a row is called."""
CHANGED = (
    *FIELDS, "name_key", "links", "said_on", "visibility", "team_id", "owner_id", "closing_id", "archived_at",
    "basis_needed", *candidates.WHEN, *merge_words.PAUSE,
)  # fmt: skip
"""Of the record that stays, everything that a merge may write."""


@dataclass(frozen=True)
class Line:
    """A field of two records beside each other."""

    field: str
    label: str
    kept: str
    gone: str

    @property
    def differs(self) -> bool:
        return bool(self.kept and self.gone and self.kept != self.gone)


# --- queries


def compare(kept: Candidate, gone: Candidate) -> list[Line]:
    """What at least one of them says."""
    lines = (Line(field, label, getattr(kept, field), getattr(gone, field)) for field, label in FIELDS.items())
    return [line for line in lines if line.kept or line.gone]


def counts(candidate: Candidate, *, seen_by: User) -> dict[str, int]:
    """How much hangs on a record that the viewer may know of, by table and one query."""
    each = [_count(Base.metadata.tables[name], candidate, seen_by) for name in HANGS]
    return dict(zip(HANGS, db.session.execute(select(*each)).one(), strict=True))


def _count(table: Table, candidate: Candidate, user: User) -> ScalarSelect[int]:
    query = select(func.count()).select_from(table).where(table.c.candidate_id == candidate.id)
    if "role_id" in table.c:
        query = query.join(Role, Role.id == table.c.role_id).where(visible_to(user))
    return query.scalar_subquery()


def find(merge_id: str, *, seen_by: User) -> Merge:
    merge = db.session.scalar(_seen(seen_by).where(Merge.id == merge_id))
    if merge is None:
        raise Missing
    return merge


def of(candidate: Candidate, *, seen_by: User) -> list[Merge]:
    """Those of which it is the record that stayed, and that can still be undone."""
    since = clock.now() - UNDO_WITHIN
    mine = and_(Merge.kept_id == candidate.id, Merge.undone_at.is_(None), Merge.at > since)
    return list(db.session.scalars(_seen(seen_by).where(mine).order_by(Merge.at.desc())))


def kept_instead_of(candidate_id: str, *, seen_by: User) -> str | None:
    """Which record an address of before leads to now."""
    for _ in range(5):
        merged_into = db.session.scalar(select(Candidate.merged_into_id).where(Candidate.id == candidate_id))
        if merged_into is None:
            return None
        seen = select(Candidate.id).where(Candidate.id == merged_into, candidates.visible_to(seen_by))
        if found := db.session.scalar(seen):
            return found
        candidate_id = merged_into
    return None


def _seen(user: User) -> Select[Merge]:
    return (
        select(Merge)
        .join(Candidate, Candidate.id == Merge.kept_id)
        .where(candidates.visible_to(user))
        .options(joinedload(Merge.by, innerjoin=True))
    )


# --- verbs


def may_merge(kept: Candidate, gone: Candidate, *, by: User) -> bool:
    """Whoever may delete the one; where fewer people see it, they also have to be allowed to say who sees the other."""
    narrows = not _is_narrower(gone, kept) or policy.may("restrict", kept, by=by)
    return policy.may("delete", gone, by=by) and narrows


def merge(kept: Candidate, gone: Candidate, *, by: User, take: Collection[str] = ()) -> Merge:
    """`take` names the FIELDS in which the record that goes is right; where the other is empty it always is.

    The same merge twice, as a double click sends it, is one.
    """
    if kept.id == gone.id:
        raise Refused("That is the same record. Choose two.")
    if done := _locked(kept, gone):
        return done
    if not may_merge(kept, gone, by=by):
        raise Denied("merge")
    _check(kept, gone)
    before = snapshots.of(kept, *CHANGED)
    done = Merge(kept_id=kept.id, gone_id=gone.id, gone_name=gone.full_name, by=by, by_id=by.id)
    done.known_as = _known_as(kept, gone)
    rules = _keep_both_employers(kept, gone, take, by=by)
    _write_fields(kept, gone, take)
    done.added = _add_contacts(kept, gone)
    joined = merge_words.join(kept, gone)
    db.session.flush()
    done.moved = merge_moves.move(gone.id, kept.id)
    done.added |= {"resumes": _use_kept_resumes(kept, gone), "joined": joined, "rules": rules}
    gone.merged_into_id, gone.deleted_at, kept.compared_at = kept.id, clock.now(), None
    duplicates.keep_apart_as(gone.id, kept)
    _look_again(kept)
    search.drop(gone.id)
    done.before = _changed(kept, before)
    db.session.add(done)
    kept.changed_at = clock.now()
    events.record("candidate.merged", by=by, subject_id=kept.id, text=f"merged the record of {gone.full_name} into it")
    db.session.flush()
    return done


def undo(done: Merge, *, by: User) -> Candidate:
    """Returns the record that is there again. What either got since stays with the one that stayed; a no that was said
    since holds for both.
    """
    both = _both(done.kept_id, done.gone_id)
    kept, gone = both.get(done.kept_id), both.get(done.gone_id)
    if done.undone_at is not None and gone is not None:
        return gone
    if kept is None or gone is None or not done.can_be_undone:
        raise Refused(f"This was more than {UNDO_WITHIN.days} days ago, and can no longer be undone.")
    if kept.is_deleted:
        raise Refused("The record was merged or deleted since. Undo that first.")
    if (newest := merged.standing(kept.id)[0]).id != done.id:
        raise Refused(f"{newest.gone_name} was merged into it after that. Undo that first.")
    policy.require("delete", gone, by=by)
    _take_back(done, kept, gone)
    text = f"undid the merge with the record of {gone.full_name}"
    events.record("candidate.unmerged", by=by, subject_id=kept.id, text=text)
    return gone


# --- parts of verbs


def _locked(kept: Candidate, gone: Candidate) -> Merge | None:
    """Two who merge the same records at once come one after the other; the second finds what the first did."""
    there = _both(kept.id, gone.id)
    if len(there) < 2:
        raise Refused("One of the two was erased meanwhile.")
    if there[gone.id].merged_into_id == kept.id:
        return db.session.scalar(
            select(Merge).where(Merge.kept_id == kept.id, Merge.gone_id == gone.id, Merge.undone_at.is_(None))
        )
    if any(one.is_deleted for one in there.values()):
        raise Refused("One of the two was deleted or merged meanwhile.")
    return None


def _both(*ids: str) -> dict[str, Candidate]:
    locked = select(Candidate).where(Candidate.id.in_(ids)).order_by(Candidate.id).with_for_update()
    loaded = locked.options(selectinload(Candidate.emails), selectinload(Candidate.phones))
    found = db.session.scalars(loaded.execution_options(populate_existing=True))
    return {one.id: one for one in found}


def _check(kept: Candidate, gone: Candidate) -> None:
    if merge_moves.between(kept.id, gone.id):
        raise Refused("The two were introduced to each other, so they are two people.")
    narrow = [_seen_by(one) for one in (kept, gone) if one.visibility != "company"]
    if len(narrow) == 2 and narrow[0] != narrow[1]:
        raise Refused("The two are kept to different people. Share one of them with those who see the other first.")


def _seen_by(candidate: Candidate) -> str | None:
    return candidate.team_id if candidate.visibility == "team" else candidate.owner_id


def _write_fields(kept: Candidate, gone: Candidate, take: Collection[str]) -> None:
    for field in FIELDS:
        theirs = getattr(gone, field)
        if theirs and (field in take or not getattr(kept, field)):
            setattr(kept, field, theirs)
            if field in candidates.SAID:
                kept.said_on = max(filter(None, (kept.said_on, gone.said_on)), default=None)
    kept.name_key = gone.name_key if kept.full_name == gone.full_name else kept.name_key
    kept.links = list(dict.fromkeys((*kept.links, *gone.links)))
    kept.archived_at = kept.archived_at if gone.is_archived else None
    kept.closing_id = None
    kept.basis_needed = kept.basis_needed and gone.basis_needed
    if _is_narrower(gone, kept):
        _copy(gone, kept, "visibility", "team_id", "owner_id")
    if kept.next_on is None and kept.let_go_at is None:
        _copy(gone, kept, *candidates.WHEN)
    merge_words.join_pauses(kept, gone)


def _is_narrower(one: Candidate, other: Candidate) -> bool:
    return candidates.VISIBILITY.index(one.visibility) > candidates.VISIBILITY.index(other.visibility)


def _copy(one: Candidate, other: Candidate, *columns: str) -> None:
    for column in columns:
        setattr(other, column, getattr(one, column))


def _known_as(kept: Candidate, gone: Candidate) -> dict[str, list[str]]:
    both = (kept, gone)
    return {"names": [one.full_name for one in both], "employers": [one.employer for one in both if one.employer]}


def _keep_both_employers(kept: Candidate, gone: Candidate, take: Collection[str], *, by: User) -> list[str]:
    """Nothing goes to either: which of the two they still work for, nobody has said. Ids of the rule that says so."""
    left_out = kept.employer if "employer" in take else gone.employer
    if not (kept.employer and gone.employer) or forwarding_rules.is_company(kept.employer, gone.employer, ""):
        return []
    why = "where they work, by the record that was merged"
    return [forwarding_rules.add(kept.id, kind="never", company=left_out, by=by, evidence=why).id]


def _add_contacts(kept: Candidate, gone: Candidate) -> dict[str, Any]:
    known, numbers = {mail.address for mail in kept.emails}, {phone.digits for phone in kept.phones}
    mails = [Email(address=one.address) for one in gone.emails if one.address not in known]
    phones = [Phone(number=one.number, digits=one.digits) for one in gone.phones if one.digits not in numbers]
    for position, one in enumerate((*kept.emails, *mails)):
        one.position = position
    for position, phone in enumerate((*kept.phones, *phones)):
        phone.position = position
    kept.emails.extend(mails)
    kept.phones.extend(phones)
    db.session.flush()
    return {"emails": [one.id for one in mails], "phones": [one.id for one in phones]}


def _take_back(done: Merge, kept: Candidate, gone: Candidate) -> None:
    _put_fields_back(kept, done)
    merge_moves.move_back(done.moved, kept.id, gone.id)
    _take_contacts_away(done)
    for forward_id, resume_id in done.added["resumes"]:
        db.session.execute(update(Forward).where(Forward.id == forward_id).values(resume_id=resume_id))
    db.session.execute(delete(ForwardingRule).where(ForwardingRule.id.in_(done.added["rules"])))
    gone.merged_into_id, gone.deleted_at, done.undone_at = None, None, clock.now()
    kept.compared_at = gone.compared_at = None
    db.session.flush()
    merge_words.part(kept, gone, done.added["joined"], since=done.at)
    for one in (kept, gone):
        _look_again(one)


def _take_contacts_away(done: Merge) -> None:
    for table, name in ((Email, "emails"), (Phone, "phones")):
        for row in db.session.scalars(select(table).where(table.id.in_(done.added[name]))):
            db.session.delete(row)
    db.session.flush()


def _use_kept_resumes(kept: Candidate, gone: Candidate) -> list[list[str]]:
    """A file that both have stays once; who forwarded the other's forwards this one. Which, to undo it."""
    stays, twin = aliased(Resume), aliased(Resume)
    same = and_(stays.sha256 == twin.sha256, stays.candidate_id == kept.id, stays.removed_at.is_(None))
    used = select(Forward.id, twin.id, stays.id).join(twin, twin.id == Forward.resume_id).join(stays, same)
    pointed = []
    for forward_id, was, becomes in db.session.execute(used.where(twin.candidate_id == gone.id)).all():
        db.session.execute(update(Forward).where(Forward.id == forward_id).values(resume_id=becomes))
        pointed.append([forward_id, was])
    return pointed


def _changed(kept: Candidate, before: snapshots.Kept) -> dict[str, Any]:
    after = snapshots.of(kept, *CHANGED)
    return {field: [value, after[field]] for field, value in before.items() if value != after[field]}


def _put_fields_back(kept: Candidate, done: Merge) -> None:
    """Whatever nobody has changed since."""
    for field, (was, became) in done.before.items():
        if snapshots.is_still(kept, {field: became}):
            snapshots.put_back(kept, {field: was})


def _look_again(candidate: Candidate) -> None:
    """Everything that is kept of a record elsewhere, from what hangs on it now."""
    db.session.flush()
    db.session.expire(candidate)
    candidate = _both(candidate.id)[candidate.id]
    touchpoints.recall(candidate)
    candidates.index(candidate)
    tags.index(candidate)
    index_latest(candidate)
    db.session.flush()


def what_hangs(candidate: Candidate, *, seen_by: User) -> str:
    """ "3 applications, 2 resumes and 14 contacts" """
    said = [words.several(count, *HANGS[table]) for table, count in counts(candidate, seen_by=seen_by).items() if count]
    return f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else "".join(said) or "nothing yet"
