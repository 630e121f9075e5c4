"""Long lists, a page at a time: `?limit=&after=` -> {"items", "next"}, cut by key."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from crm.api.contract import Json
from crm.api.schema import FREE, Given, Schema, given, many, maybe, number, shown, text
from crm.domain import paging
from crm.domain.errors import Refused

T = TypeVar("T")
MOST = 200
USUAL = 50
LIMIT = number(1, description=f"How many, {USUAL} unless told; more than {MOST} is read as {MOST}.")
AFTER = text(2_000, description="The `next` of the page before.")


def asked(**filters: Any) -> Schema:
    """The query of a list."""
    return given(limit=LIMIT, after=AFTER, **filters)


def of(item: Schema) -> Schema:
    return shown(items=many(item), next=maybe(FREE))


def limit(query: Given) -> int:
    return min(int(query.get("limit", USUAL)), MOST)


def page(
    query: Select[T], asked: Given, *columns: InstrumentedAttribute[Any], show: Callable[[Sequence[T]], list[Json]],
    newest_first: bool = False,
) -> Json:  # fmt: skip
    """`show` gets the whole page, so that what it needs beside the rows is asked for once."""
    after = asked.get("after", "")
    found = paging.cut(query, *columns, after=after, size=limit(asked), newest_first=newest_first)
    if after and found.items and not found.before:
        raise Refused("This is not the `next` of such a list.", field="after")
    return whole(show(found.items), found.after or None)


def whole(items: list[Json], following: str | None = None) -> Json:
    return {"items": items, "next": following}


def each(show: Callable[[T], Json]) -> Callable[[Sequence[T]], list[Json]]:
    return lambda rows: [show(row) for row in rows]
