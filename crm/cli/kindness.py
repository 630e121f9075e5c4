"""What the cast of crm.demo does for others: something worth reading is sent, two people are asked whether to meet."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from crm.demo import shape as cast
from crm.domain import introducing, introductions, useful, useful_letters
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.users import User
from crm.kit import tokens

On = Callable[[int], AbstractContextManager[None]]
"""Sets the clock to a day of the story."""


def send(told: cast.Useful, people: Mapping[str, Candidate], *, by: User, on: On) -> None:
    with on(told.added):
        item = useful.add(title=told.title, link=told.link, note=told.note, tag_names=list(told.tags), by=by)
    with on(told.sent):
        useful_letters.send(item, [people[key] for key in told.to], by=by, batch=tokens.new_id())


def ask(told: cast.Introduction, candidate: Candidate, colleague: Colleague, *, by: User, on: On) -> str:
    """The id of the introduction."""
    with on(told.asked):
        proposal = introducing.propose(
            candidate, colleague, told=(told.told_person, told.told_colleague), by=by, why=told.why,
            names_colleague=True,
        )  # fmt: skip
        return introducing.ask(proposal, by=by, intent=tokens.new_id()).id


def answer(introduction_id: str, told: cast.Introduction, *, on: On) -> None:
    """By the colleague."""
    if told.answered is not None:
        with on(told.answered):
            side = introductions.other_side(introduction_id)
            introductions.answer(side, told.answer, shares=side.address)
