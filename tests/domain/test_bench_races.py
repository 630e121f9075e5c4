"""Two managers change one bench, record a hire, or decide on its guard window at the same moment."""

from functools import partial

import pytest

from crm.db import db, unit_of_work
from crm.domain import benches, candidates, guards, roles
from crm.domain.benches import Place
from crm.domain.roles import Hire
from tests import make
from tests.domain.test_call_races import ROUNDS, at_once, user


@pytest.fixture
def opening(app):
    """A function that makes an open role with three on its bench: its id, and theirs."""

    def make_one():
        with app.app_context(), unit_of_work(writes=True):
            alice = user("alice")
            role = make.role(alice)
            people = [make.candidate(alice, f"{letter} Person", email="") for letter in "ABC"]
            for person in people:
                benches.add(role, person, by=alice)
            return role.id, [person.id for person in people]

    return make_one


def places(app, role_id):
    with app.app_context(), unit_of_work(writes=False):
        rows = db.session.query(Place).filter_by(role_id=role_id, removed_at=None).order_by(Place.position)
        return [(place.position, place.candidate_id) for place in rows]


def order(by, role_id, ids, seen=""):
    benches.order(roles.find(role_id, seen_by=by), ids, by=by, seen=seen)


def add(by, role_id, candidate_id):
    benches.add(roles.find(role_id, seen_by=by), candidates.find(candidate_id, seen_by=by), by=by)


def to_the_top(by, role_id, candidate_id):
    benches.move(roles.find(role_id, seen_by=by), candidate_id, 1, by=by)


def hire(by, role_id, name):
    roles.record_hire(roles.find(role_id, seen_by=by), by=by, name=name)


def end(by, role_id, how):
    how(roles.find(role_id, seen_by=by), by=by)


def test_two_orders_at_once_are_one_of_the_two(app, opening):
    for _ in range(ROUNDS):
        role_id, ids = opening()
        wanted = [ids[::-1], [ids[1], ids[0], ids[2]]]
        said = at_once(app, *(partial(order, role_id=role_id, ids=one) for one in wanted))
        assert said == ["done", "done"]
        assert places(app, role_id) in [list(enumerate(ids, 1)) for ids in wanted]


def test_who_dragged_an_order_that_is_no_longer_there_is_told(app, opening):
    for _ in range(ROUNDS):
        role_id, ids = opening()
        seen = benches.mark(ids)
        wanted = [ids[::-1], [ids[1], ids[0], ids[2]]]
        said = at_once(app, *(partial(order, role_id=role_id, ids=one, seen=seen) for one in wanted))
        assert sorted(said) == ["Somebody changed this bench in the meantime. This is how it stands now.", "done"]


def test_the_same_person_added_twice_at_once_stands_there_once(app, opening):
    for _ in range(ROUNDS):
        role_id, ids = opening()
        with app.app_context(), unit_of_work(writes=True):
            new = make.candidate(user("alice"), "D Person", email="").id
        assert at_once(app, *[partial(add, role_id=role_id, candidate_id=new)] * 2) == ["done", "done"]
        assert [candidate_id for _, candidate_id in places(app, role_id)] == [*ids, new]


def test_two_moves_at_once_lose_nobody(app, opening):
    for _ in range(ROUNDS):
        role_id, ids = opening()
        said = at_once(app, *(partial(to_the_top, role_id=role_id, candidate_id=one) for one in ids[1:]))
        assert said == ["done", "done"]
        found = places(app, role_id)
        assert [position for position, _ in found] == [1, 2, 3]
        assert {candidate_id for _, candidate_id in found} == set(ids)
        assert found[0][1] in ids[1:]


def test_two_hires_at_once_are_one(app, opening):
    for _ in range(ROUNDS):
        role_id, _ = opening()
        said = at_once(app, *(partial(hire, role_id=role_id, name=name) for name in ("Nadia Brandt", "Oskar Lund")))
        assert sorted(said)[1] == "done"
        assert "is on record as the hire" in sorted(said)[0]
        with app.app_context(), unit_of_work(writes=False):
            assert db.session.query(Hire).filter_by(role_id=role_id).count() == 1


def test_released_and_kept_warm_at_once_is_one_of_the_two(app, opening):
    for _ in range(ROUNDS):
        role_id, _ = opening()
        with app.app_context(), unit_of_work(writes=True):
            role = roles.find(role_id, seen_by=user("alice"))
            roles.record_hire(role, by=user("alice"), name="Nadia Brandt", starts_on=make.in_days(-80))
        said = at_once(app, *(partial(end, role_id=role_id, how=how) for how in (guards.release, guards.keep_warm)))
        assert said.count("done") == 1
        assert any(sentence.endswith("already.") for sentence in said)
        assert not places(app, role_id)
