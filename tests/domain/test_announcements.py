"""Announcing: the owner alone, once; everybody sees the role, and its bench is a call list."""

import pytest

from crm.domain import announcements, benches, calls, outbox, roles
from crm.domain.errors import Missing, Refused
from tests import make


@pytest.fixture
def sealed(alice, bob):
    role = make.role(alice, "Head of Streaming", status="sealed", codename="North Star", insiders=[bob.email])
    for name in ("Ada Byron", "Grace Lind"):
        person = make.candidate(alice, name, email="")
        benches.add(role, person, by=alice, reason=f"Reason of {name}")
    return role


def test_everybody_sees_it_and_the_bench_is_called_in_its_order(alice, charlie, sealed):
    with pytest.raises(Missing):
        roles.find(sealed.id, seen_by=charlie)
    listed = announcements.announce(sealed, by=alice)
    assert roles.find(sealed.id, seen_by=charlie).status == "open"
    names = [call.candidate.full_name for call in calls.rows(listed, seen_by=alice)]
    assert names == ["Ada Byron", "Grace Lind"]
    assert calls.of(sealed).why == "announced"
    assert alice.id == listed.by_id


def test_what_it_will_mean_is_said_before(alice, sealed):
    means = announcements.consequences(sealed, by=alice)
    assert means.newcomers == 3  # Charlie, Rita and Anna
    assert [place.candidate.full_name for place in means.bench] == ["Ada Byron", "Grace Lind"]
    assert means.stopped == []


def test_letters_that_were_stopped_are_shown_and_stay_stopped(alice, bob, sealed):
    for user in (alice, bob):
        letter = make.forward(user).letter
        letter.blocked_why = "sealed"
        outbox.end(letter, "blocked")
    [stopped] = announcements.consequences(sealed, by=alice).stopped
    announcements.announce(sealed, by=alice)
    assert (stopped.by_id, stopped.state) == (alice.id, "blocked")


def test_an_empty_bench_calls_nobody(alice):
    role = make.role(alice, status="sealed")
    assert announcements.announce(role, by=alice) is None
    assert (role.status, calls.of(role)) == ("open", None)


def test_only_the_owner_announces(bob, alice, sealed):
    for act in (announcements.announce, announcements.consequences):
        with pytest.raises(Refused, match="owner"):
            act(sealed, by=bob)
    assert sealed.is_sealed


def test_it_is_announced_once(alice, sealed):
    announcements.announce(sealed, by=alice)
    with pytest.raises(Refused, match="not sealed"):
        announcements.announce(sealed, by=alice)
