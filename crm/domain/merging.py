"""Merge fields of letters: `{first name}` in the words of a letter, filled in for one candidate, once.

A list of names and nothing else: what is not on it is ordinary text, and so is whatever a field's value contains.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from crm.db import db
from crm.domain import workspace
from crm.domain.candidates import Candidate
from crm.domain.roles import Role
from crm.domain.touchpoints import SPOKEN, Touchpoint
from crm.domain.users import User
from crm.kit import clock, gentle, zones
from crm.kit.words import month

NAME = r"[ _]{0,3}([A-Za-z](?:[A-Za-z _]{0,28}[A-Za-z])?)[ _]{0,3}"
FIELD = re.compile(rf"(?<!\{{)(?:\{{{NAME}\}}|\{{\{{{NAME}\}}\}})(?!\}})")
TITLES = frozenset(("dr", "prof", "mr", "mrs", "ms", "mx", "sir", "dame"))
IN_BRACES = re.compile(r"\{+[^{}\n]{1,40}\}+")
LONGEST_FACT = 80
TELLING = re.compile(r"[{}<>@\n]|https?:|www\.", re.IGNORECASE)
"""What a headline or an employer's name has no business to bring into a letter."""


@dataclass(frozen=True)
class Filled:
    """`missing`: in words, what could not be filled in and still stands in the text."""

    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a letter is written from."""

    candidate: Candidate
    by: User
    role: Role | None
    spoken: Mapping[str, datetime] | None = None


@dataclass(frozen=True)
class Field:
    """`words`: what is missing where there is no value. `hint`: what stands there, for whoever writes a template."""

    words: str
    hint: str
    value: Callable[[Facts], str]


# --- queries


def fill(
    words: str, candidate: Candidate, *, by: User, role: Role | None = None,
    spoken: Mapping[str, datetime] | None = None,
) -> Filled:  # fmt: skip
    """In one pass. A role that is sealed counts as none. `spoken`: as `spoken_with` has it for many at once."""
    facts, known = Facts(candidate, by, role, spoken), dict[str, str]()
    text = FIELD.sub(lambda found: _value(found, facts, known) or found[0], words)
    return Filled(text, tuple(FIELDS[key].words for key, value in known.items() if not value))


def spoken_with(people: Iterable[Candidate]) -> dict[str, datetime]:
    """When somebody here last did, by one query; who never was spoken with is not there."""
    theirs = Touchpoint.candidate_id.in_([person.id for person in people])
    last = select(Touchpoint.candidate_id, func.max(Touchpoint.at)).where(theirs, Touchpoint.kind.in_(SPOKEN))
    return {row[0]: row[1] for row in db.session.execute(last.group_by(Touchpoint.candidate_id))}


def left_in(words: str, candidate: Candidate, *, by: User, role: Role | None = None) -> tuple[str, ...]:
    """The fields that still stand in a letter, as they are written there; none of those that a name itself brings."""
    if not FIELD.search(words):
        return ()
    values = (candidate.full_name, first_name(candidate), by.name, workspace.name(), role.title if role else "")
    for brought in filter(FIELD.search, values):
        words = words.replace(brought, " ")
    return tuple(dict.fromkeys(found[0] for found in FIELD.finditer(words) if _key(found) in FIELDS))


def strays(*words: str) -> list[str]:
    """What stands in braces and is not on the list: perhaps a slip of whoever writes a template."""
    found = dict.fromkeys(one for each in words for one in IN_BRACES.findall(each))
    return [one for one in found if not (field := FIELD.fullmatch(one)) or _key(field) not in FIELDS]


def first_name(candidate: Candidate) -> str:
    """What they are called by: not the title before it, and the part behind the comma of "Okafor, Nora"."""
    family, comma, given = candidate.full_name.partition(",")
    names = (given if comma and given.strip() else family).split()
    return next((name for name in names if name.rstrip(".").casefold() not in TITLES), candidate.full_name)


# --- parts


def _value(found: re.Match[str], facts: Facts, known: dict[str, str]) -> str:
    key = _key(found)
    if key in FIELDS and key not in known:
        known[key] = FIELDS[key].value(facts)
    return known.get(key, "")


def _key(found: re.Match[str]) -> str:
    return re.sub(r"[ _]+", " ", found[1] or found[2]).lower()


def _role(facts: Facts) -> str:
    return facts.role.title if facts.role is not None and not facts.role.is_sealed else ""


def _last_spoke(facts: Facts) -> str:
    """ "in March", with the year where it was another."""
    spoken = facts.spoken if facts.spoken is not None else spoken_with([facts.candidate])
    newest = spoken.get(facts.candidate.id)
    if newest is None:
        return ""
    day, today = (zones.local(moment, facts.by.time_zone).date() for moment in (newest, clock.now()))
    return "this month" if (day.year, day.month) == (today.year, today.month) else f"in {month(day, today)}"


def _harmless(fact: str) -> str:
    """As it stands in the record, unless it says what does not belong into a letter."""
    said = len(fact) <= LONGEST_FACT and not TELLING.search(fact) and not gentle.remarks(fact)
    return fact if said else ""


FIELDS: dict[str, Field] = {
    "first name": Field("their first name", "Nora", lambda facts: first_name(facts.candidate)),
    "full name": Field("their name", "Nora Okafor", lambda facts: facts.candidate.full_name),
    "my name": Field("your name", "your name", lambda facts: facts.by.name),
    "my first name": Field("your first name", "your first name", lambda facts: facts.by.first_name),
    "company": Field("our company’s name", "the company’s name", lambda _facts: workspace.name()),
    "role": Field("a role", "the title of the role that the letter is about", _role),
    "last spoke": Field("when you last spoke", "in March", _last_spoke),
    "month": Field(
        "the month", "this month’s name", lambda facts: f"{zones.local(clock.now(), facts.by.time_zone):%B}"
    ),
    "headline": Field("their headline", "what they do", lambda facts: _harmless(facts.candidate.headline)),
    "your words": Field(
        "your own words",
        "a place that you write in: the letter does not leave before there is something",
        lambda _facts: "",
    ),
    "employer": Field("their employer", "where they work", lambda facts: _harmless(facts.candidate.employer)),
}
