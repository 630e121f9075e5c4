"""Labels on a candidate."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, Given, given, named, shown, text
from crm.domain import candidates, tags
from crm.domain.errors import Missing
from crm.domain.tags import Tag

TAG = named("Tag", shown(id=FREE, name=FREE))
PATH = "/candidates/{candidate_id}/tags"


@call("GET", PATH, "The tags of a candidate", answer=lists.of(TAG))
def index(candidate_id: str) -> Json:
    candidate = candidates.find(candidate_id, seen_by=me())
    return lists.whole([_shown(tag) for tag in tags.of([candidate.id])[candidate.id]])


@call("POST", PATH, "Tag a candidate", body=given(needed=["name"], name=text(60)), answer=TAG, status=201)
def apply(given: Given, candidate_id: str) -> Json:
    return _shown(tags.apply(candidates.find(candidate_id, seen_by=me()), given["name"], by=me()))


@call("DELETE", PATH + "/{tag_id}", "Remove a tag from a candidate")
def remove(candidate_id: str, tag_id: str) -> None:
    candidate = candidates.find(candidate_id, seen_by=me())
    if tag_id not in {tag.id for tag in tags.of([candidate.id])[candidate.id]}:
        raise Missing
    tags.remove(candidate, tag_id, by=me())


def _shown(tag: Tag) -> Json:
    return {"id": tag.id, "name": tag.name}
