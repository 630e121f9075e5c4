"""Reads the cast: what is written by hand in cast/*.toml, as the dataclasses of crm.demo.shape.

A row in square brackets holds the fields of its dataclass in their order.
"""

import tomllib
from pathlib import Path
from typing import Any

from crm.demo.shape import (
    Application,
    BenchPlace,
    Colleague,
    Consent,
    Debrief,
    Draft,
    Forward,
    Hire,
    Introduction,
    Need,
    Next,
    Outcome,
    Pause,
    Person,
    Promise,
    Question,
    Role,
    Said,
    Saying,
    Shortlist,
    Signal,
    Story,
    Teaser,
    Touchpoint,
    Useful,
    User,
)
from crm.demo.shelves import File, Pool, Search, Shelves, Twin

CAST = Path(__file__).with_name("cast")
CHAPTERS = ("data", "analytics", "platform", "reliability", "product", "design", "business", "finance")
ROWS = {
    "said": Said,
    "touchpoints": Touchpoint,
    "promises": Promise,
    "consents": Consent,
    "forwards": Forward,
    "bench": BenchPlace,
    "signals": Signal,
}


def story() -> Story:
    company, kindness, circle = _chapter("company"), _chapter("kindness"), _chapter("circle")
    finding = _chapter("finding")
    return Story(
        company=company["company"],
        teams=tuple(company["teams"]),
        users=tuple(User(*_frozen(row)) for row in company["users"]),
        roles=tuple(_role(table) for table in _chapter("roles")["role"]),
        colleagues=tuple(Colleague(**table) for table in company["colleague"]),
        people=tuple(_person(table) for chapter in CHAPTERS for table in _chapter(chapter)["person"]),
        useful=tuple(Useful(**_facts(table)) for table in kindness["useful"]),
        introductions=tuple(Introduction(**table) for table in kindness["introduction"]),
        questions=tuple(Question(**table) for table in circle["question"]),
        outcomes=tuple(Outcome(**table) for table in circle["outcome"]),
        teasers=tuple(Teaser(**_frozen_fields(table)) for table in circle["teaser"]),
        shortlists=tuple(Shortlist(**_frozen_fields(table)) for table in circle["shortlist"]),
        needs=tuple(Need(**table) for table in circle["need"]),
        sayings=tuple(Saying(**table) for table in circle["saying"]),
        shelves=_shelves(finding),
        newcomers=tuple(_person(table) for table in finding["newcomer"]),
    )


def _chapter(name: str) -> dict[str, Any]:
    return tomllib.loads((CAST / f"{name}.toml").read_text(encoding="utf-8"))


def _shelves(finding: dict[str, Any]) -> Shelves:
    return Shelves(
        twins=tuple(Twin(**table) for table in finding["twin"]),
        pools=tuple(Pool(**_frozen_fields(table)) for table in finding["pool"]),
        searches=tuple(Search(**table) for table in finding["search"]),
        files=tuple(File(**_frozen_fields(table)) for table in finding["file"]),
    )


def _role(table: dict[str, Any]) -> Role:
    hire = table.pop("hire", None)
    return Role(**_facts(table), hire=Hire(*hire) if hire else None)


def _person(table: dict[str, Any]) -> Person:
    applications = tuple(_application(part) for part in table.pop("applications", ()))
    coming, pause, draft = (table.pop(name, None) for name in ("next", "pause", "draft"))
    return Person(
        **_facts(table), applications=applications, next=Next(*coming) if coming else None,
        pause=Pause(*pause) if pause else None, draft=Draft(*draft) if draft else None,
    )  # fmt: skip


def _application(table: dict[str, Any]) -> Application:
    debrief = Debrief(**_facts(table.pop("debrief"))) if "debrief" in table else None
    return Application(**_facts(table), debrief=debrief)


def _facts(table: dict[str, Any]) -> dict[str, Any]:
    return {name: _rows(name, value) for name, value in table.items()}


def _frozen_fields(table: dict[str, Any]) -> dict[str, Any]:
    return {name: _frozen(value) for name, value in table.items()}


def _rows(name: str, value: Any) -> Any:
    if name in ROWS:
        return tuple(ROWS[name](*_frozen(row)) for row in value)
    return value.strip() if isinstance(value, str) else _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
