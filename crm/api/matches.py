"""Who fits a role, with reasons whose weights add up to the score; before it is saved, too; and the reverse."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, LINE, Given, given, many, maybe, named, number, shown, text
from crm.domain import candidates, dismissals, matching, roles, shape
from crm.domain.match_history import Round
from crm.domain.match_reasons import Reason
from crm.domain.matching import MOST, SHOWN, Match

REASON = named("MatchReason", shown(text=FREE, weight=number()))
MET = named("MatchRound", shown(role_id=FREE, title=FREE, stage=FREE, disposition=FREE, sentence=FREE))
MATCH = named(
    "Match",
    shown(
        candidate_id=FREE, full_name=FREE, score=number(), reasons=many(REASON), against=many(FREE),
        stale=many(FREE), met=maybe(MET),
    ),
)  # fmt: skip
ROLE = named("RoleMatch", shown(role_id=FREE, title=FREE, score=number(), reasons=many(REASON)))
HOW_MANY = number(1, description=f"{SHOWN} unless told; more than {MOST} is read as {MOST}.")
PATH = "/roles/{role_id}/matches"


@call(
    "GET",
    PATH,
    "Who on file fits a role, best first, with reasons",
    query=given(limit=HOW_MANY),
    answer=lists.of(MATCH),
)
def index(asked: Given, role_id: str) -> Json:
    """Nothing is sent or decided by the score; who is on record for the role already is left out."""
    role = roles.find(role_id, seen_by=me())
    found = matching.for_role(role, seen_by=me(), limit=_limit(asked))
    return lists.whole([_shown(match) for match in found])


@call(
    "POST", "/matches", "Who on file fits the text of a role that is not saved",
    body=given(needed=["title"], title=LINE, needs=text(shape.TEXT), limit=HOW_MANY), answer=lists.of(MATCH),
)  # fmt: skip
def ask(given: Given) -> Json:
    found = matching.for_text(given["title"], given.get("needs", ""), seen_by=me(), limit=_limit(given))
    return lists.whole([_shown(match) for match in found])


@call("PUT", PATH + "/{candidate_id}/dismissal", "Not this one, and why",
      body=given(needed=["reason"], reason=text(shape.SENTENCE)))  # fmt: skip
def put_aside(given: Given, role_id: str, candidate_id: str) -> None:
    candidate = candidates.find(candidate_id, seen_by=me())
    dismissals.put_aside(roles.find(role_id, seen_by=me()), candidate, reason=given["reason"], by=me())


@call("DELETE", PATH + "/{candidate_id}/dismissal", "They may fit again")
def take_back(role_id: str, candidate_id: str) -> None:
    candidate = candidates.find(candidate_id, seen_by=me())
    dismissals.take_back(roles.find(role_id, seen_by=me()), candidate, by=me())


@call("GET", "/candidates/{candidate_id}/roles", "Which open roles fit somebody, with reasons", answer=lists.of(ROLE))
def roles_that_fit(candidate_id: str) -> Json:
    candidate = candidates.find(candidate_id, seen_by=me())
    return lists.whole([
        {"role_id": one.role.id, "title": one.role.title, "score": one.score, "reasons": _reasons(one.reasons)}
        for one in matching.roles_for(candidate, seen_by=me())
    ])  # fmt: skip


def _limit(asked: Given) -> int:
    return min(int(asked.get("limit", SHOWN)), MOST)


def _shown(match: Match) -> Json:
    return {
        "candidate_id": match.candidate.id,
        "full_name": match.candidate.full_name,
        "score": match.score,
        "reasons": _reasons(match.reasons),
        "against": list(match.against),
        "stale": list(match.stale),
        "met": _met(match.round) if match.round else None,
    }


def _reasons(reasons: tuple[Reason, ...]) -> list[Json]:
    return [{"text": reason.words, "weight": reason.weight} for reason in reasons]


def _met(met: Round) -> Json:
    return {
        "role_id": met.role_id,
        "title": met.title,
        "stage": met.stage,
        "disposition": met.disposition,
        "sentence": met.sentence,
    }
