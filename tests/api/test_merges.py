"""Two records of one person, by programs."""

from crm.db import unit_of_work
from crm.domain import duplicates, users
from crm.kit import clock
from tests import make, people


def prepared(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada, other = make.candidate(alice), make.candidate(alice, "A. Byron", headline="Analyst")
        duplicates.look(clock.now())
        return ada.id, other.id


def test_a_pair_is_merged_and_parted(app, alices, charlies):
    ada, other = prepared(app)
    [pair] = alices.get("/duplicates")["items"]
    told = {name: pair[name] for name in ("candidate_id", "other_id", "why", "score")}
    assert told == {"candidate_id": ada, "other_id": other, "why": "the same mail address", "score": 60}
    charlies.post(f"/candidates/{ada}/merges", {"other_id": other}, 403)
    done = alices.post(f"/candidates/{ada}/merges", {"other_id": other, "take": ["full_name"]}, 201)
    assert (done["candidate_id"], done["merged_id"], done["undone_at"]) == (ada, other, None)
    assert alices.get(f"/candidates/{ada}")["full_name"] == "A. Byron"
    alices.get(f"/candidates/{other}", 404)
    assert alices.get("/duplicates")["items"] == []
    assert alices.post(f"/merges/{done['id']}/undo", {}, 200)["undone_at"]
    assert alices.get(f"/candidates/{other}")["headline"] == "Analyst"


def test_two_people_stay_apart_and_nonsense_is_refused(app, alices):
    ada, other = prepared(app)
    alices.post(f"/candidates/{ada}/merges", {"other_id": ada}, 422)
    alices.post(f"/candidates/{ada}/merges", {"other_id": other, "take": ["visibility"]}, 422)
    alices.post(f"/candidates/{ada}/merges", {"other_id": "nobody"}, 404)
    alices.post(f"/candidates/{ada}/apart", {"other_id": other}, 201)
    assert alices.get("/duplicates")["items"] == []
