"""Introducing somebody without their name: the resume only after a colleague's interest and the candidate's yes."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, at, call
from crm.api.schema import DATE, FREE, LINE, MOMENT, REFERENCE, Given, given, many, maybe, named, shown, text, word
from crm.domain import candidates, colleagues, fair_use, shape, teasers, teasing
from crm.domain.teasers import STATES, Teaser
from crm.domain.teasing import LONGEST_WORDS

FACTS = {
    "id": FREE,
    "candidate_id": FREE,
    "colleague_id": FREE,
    "forward_id": {**maybe(FREE), "description": "That their interest led to."},
    "consent_id": FREE,
    "state": word(STATES),
    "to": FREE,
    "company": FREE,
    "position": FREE,
    "headline": FREE,
    "strengths": many(FREE),
    "words": FREE,
    "until": DATE,
    "answer_words": FREE,
    "answered_at": maybe(MOMENT),
    "hindered_by": {**FREE, "description": "What stood against asking the candidate, when the interest came."},
    "by_id": FREE,
    "created_at": MOMENT,
    "revoked_at": maybe(MOMENT),
}
TEASER = named("Teaser", shown(**FACTS))
SENT = named("TeaserSent", shown(**FACTS, warnings=many(FREE)))
NEW = given(
    needed=["colleague_id", "headline"],
    colleague_id=REFERENCE,
    headline={**LINE, "description": "No name, no employer, no contact; so with all that is told."},
    strengths={**many(text(shape.SENTENCE)), "description": "Five at most."},
    words=text(LONGEST_WORDS),
    position=LINE,
    until=DATE,
)


@call("GET", "/teasers", "Introductions without a name, newest first", query=lists.asked(), answer=lists.of(TEASER))
def index(asked: Given) -> Json:
    query = teasers.listed(me())
    return lists.page(query, asked, Teaser.created_at, Teaser.id, show=lists.each(_shown), newest_first=True)


@call(
    "POST", "/candidates/{candidate_id}/teasers", "Introduce somebody without their name", body=NEW, answer=SENT,
    status=201,
)  # fmt: skip
def send(given: Given, candidate_id: str) -> Json:
    """It needs a permission to `introduce`. Interest asks the candidate for this recipient."""
    candidate = candidates.find(candidate_id, seen_by=me())
    to = colleagues.find(given.pop("colleague_id"))
    with at(to="colleague_id"):
        proposal = teasing.propose(candidate, to, by=me(), **given)
        warnings = fair_use.warnings(candidate, to, seen_by=me())
        return _shown(teasing.send(proposal, by=me())) | {"warnings": warnings}


@call("GET", "/teasers/{teaser_id}", "An introduction without a name", answer=TEASER)
def show(teaser_id: str) -> Json:
    return _shown(teasers.find(teaser_id, seen_by=me()))


@call("POST", "/teasers/{teaser_id}/revocation", "Its link opens no more, at once", answer=TEASER)
def revoke(teaser_id: str) -> Json:
    return _shown(teasers.revoke(teasers.find(teaser_id, seen_by=me()), by=me()))


def _shown(teaser: Teaser) -> Json:
    return {
        "id": teaser.id,
        "candidate_id": teaser.candidate_id,
        "colleague_id": teaser.colleague_id,
        "forward_id": teaser.forward_id,
        "consent_id": teaser.consent_id,
        "state": teaser.state,
        "to": teaser.to_address,
        "company": teaser.company,
        "position": teaser.position,
        "headline": teaser.headline,
        "strengths": teaser.strengths,
        "words": teaser.words,
        "until": teaser.until,
        "answer_words": teaser.answer_words,
        "answered_at": teaser.answered_at,
        "hindered_by": teaser.hindered_by,
        "by_id": teaser.by_id,
        "created_at": teaser.created_at,
        "revoked_at": teaser.revoked_at,
    }
