"""Searches under a name, and word of who newly fits: once for each person, and never of somebody hidden."""

import pytest

from crm.db import db
from crm.domain import candidates, news, saved_searches, tags, users
from crm.domain.errors import Missing, Refused
from crm.domain.saved_searches import SavedSearch
from tests import make

LATER = saved_searches.CHECK_EVERY * 2


def tell(times=1):
    """As the worker does it, each time a while after the last."""
    for _ in range(times):
        db.session.flush()
        last = max(db.session.scalars(db.select(SavedSearch.checked_at)))
        saved_searches.tell_of_new(last + LATER)
        db.session.flush()


def told(user):
    return [one.sentence for one in news.unseen(user)]


@pytest.fixture
def saved(alice):
    tags.apply(make.candidate(alice, "Ada", email=""), "Data", by=alice)
    return saved_searches.add(name="Data people", search="tag=data", by=alice, alert=True)


def test_who_newly_fits_is_told_of_once(alice, saved):
    tell()
    assert told(alice) == []
    bo = make.candidate(alice, "Bo", email="")
    tag = tags.apply(bo, "Data", by=alice)
    tell(3)
    assert told(alice) == ["Bo fits your search “Data people”"]
    tags.remove(bo, tag.id, by=alice)
    tell()
    tags.apply(bo, "Data", by=alice)
    tell(2)
    assert len(told(alice)) == 1


def test_nobody_is_told_of_hidden_people(alice, bob, saved):
    hidden = make.candidate(bob, "Hidden", email="", visibility="owner")
    tags.apply(hidden, "Data", by=bob)
    tell(2)
    assert told(alice) == []
    candidates.share(hidden, "company", by=bob)
    tell()
    assert told(alice) == ["Hidden fits your search “Data people”"]


def test_many_at_once_are_one_line(alice, saved):
    for number in range(9):
        tags.apply(make.candidate(alice, f"New {number}", email=""), "Data", by=alice)
    tell(2)
    assert len(told(alice)) == 1
    assert told(alice)[0].endswith("and 8 others fit your search “Data people”")


def test_without_an_alert_nothing_is_told(alice, saved):
    saved_searches.change(saved, by=alice, alert=False)
    tags.apply(make.candidate(alice, "Bo", email=""), "Data", by=alice)
    tell(2)
    assert told(alice) == []
    saved_searches.change(saved, by=alice, alert=True)
    tell(2)
    assert told(alice) == []


def test_who_sees_it_and_who_changes_it(alice, bob, charlie, saved):
    with pytest.raises(Missing):
        saved_searches.find(saved.id, seen_by=bob)
    saved_searches.change(saved, by=alice, visibility="team", team_id=alice.teams[0].id)
    db.session.flush()
    assert saved_searches.find(saved.id, seen_by=bob) is saved
    with pytest.raises(Missing):
        saved_searches.find(saved.id, seen_by=charlie)
    with pytest.raises(Refused, match="Only who keeps"):
        saved_searches.watch(saved, True, by=bob)
    assert [one.name for one in saved_searches.offered(bob)] == ["Data people"]


def test_another_team_is_enough_to_move_it(alice, bob, saved):
    other = users.add_team("Others", by=None)
    alice.teams.append(other)
    saved_searches.change(saved, by=alice, visibility="team", team_id=alice.teams[0].id)
    saved_searches.change(saved, by=alice, team_id=other.id)
    assert saved.team_id == other.id
    saved_searches.change(saved, by=alice, name="Data here")
    assert saved.team_id == other.id
    with pytest.raises(Refused, match="your own teams"):
        saved_searches.change(saved, by=alice, team_id="somewhere")


@pytest.mark.parametrize("search", ["", "sort=name", "nonsense=1", "tag=" + "x" * 2_000])
def test_a_search_of_everybody_is_refused(alice, search):
    with pytest.raises(Refused):
        saved_searches.add(name="All", search=search, by=alice)


def test_a_name_is_taken_once(alice, bob, saved):
    with pytest.raises(Refused, match="already"):
        saved_searches.add(name="DATA people", search="tag=x", by=alice)
    assert saved_searches.add(name="Data people", search="tag=x", by=bob)
