"""Answers of the interfaces of Greenhouse (Harvest), Lever, Ashby and Workable, and our own export."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from crm.kit.tables import Record, days
from crm.kit.tables.records import line, plain, words


def blank() -> Record:
    return {"emails": [], "phones": [], "links": [], "tags": [], "notes": [], "applications": [], "more": {},
            "problems": []}  # fmt: skip


def day(value: Any) -> str:
    """ISO 8601, or nothing. Lever counts milliseconds."""
    told = str(value or "")
    if told.isdigit() and len(told) in {12, 13}:
        return datetime.fromtimestamp(int(told) // 1000, UTC).date().isoformat()
    found = days.read(told)
    return found.isoformat() if found else ""


def application(role: Any, **told: Any) -> dict[str, str]:
    dated: dict[str, str] = {name: day(told.pop(name)) for name in ("applied_on", "decided_on") if name in told}
    said: dict[str, str] = {
        "role": line(str(role or "")),
        **{name: line(str(value or "")) for name, value in told.items()},
        **dated,
    }
    return {name: value for name, value in said.items() if value}


def is_application_only(one: dict[str, Any]) -> bool:
    return "candidate_id" in one and "jobs" in one and "first_name" not in one


# --- Greenhouse


def is_greenhouse(one: Any) -> bool:
    return "first_name" in one and ("email_addresses" in one or "application_ids" in one)


def greenhouse(one: dict[str, Any]) -> Record:
    record = blank()
    record["full_name"] = line(f"{one.get('first_name') or ''} {one.get('last_name') or ''}")
    record["headline"], record["employer"] = line(str(one.get("title") or "")), line(str(one.get("company") or ""))
    for field, name in (("emails", "email_addresses"), ("phones", "phone_numbers"), ("links", "website_addresses")):
        record[field] = _values(one.get(name))
    record["links"] += _values(one.get("social_media_addresses"))
    record["location"] = line(", ".join(_values(one.get("addresses"))[:1]))
    record["tags"] = [line(str(tag)) for tag in one.get("tags") or []]
    record["applications"] = [_greenhouse_application(each) for each in one.get("applications") or []]
    sources = [(each.get("source") or {}).get("public_name") for each in one.get("applications") or []]
    record["source"] = line(str(next(filter(None, sources), "")))
    record["more"] = {"Recruiter": words((one.get("recruiter") or {}).get("name")), **_custom(one)}
    return record


def _values(several: Any) -> list[str]:
    return [line(str(each.get("value") if isinstance(each, dict) else each)) for each in several or []]


def _custom(one: dict[str, Any]) -> dict[str, str]:
    fields = one.get("keyed_custom_fields") or {}
    return {str(each.get("name") or name): words(each.get("value"))
            for name, each in fields.items() if isinstance(each, dict)}  # fmt: skip


def _greenhouse_application(each: dict[str, Any]) -> dict[str, str]:
    jobs = each.get("jobs") or []
    return application(
        jobs[0].get("name") if jobs else "",
        stage=(each.get("current_stage") or {}).get("name"), disposition=each.get("status"),
        reason=(each.get("rejection_reason") or {}).get("name"), applied_on=each.get("applied_at"),
        decided_on=each.get("rejected_at") or _last(each),
    )  # fmt: skip


def _last(each: dict[str, Any]) -> Any:
    return each.get("last_activity_at") if each.get("status") in {"hired", "rejected"} else ""


# --- Lever


def is_lever(one: Any) -> bool:
    return "name" in one and isinstance(one.get("emails"), list) and ("stage" in one or "contact" in one)


def lever(one: dict[str, Any]) -> Record:
    record, archived = blank(), one.get("archived") or {}
    record |= {name: line(words(one.get(field))) for name, field in
               (("full_name", "name"), ("headline", "headline"), ("location", "location"))}  # fmt: skip
    record["emails"], record["phones"] = _values(one["emails"]), _values(one.get("phones"))
    record["links"], record["tags"] = _values(one.get("links")), _values(one.get("tags"))
    record["source"] = line(", ".join(_values(one.get("sources"))))
    for each in one.get("applications") or []:
        posting = each.get("posting") if isinstance(each, dict) else ""
        title = posting.get("text") if isinstance(posting, dict) else each.get("postingTitle") if each else ""
        if title:
            record["applications"].append(application(
                title, stage=_text(one.get("stage")), disposition="archived" if archived else "",
                reason=_text(archived.get("reason")), applied_on=one.get("createdAt"),
                decided_on=archived.get("archivedAt"),
            ))  # fmt: skip
    for each in one.get("notes") or []:
        if isinstance(each, dict):
            record["notes"].append(note(each.get("value") or each.get("text"), each.get("createdAt"), each.get("user")))
    return record


def _text(value: Any) -> str:
    return str(value.get("text") or value.get("title") or "") if isinstance(value, dict) else str(value or "")


def note(text: Any, at: Any, by: Any) -> dict[str, str]:
    author = by.get("name") if isinstance(by, dict) else by
    return {"text": plain(str(text or "")), "at": day(at), "by": line(str(author or ""))}


# --- Ashby


def is_ashby(one: Any) -> bool:
    person = one.get("candidate") if isinstance(one.get("candidate"), dict) else one
    return "primaryEmailAddress" in person or "emailAddresses" in person


def ashby(one: dict[str, Any]) -> Record:
    person, record = one.get("candidate") or one, blank()
    mails = [person.get("primaryEmailAddress"), *(person.get("emailAddresses") or [])]
    record["emails"] = list(dict.fromkeys(_values(each for each in mails if each)))
    phones = [person.get("primaryPhoneNumber"), *(person.get("phoneNumbers") or [])]
    record["phones"] = list(dict.fromkeys(_values(each for each in phones if each)))
    record["full_name"] = line(str(person.get("name") or ""))
    record["headline"], record["employer"] = (line(str(person.get(name) or "")) for name in ("position", "company"))
    place = person.get("location") or {}
    record["location"] = line(str(place.get("locationSummary") or "") if isinstance(place, dict) else str(place))
    record["links"] = [str(each.get("url")) for each in person.get("socialLinks") or [] if each.get("url")]
    record["tags"] = [line(str(each.get("title"))) for each in person.get("tags") or []]
    record["source"] = line(_text(person.get("source") or one.get("source")))
    if isinstance(one.get("job"), dict):
        record["applications"] = [application(
            one["job"].get("title"), stage=_text(one.get("currentInterviewStage")), disposition=one.get("status"),
            reason=_text(one.get("archiveReason")), applied_on=one.get("createdAt"), decided_on=one.get("archivedAt"),
        )]  # fmt: skip
    return record


# --- Workable


def is_workable(one: Any) -> bool:
    return "firstname" in one or ("stage" in one and "disqualified" in one)


def workable(one: dict[str, Any]) -> Record:
    record, job = blank(), one.get("job") or {}
    record["full_name"] = line(str(one.get("name") or f"{one.get('firstname', '')} {one.get('lastname', '')}"))
    record["headline"], record["location"] = (line(words(one.get(name))) for name in ("headline", "address"))
    record["emails"], record["phones"] = _given(one.get("email")), _given(one.get("phone"))
    record["links"] = [str(each.get("url")) for each in one.get("social_profiles") or [] if each.get("url")]
    record["tags"] = [line(str(each)) for each in one.get("tags") or []]
    record["source"] = line(str(one.get("domain") or one.get("source") or ""))
    record["notes"] = [note(one["summary"], one.get("created_at"), "")] if one.get("summary") else []
    if job:
        record["applications"] = [application(
            job.get("title") if isinstance(job, dict) else job, stage=one.get("stage"),
            disposition="disqualified" if one.get("disqualified") in {True, "true"} else "",
            reason=one.get("disqualification_reason"), applied_on=one.get("created_at"),
            decided_on=one.get("disqualified_at"),
        )]  # fmt: skip
    return record


def _given(value: Any) -> list[str]:
    return [line(str(value))] if value else []


# --- our own


def is_ours(one: Any) -> bool:
    return isinstance(one.get("record"), dict) and isinstance(one.get("candidate_email"), list)


def ours(one: dict[str, Any]) -> Record:
    """What `exports.whole` says of somebody, as far as it can be taken in again."""
    record, known = blank(), one["record"]
    facts = ("full_name", "location", "headline", "employer", "source", "availability", "notice_period",
             "pay_expectation")  # fmt: skip
    record |= {name: line(str(known.get(name) or "")) for name in facts}
    record["links"] = [str(each) for each in known.get("links") or []]
    record["emails"] = _named(one["candidate_email"], "address")
    record["phones"] = _named(one.get("candidate_phone") or [], "number")
    record["notes"] = [note(each.get("text"), each.get("at"), each.get("by"))
                       for each in one.get("touchpoint") or [] if each.get("text")]  # fmt: skip
    record["applications"] = [application(
        each.get("role"), stage=each.get("stage"), disposition=each.get("disposition"), reason=each.get("reason"),
        applied_on=each.get("applied_on"), decided_on=each.get("decided_on"),
    ) for each in one.get("application") or [] if each.get("role")]  # fmt: skip
    return record


def _named(rows: Iterable[dict[str, Any]], name: str) -> list[str]:
    return [str(each[name]) for each in rows if each.get(name)]
