"""Gracious signals: noted once, shown as context, and part of no order."""

import ast

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.domain import candidates, erasing, events, inbox, signals, timeline
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.signals import KINDS, Signal
from crm.kit import clock, tokens
from tests import make
from tests.structure.source import calls, modules

CLAUSES = {"where", "filter", "order_by", "having", "group_by"}
MAY_READ = {"signals", "timeline", "dossier", "models"}
"""Of the domain. None of them decides who comes first, who is found, or who fits."""


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def arrival(by, person, **more):
    mail = inbox.Mail(
        identity=tokens.new_id(), message_id=f"<{tokens.new_id()}@example.org>", kind="reply",
        from_address="ada@example.org", from_name="Ada", subject="Thank you", text="Thanks to all four.", status="",
        said="", at=clock.now() - make.days(3), enclosures=(),
    )  # fmt: skip
    kept = inbox.keep(mail, letter=None, candidate_id=person.id, user=by)
    db.session.flush()
    return kept


@pytest.mark.parametrize("kind", KINDS)
def test_it_stands_on_the_timeline(alice, ada, kind):
    signal = signals.log(ada, kind=kind, by=alice, words="to all four")
    newest = next(moment for moment in timeline.of(ada, seen_by=alice) if moment.is_signal)
    assert newest.sentence(ada) == f"Ada Byron {signal.phrase}"
    assert (newest.text, newest.who) == ("to all four", "Alice Okafor")
    assert signals.of([ada.id]) == {ada.id: [signal]}


def test_noted_twice_or_by_two_it_is_one(alice, bob, ada):
    first = signals.log(ada, kind="thanked", by=alice)
    assert signals.log(ada, kind="thanked", by=bob) is first
    assert signals.log(ada, kind="article", by=bob) is not first
    assert db.session.scalar(select(func.count()).select_from(Signal)) == 2


def test_who_noted_it_is_on_record_once(alice, bob, ada):
    for by in (alice, bob):
        signals.log(ada, kind="thanked", by=by)
    db.session.flush()
    told = [(event.kind, event.by_name) for event in db.session.scalars(events.of(ada.id))]
    assert [one for one in told if one[0] == "signal.noted"] == [("signal.noted", alice.name)]


def test_it_moves_no_date_and_is_no_contact(alice, ada):
    before = (ada.next_on, ada.last_contact_at, ada.changed_at)
    signals.log(ada, kind="remember", by=alice)
    assert (ada.next_on, ada.last_contact_at, ada.changed_at) == before


def test_from_a_mail_it_has_the_day_of_the_mail(alice, ada):
    kept = arrival(alice, ada)
    signal = signals.log(ada, kind="thanked", by=alice, arrival_id=kept.id)
    assert (signal.arrival_id, signal.on) == (kept.id, clock.today() - make.days(3))


def test_only_from_a_mail_of_theirs_that_one_was_sent(alice, bob, ada):
    grace = make.candidate(alice, "Grace Hopper", email="g@example.org")
    kept = arrival(alice, grace)
    for person, by in ((ada, alice), (grace, bob)):
        with pytest.raises(Missing):
            signals.log(person, kind="thanked", by=by, arrival_id=kept.id)


@pytest.mark.parametrize(("given", "field"), [({"kind": "flowers"}, "kind"), ({"words": "x" * 301}, "words")])
def test_what_is_noted_is_known(alice, ada, given, field):
    with pytest.raises(Refused) as refusal:
        signals.log(ada, **{"kind": "thanked", "by": alice, **given})
    assert refusal.value.field == field


def test_it_is_taken_back_by_who_noted_it(alice, charlie, ada):
    signal = signals.log(ada, kind="thanked", by=alice)
    with pytest.raises(Denied):
        signals.take_back(signal, ada, by=charlie)
    signals.take_back(signal, ada, by=alice)
    assert signals.of([ada.id]) == {ada.id: []}


def test_it_is_erased_with_the_record(alice, ada):
    signals.log(ada, kind="thanked", by=alice, words="to all")
    candidates.delete(ada, by=alice)
    erasing.erase(ada)
    assert not db.session.scalar(select(func.count()).select_from(Signal))


# --- never in any order


def test_nothing_that_orders_finds_or_matches_people_knows_of_them():
    reading = {
        module.name.rpartition(".")[2]
        for module in modules()
        if module.room in {"domain", "mail"} and names_signals(module.tree)
    }
    assert reading <= MAY_READ


def names_signals(tree):
    return any(
        (isinstance(node, ast.ImportFrom) and (node.module or "").endswith("domain.signals"))
        or (isinstance(node, ast.ImportFrom) and any(name.name in {"signals", "Signal"} for name in node.names))
        for node in ast.walk(tree)
    )


def test_where_they_are_read_they_are_picked_by_person_and_ordered_by_day_alone():
    """`Signal.kind` and `Signal.words` stand in no filter but that for a second note of the same."""
    used = {
        (module.name.rpartition(".")[2], call.func.attr, part.attr)
        for module in modules()
        for call in calls(module.tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in CLAUSES
        for argument in call.args
        for part in ast.walk(argument)
        if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "Signal"
    }
    assert used == {
        ("signals", "where", "candidate_id"), ("signals", "where", "kind"),
        ("signals", "where", "on"), ("signals", "order_by", "at"), ("signals", "order_by", "id"),
        ("timeline", "where", "candidate_id"),
    }  # fmt: skip
