"""What can be done to many at once: each deed to some people at a time, who is left out of it, and how it is undone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from crm.db import db
from crm.domain import (
    bulk_letters,
    cadences,
    candidates,
    events,
    ownership,
    policy,
    pools,
    shape,
    snapshots,
    tags,
    touchpoints,
    users,
)
from crm.domain.candidates import Candidate
from crm.domain.deed import Answers, Deed, Detail
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.pools import PoolMember
from crm.domain.tags import CandidateTag, Tag
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User

NOT_YOURS = "not yours to hand over"
MOST_WORDS = 2_000


def check(kind: str, given: Detail, *, by: User) -> Detail:
    return DEEDS[shape.one_of(kind, tuple(DEEDS), "kind")].check(given, by)


# --- tags


def _tag_named(given: Detail, _by: User) -> Detail:
    return {"name": shape.line(str(given.get("name", "")).lstrip("# "), "name", most=60, needed=True, name="A tag")}


def _carriers(detail: Detail) -> ColumnElement[bool]:
    tagged = select(CandidateTag.candidate_id).join(Tag, Tag.id == CandidateTag.tag_id)
    return Candidate.id.in_(tagged.where(Tag.key == shape.key(detail["name"])))


def _tag(detail: Detail, people: list[Candidate], by: User) -> Answers:
    tag = tags.named(detail["name"])
    carry = _carrying(tag, people)
    return {one.id: "carries the tag already" if one.id in carry else _tagged(tag, one, by) for one in people}


def _carrying(tag: Tag, people: list[Candidate]) -> dict[str, CandidateTag]:
    ids = [one.id for one in people]
    found = select(CandidateTag).where(CandidateTag.tag_id == tag.id, CandidateTag.candidate_id.in_(ids))
    return {one.candidate_id: one for one in db.session.scalars(found)}


def _tagged(tag: Tag, candidate: Candidate, by: User) -> dict[str, Any]:
    before = snapshots.of(candidate, *cadences.DATE)
    tags.apply(candidate, tag.name, by=by)
    carried = db.session.get_one(CandidateTag, (candidate.id, tag.id))
    after = snapshots.of(candidate, *cadences.DATE)
    return {"tag": tag.id, "at": carried.at.isoformat(), "date": before, "then": after}


def _tag_taken_back(candidate: Candidate, before: dict[str, Any], by: User) -> bool:
    carried = db.session.get(CandidateTag, (candidate.id, before["tag"]))
    if carried is None or carried.at != datetime.fromisoformat(before["at"]):
        return False
    tags.remove(candidate, before["tag"], by=by)
    _put_date_back(candidate, before)
    return True


def _untag(detail: Detail, people: list[Candidate], by: User) -> Answers:
    tag = db.session.scalar(select(Tag).where(Tag.key == shape.key(detail["name"])))
    carry = _carrying(tag, people) if tag else {}
    answers: Answers = {}
    for one in people:
        carried = carry.get(one.id)
        if tag is None or carried is None:
            answers[one.id] = "does not carry the tag"
            continue
        answers[one.id] = {"tag": tag.id, "at": carried.at.isoformat(), "by": carried.by_id}
        tags.remove(one, tag.id, by=by)
    return answers


def _untag_taken_back(candidate: Candidate, before: dict[str, Any], by: User) -> bool:
    """With who tagged them, and when."""
    tag = db.session.get(Tag, before["tag"])
    if tag is None or db.session.get(CandidateTag, (candidate.id, tag.id)) is not None:
        return False
    date = snapshots.of(candidate, *cadences.DATE)
    tags.apply(candidate, tag.name, by=by)
    carried = db.session.get_one(CandidateTag, (candidate.id, tag.id))
    carried.at, carried.by_id = datetime.fromisoformat(before["at"]), before["by"]
    snapshots.put_back(candidate, date)
    return True


# --- pools


def _pool_named(given: Detail, by: User) -> Detail:
    """`pool`: id or name of one that the user sees; else a new one of that name."""
    name = shape.line(str(given.get("pool", "")), "pool", most=80, needed=True, name="A pool")
    found = pools.named([name], seen_by=by)
    pool = next((one for one in found if one.owner_id == by.id), found[0] if found else None)
    reason = shape.line(str(given.get("reason", "")), "reason", most=300)
    if pool is None:
        return {"new_pool": name, "reason": reason}
    return {"pool": pool.id, "name": pool.name, "reason": reason}


def _members(detail: Detail) -> ColumnElement[bool]:
    return Candidate.id.in_(pools.members([detail.get("pool", "")]))


def _put_in(detail: Detail, people: list[Candidate], by: User) -> Answers:
    pool = pools.find(detail["pool"], seen_by=by)
    there = pools.reasons(pool, [one.id for one in people])
    answers: Answers = {}
    for one in people:
        known = there.get(one.id)
        if known is not None and not known.left_out:
            answers[one.id] = "is in the pool already"
            continue
        member = pools.join(pool, one, known, by=by, reason=detail["reason"])
        answers[one.id] = {"pool": pool.id, "at": member.at.isoformat(), "was_left_out": known is not None}
    return answers


def _put_in_taken_back(candidate: Candidate, before: dict[str, Any], by: User) -> bool:
    member = db.session.get(PoolMember, (before["pool"], candidate.id))
    if member is None or member.left_out or member.at != datetime.fromisoformat(before["at"]):
        return False
    if before["was_left_out"]:
        member.left_out = True
    else:
        db.session.delete(member)
    return True


# --- the record


def _owner_named(given: Detail, _by: User) -> Detail:
    try:
        owner = users.find(str(given.get("owner_id", "")))
    except Missing:
        raise Refused("Choose who is to look after them.", field="owner_id") from None
    if not owner.is_active:
        raise Refused(f"{owner.name} can no longer sign in. Choose somebody else.", field="owner_id")
    return {"owner_id": owner.id, "name": owner.name}


def _not_to_hand_over(detail: Detail, by: User) -> list[tuple[str, ColumnElement[bool]]]:
    theirs = Candidate.owner_id == detail["owner_id"]
    already = (f"looked after by {detail['name']} already", theirs)
    return (
        [already] if policy.may("restrict", by=by) else [already, (NOT_YOURS, ~theirs & (Candidate.owner_id != by.id))]
    )


def _hand_over(detail: Detail, people: list[Candidate], by: User) -> Answers:
    owner = users.find(detail["owner_id"])
    answers: Answers = {}
    for one in people:
        was = one.owner_id
        try:
            if was != owner.id:
                ownership.hand_over(one, owner, by=by)
            answers[one.id] = {"owner_id": was} if was != owner.id else f"is looked after by {owner.name} already"
        except Denied:
            answers[one.id] = NOT_YOURS
        if isinstance(kept := answers[one.id], dict):
            kept["to"] = owner.id
    return answers


def _handed_back(candidate: Candidate, before: dict[str, Any], by: User) -> bool:
    if candidate.owner_id != before["to"]:
        return False
    candidate.owner_id = before["owner_id"]
    events.record("candidate.handed_over", by=by, subject_id=candidate.id, text="handed the record back")
    return True


def _archive(_detail: Detail, people: list[Candidate], by: User) -> Answers:
    return {one.id: "is in the archive already" if one.is_archived else _shelved(one, candidates.archive, by)
            for one in people}  # fmt: skip


def _unarchive(_detail: Detail, people: list[Candidate], by: User) -> Answers:
    return {one.id: _shelved(one, candidates.unarchive, by) if one.is_archived else "is not in the archive"
            for one in people}  # fmt: skip


def _shelved(candidate: Candidate, verb: Callable[..., Candidate], by: User) -> dict[str, Any]:
    before = snapshots.of(candidate, "archived_at", "changed_at")
    verb(candidate, by=by)
    return {"before": before, "then": snapshots.of(candidate, "archived_at")}


def _shelf_taken_back(candidate: Candidate, before: dict[str, Any], by: User) -> bool:
    if not snapshots.is_still(candidate, before["then"]):
        return False
    snapshots.put_back(candidate, before["before"])
    text = "put back in the archive" if candidate.is_archived else "took the record out of the archive"
    kind = "candidate.archived" if candidate.is_archived else "candidate.unarchived"
    events.record(kind, by=by, subject_id=candidate.id, text=text)
    return True


# --- in touch


def _days(given: Detail, _by: User) -> Detail:
    try:
        days = {name: int(given[name]) if given.get(name) else None for name in ("target_days", "latest_days")}
    except (TypeError, ValueError):
        raise Refused("Write a number of days.", field="target_days") from None
    cadences.check_days(days["target_days"], days["latest_days"])
    return days


def _cadence_words(detail: Detail) -> str:
    if detail["target_days"] is None and detail["latest_days"] is None:
        return "Be in touch as with everybody"
    parts = [f"every {detail['target_days']} days"] if detail["target_days"] else []
    parts += [f"after {detail['latest_days']} at the latest"] if detail["latest_days"] else []
    return f"Be in touch {', '.join(parts)}"


def _set_cadence(detail: Detail, people: list[Candidate], by: User) -> Answers:
    answers: Answers = {}
    for one in people:
        if (one.target_days, one.latest_days) == (detail["target_days"], detail["latest_days"]):
            answers[one.id] = "has this cadence already"
            continue
        own, date = snapshots.of(one, "target_days", "latest_days"), snapshots.of(one, *cadences.DATE)
        cadences.set_own(one, **detail, by=by)
        then = snapshots.of(one, *cadences.DATE)
        answers[one.id] = {"own": own, "set": detail, "date": date, "then": then}
    return answers


def _cadence_taken_back(candidate: Candidate, before: dict[str, Any], by: User) -> bool:
    if not snapshots.is_still(candidate, before["set"]):
        return False
    snapshots.put_back(candidate, before["own"])
    _put_date_back(candidate, before)
    events.record("candidate.cadence", by=by, subject_id=candidate.id, text="took the change of the cadence back")
    return True


def _put_date_back(candidate: Candidate, before: dict[str, Any]) -> None:
    """Unless it was moved since."""
    if before["date"] != before["then"] and snapshots.is_still(candidate, before["then"]):
        snapshots.put_back(candidate, before["date"])


def _touchpoint_given(given: Detail, _by: User) -> Detail:
    said = {
        "kind": shape.one_of(given.get("touch"), touchpoints.KINDS, "touch"),
        "direction": shape.one_of(given.get("direction") or "out", touchpoints.DIRECTIONS, "direction"),
        "text": shape.text(str(given.get("text") or ""), "text", most=MOST_WORDS),
    }
    if said["kind"] == "note" and not said["text"]:
        raise Refused("A note needs words.", field="text")
    return said


def _log(detail: Detail, people: list[Candidate], by: User) -> Answers:
    return {one.id: {"touchpoint": touchpoints.log(one, **detail, by=by).id} for one in people}


def _log_taken_back(candidate: Candidate, before: dict[str, Any], by: User) -> bool:
    logged = db.session.get(Touchpoint, before["touchpoint"])
    if logged is None:
        return False
    touchpoints.take_back(logged, candidate, by=by)
    return True


def _nothing(_given: Detail, _by: User) -> Detail:
    return {}


def _nobody(_detail: Detail, _by: User) -> list[tuple[str, ColumnElement[bool]]]:
    return []


DEEDS: dict[str, Deed] = {
    "tag": Deed(
        _tag_named,
        lambda detail: f"Tag with “{detail['name']}”",
        lambda detail, _by: [("carrying the tag already", _carriers(detail))],
        _tag,
        _tag_taken_back,
    ),
    "untag": Deed(
        _tag_named,
        lambda detail: f"Take the tag “{detail['name']}” off",
        lambda detail, _by: [("not carrying the tag", ~_carriers(detail))],
        _untag,
        _untag_taken_back,
    ),
    "pool": Deed(
        _pool_named,
        lambda detail: f"Put in the pool “{detail.get('name') or detail['new_pool']}”",
        lambda detail, _by: [("in the pool already", _members(detail))],
        _put_in,
        _put_in_taken_back,
    ),
    "owner": Deed(
        _owner_named,
        lambda detail: f"Hand over to {detail['name']}",
        _not_to_hand_over,
        _hand_over,
        _handed_back,
    ),
    "archive": Deed(
        _nothing,
        lambda _detail: "Put in the archive",
        lambda _detail, _by: [("in the archive already", Candidate.archived_at.is_not(None))],
        _archive,
        _shelf_taken_back,
    ),
    "unarchive": Deed(
        _nothing,
        lambda _detail: "Take out of the archive",
        lambda _detail, _by: [("not in the archive", Candidate.archived_at.is_(None))],
        _unarchive,
        _shelf_taken_back,
    ),
    "cadence": Deed(_days, _cadence_words, _nobody, _set_cadence, _cadence_taken_back),
    "touchpoint": Deed(
        _touchpoint_given,
        lambda detail: f"Log: {detail['kind'].replace('_', ' ')}",
        _nobody,
        _log,
        _log_taken_back,
    ),
    "letter": bulk_letters.DEED,
}
KINDS = tuple(DEEDS)
