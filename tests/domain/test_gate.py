"""The gate: whether a resume may go, for every state of a record, every permission, every rule, every recipient."""

import pytest

from crm.domain import cadences, candidates, consents, forwarding_rules, gate, plans, sharing, withdrawals
from crm.domain.candidates import Facts
from crm.domain.errors import Refused
from crm.kit import clock
from tests import make

CAROL = {"company": "Acme", "address": "carol@acme.example.org"}


@pytest.fixture
def ada(alice):
    return make.candidate(alice, employer="Globex GmbH")


def word(candidate, **asked):
    return gate.of(candidate, **{**CAROL, **asked}).word


def rule(candidate, kind="never", company="", **more):
    return withdrawals.give_rule(candidate, kind=kind, company=company, by=None, **more)[0]


@pytest.mark.parametrize(
    ("given", "asked", "expected"),
    [
        ({}, {}, "ask"),
        ({"company": "Acme"}, {}, ""),
        ({"company": ""}, {}, ""),
        ({"company": "acme "}, {}, ""),
        ({"company": "Initech"}, {}, "ask"),
        ({"company": "Acme", "purpose": "keep"}, {}, "ask"),
        ({"company": "", "purpose": "introduce"}, {}, "ask"),
        ({"company": "Acme", "recipient": "carol@acme.example.org"}, {}, ""),
        ({"company": "Acme", "recipient": "dan@acme.example.org"}, {}, "ask"),
        ({"company": "Acme", "blind": True}, {}, "ask"),
        ({"company": "Acme", "blind": True}, {"blind": True}, ""),
        ({"company": "Acme"}, {"blind": True}, ""),
        ({"company": "Acme", "attachment": False}, {"attached": True}, "ask"),
        ({"company": "Acme", "attachment": False}, {}, ""),
        ({"company": "Acme"}, {"attached": True}, ""),
        ({"company": ""}, {"company": "Globex", "address": "x@elsewhere.example.org"}, "employer"),
        ({"company": ""}, {"company": "Elsewhere", "address": "x@mail.globex.example"}, "employer"),
    ],
)
def test_a_permission_opens_it_for_what_it_names(alice, ada, given, asked, expected):
    if given:
        make.consent(ada, alice, **given)
    assert word(ada, **asked) == expected


@pytest.mark.parametrize(
    ("kind", "company", "asked", "expected"),
    [
        ("never", "Acme", {}, "never"),
        ("never", "ACME Ltd.", {}, "never"),
        ("never", "acme.example", {}, "never"),
        ("never", "Acme", {"company": "Something"}, "never"),
        ("never", "Acme", {"blind": True}, "never"),
        ("never", "Initech", {}, ""),
        ("blind_only", "", {}, "blind_only"),
        ("blind_only", "", {"blind": True}, ""),
        ("blind_only", "Acme", {}, "blind_only"),
        ("blind_only", "Initech", {}, ""),
    ],
)
def test_a_rule_comes_before_every_permission(alice, ada, kind, company, asked, expected):
    make.consent(ada, alice, company="")
    given = rule(ada, kind, company)
    assert word(ada, **asked) == expected
    forwarding_rules.lift(given, by=None)
    assert word(ada, **asked) == ""


@pytest.mark.parametrize("state", ["deleted", "restricted"])
def test_nothing_passes_for_a_record_that_is_gone(alice, ada, state):
    make.consent(ada, alice, company="")
    if state == "deleted":
        candidates.delete(ada, by=alice)
    else:
        cadences.pause(ada, why="restricted", by=alice)
    assert word(ada) == "gone"


def test_quiet_is_no_obstacle(alice, ada):
    make.consent(ada, alice)
    cadences.pause(ada, why="quiet", by=alice)
    assert word(ada) == ""


def test_the_permission_that_names_most_is_the_one(alice, ada):
    anybody, company = make.consent(ada, alice, company=""), make.consent(ada, alice)
    named = make.consent(ada, alice, recipient="carol@acme.example.org")
    for yes in (named, company, anybody):
        assert gate.of(ada, **CAROL).consent is yes
        consents.take_back_by_link(yes.id)
    assert word(ada) == "ask"


@pytest.mark.parametrize(
    ("employer", "company", "address"),
    [
        ("Globex GmbH & Co. KG", "GLOBEX", "x@acme.example.org"),
        ("Globex", "Globex Deutschland GmbH", "x@acme.example.org"),
        ("Globex Group", "Globex International Ltd", "x@acme.example.org"),
        ("globex.example", "Globex", "x@acme.example.org"),
        ("Müller AG", "Mueller", "x@acme.example.org"),
        ("Müller AG", "Acme", "x@mueller.example.org"),
        ("Globex", "Acme", "x@eu.mail.globex.example.org"),
        ("Acme Corp", "Elsewhere", "x@acme-corp.example.org"),
        ("Bücher", "Elsewhere", "x@xn--bcher-kva.example.org"),
    ],
)
def test_an_employer_is_known_by_its_name_and_its_domain(alice, employer, company, address):
    assert gate.is_employer(make.candidate(alice, employer=employer), company, address)


@pytest.mark.parametrize(
    ("employer", "company", "address"),
    [("", "", "x@acme.example.org"), ("GmbH", "Acme GmbH", "x@acme.example.org"), ("Glob", "Globex", "x@globex.org")],
)
def test_another_company_is_none(alice, employer, company, address):
    assert not gate.is_employer(make.candidate(alice, employer=employer), company, address)


@pytest.mark.parametrize(
    ("own", "company", "address", "expected"),
    [
        (["ada@acme.example.org"], "Something", "carol@acme.example.org", "employer"),
        (["ada@eu.acme.com"], "Something", "carol@mail.acme.com", "employer"),
        (["ada@gmail.com", "ada@acme.com"], "Acme GmbH, Berlin", "carol@gmail.com", "employer"),
        (["ada@acme.co.uk"], "Acme", "carol@elsewhere.com", "employer"),
        (["ada@globex.co.uk"], "Acme", "carol@acme.co.uk", ""),
        (["ada@gmail.com"], "Gmail fans", "carol@gmail.com", ""),
        (["ada@example.org"], "Acme", "carol@acme.example.org", ""),
        ([], "Acme", "carol@acme.com", ""),
    ],
)
@pytest.mark.parametrize("lock", [False, True])
def test_an_address_of_their_own_tells_where_they_work(alice, own, company, address, expected, lock):
    ada = make.candidate(alice)
    candidates.change(ada, Facts(emails=own), by=alice)
    make.consent(ada, alice, company="")
    assert word(ada, company=company, address=address, lock=lock) == expected


def test_an_own_address_counts_where_nothing_was_agreed_either_and_taken_off_it_is_gone(alice):
    ada = make.candidate(alice)
    candidates.change(ada, Facts(emails=["ada@gmail.com", "ada@acme.example.org"]), by=alice)
    said = gate.of(ada, **CAROL).sentence
    assert "has a mail address at acme.example.org" in said
    assert "If they have left, take that address off their record." in said
    candidates.change(ada, Facts(emails=["ada@gmail.com"]), by=alice)
    assert word(ada) == "ask"


def test_a_plan_says_what_stands_against_it(alice, ada):
    make.resume(ada, alice)
    make.consent(ada, alice)
    carol = make.colleague(alice)
    rule(ada, "never", "Acme")
    with pytest.raises(Refused, match="asked that nothing is forwarded to Acme") as refusal:
        plans.plan(ada, carol, by=alice)
    assert refusal.value.field == "to"


def test_a_rule_stops_what_waits_and_closes_what_is_open(alice, ada):
    waits, shown = make.forward(alice, ada), make.forward(alice, ada, make.colleague(alice, "Dan", email="d@a.example"))
    make.delivered(shown)
    assert sharing.is_shown(shown)
    rule(ada, "never", "Acme")
    assert (waits.letter.state, waits.letter.blocked_why) == ("blocked", "never")
    assert not sharing.is_shown(shown)


def test_a_rule_says_what_it_cannot_stop(alice, ada):
    forward = make.forward(alice, ada)
    forward.letter.state, forward.letter.in_doubt_at = "in_doubt", clock.now()
    _, too_late = withdrawals.give_rule(ada, kind="never", company="Acme", by=alice, evidence="phone", channel="phone")
    assert too_late == [forward]


def test_the_same_rule_twice_is_one(alice, ada):
    assert rule(ada, "never", "Acme") is rule(ada, "never", "ACME GmbH")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "sometimes"}, "kind"),
        ({"company": ""}, "company"),
        ({"company": "&"}, "company"),
        ({"given_on": make.in_days(1)}, "given_on"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_at_its_field(ada, wrong, field):
    with pytest.raises(Refused) as refusal:
        rule(ada, **{"kind": "never", "company": "Acme", **wrong})
    assert refusal.value.field == field


def test_who_lifts_a_rule_for_somebody_says_why(alice, ada):
    given = rule(ada, "never", "Acme")
    with pytest.raises(Refused) as refusal:
        forwarding_rules.lift(given, by=alice)
    assert refusal.value.field == "why"
    assert forwarding_rules.lift(given, by=alice, why="said so on the phone").lifted_by_id == alice.id
