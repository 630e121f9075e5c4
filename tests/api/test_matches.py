"""Matches for programs: reasons add up, a text can be asked before it is saved, and nothing sealed is told."""

import pytest

from crm.db import unit_of_work
from crm.domain import users
from tests import make, people


@pytest.fixture
def ids(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        person = make.candidate(alice, "Grace Hopper", email="g@example.org", headline="Compiler engineer")
        sealed = make.role(alice, "Compiler lead", status="sealed")
        return {"person": person.id, "role": make.role(alice, "Compiler Engineer").id, "sealed": sealed.id}


def test_matches_have_reasons_that_add_up(alices, ids):
    (match,) = alices.get(f"/roles/{ids['role']}/matches?limit=5")["items"]
    assert match["candidate_id"] == ids["person"] and match["met"] is None
    assert match["score"] == sum(reason["weight"] for reason in match["reasons"]) > 0
    assert all(reason["text"] for reason in match["reasons"])
    (asked,) = alices.post("/matches", {"title": "Compiler Engineer"}, 200)["items"]
    assert asked["candidate_id"] == ids["person"]
    assert len(alices.get(f"/roles/{ids['role']}/matches?limit=150")["items"]) == 1
    assert len(alices.post("/matches", {"title": "Compiler Engineer", "limit": 150}, 200)["items"]) == 1


def test_not_this_one_and_back(alices, ids):
    path = f"/roles/{ids['role']}/matches"
    alices.put(f"{path}/{ids['person']}/dismissal", {"reason": "Asked for another city"}, 204)
    assert alices.get(path)["items"] == []
    alices.delete(f"{path}/{ids['person']}/dismissal")
    assert len(alices.get(path)["items"]) == 1


def test_roles_that_fit_and_none_that_is_sealed_to_others(alices, charlies, ids):
    path = f"/candidates/{ids['person']}/roles"
    assert {one["role_id"] for one in alices.get(path)["items"]} == {ids["role"], ids["sealed"]}
    assert {one["role_id"] for one in charlies.get(path)["items"]} == {ids["role"]}
    charlies.get(f"/roles/{ids['sealed']}/matches", 404)
    charlies.put(f"/roles/{ids['sealed']}/matches/{ids['person']}/dismissal", {"reason": "no"}, 404)
