"""Everything on record about one candidate, as they may have it: their right, and whole.

Every table is decided here: the suite fails on one that is neither exported nor has a reason not to be. What would tell
of a sealed role is left out, and so is what others said in confidence to somebody else.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, select

from crm.db import Base, db
from crm.domain import leaks, touchpoints, workspace
from crm.domain.calls import CallList
from crm.domain.candidates import Candidate
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock

DIRECT = (
    "candidate_email", "candidate_phone", "candidate_tag", "application", "resume", "consent", "forwarding_rule",
    "touchpoint", "promise", "personal_letter", "forward", "forward_question", "keeping_question", "place", "call",
    "signal", "hire", "useful_sent", "sequence", "arrival", "introduction", "teaser", "door_link", "pool_member",
    "import_row", "dismissal",
)  # fmt: skip
"""Tables that name the candidate themselves."""
THROUGH = {
    "debrief": ("application", "application_id"), "disclosure": ("forward", "forward_id"),
    "forward_outcome": ("forward", "forward_id"), "enclosure": ("arrival", "arrival_id"),
    "letter": ("personal_letter", "personal_letter_id"),
}  # fmt: skip
"""By way of another one that is exported."""
LEFT_OUT = {
    "banked": "how a closed search is undone", "kept_warm": "how a hire is undone", "card_link": "links of a user",
    "letter_draft": "not said yet", "news": "what is on record elsewhere", "code": "gone within a day",
    "event": "exported as the history", "merge": "the record is exported as it is now",
    "duplicate_pair": "a guess about others", "intake": "the resume itself is exported",
    "intake_file": "the resume itself is exported", "introduction_side": "told to the other side in confidence",
    "bulk_row": "how an act on many is undone", "search_seen": "whom an alert was about",
    "profile": "counted from the resume, which is exported",
}  # fmt: skip
NOT_ABOUT_THEM = (
    "counter", "mailbox_cursor", "reason", "sending", "suppression", "tag", "team", "user", "workspace",
    "account_link", "answered", "api_token", "cadence", "calendar_link", "colleague_import", "letter_template", "role",
    "sequence_plan", "sign_in", "sign_in_link", "team_member", "useful_item", "closing", "colleague", "role_insider",
    "template_version", "useful_item_tag", "call_list", "card", "decision_letter", "introduction_letter", "kept_mail",
    "needs_link", "sequence_step", "shortlist", "unsubscribe_link", "forward_link", "keeping_link",
    "colleague_letter", "search_entry", "pool", "file_import", "import_map", "import_problem", "erased_mailbox",
    "saved_search", "bulk_act", "profile_word",
)  # fmt: skip
INNER = re.compile(
    r"(_hash|_key|_id|_ids|^id|intent|before|before_\w+|previews|proposed|tries|claimed_\w+|lease_until|opening)$"
)
"""Columns that say nothing about anybody, or about others: what opens the letter of a shortlist."""
NAMED_BY = ("by_id", "owner_id", "settled_by_id", "lifted_by_id")
Row = Mapping[str, Any]
WITHHELD = "(withheld: it would tell of something else that may not be told)"


def whole(candidate: Candidate) -> dict[str, Any]:
    """Ready for JSON: the record, each table's rows under its name, and the history."""
    (told,) = of_each([candidate])
    return told


def of_each(people: Sequence[Candidate]) -> list[dict[str, Any]]:
    """The same of some hundred at once, by as many queries; their owners are loaded. Who was erased meanwhile is not
    among them.
    """
    plain, found = _Plain(), _found([person.id for person in people])
    head = {"workspace": workspace.name(), "made_at": clock.now().isoformat()}
    return [head | _told(person, found, plain) for person in people if person.id in found["record"]]


def _found(ids: list[str]) -> dict[str, dict[str, list[Row]]]:
    """By table and by candidate."""
    tables = Base.metadata.tables
    found = {name: _by(_rows(tables[name], "candidate_id", ids), "candidate_id") for name in DIRECT}
    for name, (above, column) in THROUGH.items():
        whose = {row["id"]: person for person, rows in found[above].items() for row in rows}
        found[name] = _by(_rows(tables[name], column, whose), column, whose)
    found["history"] = _by(_rows(tables["event"], "subject_id", ids), "subject_id")
    return found | {"record": _by(_rows(tables["candidate"], "id", ids), "id")}


def _by(rows: Iterable[Row], column: str, whose: Mapping[str, str] | None = None) -> dict[str, list[Row]]:
    grouped = defaultdict(list)
    for row in rows:
        grouped[whose[row[column]] if whose else row[column]].append(row)
    return grouped


def _told(candidate: Candidate, found: Mapping[str, Mapping[str, list[Row]]], plain: "_Plain") -> dict[str, Any]:
    plain.is_for(candidate)
    rows = {name: plain.told(of.get(candidate.id, [])) for name, of in found.items() if name != "record"}
    for name, (above, column) in THROUGH.items():
        shown = {row["id"] for row in rows[above]}
        rows[name] = [row for row in rows[name] if row[column] in shown]
    record = plain.row(found["record"][candidate.id][0])
    return {"record": record, **{name: [plain.row(row) for row in each] for name, each in rows.items()}}


class _Plain:
    """Makes rows plain: who did it by name, moments as text, and nothing of a sealed role."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {one: name for one, name in db.session.execute(select(User.id, User.name))}  # noqa: C416
        roles = db.session.execute(select(Role.id, Role.title, Role.status))
        self.roles: dict[str, tuple[str, bool]] = {one: (title, status == "sealed") for one, title, status in roles}
        lists = db.session.execute(select(CallList.id, CallList.role_id))
        self.lists: dict[str, str] = {one: role_id for one, role_id in lists}  # noqa: C416
        self.watched: dict[str, Callable[[str], bool]] = {}

    def is_for(self, candidate: Candidate) -> None:
        """What follows is about them: what may not be told of depends on their owner."""
        if candidate.owner_id not in self.watched:
            self.watched[candidate.owner_id] = leaks.watch(by=candidate.owner)
        self.tells = self.watched[candidate.owner_id]

    def told(self, rows: Iterable[Row]) -> list[Row]:
        """Without those about a sealed role."""
        return [row for row in rows if not self.roles.get(self._role_of(row), ("", False))[1]]

    def _role_of(self, row: Row) -> str:
        return row.get("role_id") or self.lists.get(row.get("call_list_id") or "", "")

    def row(self, row: Row) -> dict[str, Any]:
        said = {name: self._value(value) for name, value in row.items() if not INNER.search(name)}
        said |= {name.removesuffix("_id"): self.people.get(row[name], "") for name in NAMED_BY if row.get(name)}
        if row.get("direction") == "in" and row.get("text", "").startswith(touchpoints.ON_PAGE):
            said["by"] = "yourself, on your page"
        if row.get("role_id"):
            said["role"] = self.roles.get(row["role_id"], ("", False))[0]
        return said

    def _value(self, value: Any) -> Any:
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, str):
            return WITHHELD if value and self.tells(value) else value
        if isinstance(value, list):
            return [self._value(one) for one in value]
        return value


def _rows(table: Table, column: str, ids: Iterable[str]) -> list[Row]:
    query = select(table).where(table.c[column].in_(list(ids)))
    if "id" in table.c:
        query = query.order_by(table.c.id)
    return [dict(row) for row in db.session.execute(query).mappings()]
