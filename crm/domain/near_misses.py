"""How far somebody came, in the few words that stand in a list."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import Select, select

from crm.db import db
from crm.domain import stand_ins
from crm.domain.applications import Application, Debrief
from crm.domain.roles import Role, visible_to
from crm.domain.users import User
from crm.kit import clock, words


@dataclass(frozen=True)
class NearMiss:
    role_title: str
    decided_on: date | None
    sentence: str
    """Of the debrief, as it was written at the decision."""

    def __str__(self) -> str:
        """nearly Head of Data, March"""
        when = f", {words.month(self.decided_on, clock.today())}" if self.decided_on else ""
        return f"nearly {self.role_title}{when}"


def of(candidate_ids: list[str], *, seen_by: User, sealed_too: bool = True) -> dict[str, NearMiss]:
    """The latest of each candidate by one query, of roles that the viewer may know of. `sealed_too`: not in a mail.

    Columns instead of records: lists show three words of what would be three tables.
    """
    asked = {"ids": candidate_ids, "user": seen_by.id}
    latest: dict[str, NearMiss] = {}
    for candidate_id, title, decided_on, sentence in db.session.execute(_ended(sealed_too), asked):
        latest.setdefault(candidate_id, NearMiss(title, decided_on, sentence or ""))
    return latest


@cache
def _ended(sealed_too: bool) -> Select[str, str, date | None, str]:
    query = (
        select(Application.candidate_id, Role.title, Application.decided_on, Debrief.sentence)
        .join(Role, Role.id == Application.role_id)
        .outerjoin(Debrief, Debrief.application_id == Application.id)
        .where(
            Application.candidate_id.in_(stand_ins.ids()),
            Application.stage.in_(("finalist", "offer")),
            Application.disposition.not_in(("", "hired")),
            visible_to(stand_ins.user()),
        )
        .order_by(Application.decided_on.desc().nulls_last(), Application.id.desc())
    )
    return query if sealed_too else query.where(Role.status != "sealed")
