"""Two people give the company its own words for one letter of the starting set, at the same instant."""

from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError

import pytest

from crm.db import db, unit_of_work
from crm.domain import templates
from crm.domain.templates import LetterTemplate, TemplateVersion
from tests.domain.test_call_races import at_once, user


def change(name, key, together, subject, _by):
    by = user(name)
    came = templates.find(key, seen_by=by)
    with suppress(BrokenBarrierError):  # where one writes at a time, the second begins when the first has ended
        together.wait(1)
    templates.change(came, by=by, shared="company", seen=0, subject=subject)


def both(app, key, *subjects):
    together = Barrier(2)
    acts = [
        partial(change, name, key, together, subject) for name, subject in zip(("rita", "anna"), subjects, strict=True)
    ]
    return sorted(at_once(app, *acts), key=len)


@pytest.mark.parametrize("key", ["thanks", "door_open", "useful"])
def test_the_first_stands_and_the_other_is_told(app, key):
    said = both(app, key, "Ours", "Mine")
    with app.app_context(), unit_of_work(writes=False):
        [kept] = db.session.query(LetterTemplate).filter_by(key=key)
        assert kept.subject in {"Ours", "Mine"}
        assert db.session.query(TemplateVersion).count() == kept.number
    assert said[0] == "done"
    assert "the company’s already" in said[1] or "changed it since" in said[1]


def test_the_same_words_twice_are_one(app):
    assert both(app, "thanks", "Ours", "Ours") == ["done", "done"]
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.query(LetterTemplate).filter_by(key="thanks").count() == 1
