"""One row of a file as a person: what can be taken over, and what is wrong with the rest, in words."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from crm.domain import shape
from crm.domain.applications import DISPOSITIONS, STAGES
from crm.domain.candidates import MOST_OF_EACH
from crm.domain.errors import Refused
from crm.kit import addresses, words
from crm.kit.tables import days, records

FACTS = ("location", "headline", "employer", "source", "availability", "notice_period", "pay_expectation")
MOST_TAGS = 50
MOST_NOTES = 500
LONGEST_TAG = 60
_LOCAL = re.compile(r"[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*")
STAGE_WORDS = tuple((stage, re.compile(pattern)) for stage, pattern in (
    ("offer", r"\boffer|angebot|\boffre|\boferta|hired|eingestellt|embauch|contratad"),
    ("finalist", r"final|reference|referenz|executive|debrief|last round|letzte runde"),
    ("onsite", r"on-?\s?site|face to face|in person|vor ort|sur site|presencial|panel|assessment|super ?day"),
    ("screen", r"screen|phone|telefon|téléphon|tel[eé]fon|recruiter|reached out|responded|contacted|vorauswahl"),
    ("interview", r"interview|gespräch|entretien|entrevista|technical|take[- ]home|case study|home ?test|trial"),
))  # fmt: skip
DISPOSITION_WORDS = tuple((word, re.compile(pattern)) for word, pattern in (
    ("offer_declined", r"declined (?:the |our )?offer|offer (?:was )?(?:declined|rejected)|angebot abgelehnt|"
                       r"refus de l.offre"),
    ("offer_withdrawn", r"offer (?:was )?(?:withdrawn|rescinded|revoked)|angebot zurück"),
    ("withdrew", r"withdr|zurückgezogen|retir|desist|abgesprungen|not interested|accepted (?:an)?other|took another"),
    ("role_closed", r"(?:role|job|position|vacancy) (?:was |is )?(?:closed|filled|cancell?ed)|geschlossen|on hold"),
    ("hired", r"\bhired\b|eingestellt|embauch|contratad|\bplaced\b"),
    ("rejected", r"reject|archiv|disqualif|not selected|declin|absage|abgelehnt|refus|rechaz|descart|unsuccessful|"
                 r"passed over|^(?:yes|true|ja|oui|sí|si)$"),
))  # fmt: skip


@dataclass(slots=True)
class Person:
    """`leaves_out`: why the row cannot be taken in; the other problems name what is left out of it."""

    number: int
    full_name: str = ""
    name_key: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    emails: list[str] = field(default_factory=list)
    mailboxes: list[str] = field(default_factory=list)
    phones: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    notes: list[tuple[str, date | None]] = field(default_factory=list)
    applications: list[dict[str, Any]] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    leaves_out: str = ""


def read(number: int, told: Any, today: date) -> Person:
    """`told`: a record, or a sentence where the reader could make nothing of the row."""
    person = Person(number)
    if not isinstance(told, dict):
        person.leaves_out = f"It cannot be read: {told}"
        return person
    person.problems = [str(one) for one in told.get("problems") or ()]
    _name(person, told)
    _facts(person, told)
    _reach(person, told)
    _tags(person, told)
    _apply(person, told, today)
    _notes(person, told, today)
    return person


def _name(person: Person, told: dict[str, Any]) -> None:
    name = told.get("full_name") or f"{told.get('first_name') or ''} {told.get('last_name') or ''}"
    name = unicodedata.normalize("NFC", records.line(str(name)))
    if not name:
        person.leaves_out = "There is no name in it."
    elif len(name) > shape.LINE or not any(map(str.isalpha, name)):
        person.leaves_out = f"“{name[:40]}” is no name."
    person.full_name, person.name_key = name, shape.key(name)


def _facts(person: Person, told: dict[str, Any]) -> None:
    for name in FACTS:
        if value := told.get(name):
            value = unicodedata.normalize("NFC", records.line(str(value)))
            if len(value) > shape.LINE:
                person.problems.append(f"{name.replace('_', ' ').capitalize()} is longer than {shape.LINE} characters; it is kept as a note.")  # fmt: skip  # noqa: E501
                person.more.append(value)
            else:
                person.facts[name] = value


def _reach(person: Person, told: dict[str, Any]) -> None:
    for address in told.get("emails") or ():
        known = email(address)
        if not known:
            _keep(person, f"“{str(address)[:80]}” is not a mail address", str(address))
        elif known not in person.emails:
            person.emails.append(known)
    for number in told.get("phones") or ():
        digits = "".join(filter(str.isdigit, str(number)))
        if 4 <= len(digits) <= 18 and len(str(number)) <= 40:
            if all(digits[-9:] != other for _, other in person.phones):
                person.phones.append((records.line(str(number)), digits[-9:]))
        elif str(number).strip():
            _keep(person, f"“{str(number)[:40]}” is not a phone number", str(number))
    _links(person, told)
    for several in (person.emails, person.phones, person.links):
        del several[MOST_OF_EACH:]
    person.mailboxes = [addresses.normal(one) for one in person.emails]


def _links(person: Person, told: dict[str, Any]) -> None:
    for given in told.get("links") or ():
        try:
            link = shape.link(records.line(str(given)))
        except Refused:
            _keep(person, f"“{str(given)[:60]}” is not a web address", str(given))
        else:
            if link and link not in person.links:
                person.links.append(link)


def _keep(person: Person, what: str, value: str) -> None:
    person.problems.append(f"{what}; it is kept as a note.")
    person.more.append(records.plain(value)[:1_000])


def email(value: object) -> str:
    """In the form in which we keep it; nothing where it is none. As `shape.email`, which takes thirty times as long."""
    address = str(value).strip().lower()
    local, _, domain = address.rpartition("@")
    if _LOCAL.fullmatch(local) and len(local) <= 64 and address.isascii():
        return address if _receives(domain) else ""
    try:
        return shape.email(str(value))
    except Refused:
        return ""


@lru_cache(maxsize=20_000)
def _receives(domain: str) -> bool:
    try:
        return shape.email(f"a@{domain}") == f"a@{domain}"
    except Refused:
        return False


def _tags(person: Person, told: dict[str, Any]) -> None:
    for given in told.get("tags") or ():
        name = records.line(str(given)).lstrip("# ")
        if len(name) > LONGEST_TAG:
            _keep(person, f"“{name[:40]}…” is too long for a tag", name)
        elif name and name not in person.tags and len(person.tags) < MOST_TAGS:
            person.tags.append(name)


def _apply(person: Person, told: dict[str, Any], today: date) -> None:
    seen: set[str] = set()
    for given in told.get("applications") or ():
        title = records.line(str(given.get("role") or ""))[: shape.LINE]
        if title and (key := shape.key(title)) not in seen and len(seen) < 200:
            seen.add(key)
            person.applications.append(_application(person, given, title, key, today))


def _application(person: Person, given: dict[str, Any], title: str, key: str, today: date) -> dict[str, Any]:
    said, ended, reason = (records.line(str(given.get(name) or "")) for name in ("stage", "disposition", "reason"))
    disposition = disposition_of(ended, reason)
    stage = "offer" if disposition in {"hired", "offer_declined", "offer_withdrawn"} else stage_of(said)
    applied, decided = (_day(person, given.get(name), name, today) for name in ("applied_on", "decided_on"))
    if applied and decided and applied > decided:
        person.problems.append(f"{title}: the decision came before the application; its day is left out.")
        decided = None
    if said and shape.key(said) != stage:
        person.more.append(f"Stage for {title}: {said}")
    if ended and not disposition and not _runs(ended):
        person.more.append(f"Status for {title}: {ended}")
    return {"title": title, "key": key, "team": records.line(str(given.get("team") or ""))[:80], "stage": stage,
            "disposition": disposition, "reason": reason[:300], "applied_on": applied,
            "decided_on": decided if disposition else None}  # fmt: skip


def _day(person: Person, value: Any, name: str, today: date) -> date | None:
    found = days.read(str(value)) if value else None
    if found is not None and found > today:
        person.problems.append(f"{name.replace('_', ' ').capitalize()}: {words.day(found)} has not come yet.")
        return None
    return found


@lru_cache(maxsize=2_000)
def stage_of(said: str) -> str:
    """One of STAGES; the first of them where the words say nothing that we know."""
    told = said.casefold()
    if told in STAGES:
        return told
    return next((stage for stage, pattern in STAGE_WORDS if pattern.search(told)), "applied")


@lru_cache(maxsize=5_000)
def disposition_of(said: str, reason: str) -> str:
    """One of DISPOSITIONS, or nothing while it runs."""
    told = said.casefold()
    if told.replace(" ", "_") in DISPOSITIONS:
        return told.replace(" ", "_")
    found = next((word for word, pattern in DISPOSITION_WORDS if pattern.search(told)), "")
    if found in {"", "rejected"} and reason and not _runs(said):
        why = next((word for word, pattern in DISPOSITION_WORDS if pattern.search(reason.casefold())), "rejected")
        return why if found or not said else ""
    return found


def _runs(said: str) -> bool:
    return said.casefold() in {"active", "open", "new", "in progress", "in process", "no", "false", "aktiv", "laufend"}


def _notes(person: Person, told: dict[str, Any], today: date) -> None:
    for given in (told.get("notes") or ())[:MOST_NOTES]:
        text = records.plain(str(given.get("text") or ""))
        if not text:
            continue
        on = _day(person, given.get("at"), "the day of a note", today)
        author = records.line(str(given.get("by") or ""))[:100]
        when = f" on {words.day(on)}" if on else ""
        before = f"{author} wrote{when}:\n" if author else ""
        person.notes.append(((before + text)[: shape.TEXT], on))
    for label, value in (told.get("more") or {}).items():
        if value:
            person.more.append(f"{label}: {value}")
