"""What a candidate has agreed to."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FLAG, FREE, LINE, MOMENT, Given, given, many, maybe, named, shown, text, word
from crm.domain import candidates, consents, forwarding_rules, paging, permissions, shape, withdrawals
from crm.domain.candidates import Candidate
from crm.domain.consents import BASES, CHANNELS, PURPOSES, Consent
from crm.domain.forwarding_rules import KINDS, ForwardingRule

SAID = tuple(channel for channel in CHANNELS if channel != "link")
NEW = given(
    needed=["purpose", "evidence"],
    purpose=word(PURPOSES),
    company={**LINE, "description": "Whom a `forward` may go to; any company when it is left out."},
    evidence={**text(shape.SENTENCE), "description": "Where the yes is to be found."},
    recipient={
        **text(254),
        "description": "The one mail address that a `forward` may go to; anybody there when left out.",
    },
    blind={**FLAG, "description": "It covers only what does not say who they are."},
    basis=word(BASES),
    channel={
        **word(SAID),
        "description": "By phone, mail or in person: then they are told by a letter what was recorded, if they can be.",
    },
    given_on=DATE,
    until=DATE,
    attachment={**FLAG, "description": "For a `forward`: whether the file itself may go. It may, unless told."},
)
FACTS = {
    "id": FREE,
    "purpose": word(PURPOSES),
    "company": FREE,
    "recipient": FREE,
    "blind": FLAG,
    "basis": FREE,
    "channel": FREE,
    "text_version": FREE,
    "evidence": FREE,
    "given_on": DATE,
    "until": maybe(DATE),
    "attachment": FLAG,
    "withdrawn_at": maybe(MOMENT),
    "recorded_at": MOMENT,
    "by_id": {
        **maybe(FREE),
        "description": "The user who recorded it; null where the candidate gave it themselves, by the channel `link`.",
    },
    "parts": {**many(FREE), "description": "What they were asked about; none where it covers all that is forwarded."},
    "position": {**FREE, "description": "That they were asked about; empty is any."},
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
    return shown_as(permissions.record(candidates.find(candidate_id, seen_by=me()), by=me(), **given))


@call("POST", PATH + "/{consent_id}/withdrawal", "Nothing more leaves on this yes", answer=WITHDRAWN)
def withdraw(candidate_id: str, consent_id: str) -> Json:
    consent = consents.find(candidates.find(candidate_id, seen_by=me()), consent_id)
    too_late = withdrawals.withdraw(consent, by=me())
    return shown_as(consent) | {"warnings": [withdrawals.sentence(forward) for forward in too_late]}


RULES = "/candidates/{candidate_id}/rules"
RULE = named(
    "ForwardingRule",
    shown(id=FREE, kind=word(KINDS), company=FREE, given_on=DATE, recorded_at=MOMENT, by_id=maybe(FREE), channel=FREE,
          evidence=FREE, lifted_at=maybe(MOMENT), lifted_why=FREE),
)  # fmt: skip
NEW_RULE = given(
    needed=["kind"], kind=word(KINDS), company={**LINE, "description": "Empty, with `blind_only`, is every company."},
    channel=word(SAID), evidence=text(shape.SENTENCE), given_on=DATE,
)  # fmt: skip
LIFT = given(needed=["why"], why={**text(shape.SENTENCE), "description": "Where they said so."})


@call("GET", RULES, "What a candidate said for all forwards, newest first", query=lists.asked(), answer=lists.of(RULE))
def rules(asked: Given, candidate_id: str) -> Json:
    query = forwarding_rules.of(candidates.find(candidate_id, seen_by=me()).id)
    recorded = (ForwardingRule.recorded_at, ForwardingRule.id)
    return lists.page(query, asked, *recorded, show=lists.each(rule_as), newest_first=True)


@call("POST", RULES, "Record a rule: it stops what waits, too", body=NEW_RULE, answer=RULE, status=201)
def give_rule(given: Given, candidate_id: str) -> Json:
    rule, _ = withdrawals.give_rule(candidates.find(candidate_id, seen_by=me()), by=me(), **given)
    return rule_as(rule)


@call("POST", RULES + "/{rule_id}/lift", "It no longer holds", body=LIFT, answer=RULE)
def lift_rule(given: Given, candidate_id: str, rule_id: str) -> Json:
    rule = forwarding_rules.find(candidates.find(candidate_id, seen_by=me()), rule_id)
    return rule_as(forwarding_rules.lift(rule, by=me(), why=given["why"]))


def rule_as(rule: ForwardingRule) -> Json:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "company": rule.company,
        "given_on": rule.given_on,
        "recorded_at": rule.recorded_at,
        "by_id": rule.by_id,
        "channel": rule.channel,
        "evidence": rule.evidence,
        "lifted_at": rule.lifted_at,
        "lifted_why": rule.lifted_why,
    }


def all_of(candidate: Candidate) -> list[Json]:
    newest = paging.cut(consents.of(candidate), Consent.recorded_at, Consent.id, size=lists.MOST, newest_first=True)
    return [shown_as(consent) for consent in newest.items]


def shown_as(consent: Consent) -> Json:
    return {
        "id": consent.id,
        "purpose": consent.purpose,
        "company": consent.company,
        "recipient": consent.recipient,
        "blind": consent.blind,
        "basis": consent.basis,
        "channel": consent.channel,
        "text_version": consent.text_version,
        "evidence": consent.evidence,
        "given_on": consent.given_on,
        "until": consent.until,
        "attachment": consent.attachment,
        "withdrawn_at": consent.withdrawn_at,
        "recorded_at": consent.recorded_at,
        "by_id": None if consent.is_their_own else consent.by_id,
        "parts": list(consent.parts),
        "position": consent.position,
        "is_valid": consent.is_valid,
    }
