"""What is remarked before the same resume goes to everybody, or everything to the same colleague."""

from datetime import timedelta

from crm.db import db
from crm.domain import fair_use, forwards, outbox, plans, revoking
from crm.kit import clock
from tests import make


def people_at(alice, count):
    return [make.colleague(alice, f"Cara{n} Doe", email=f"cara{n}@acme.example.org") for n in range(count)]


def test_nothing_is_said_of_ordinary_use(alice):
    ada, carol = make.candidate(alice), make.colleague(alice)
    assert fair_use.warnings(ada, carol, seen_by=alice) == []


def test_the_same_resume_to_everybody_is_remarked(alice):
    ada = make.candidate(alice)
    *others, last = people_at(alice, 6)
    for colleague in others:
        make.forward(alice, ada, colleague)
    [said] = fair_use.warnings(ada, last, seen_by=alice)
    assert said.startswith("5 colleagues had the resume of Ada Byron in the last 90 days.")
    with clock.set_to(clock.now() + timedelta(days=91)):
        assert fair_use.warnings(ada, last, seen_by=alice) == []


def test_the_same_colleague_flooded_is_remarked(alice, charlie):
    carol = make.colleague(alice)
    for number in range(5):
        make.forward(alice, make.candidate(alice, f"Nora {number}", email=f"n{number}@example.org"), carol)
    ada = make.candidate(alice)
    [said] = fair_use.warnings(ada, carol, seen_by=alice)
    assert said.startswith("Carol Devereux was sent 5 resumes in the last 90 days.")
    hidden = make.candidate(alice, "Olof", email="olof@example.org", visibility="owner")
    make.forward(alice, hidden, carol)
    assert "was sent 5 resumes" in fair_use.warnings(ada, carol, seen_by=charlie)[0]


def test_what_never_left_is_not_counted(alice):
    ada, carol = make.candidate(alice), make.colleague(alice)
    sent = make.forward(alice, ada, carol)
    assert "was sent this person's resume before" in fair_use.warnings(ada, carol, seen_by=alice)[0]
    outbox.stop(sent.letter)
    assert fair_use.warnings(ada, carol, seen_by=alice) == []


def test_what_was_only_asked_was_not_sent(alice):
    ada, carol = make.candidate(alice), make.colleague(alice)
    make.resume(ada, alice)
    asked = forwards.send(plans.plan(ada, carol, by=alice), by=alice)
    assert fair_use.warnings(ada, carol, seen_by=alice) == []
    revoking.revoke(asked, by=alice)
    db.session.flush()
    assert fair_use.warnings(ada, carol, seen_by=alice) == []


def test_several_at_once_count_with_those_before(alice):
    ada = make.candidate(alice)
    *others, sixth = people_at(alice, 6)
    for colleague in others[:2]:
        make.forward(alice, ada, colleague)
    act = [(ada, colleague) for colleague in (*others, sixth)]
    again, too, said = fair_use.warnings_of(act, seen_by=alice)
    assert again.startswith("Cara0 Doe was sent the resume of Ada Byron before")
    assert too.startswith("Cara1 Doe")
    assert said.startswith("With these, 6 colleagues had the resume of Ada Byron in the last 90 days.")
    assert fair_use.warnings_of(act[2:5], seen_by=alice) == []
