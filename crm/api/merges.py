"""The same person twice: likely pairs, a merge, and its way back."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, MOMENT, REFERENCE, Given, given, many, maybe, named, number, shown, word
from crm.domain import candidates, duplicates, merges
from crm.domain.duplicates import DuplicatePair
from crm.domain.merged import Merge

PAIR = named("DuplicatePair", shown(candidate_id=FREE, other_id=FREE, why=FREE, score=number(), found_at=MOMENT))
MERGE = named(
    "Merge",
    shown(id=FREE, candidate_id=FREE, merged_id=FREE, merged_name=FREE, by_id=FREE, at=MOMENT, undone_at=maybe(MOMENT)),
)
MERGED = given(
    needed=["other_id"],
    other_id=REFERENCE,
    take=many({**word(tuple(merges.FIELDS)), "description": "In which the other record is right."}),
)
ORDER = (DuplicatePair.score, DuplicatePair.found_at, DuplicatePair.older_id, DuplicatePair.newer_id)


@call("GET", "/duplicates", "Records that may be of one person, the likeliest first", query=lists.asked(),
      answer=lists.of(PAIR))  # fmt: skip
def index(asked: Given) -> Json:
    query = duplicates.waiting(seen_by=me())
    return lists.page(query, asked, *ORDER, show=lists.each(_pair), newest_first=True)


@call("POST", "/candidates/{candidate_id}/merges", "Merge another record of the same person into this one",
      body=MERGED, answer=MERGE, status=201)  # fmt: skip
def merge(given: Given, candidate_id: str) -> Json:
    kept, gone = (candidates.find(one, seen_by=me()) for one in (candidate_id, given["other_id"]))
    return _merge(merges.merge(kept, gone, by=me(), take=given.get("take", ())))


@call("POST", "/merges/{merge_id}/undo", "Two records again, within thirty days", answer=MERGE)
def undo(merge_id: str) -> Json:
    done = merges.find(merge_id, seen_by=me())
    merges.undo(done, by=me())
    return _merge(done)


@call("POST", "/candidates/{candidate_id}/apart", "These are two people; not asked again",
      body=given(needed=["other_id"], other_id=REFERENCE), answer=PAIR, status=201)  # fmt: skip
def keep_apart(given: Given, candidate_id: str) -> Json:
    one, other = (candidates.find(each, seen_by=me()) for each in (candidate_id, given["other_id"]))
    return _pair(duplicates.keep_apart(one, other, by=me()))


def _pair(pair: DuplicatePair) -> Json:
    return {
        "candidate_id": pair.older_id, "other_id": pair.newer_id, "why": pair.why, "score": pair.score,
        "found_at": pair.found_at,
    }  # fmt: skip


def _merge(done: Merge) -> Json:
    return {
        "id": done.id, "candidate_id": done.kept_id, "merged_id": done.gone_id, "merged_name": done.gone_name,
        "by_id": done.by_id, "at": done.at, "undone_at": done.undone_at,
    }  # fmt: skip
