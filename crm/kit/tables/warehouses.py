"""The tables of Greenhouse and Lever as warehouses hold them, put together to people."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from crm.kit.tables.hiring import application, blank, note
from crm.kit.tables.records import line

Row = dict[str, str]
ANONYMOUS = "this record was made anonymous there, so nobody is in it."
DELETED = "this record was deleted there."


class Tables(Protocol):
    def rows(self, name: str) -> Iterator[Row]: ...


def _by(rows: Iterator[Row], key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.get(key, "")].append(row)
    return found


def _named(rows: Iterator[Row], column: str = "name") -> dict[str, str]:
    return {row.get("id", ""): row.get(column, "") for row in rows}


def _is(row: Row, column: str) -> bool:
    return row.get(column, "").lower() in {"true", "t", "1", "yes"}


def greenhouse(tables: Tables) -> Iterator[tuple[int, Any]]:
    """The survey about gender and origin (eeoc.csv) is not even opened."""
    mails, phones = (_by(tables.rows(name), "candidate_id") for name in ("email_address.csv", "phone_number.csv"))
    links = _by(tables.rows("social_media_address.csv"), "candidate_id")
    tags, tagged = _named(tables.rows("tags.csv")), _by(tables.rows("candidate_tag.csv"), "candidate_id")
    notes, applied = _by(tables.rows("activity.csv"), "candidate_id"), _greenhouse_applications(tables)
    people = _named(tables.rows("users.csv"))
    for number, row in enumerate(tables.rows("candidate.csv"), 2):
        if _is(row, "_fivetran_deleted"):
            yield number, DELETED
            continue
        key, record = row.get("id", ""), blank()
        record["full_name"] = line(f"{row.get('first_name', '')} {row.get('last_name', '')}")
        record["headline"], record["employer"] = line(row.get("title", "")), line(row.get("company", ""))
        record["emails"], record["phones"] = ([one.get("value", "") for one in of[key]] for of in (mails, phones))
        record["links"] = [one.get("url") or one.get("value", "") for one in links[key]]
        record["tags"] = [tags[one["tag_id"]] for one in tagged[key] if one.get("tag_id") in tags]
        record["applications"] = [told for told, _ in applied[key]]
        record["source"] = next((source for _, source in applied[key] if source), "")
        record["notes"] = [note(one.get("body") or one.get("subject"), one.get("created_at"),
                                people.get(one.get("user_id", ""), "")) for one in notes[key]]  # fmt: skip
        yield number, record


def _greenhouse_applications(tables: Tables) -> dict[str, list[tuple[dict[str, str], str]]]:
    jobs, stages, sources = (_named(tables.rows(name)) for name in ("job.csv", "job_stage.csv", "source.csv"))
    job_of = {row.get("application_id", ""): row.get("job_id", "") for row in tables.rows("job_application.csv")}
    found: dict[str, list[tuple[dict[str, str], str]]] = defaultdict(list)
    for row in tables.rows("application.csv"):
        told = application(
            jobs.get(job_of.get(row.get("id", ""), ""), ""), stage=stages.get(row.get("current_stage_id", "")),
            disposition=row.get("status"), applied_on=row.get("applied_at"),
            decided_on=row.get("rejected_at") or (row.get("last_activity_at") if row.get("status") == "hired" else ""),
        )  # fmt: skip
        found[row.get("candidate_id", "")].append((told, sources.get(row.get("source_id", ""), "")))
    return found


def lever(tables: Tables) -> Iterator[tuple[int, Any]]:
    """A contact may have several opportunities; each is a row, and the address tells that it is one person."""
    of: Callable[[str, str], dict[str, list[Row]]] = lambda name, key: _by(tables.rows(name), key)  # noqa: E731
    mails, phones = of("contact_email.csv", "contact_id"), of("contact_phone.csv", "contact_id")
    links, tags = of("contact_link.csv", "contact_id"), of("opportunity_tag.csv", "opportunity_id")
    sources, applied = of("opportunity_source.csv", "opportunity_id"), of("application.csv", "opportunity_id")
    stages, reasons, postings = (_named(tables.rows(name), "text")
                                 for name in ("stage.csv", "archive_reason.csv", "posting.csv"))  # fmt: skip
    forms = of("feedback_form.csv", "opportunity_id")
    fields, people = of("feedback_form_field.csv", "feedback_form_id"), _named(tables.rows("user.csv"))
    for number, row in enumerate(tables.rows("opportunity.csv"), 2):
        if _is(row, "is_anonymized"):
            yield number, ANONYMOUS
            continue
        key, contact, record = row.get("id", ""), row.get("contact", ""), blank()
        record |= {"full_name": line(row.get("name", "")), "headline": line(row.get("headline", "")),
                   "location": line(row.get("location", ""))}  # fmt: skip
        record["emails"] = [one.get("email", "") for one in mails[contact]]
        record["phones"] = [one.get("value", "") for one in phones[contact]]
        record["links"] = [one.get("link", "") for one in links[contact]]
        record["tags"] = list(dict.fromkeys(one.get("tag") or one.get("tags", "") for one in tags[key]))
        record["source"] = next((one.get("source", "") for one in sources[key]), row.get("origin", ""))
        reason = reasons.get(row.get("archived_reason_id", ""), "")
        record["applications"] = [application(
            postings.get(one.get("posting_id", "")), stage=stages.get(row.get("stage_id", "")),
            disposition="archived" if row.get("archived_at") else "", reason=reason,
            applied_on=one.get("created_at"), decided_on=row.get("archived_at"),
        ) for one in applied[key]]  # fmt: skip
        record["notes"] = [told for form in forms[key] if (told := _feedback(form, fields, people))["text"]]
        yield number, record


def _feedback(form: Row, fields: dict[str, list[Row]], people: dict[str, str]) -> dict[str, str]:
    said = [one.get("value_text", "") for one in fields[form.get("id", "")]]
    text = "\n".join(part for part in said if part)
    return note(text, form.get("completed_at") or form.get("created_at"), people.get(form.get("creator_id", ""), ""))
