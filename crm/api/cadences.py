"""How often to be in touch, and until when not."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FLAG, FREE, Given, given, maybe, named, number, shown, word
from crm.domain import cadences, candidates, tags
from crm.domain.cadences import BENCH, EVERYBODY, LONGEST, PAUSES, Cadence
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing

DAYS = number(1, LONGEST)
SOURCES = ("own", "tag", BENCH, EVERYBODY)
PACE = named(
    "InTouch",
    shown(
        target_days=number(),
        latest_days=number(),
        source={**word(SOURCES), "description": "Whose cadence holds for this person."},
        paused=FLAG,
        paused_until={**maybe(DATE), "description": "Null is until further notice."},
        pause_why=FREE,
        next_on=maybe(DATE),
        next_why=FREE,
        stands_against={**FREE, "description": "Why nobody is reminded of them, or nothing."},
    ),
)
CADENCE = named(
    "Cadence",
    shown(
        id={**FREE, "description": "`everybody`, `bench`, or the id of a tag."},
        tag=FREE,
        target_days=number(),
        latest_days=number(),
    ),
)
OF_ONE = "/candidates/{candidate_id}/cadence"
PAUSE = "/candidates/{candidate_id}/pause"
ONE = "/cadences/{cadence_id}"


@call("GET", OF_ONE, "How often to be in touch with a candidate", answer=PACE)
def show(candidate_id: str) -> Json:
    return _pace(candidates.find(candidate_id, seen_by=me()))


@call("PUT", OF_ONE, "Give them a cadence of their own",
      body=given(clears=True, target_days=DAYS, latest_days=DAYS), answer=PACE)  # fmt: skip
def change(given: Given, candidate_id: str) -> Json:
    """What is null or not given is as everybody else has it."""
    candidate = candidates.find(candidate_id, seen_by=me())
    target, latest = given.get("target_days"), given.get("latest_days")
    return _pace(cadences.set_own(candidate, target_days=target, latest_days=latest, by=me()))


@call("POST", PAUSE, "Be reminded of nobody until a day, or until further notice",
      body=given(needed=["why"], why=word(PAUSES), until=DATE), answer=PACE)  # fmt: skip
def pause(given: Given, candidate_id: str) -> Json:
    return _pace(cadences.pause(candidates.find(candidate_id, seen_by=me()), by=me(), **given))


@call("DELETE", PAUSE, "End a pause", answer=PACE)
def resume(candidate_id: str) -> Json:
    return _pace(cadences.resume(candidates.find(candidate_id, seen_by=me()), by=me()))


@call("GET", "/cadences", "The cadences that were set, of everybody, of benches and of tags",
      answer=lists.of(CADENCE))  # fmt: skip
def index() -> Json:
    return lists.whole([_shown(one, name) for one, name in tags.cadences_known_to(me())])


@call("PUT", ONE, "Set a cadence for everybody, for benches, or for a tag",
      body=given(needed=["target_days", "latest_days"], target_days=DAYS, latest_days=DAYS),
      answer=CADENCE)  # fmt: skip
def put(given: Given, cadence_id: str) -> Json:
    tag = None if cadence_id in (EVERYBODY, BENCH) else tags.find(cadence_id, seen_by=me())
    found = cadences.set_default(cadence_id, tag_id=tag.id if tag else None, by=me(), **given)
    return _shown(found, tag.name if tag else "")


@call("DELETE", ONE, "Take a cadence away")
def drop(cadence_id: str) -> None:
    if cadence_id not in {one.id for one, _ in tags.cadences_known_to(me())}:
        raise Missing
    cadences.drop_default(cadence_id, by=me())


def _pace(candidate: Candidate) -> Json:
    pace = cadences.of(candidate)
    return {
        "target_days": pace.target,
        "latest_days": pace.latest,
        "source": pace.source,
        "paused": candidate.is_paused,
        "paused_until": candidate.paused_until if candidate.is_paused else None,
        "pause_why": candidate.pause_why if candidate.is_paused else "",
        "next_on": candidate.next_on,
        "next_why": candidate.next_why,
        "stands_against": cadences.stands_against(candidate),
    }


def _shown(cadence: Cadence, tag: str) -> Json:
    return {"id": cadence.id, "tag": tag, "target_days": cadence.target_days, "latest_days": cadence.latest_days}
