"""The bench of a role: whom to call first, in order."""

import pytest

from crm.domain import benches, candidates
from crm.domain.benches import Seat
from crm.domain.errors import Denied, Missing, Refused
from tests import make


def seated(role, by, *names, **more):
    people = [make.candidate(by, name, email="", **more) for name in names]
    for person in people:
        benches.add(role, person, by=by)
    return people


def order(role, viewer):
    return [place.candidate.full_name for place in benches.of(role, seen_by=viewer)]


def test_people_are_called_in_the_order_of_the_bench(alice):
    role = make.role(alice)
    ada = make.candidate(alice)
    benches.put(role, [Seat(ada, "Ran the better case", make.in_days(30))], by=alice)
    (place,) = benches.of(role, seen_by=alice)
    assert (place.reason, place.good_until, place.is_good) == ("Ran the better case", make.in_days(30), True)
    assert benches.with_candidate(ada, seen_by=alice)[0].role is role
    assert benches.counts([role.id], seen_by=alice) == {role.id: 1}


def test_a_place_is_good_until_its_day_and_not_longer(alice):
    role, ada = make.role(alice), make.candidate(alice)
    place = benches.add(role, ada, by=alice, good_until=make.in_days(0))
    assert place.is_good
    benches.change(place, role, by=alice, reason="Still", good_until=make.in_days(-1))
    assert not place.is_good


@pytest.mark.parametrize(
    ("who", "to", "expected"), [(2, 1, "CAB"), (0, 3, "BCA"), (0, 99, "BCA"), (1, 0, "BAC"), (1, 2, "ABC")]
)
def test_somebody_is_moved(alice, who, to, expected):
    role = make.role(alice)
    people = seated(role, alice, "A", "B", "C")
    benches.move(role, people[who].id, to, by=alice)
    assert "".join(order(role, alice)) == expected


def test_a_drag_gives_the_whole_order_and_loses_nobody(alice):
    role = make.role(alice)
    a, b, c = seated(role, alice, "A", "B", "C")
    benches.order(role, [c.id, "nobody", a.id], by=alice)
    assert order(role, alice) == ["C", "A", "B"]
    assert b.id in {place.candidate_id for place in benches.of(role, seen_by=alice)}


def test_a_removal_can_be_undone_and_brings_back_place_and_reason(alice):
    role = make.role(alice)
    _, b, _ = seated(role, alice, "A", "B", "C")
    benches.change(benches.find(role, b.id, seen_by=alice), role, by=alice, reason="Own words", good_until=None)
    benches.remove(role, b.id, by=alice)
    benches.remove(role, b.id, by=alice)
    assert order(role, alice) == ["A", "C"]
    assert benches.with_candidate(b, seen_by=alice) == []
    for _ in range(2):
        benches.restore(role, b.id, by=alice)
    assert order(role, alice) == ["A", "B", "C"]
    assert benches.find(role, b.id, seen_by=alice).reason == "Own words"


def test_who_was_removed_can_be_added_again(alice):
    role = make.role(alice)
    a, _ = seated(role, alice, "A", "B")
    benches.remove(role, a.id, by=alice)
    benches.add(role, a, by=alice, reason="After all")
    assert order(role, alice) == ["B", "A"]


# --- what is refused


def test_nobody_is_on_it_twice(alice):
    ada = make.candidate(alice)
    with pytest.raises(Refused, match="twice"):
        benches.put(make.role(alice), [Seat(ada), Seat(ada)], by=alice)


def test_it_has_an_end(alice):
    seats = [Seat(make.candidate(alice, f"Person {number}", email="")) for number in range(benches.MOST_PLACES + 1)]
    with pytest.raises(Refused, match="50"):
        benches.put(make.role(alice), seats, by=alice)


def test_a_stranger_does_not_touch_it(alice, charlie):
    role = make.role(alice)
    (a,) = seated(role, alice, "A")
    place = benches.find(role, a.id, seen_by=charlie)
    for act in (
        lambda: benches.put(role, [], by=charlie),
        lambda: benches.move(role, a.id, 1, by=charlie),
        lambda: benches.remove(role, a.id, by=charlie),
        lambda: benches.change(place, role, by=charlie, reason="", good_until=None),
    ):
        with pytest.raises(Denied):
            act()


def test_who_is_not_on_it_is_not_moved(alice):
    with pytest.raises(Missing):
        benches.move(make.role(alice), make.candidate(alice).id, 1, by=alice)


# --- what is hidden


def test_people_whom_one_may_not_see_keep_the_places_they_have(alice, rita):
    role = make.role(alice)
    seated(role, alice, "A")
    seated(role, alice, "Hidden", visibility="owner")
    seated(role, alice, "B", "C")
    assert order(role, rita) == ["A", "B", "C"]
    assert benches.counts([role.id], seen_by=rita) == {role.id: 3}
    c = benches.of(role, seen_by=rita)[-1].candidate
    benches.move(role, c.id, 1, by=rita)
    assert order(role, alice) == ["C", "Hidden", "A", "B"]
    benches.put(role, [], by=rita)
    assert order(role, alice) == ["Hidden"]


def test_a_hidden_place_is_neither_found_nor_restored(alice, rita):
    role = make.role(alice)
    (hidden,) = seated(role, alice, "Hidden", visibility="owner")
    with pytest.raises(Missing):
        benches.find(role, hidden.id, seen_by=rita)
    with pytest.raises(Missing):
        benches.restore(role, hidden.id, by=rita)


def test_the_bench_of_a_sealed_role_is_not_told(alice, charlie):
    role = make.role(alice, status="sealed")
    (ada,) = seated(role, alice, "Ada")
    assert benches.with_candidate(ada, seen_by=charlie) == []


def test_who_was_deleted_is_on_no_bench(alice):
    role = make.role(alice)
    a, _ = seated(role, alice, "A", "B")
    candidates.delete(a, by=alice)
    assert order(role, alice) == ["B"]
