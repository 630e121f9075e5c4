"""The candidate's own page, for tests: whom it belongs to, and what is on record behind it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import doors, news, users
from crm.domain.candidates import Candidate
from crm.kit import tokens
from tests import make, people


def user(name):
    return users.by_email(people.address(name))


def of_ada(app, then: Callable[[Candidate], object] = lambda _ada: None) -> str:
    """The path of the page of Ada, whom Alice looks after, once `then` was done with her record."""
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        ada = make.candidate(user("alice"))
        then(ada)
        doors.mint(ada.id, token)
    return f"/door/{token}"


def looking(app, model: type) -> Callable[[Callable[[Any], Any]], Any]:
    """Runs something with the one row there is of it."""

    def run(act):
        with app.app_context(), unit_of_work(writes=True):
            return act(db.session.scalars(select(model)).one())

    return run


def told(name: str = "alice") -> Callable[[Any], list[str]]:
    return lambda _row: [one.sentence for one in news.unseen(user(name))]
