"""The register: what left is noted as it left, found by every filter, and is a table that no spreadsheet acts on."""

import csv
from datetime import timedelta

import pytest

from crm.db import db
from crm.domain import colleagues, consents, disclosures, forward_letters, forwards, outcomes, register, resumes
from crm.domain.register import Wanted
from crm.kit import cells, clock, files
from tests import documents, make


@pytest.fixture
def ada(alice):
    person = make.candidate(alice, "Ada Bÿron", employer="Globex GmbH")
    make.resume(person, alice)
    return person


def found(user, **asked):
    return [one.candidate.full_name for one in db.session.scalars(register.wanted(Wanted(**asked), seen_by=user))]


def test_what_left_is_noted_when_it_leaves_and_not_before(alice, ada):
    forward = make.forward(alice, ada, note="I would call her today.")
    assert disclosures.of(forward) == []
    make.delivered(forward)
    [copy] = disclosures.of(forward)
    assert (copy.sha256, copy.version, copy.filename) == (forward.paper.sha256, 1, "resume.pdf")
    assert (copy.note, copy.deliver, copy.text_version) == ("I would call her today.", "link", 1)
    assert (copy.consent_id, copy.message_id) == (forward.consent_id, forward.letter.message_id)
    assert (copy.parts, copy.blind) == (["headline", "location", "resume", "note"], False)
    assert clock.now() - copy.at < timedelta(minutes=1)


def test_the_version_counts_what_was_removed_since(alice, ada):
    first = resumes.latest(ada)
    content = documents.pdf(name="Ada", lines=["Second"])
    second = make.resume(ada, alice, content=content, filename="second.pdf")
    resumes.remove(first, ada, by=alice)
    db.session.flush()
    forward = make.forward(alice, ada, resume_id=second.id)
    make.delivered(forward)
    [copy] = disclosures.of(forward)
    assert (copy.version, copy.sha256) == (2, files.sha256(content))


def test_what_left_stays_on_record_when_the_resume_is_erased(alice, ada):
    forward = make.forward(alice, ada)
    make.delivered(forward)
    known = forward.paper.sha256
    resumes.remove(forward.paper, ada, by=alice)
    resumes.erase(forward.paper)
    db.session.flush()
    db.session.expire_all()
    assert [copy.sha256 for copy in disclosures.of(forwards.find(forward.id, seen_by=alice))] == [known]


def test_the_register_is_found_by_every_word(alice, ada):
    dora = colleagues.add(name="Dora Weiß", email="dora@oel.example.org", company="Öl & Gas AG", by=alice)
    make.delivered(make.forward(alice, ada))
    make.forward(alice, make.candidate(alice, "Grace Hopper", email="grace@example.org"), dora)
    assert found(alice) == ["Grace Hopper", "Ada Bÿron"]
    for asked in ({"state": "sent"}, {"person": "byron"}, {"colleague": "carol@"}, {"company": "ACME"}):
        assert found(alice, **asked) == ["Ada Bÿron"]
    for asked in (
        {"state": "queued"},
        {"person": "grace"},
        {"company": "öl"},
        {"company": "GAS"},
        {"colleague": "dora"},
    ):
        assert found(alice, **asked) == ["Grace Hopper"]
    assert found(alice, colleague="weiß", company="acme") == []
    assert found(alice, candidate_id=ada.id) == ["Ada Bÿron"]
    assert found(alice, colleague_id=dora.id) == ["Grace Hopper"]


def test_days_are_meant_to_their_end(alice, ada):
    forward = make.forward(alice, ada)
    today, day = clock.today(), make.days(1)
    assert found(alice, since=today, until=today) == ["Ada Bÿron"]
    assert found(alice, since=today + day) == found(alice, until=today - day) == []
    forward.created_at = clock.begins(today) - timedelta(microseconds=1)
    db.session.flush()
    assert found(alice, since=today) == []
    assert found(alice, until=today - day) == ["Ada Bÿron"]


def test_a_stranger_finds_nothing(alice, charlie, ada):
    hidden = make.candidate(alice, "Secret Person", email="secret@example.org", visibility="owner")
    make.forward(alice, hidden)
    for asked in ({}, {"person": "secret"}, {"candidate_id": hidden.id}, {"company": "acme"}):
        assert found(charlie, **asked) == []


# --- as a table


@pytest.mark.parametrize(
    "words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\x00=1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_no_cell_begins_like_a_formula(words):
    [line] = list(csv.reader(list(cells.csv_lines(["a"], [[words]]))[1:]))
    assert line == ["'" + words]


def test_a_cell_with_everything_in_it_stays_one_cell():
    hostile = 'a "quote", a comma;\na line\ttab'
    lines = "".join(cells.csv_lines(["a", "b"], [[hostile, None]]))
    assert lines.startswith(cells.BOM)
    assert list(csv.reader(lines[1:].splitlines(keepends=True))) == [["a", "b"], [hostile, ""]]


def entry(forward, user):
    [found] = register.entries([forwards.find(forward.id, seen_by=user)])
    return found


def test_what_was_told_stays_as_it_was_told(alice, ada):
    ada.headline, ada.location = "Leads data teams", "Berlin"
    parts = ["headline", "location", "employer", "contact", "resume"]
    forward = make.forward(alice, ada, position="Lead", parts=parts, sensitive=True)
    until = forward.until
    make.delivered(forward)
    ada.headline, ada.location, ada.employer = "Retired", "Rome", ""
    forward.position, forward.parts, forward.sensitive, forward.until = "", ["resume"], False, until + make.days(9)
    db.session.flush()
    [copy] = disclosures.of(forward)
    assert (copy.headline, copy.location, copy.employer) == ("Leads data teams", "Berlin", "Globex GmbH")
    assert (copy.contact, copy.position, copy.sensitive, copy.until) == ("ada@example.org", "Lead", True, until)
    found = entry(forward, alice)
    assert (found.position, found.is_sensitive) == ("Lead", True)
    assert found.left_out_words == "resume to download, your note"


def test_what_was_not_shown_is_not_in_the_snapshot_and_no_name_in_one_without(alice, ada):
    ada.headline = "Byron of Globex"
    forward = make.forward(alice, ada, parts=["headline", "resume"], blind=True)
    make.delivered(forward)
    [copy] = disclosures.of(forward)
    assert (copy.location, copy.employer, copy.contact) == ("", "", "")
    assert "Byron" not in copy.headline
    assert "Globex" not in copy.headline


def test_it_leaves_on_the_yes_that_the_gate_names(alice, ada):
    forward = make.forward(alice, ada)
    first = forward.consent
    named = make.consent(ada, alice, recipient=forward.to_address, given_on=clock.today() - make.days(2))
    assert forward_letters.why_not(forward, lock=True) == ""
    make.delivered(forward)
    [copy] = disclosures.of(forward)
    assert first.id != named.id == copy.consent_id == forwards.gate_of(forward).consent.id == forward.consent_id


def test_the_register_says_on_whose_yes_and_what_is_to_be_seen(app, alice, ada):
    consents.record(
        ada,
        purpose="forward",
        company="Acme",
        evidence="on the page",
        by=alice,
        channel="link",
        text_version="forward X",
    )
    forward = make.forward(alice, ada)
    found = entry(forward, alice)
    assert (found.recorded_by, found.text_version, found.left) == ("the candidate", "forward X", None)
    make.delivered(forward)
    outcomes.record(forward, "interviewed", by=alice, words="Went well.")
    found = entry(forward, alice)
    assert (found.left.parts, found.outcome.said) == (forward.parts, "interviewed")
