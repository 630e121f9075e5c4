"""What a deed to many is: how it is checked, done to some people at a time, and undone.

It answers for each person with what is needed to put them back (a dict), or with why nothing was done (a string).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement

from crm.domain.candidates import Candidate
from crm.domain.users import User

Detail = dict[str, Any]
Answers = dict[str, dict[str, Any] | str]


@dataclass(frozen=True)
class Sample:
    """A letter as one of them would get it."""

    to_name: str
    to_address: str
    subject: str
    text: str


@dataclass(frozen=True)
class Look:
    """`left_out`: names with the sentence why; `samples`: some of the letters that would leave."""

    left_out: list[tuple[str, str]]
    samples: list[Sample]


class Deed(NamedTuple):
    """`words`: what is said of it, such as "Tag with “data”". `check` gives the detail back, cleaned, or raises
    Refused. `against`: who is left out, as a sentence's end with a condition on Candidate.
    """

    check: Callable[[Detail, User], Detail]
    words: Callable[[Detail], str]
    against: Callable[[Detail, User], list[tuple[str, ColumnElement[bool]]]]
    do: Callable[[Detail, list[Candidate], User], Answers]
    undo: Callable[[Candidate, dict[str, Any], User], bool]
    """Whether they were put back; not where something has changed since."""
    look: Callable[[Detail, list[Candidate], User], Look] | None = None
    """Where each has to be asked about. The addresses of the people are loaded."""
    most: int = 0
    """How many people at once, where that is bounded."""
    stays: tuple[str, str] = ("was changed since", "were changed since")
    """Why somebody was not put back, of one and of several."""
    undoes_unseen: bool = False
    """Whether it is undone for those whom its user sees no more, too."""
