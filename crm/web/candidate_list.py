"""What the address of the list of candidates asks for, and the chips above it that change the address."""

from typing import Any

from flask import request

from crm.domain import listing
from crm.domain.applications import STAGES
from crm.domain.filters import PERMITTED, Chip
from crm.domain.listing import Wanted
from crm.domain.warmth import WARMTHS
from crm.web.paging import here, without

ORDERS = {"name": "By name", "recent": "Last changed", "due": "Next date", "warmth": "Warmest"}
TOGGLES = frozenset(("mine", "due", "archived", "warmth"))
"""Fields with chips of their own, which are always there."""
CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "tag": ("Tag", {}),
    "stage": ("Stage reached", {stage: stage.capitalize() for stage in STAGES}),
    "role": ("Applied for", {}),
    "consent": ("Permission", PERMITTED),
    "pool": ("Pool", {}),
    "owner": ("Looked after by", {}),
    "location": ("Place", {}),
    "employer": ("Employer", {}),
    "source": ("Source", {}),
}
"""Fields that can be added, with what they are called and the values to choose from; none: to be typed."""
Item = dict[str, Any]


def wanted() -> Wanted:
    """By the same reader as acts on all of the list, so that they never mean somebody else."""
    return listing.wanted_at(request.query_string.decode("utf-8", "replace"))


def toggles(asked: Wanted) -> list[Item]:
    """Each switches its own filter on or off and leaves the others."""
    on = {(name, value) for name, value in asked.pairs if name == "warmth"} | {(name, "") for name, _ in asked.pairs}
    made = [_toggle("Mine", "mine", on), _toggle("Due", "due", on)]
    for warmth in WARMTHS:
        is_on = ("warmth", warmth) in on
        made.append({"label": warmth.capitalize(), "on": is_on, "url": here(warmth=None if is_on else warmth)})
    return [*made, _toggle("Archive", "archived", on)]


def chips(read: list[Chip]) -> list[Item]:
    """Each takes itself off."""
    return [
        {"label": f"{'Not: ' if chip.excluded else ''}{chip.label}", "url": without(chip.key, chip.value)}
        for chip in read
        if chip.field not in TOGGLES or chip.excluded
    ]


def orders(asked: Wanted) -> list[Item]:
    return [{"label": label, "on": asked.sort == key, "url": here(sort=key)} for key, label in ORDERS.items()]


def with_tag() -> str:
    """What an address begins with that asks for a tag as well; the tag's name follows."""
    as_it_is = here()
    return f"{as_it_is}{'&' if '?' in as_it_is else '?'}tag="


def _toggle(label: str, name: str, on: set[tuple[str, str]]) -> Item:
    is_on = (name, "") in on
    return {"label": label, "on": is_on, "url": here(**{name: None if is_on else "1"})}
