"""What a candidate has agreed to."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FLAG, FREE, LINE, MOMENT, Given, given, many, maybe, named, shown, text, word
from crm.domain import candidates, consents, paging, shape, withdrawals
from crm.domain.candidates import Candidate
from crm.domain.consents import PURPOSES, Consent

NEW = given(
    needed=["purpose", "evidence"],
    purpose=word(PURPOSES),
    company={**LINE, "description": "Whom a `forward` may go to; any company when it is left out."},
    evidence={**text(shape.SENTENCE), "description": "Where the yes is to be found."},
    given_on=DATE,
    until=DATE,
    attachment={**FLAG, "description": "For a `forward`: whether the file itself may go. It may, unless told."},
)
FACTS = {
    "id": FREE,
    "purpose": word(PURPOSES),
    "company": FREE,
    "evidence": FREE,
    "given_on": DATE,
    "until": maybe(DATE),
    "attachment": FLAG,
    "withdrawn_at": maybe(MOMENT),
    "recorded_at": MOMENT,
    "by_id": FREE,
    "is_valid": FLAG,
}
CONSENT = named("Consent", shown(**FACTS))
WITHDRAWN = named("ConsentWithdrawn", shown(**FACTS, warnings=many(FREE)))
PATH = "/candidates/{candidate_id}/consents"


@call("GET", PATH, "What a candidate has agreed to, newest first", query=lists.asked(), answer=lists.of(CONSENT))
def index(asked: Given, candidate_id: str) -> Json:
    query = consents.of(candidates.find(candidate_id, seen_by=me()))
    return lists.page(query, asked, Consent.recorded_at, Consent.id, show=lists.each(shown_as), newest_first=True)


@call("POST", PATH, "Record a yes", body=NEW, answer=CONSENT, status=201)
def add(given: Given, candidate_id: str) -> Json:
    return shown_as(consents.record(candidates.find(candidate_id, seen_by=me()), by=me(), **given))


@call("POST", PATH + "/{consent_id}/withdrawal", "Nothing more leaves on this yes", answer=WITHDRAWN)
def withdraw(candidate_id: str, consent_id: str) -> Json:
    consent = consents.find(candidates.find(candidate_id, seen_by=me()), consent_id)
    too_late = withdrawals.withdraw(consent, by=me())
    return shown_as(consent) | {"warnings": [withdrawals.sentence(forward) for forward in too_late]}


def all_of(candidate: Candidate) -> list[Json]:
    newest = paging.cut(consents.of(candidate), Consent.recorded_at, Consent.id, size=lists.MOST, newest_first=True)
    return [shown_as(consent) for consent in newest.items]


def shown_as(consent: Consent) -> Json:
    return {
        "id": consent.id,
        "purpose": consent.purpose,
        "company": consent.company,
        "evidence": consent.evidence,
        "given_on": consent.given_on,
        "until": consent.until,
        "attachment": consent.attachment,
        "withdrawn_at": consent.withdrawn_at,
        "recorded_at": consent.recorded_at,
        "by_id": consent.by_id,
        "is_valid": consent.is_valid,
    }
