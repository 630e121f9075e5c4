"""What is on record of people and of roles like this one: how near they came, and what the debrief says of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import JSON, ColumnElement, Row, Select, SQLColumnExpression, cast, literal, null, select

from crm.db import db
from crm.domain import search
from crm.domain.applications import MARGIN_WORDS, STAGES, Application, Debrief
from crm.domain.roles import Role, visible_to
from crm.domain.search import Entry
from crm.domain.users import User
from crm.kit import clock, terms, words

MOST_ROLES = 40
MOST_PEOPLE = 200
MOST_DEBRIEFS = 400
MET = STAGES[STAGES.index("interview") :]
"""From here on somebody here has met them."""


@dataclass(frozen=True)
class Round:
    """An application that ended or runs, in columns."""

    candidate_id: str
    role_id: str
    title: str
    stage: str
    disposition: str
    decided_on: date | None
    sentence: str
    missing: str
    margin: str
    hire_for: tuple[str, ...]

    @property
    def was_met(self) -> bool:
        return self.stage in MET

    @property
    def is_near_miss(self) -> bool:
        return self.stage in {"finalist", "offer"} and self.disposition not in {"", "hired"}

    @property
    def when(self) -> str:
        return f" in {words.month(self.decided_on, clock.today())}" if self.decided_on else ""

    @property
    def outcome(self) -> str:
        """ "lost by a hair on Head of Data in March": what the list of a new role says of them."""
        ended = {"": "now considered for", "hired": "hired as", "withdrew": "withdrew from"}
        lost = f"lost {self.margin_words} on" if self.margin == "hair" else "lost on"
        return f"{ended.get(self.disposition, lost)} {self.title}{self.when}"

    @property
    def margin_words(self) -> str:
        return MARGIN_WORDS.get(self.margin, "")


@dataclass
class Record:
    rounds: list[Round] = field(default_factory=list)
    """The latest first."""


def similar_roles(title: str, needs: str, *, but: str = "", seen_by: User) -> dict[str, str]:
    """By id their titles: they share a word of the title that tells, or a trade and words of the needs."""
    wanted, about = terms.telling(title), terms.stems(f"{title} {needs}")
    if not wanted:
        return {}
    named = search.any_of(list(wanted.values()), kind="role").join(Role, Role.id == Entry.subject_id)
    found = named.where(visible_to(seen_by), Role.id != but).limit(MOST_ROLES)
    columns = found.with_only_columns(Role.id, Role.title, Role.needs, maintain_column_froms=True)
    return {
        row.id: row.title for row in db.session.execute(columns) if _is_similar(wanted, about, row.title, row.needs)
    }


def similar_among(title: str, needs: str, rounds: Iterable["Round"]) -> dict[str, str]:
    """The same of roles somebody was considered for; of those only the titles are at hand."""
    wanted, about = terms.telling(title), terms.stems(f"{title} {needs}")
    return {one.role_id: one.title for one in rounds if _is_similar(wanted, about, one.title, "")}


def of(candidate_ids: list[str], *, seen_by: User) -> dict[str, Record]:
    """By one statement, however many they are."""
    known: dict[str, Record] = defaultdict(Record)
    for row in db.session.execute(_rounds(seen_by).where(Application.candidate_id.in_(candidate_ids))):
        known[row[0]].rounds.append(_round(row))
    return known


def known(role_ids: list[str], *, seen_by: User) -> tuple[Select[Any], Select[Any]]:
    """Who was met for one of the roles, and what debriefs say they would be hired for; as `row` has it."""
    met = select(*row("met", Application.candidate_id))
    met = met.where(Application.role_id.in_(role_ids), Application.stage.in_(MET))
    said = (
        select(*row("said", Application.candidate_id, Debrief.hire_for))
        .join(Debrief, Debrief.application_id == Application.id)
        .join(Role, Role.id == Application.role_id)
        .where(visible_to(seen_by))
        .order_by(Debrief.written_at.desc())
        .limit(MOST_DEBRIEFS)
    )
    latest = met.order_by(Application.id.desc()).limit(MOST_PEOPLE)
    return select(latest.subquery()), select(said.subquery())


def row(
    how: str, who: SQLColumnExpression[str], phrases: SQLColumnExpression[Any] | None = None
) -> tuple[ColumnElement[Any], ...]:
    """So that different ways of knowing somebody are asked by one statement."""
    said = cast(null(), JSON) if phrases is None else phrases
    return literal(how).label("how"), who.label("who"), said.label("phrases")


def is_meant(title: str, found: Row[Any]) -> bool:
    return found.how != "said" or any(speaks_for(title, phrase) for phrase in found.phrases or [])


def speaks_for(title: str, phrase: str) -> bool:
    """Whether they share a word that tells; where the title is nothing but a trade, the trade does."""
    wanted = terms.telling(title)
    same = set(wanted) & set(terms.telling(phrase))
    return any(not terms.is_a_trade(stem) for stem in same) or (bool(same) and all(map(terms.is_a_trade, wanted)))


# --- parts


def _is_similar(wanted: Mapping[str, str], about: Mapping[str, str], title: str, needs: str) -> bool:
    own = terms.telling(title)
    same = set(own) & set(wanted)
    if any(not terms.is_a_trade(stem) for stem in same):
        return True
    shared = set(terms.stems(f"{title} {needs}")) & set(about)
    return bool(same) and (len(own) == 1 or len(shared) > 2)


def _rounds(user: User) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Application.candidate_id, Application.role_id, Role.title, Application.stage, Application.disposition,
        Application.decided_on, Debrief.sentence, Debrief.missing, Debrief.margin, Debrief.hire_for,
    )  # fmt: skip
    return (
        select(*columns)
        .join(Role, Role.id == Application.role_id)
        .outerjoin(Debrief, Debrief.application_id == Application.id)
        .where(visible_to(user))
        .order_by(Application.decided_on.desc().nulls_last(), Application.id.desc())
    )


def _round(row: Row[Any]) -> Round:
    facts: list[Any] = list(row)
    said: list[Any] = [one or "" for one in facts[6:9]]
    return Round(*[*facts[:6], *said, tuple(facts[9] or ())])
