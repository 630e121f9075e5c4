"""A batch of rows, written: people with all that hangs on them, by one statement for each table."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, literal, literal_column, select, update

from crm.db import db
from crm.domain import roles, search, shape, tags
from crm.domain.applications import Application
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.events import Event
from crm.domain.import_choices import KNOWN, MADE, UPDATED, Choice
from crm.domain.import_people import FACTS, Person
from crm.domain.imports import FileImport, ImportRow
from crm.domain.roles import Role
from crm.domain.search import Entry
from crm.domain.tags import CandidateTag, Tag
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import tokens

_ID = re.compile(r"[0-9a-z]{20}|candidate|company|note|out|made|updated|candidate\.imported")
NOON = time(12, tzinfo=UTC)
TABLES: tuple[Any, ...] = (Candidate, Email, Phone, CandidateTag, Touchpoint, Application, Event, ImportRow, Entry)
"""In the order in which references allow them to be inserted."""


@dataclass
class Batch:
    brought: FileImport
    by: User
    at: datetime
    tag_ids: dict[str, str] = field(default_factory=dict)
    role_ids: dict[str, str] = field(default_factory=dict)
    rows: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: {table: [] for table in TABLES})

    def add(self, table: Any, **values: Any) -> None:
        self.rows[table].append(values)

    def flush(self) -> None:
        for model, rows in self.rows.items():
            if rows:
                _insert(model.__table__, rows)


def write(choices: Sequence[Choice], brought: FileImport, *, by: User) -> None:
    """Whoever stands in it twice is written once, with what both rows say."""
    assert brought.started_at
    batch = Batch(brought, by, brought.started_at)
    made, updated = _grouped(choices)
    everybody = [*made.values(), *updated.values()]
    batch.tag_ids = _tags(everybody, brought.tag)
    batch.role_ids = _roles(everybody, brought, by)
    for candidate_id, person in made.items():
        _make(batch, candidate_id, person)
    kept = _fill_in(batch, updated) if updated else {}
    for choice in choices:
        if choice.outcome in {MADE, UPDATED, KNOWN}:
            before = kept.pop(choice.candidate_id, {}) if choice.outcome == UPDATED else {}
            _note_row(batch, choice, before)
    batch.flush()
    index(list(updated))


def _insert(table: Table, rows: list[dict[str, Any]]) -> None:
    """What is the same in all rows stands in the statement itself: most columns are, and each value that is handed over
    costs as much as writing it.
    """
    first = rows[0]
    same = {name for name, value in first.items() if _is_plain(value) and all(row[name] == value for row in rows)}
    values: dict[str, Any] = {name: bindparam(name, type_=table.c[name].type) for name in first.keys() - same}
    for name in same:
        if first[name] is not None:
            told = literal(first[name], table.c[name].type)
            plain = told.compile(db.engine, compile_kwargs={"literal_binds": True})
            values[name] = literal_column(str(plain), table.c[name].type)
    connection = db.session.connection()
    if first.keys() == same:
        rows = [{} for _ in rows]
    connection.execute(
        insert(table).values(values), [{name: row[name] for name in first.keys() - same} for row in rows]
    )


def _is_plain(value: Any) -> bool:
    """Nothing that came from a file, whatever it may be."""
    return (
        value is None
        or value in ("", 0)
        or isinstance(value, bool | datetime)
        or bool(isinstance(value, str) and _ID.fullmatch(value))
    )


def _grouped(choices: Sequence[Choice]) -> tuple[dict[str, Person], dict[str, Person]]:
    made: dict[str, Person] = {}
    updated: dict[str, Person] = {}
    for choice in choices:
        if choice.outcome == MADE:
            made[choice.candidate_id] = choice.person
        elif choice.outcome == UPDATED:
            into = made if choice.candidate_id in made else updated
            known = into.setdefault(choice.candidate_id, choice.person)
            if known is not choice.person:
                _merge(known, choice.person)
    return made, updated


def _merge(known: Person, more: Person) -> None:
    known.facts = {**more.facts, **known.facts}
    known.emails += [one for one in more.emails if one not in known.emails]
    known.phones += [one for one in more.phones if one[1] not in {digits for _, digits in known.phones}]
    known.links += [one for one in more.links if one not in known.links]
    known.tags += [one for one in more.tags if one not in known.tags]
    known.notes += [one for one in more.notes if one not in known.notes]
    known.more += [one for one in more.more if one not in known.more]
    titles = {one["key"] for one in known.applications}
    known.applications += [one for one in more.applications if one["key"] not in titles]


def _note_row(batch: Batch, choice: Choice, before: dict[str, Any]) -> None:
    """Whom it left as they were are noted too, so that the same file again changes nothing."""
    number, candidate_id = choice.person.number, choice.candidate_id
    batch.add(ImportRow, id=tokens.new_id(), import_id=batch.brought.id, number=number, candidate_id=candidate_id,
              outcome=choice.outcome, before=before, at=batch.at)  # fmt: skip
    if choice.outcome != KNOWN:
        did = "brought over" if choice.outcome == MADE else "added to"
        batch.add(Event, id=tokens.new_id(), at=batch.at, kind="candidate.imported", subject_id=candidate_id,
                  role_id=None, by_id=batch.by.id, by_name=batch.by.name,
                  text=f"{did} from {batch.brought.filename}, row {number:,}")  # fmt: skip


# --- people who are made


def _make(batch: Batch, candidate_id: str, person: Person) -> None:
    batch.add(Candidate, **_candidate(batch, candidate_id, person))
    _reach(batch, candidate_id, person.emails, person.phones)
    _hang_on(batch, candidate_id, person, set(), set())
    facts = person.facts
    about = (facts.get("headline"), facts.get("employer"), facts.get("location"), *person.emails,
             *(number for number, _ in person.phones), *person.links, facts.get("source"))  # fmt: skip
    words = {
        "title": person.full_name,
        "person": " · ".join(filter(None, about)),
        "tags": " · ".join(_tag_names(batch, person)),
    }
    batch.add(Entry, **search.row("candidate", candidate_id, **words))


def _candidate(batch: Batch, candidate_id: str, person: Person) -> dict[str, Any]:
    facts, at = person.facts, batch.at
    said = any(facts.get(name) for name in ("availability", "notice_period", "pay_expectation"))
    return {
        "id": candidate_id, "full_name": person.full_name, "name_key": person.name_key,
        **{name: facts.get(name, "") for name in FACTS}, "links": person.links, "language": "", "remote": "",
        "said_on": at.date() if said else None, "owner_id": batch.by.id, "visibility": "company", "team_id": None,
        "created_at": at, "changed_at": at, "archived_at": None, "deleted_at": None, "left_at": None,
        "basis_needed": True, "closing_id": None, "next_on": None, "next_why": "", "next_chosen_at": None,
        "next_by_cadence": False, "let_go_at": None, "awaits_reply_since": None, "last_contact_at": None,
        "last_contact_kind": "", "last_in_at": None, "last_out_at": None, "last_two_way_at": None, "target_days": None,
        "latest_days": None, "paused_at": None, "paused_until": None, "pause_why": "", "before_pause": {},
    }  # fmt: skip


def _reach(batch: Batch, candidate_id: str, emails: Iterable[str], phones: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The ids of what was added."""
    mails, numbers = [], []
    for place, address in enumerate(emails):
        mails.append(tokens.new_id())
        batch.add(Email, id=mails[-1], candidate_id=candidate_id, address=address, position=place)
    for place, (number, digits) in enumerate(phones):
        numbers.append(tokens.new_id())
        batch.add(Phone, id=numbers[-1], candidate_id=candidate_id, number=number, digits=digits, position=place)
    return {"emails": mails, "phones": numbers}


def _hang_on(batch: Batch, candidate_id: str, person: Person, carried: set[str], applied: set[str]) -> dict[str, Any]:
    """Tags, notes and applications, but for what they have already. The ids of what was added."""
    added: dict[str, Any] = {"tags": [], "touchpoints": [], "applications": []}
    for name in _tag_names(batch, person):
        if (tag_id := batch.tag_ids[name]) not in carried:
            carried.add(tag_id)
            added["tags"].append(tag_id)
            batch.add(CandidateTag, candidate_id=candidate_id, tag_id=tag_id, by_id=batch.by.id, at=batch.at)
    for text, at in _notes(batch, person):
        added["touchpoints"].append(tokens.new_id())
        batch.add(Touchpoint, id=added["touchpoints"][-1], candidate_id=candidate_id, kind="note", direction="out",
                  at=at, text=text, by_id=batch.by.id, created_at=batch.at, before={}, moved_to=None)  # fmt: skip
    for one in person.applications:
        if (role_id := batch.role_ids[one["key"]]) not in applied:
            applied.add(role_id)
            added["applications"].append(tokens.new_id())
            batch.add(Application, id=added["applications"][-1], candidate_id=candidate_id, role_id=role_id,
                      stage=one["stage"], applied_on=one["applied_on"], disposition=one["disposition"],
                      reason=one["reason"], decided_on=one["decided_on"], decided_at=None, panel="",
                      created_at=batch.at, by_id=batch.by.id)  # fmt: skip
    return added


def _tag_names(batch: Batch, person: Person) -> list[str]:
    return [*person.tags, batch.brought.tag] if batch.brought.tag else person.tags


def _notes(batch: Batch, person: Person) -> Iterable[tuple[str, datetime]]:
    for text, on in person.notes:
        yield text, min(datetime.combine(on, NOON), batch.at) if on else batch.at
    if person.more:
        kept = f"Kept from {batch.brought.filename}:\n" + "\n".join(person.more)
        yield kept[: shape.TEXT], batch.at


# --- people who are on record


def _fill_in(batch: Batch, people: dict[str, Person]) -> dict[str, dict[str, Any]]:
    """Only what is empty. What was done, by candidate, so that it can be undone."""
    ids = list(people)
    carried, applied, mailed, phoned = (_having(*column, ids) for column in (
        (CandidateTag.candidate_id, CandidateTag.tag_id), (Application.candidate_id, Application.role_id),
        (Email.candidate_id, Email.id), (Phone.candidate_id, Phone.id),
    ))  # fmt: skip
    facts = [getattr(Candidate, name) for name in FACTS]
    now = {
        row[0]: row
        for row in db.session.execute(select(Candidate.id, Candidate.links, *facts).where(Candidate.id.in_(ids)))
    }
    kept, changes = {}, []
    for candidate_id, person in people.items():
        empty = {name for name, value in zip(FACTS, now[candidate_id][2:], strict=True) if not value}
        filled = {name: value for name, value in person.facts.items() if name in empty}
        links = person.links if not now[candidate_id][1] else []
        values = {**{name: filled.get(name) or old for name, old in zip(FACTS, now[candidate_id][2:], strict=True)},
                  "links": links or now[candidate_id][1]}  # fmt: skip
        changes.append({"which": candidate_id, "at": batch.at, **values})
        added = _reach(batch, candidate_id, () if candidate_id in mailed else person.emails,
                       () if candidate_id in phoned else person.phones)  # fmt: skip
        hung = _hang_on(batch, candidate_id, person, carried.get(candidate_id, set()), applied.get(candidate_id, set()))
        kept[candidate_id] = {"facts": filled, "links": links, **added, **hung}
    names: dict[str, Any] = {name: bindparam(name) for name in (*FACTS, "links")}
    table: Table = Candidate.__table__  # type: ignore[assignment]
    db.session.connection().execute(
        update(table).where(table.c.id == bindparam("which")).values(changed_at=bindparam("at"), **names), changes
    )
    return kept


def _having(of: Any, what: Any, ids: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for candidate_id, one in db.session.execute(select(of, what).where(of.in_(ids))):
        found.setdefault(candidate_id, set()).add(one)
    return found


def index(ids: Sequence[str]) -> None:
    """The words of people whose records were changed in bulk, in the same order as ever."""
    if not ids:
        return
    facts = (Candidate.full_name, Candidate.headline, Candidate.employer, Candidate.location, Candidate.links,
             Candidate.source)  # fmt: skip
    rows = db.session.execute(select(Candidate.id, *facts).where(Candidate.id.in_(ids))).all()
    mails, numbers = (_having(*column, list(ids)) for column in (
        (Email.candidate_id, Email.address), (Phone.candidate_id, Phone.number),
    ))  # fmt: skip
    tagged = tags.names([row[0] for row in rows])
    for candidate_id, name, headline, employer, location, links, source in rows:
        reach = (*sorted(mails.get(candidate_id, ())), *sorted(numbers.get(candidate_id, ())))
        about = " · ".join(filter(None, (headline, employer, location, *reach, *links, source)))
        search.put("candidate", candidate_id, title=name, person=about, tags=" · ".join(tagged[candidate_id]))


# --- tags and roles


def _tags(people: Iterable[Person], for_all: str) -> dict[str, str]:
    """By name, as it is written in the file."""
    keys = {name: shape.key(name) for name in {one for person in people for one in person.tags} | {for_all} - {""}}
    known = (
        dict(db.session.execute(select(Tag.key, Tag.id).where(Tag.key.in_(set(keys.values())))).all()) if keys else {}
    )
    for name, key in sorted(keys.items()):
        if key not in known:
            known[key] = tags.named(name).id
    return {name: known[key] for name, key in keys.items()}


def _roles(people: Iterable[Person], brought: FileImport, by: User) -> dict[str, str]:
    """By the key of the title; found among those that the user knows of, or made. One that is over is made closed."""
    wanted: dict[str, dict[str, Any]] = {}
    for person in people:
        for one in person.applications:
            known = wanted.setdefault(one["key"], one)
            if not one["disposition"] and known["disposition"]:
                wanted[one["key"]] = one
    if not wanted:
        return {}
    titled = func.lower(Role.title).in_({one["title"].lower() for one in wanted.values()})
    found = db.session.execute(
        select(Role.title, Role.id).where(titled, roles.visible_to(by)).order_by(Role.created_at)
    )
    ids = {shape.key(title): role_id for title, role_id in found}
    for key, one in wanted.items():
        if key not in ids:
            status = "closed" if one["disposition"] else "open"
            ids[key] = roles.add(title=one["title"], team=one["team"], status=status, by=by).id
            brought.made_roles = [*brought.made_roles, ids[key]]
    return ids
