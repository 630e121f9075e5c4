"""Who fits what a colleague looks for, and why."""

import pytest

from crm.domain import candidates, colleagues, forwarding_rules, forwards, needs, tags
from crm.kit import clock, terms
from tests import make


@pytest.fixture
def carol(alice):
    return looks_for(make.colleague(alice), "A data engineer who has run streaming; Berlin or remote.")


def looks_for(colleague, words):
    return colleagues.look_for(colleague, words, by_them=True)


def match(person, user):
    return needs.who_looks_for(needs.facts_of([person], seen_by=user)).get(person.id, [])


def reasons(person, user):
    return [reason.words for found in match(person, user) for reason in found.reasons]


def test_every_reason_is_said_and_they_add_up(alice, carol):
    ada = make.candidate(alice, headline="Streaming lead", location="Berlin, Germany")
    make.near_miss(ada, make.role(alice), alice, hire_for=["Data engineer"])
    tags.apply(ada, "streaming", by=alice)
    make.resume(ada, alice)
    [found] = match(ada, alice)
    assert [reason.words for reason in found.reasons] == [
        "you would hire them for Data engineer", "they are “Streaming lead”", "tagged streaming",
        "data and streaming are in the resume", "they live in Berlin",
    ]  # fmt: skip
    assert found.weight == 4 + 3 + 3 + 2 + 1
    assert needs.who_fits(carol, seen_by=alice) == [found]


def test_a_place_or_a_common_trade_alone_is_not_enough(alice, carol):
    assert not match(make.candidate(alice, headline="Sales engineer", location="Berlin"), alice)


def test_who_looks_for_a_trade_alone_finds_it(alice):
    looks_for(make.colleague(alice), "Designers")
    assert reasons(make.candidate(alice, headline="Designer"), alice) == ["they are “Designer”"]


@pytest.mark.parametrize("words", ["A young native speaker", "somebody with family", "good people for our team"])
def test_words_about_a_person_match_nobody(alice, words):
    looks_for(make.colleague(alice), words)
    ada = make.candidate(alice, headline="Young family person, native speaker, good team")
    assert not match(ada, alice)
    assert not terms.telling("young, married") and "kid" not in terms.telling("no kids")


def test_nobody_is_proposed_to_their_own_employer(alice, carol):
    ada = make.candidate(alice, headline="Data engineer", employer="Acme GmbH")
    assert not match(ada, alice)
    assert not needs.who_fits(carol, seen_by=alice)


def test_nobody_is_proposed_to_a_company_that_they_excluded(alice, carol):
    ada = make.candidate(alice, headline="Data engineer")
    forwarding_rules.add(ada.id, kind="never", company="Acme", by=alice, evidence="said so", channel="phone")
    assert not match(ada, alice)
    assert not needs.who_fits(carol, seen_by=alice)


def test_who_had_the_resume_already_is_not_proposed_again(alice, carol):
    ada = make.candidate(alice, headline="Data engineer")
    assert match(ada, alice)
    sent = make.forward(alice, ada, carol)
    assert not match(ada, alice)
    assert not needs.who_fits(carol, seen_by=alice)
    forwards.revoke(sent, by=alice)
    assert match(ada, alice)


def test_who_wants_no_more_resumes_is_not_proposed(alice, carol):
    ada = make.candidate(alice, headline="Data engineer")
    carol.forwards_off_at = clock.now()
    assert not match(ada, alice)
    assert not needs.who_fits(carol, seen_by=alice)


def test_what_one_may_not_see_is_no_reason(alice, charlie, carol):
    ada = make.candidate(alice, headline="Analyst")
    make.near_miss(ada, make.role(alice, status="sealed", codename="Heron"), alice, hire_for=["Data engineer"])
    assert match(ada, alice)
    assert not match(ada, charlie)
    assert not needs.who_fits(carol, seen_by=charlie)
    hidden = make.candidate(alice, "Olof Own", email="olof@example.org", headline="Data engineer", visibility="owner")
    assert hidden.id in [one.candidate.id for one in needs.who_fits(carol, seen_by=alice)]
    assert not needs.who_fits(carol, seen_by=charlie)


def test_archived_and_deleted_people_are_never_proposed(alice, carol):
    ada = make.candidate(alice, headline="Data engineer")
    candidates.archive(ada, by=alice)
    assert not match(ada, alice)
    assert not needs.who_fits(carol, seen_by=alice)


def test_the_best_come_first(alice, carol):
    make.candidate(alice, "Plain Person", email="plain@example.org", headline="Data engineer")
    better = make.candidate(alice, "Better Person", email="better@example.org", headline="Data engineer")
    tags.apply(better, "streaming", by=alice)
    found = needs.who_fits(carol, seen_by=alice)
    assert [one.candidate.full_name for one in found] == ["Better Person", "Plain Person"]
