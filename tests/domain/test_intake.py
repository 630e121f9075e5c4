"""Many resumes at once: one row each, a choice for each, nothing twice, and a way back."""

from dataclasses import asdict

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import candidates, erasing, intake, intake_taking, resumes, tags
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.intake_taking import Choice
from crm.domain.resumes import Resume
from crm.kit import clock, contacts
from tests import documents, make


def text(name, mail, phone="+44 20 7946 0958"):
    return documents.txt(name, ["Engineer", mail, phone, "Experience", "Led the office at Example Works."])


ADA, BEN = text("Ada Byron", "ada@example.org"), text("Ben Okafor", "okafor@example.org", "+44 20 7946 0111")


def brought(by, *contents, intent="once"):
    """As the worker leaves it."""
    found = intake.add([intake.receive(f"cv{n}.txt", one) for n, one in enumerate(contents)], by=by, intent=intent)
    while resume_id := resumes.claim(clock.now()):
        resume = db.session.get_one(Resume, resume_id)
        result = make.read_once(resumes.content(resume), resume.kind)
        resumes.write_down(resume, result, asdict(contacts.find(result)) if result.text else {}, [])
    return found


def all_new(found, by):
    return {row.file.id: Choice("new") for row in intake.rows(found, seen_by=by)}


def everybody():
    return list(
        db.session.scalars(select(Candidate).where(Candidate.deleted_at.is_(None)).order_by(Candidate.name_key))
    )


def test_files_become_people_with_what_was_found_in_them(alice):
    found = brought(alice, ADA, BEN)
    assert [row.found["full_name"] for row in intake.rows(found, seen_by=alice)] == ["Ada Byron", "Ben Okafor"]
    done = intake_taking.take(found, all_new(found, alice), by=alice)
    assert [one.full_name for one in done.made] == ["Ada Byron", "Ben Okafor"]
    ada = candidates.by_email("ada@example.org", seen_by=alice)
    assert ada.phone == "+44 20 7946 0958"
    assert "Example Works" in resumes.latest(ada).text


def test_tags_in_use_that_a_resume_speaks_of_are_proposed_and_given_where_ticked(alice, charlie):
    known = make.candidate(alice, "Grace Hopper", email="grace@example.org")
    for name in ("C++", "Data engineering", "Sailing", "ada"):
        tags.apply(known, name, by=alice)
    tags.apply(make.candidate(charlie, "Zoe", email="z@example.org", visibility="owner"), "Kafka", by=charlie)
    content = text("Ada Byron", "ada@example.org") + b"\nData engineering with Kafka and C++.\n"
    [row] = intake.rows(found := brought(alice, content), seen_by=alice)
    assert row.tags == ["ada", "Data engineering", "C++"]
    chosen = {row.file.id: Choice("new", tags=("C++", "Kafka", "Sailing"))}
    [made] = intake_taking.take(found, chosen, by=alice).made
    assert tags.names([made.id])[made.id] == ["C++"]
    assert intake_taking.undo(found, by=alice) == (1, [])


def test_pressed_twice_it_is_done_once(alice):
    found = brought(alice, ADA)
    chosen = all_new(found, alice)
    assert intake_taking.take(found, chosen, by=alice).count == 1
    assert intake_taking.take(found, chosen, by=alice).count == 0
    assert len(everybody()) == 1


def test_the_same_files_sent_twice_are_there_once(alice):
    first = brought(alice, ADA, BEN, ADA)
    assert brought(alice, BEN, ADA) is first
    assert len(intake.files_of(first)) == 2
    assert len(db.session.scalars(select(Resume)).all()) == 2
    assert brought(alice, ADA, intent="another go") is not first


def test_who_shares_a_mailbox_under_another_name_is_shown_and_not_chosen(alice):
    make.candidate(alice, "Nils Ek", email="ada@example.org")
    [row] = intake.rows(brought(alice, ADA), seen_by=alice)
    assert row.alike[0].why == "the same mail address"
    assert row.proposed == ""


def test_somebody_on_record_is_proposed_with_the_reason(alice):
    ada = make.candidate(alice)
    [row] = intake.rows(found := brought(alice, ADA), seen_by=alice)
    assert (row.proposed, row.alike[0].why) == (ada.id, "the same mail address and the same name")
    intake_taking.take(found, {row.file.id: Choice(ada.id)}, by=alice)
    assert everybody() == [ada]
    assert resumes.latest(ada).filename == "cv0.txt"
    [row] = intake.rows(found, seen_by=alice)
    assert row.holder is ada


def test_a_name_alone_proposes_nothing(alice):
    make.candidate(alice, email="other@example.org")
    [row] = intake.rows(brought(alice, ADA), seen_by=alice)
    assert row.proposed == ""
    assert row.alike[0].why == "the same name"


def test_somebody_whom_one_may_not_see_is_not_named(alice, charlie):
    ada = make.candidate(alice, visibility="owner")
    [row] = intake.rows(found := brought(charlie, ADA), seen_by=charlie)
    assert (row.alike, row.proposed) == ([], "new")
    with pytest.raises(Refused):
        intake_taking.take(found, {row.file.id: Choice(ada.id)}, by=charlie)


def test_a_file_that_somebody_has_already_is_left_out(alice):
    ada = make.candidate(alice)
    make.resume(ada, alice, content=ADA)
    [row] = intake.rows(found := brought(alice, ADA), seen_by=alice)
    assert (row.holder, row.proposed) == (ada, "left")
    with pytest.raises(Refused, match="already"):
        intake_taking.take(found, {row.file.id: Choice(ada.id)}, by=alice)


def test_a_file_that_cannot_be_kept_says_why_and_the_others_go_on(alice):
    found = brought(alice, b"", b"MZ\x90\x00" + b"\x00" * 200, ADA)
    empty, program, good = intake.rows(found, seen_by=alice)
    assert (empty.state, empty.trouble) == ("refused", "This file is empty.")
    assert program.state == "refused"
    assert program.trouble
    assert good.state == "read"
    assert intake_taking.take(found, all_new(found, alice), by=alice).count == 1


def test_a_file_without_words_needs_a_name(alice):
    [row] = intake.rows(found := brought(alice, documents.damaged_pdf()), seen_by=alice)
    assert (row.state, bool(row.trouble)) == ("unread", True)
    with pytest.raises(Refused, match="Type the name"):
        intake_taking.take(found, {row.file.id: Choice("new")}, by=alice)
    done = intake_taking.take(found, {row.file.id: Choice("new", "Grace Hill")}, by=alice)
    assert done.made[0].full_name == "Grace Hill"


def test_what_is_not_read_yet_waits(alice):
    found = intake.add([intake.receive("cv.txt", ADA)], by=alice)
    assert intake_taking.take(found, all_new(found, alice), by=alice).count == 0
    assert intake.waiting_of(alice) == [(found, 1)]
    assert [row.proposed for row in intake.rows(found, seen_by=alice)] == [""]


def test_files_that_are_added_are_held_for_as_long_as_fresh_ones(alice):
    found = brought(alice, ADA)
    found.held_until = clock.now() - make.days(1)
    intake.add([intake.receive("ben.txt", BEN)], by=alice, intake=found)
    assert found.held_until > clock.now() + make.days(6)


def test_an_intake_is_nobody_elses(alice, charlie):
    found = brought(alice, ADA)
    with pytest.raises(Missing):
        intake.find(found.id, by=charlie)
    with pytest.raises(Missing):
        intake_taking.take(found, {}, by=charlie)


def test_there_is_room_for_fifty(alice):
    many = [intake.receive("cv.txt", text(f"Ada {n}", "ada@example.org")) for n in range(51)]
    with pytest.raises(Refused, match="50 files"):
        intake.add(many, by=alice)


def test_undo_takes_everything_back_and_the_files_wait_again(alice):
    ben = make.candidate(alice, "Ben Okafor", email="okafor@example.org")
    first, second = intake.files_of(found := brought(alice, ADA, BEN))
    intake_taking.take(found, {first.id: Choice("new"), second.id: Choice(ben.id)}, by=alice)
    assert intake_taking.undo(found, by=alice) == (2, [])
    assert everybody() == [ben]
    assert resumes.latest(ben) is None
    assert [row.is_open for row in intake.rows(found, seen_by=alice)] == [True, True]
    assert intake_taking.take(found, {first.id: Choice("new"), second.id: Choice(ben.id)}, by=alice).count == 2


def test_who_was_worked_with_since_stays(alice):
    found = brought(alice, ADA)
    [ada] = intake_taking.take(found, all_new(found, alice), by=alice).made
    make.near_miss(ada, make.role(alice), alice)
    assert intake_taking.undo(found, by=alice) == (0, [ada])
    assert resumes.latest(ada) is not None


def test_what_waits_is_held_for_a_week_and_then_goes(alice):
    found = brought(alice, ADA, BEN, b"")
    first, _, _ = intake.files_of(found)
    intake_taking.take(found, {first.id: Choice("leave")}, by=alice)
    db.session.flush()
    assert erasing.unclaimed_resumes(clock.now() + make.days(0.9)) == 0
    assert erasing.unclaimed_resumes(clock.now() + make.days(2)) == 1
    assert erasing.unclaimed_resumes(clock.now() + make.days(6)) == 0
    assert erasing.unclaimed_resumes(clock.now() + make.days(8)) == 1
    intake.sweep(clock.now() + make.days(8))
    db.session.expire_all()
    assert intake.files_of(found) == []
