"""Pages of a list, with the addresses of the ones beside them. The address carries the mark as ?after= or ?before=."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from crm.domain import paging

T = TypeVar("T")
MARKS = ("after", "before")


@dataclass(frozen=True)
class Page(Generic[T]):
    """For the macro pager(page.prev_url, page.next_url)."""

    items: Sequence[T]
    prev_url: str | None
    next_url: str | None


def page_of(
    query: Select[T], *columns: InstrumentedAttribute[Any], size: int = 25, newest_first: bool = False
) -> Page[T]:
    """The page that the address asks for. `columns` order it: attributes of the row's own class, the last unique."""
    found = paging.cut(
        query,
        *columns,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=size,
        newest_first=newest_first,
    )
    return Page(
        items=found.items,
        prev_url=here(before=found.before) if found.before else None,
        next_url=here(after=found.after) if found.after else None,
    )


def here(**changed: str | None) -> str:
    """This page with some words of its address changed, from its beginning; None takes a word out."""
    kept = [(name, value) for name, value in _asked() if name not in changed]
    asked = kept + [(name, value) for name, value in changed.items() if value]
    return f"{request.path}?{urlencode(asked)}" if asked else request.path


def without(name: str, value: str) -> str:
    """This page from its beginning, less one word of its address of which there may be several."""
    asked = [pair for pair in _asked() if pair != (name, value)]
    return f"{request.path}?{urlencode(asked)}" if asked else request.path


def question() -> str:
    """What follows the ? of this page, from its beginning."""
    return urlencode(_asked())


def _asked() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if value and name not in MARKS]
