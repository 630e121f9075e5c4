"""The candidate's own page."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import doors, erasing
from crm.domain.candidates import Candidate
from crm.domain.doors import DoorLink
from crm.kit import clock, tokens
from tests.doors import of_ada, user


@pytest.fixture
def path(app):
    return of_ada(app)


def test_it_greets_by_first_name_and_says_whose_page_it_is(browser, path):
    page = browser.get(path)
    for words in ("Hello Ada", "Alice Okafor at Norrland", "has told nobody anything"):
        assert words in page.text
    assert "Byron" not in page.text


@pytest.mark.parametrize("is_over", ["expired", "revoked", "deleted", "never was"])
def test_a_link_that_is_over_says_nothing_of_whom_it_was_about(app, browser, path, is_over):
    with app.app_context(), unit_of_work(writes=True):
        link, ada = db.session.scalars(select(DoorLink)).one(), db.session.scalars(select(Candidate)).one()
        if is_over == "expired":
            link.until = clock.now() - timedelta(seconds=1)
        elif is_over == "revoked":
            doors.close(ada.id)
        elif is_over == "deleted":
            erasing.delete(ada, by=user("alice"))
        else:
            path = f"/door/{tokens.new_link()}"
    page = browser.get(path, status=404)
    assert "no longer open" in page.text
    assert "Ada" not in page.text
    assert "Alice" not in page.text


def test_erasing_takes_the_links_along(app, path):
    with app.app_context(), unit_of_work(writes=True):
        erasing.erase(db.session.scalars(select(Candidate)).one())
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(DoorLink)).all() == []
