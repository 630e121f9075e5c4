"""Resumes: kept as they came, read later, versions, proposals, removal with undo."""

import pytest

from crm.db import db
from crm.domain import proposals, resumes
from crm.domain.errors import Missing, Refused
from crm.kit import clock, files
from tests import documents, make

PDF = documents.pdf()


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def bring(by, person=None, *, name="resume.pdf", content=PDF):
    return resumes.add(resumes.receive(name, content), by=by, candidate=person)


def test_a_file_comes_back_byte_for_byte(alice, ada):
    kept = bring(alice, ada)
    assert resumes.content(kept) == PDF
    assert (kept.kind, kept.state, kept.sha256) == ("pdf", "waiting", files.sha256(PDF))
    assert resumes.latest(ada) is kept


def test_the_same_file_again_is_the_version_that_is_there(alice, ada):
    first = bring(alice, ada)
    assert bring(alice, ada, name="again.pdf") is first
    assert len(list(db.session.scalars(resumes.of(ada)))) == 1


def test_two_people_never_share_a_file(alice, ada):
    other = make.candidate(alice, "Somebody Else", email="")
    assert bring(alice, ada).file_key != bring(alice, other).file_key


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("cv.txt", "cv.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\cv\\Ada.docx", "Ada.pdf"),
        ("a\r\nb\x00.pdf", "a  b.pdf"),
        ("", "resume.pdf"),
        ("..", "resume.pdf"),
        ("x" * 400 + ".pdf", "x" * 120 + ".pdf"),
        ("עדה 履歴書 🎷.pdf", "עדה 履歴書 🎷.pdf"),
    ],
)
def test_a_name_is_shown_without_folders_and_with_its_true_ending(alice, ada, given, shown):
    assert bring(alice, ada, name=given).filename == shown


@pytest.mark.parametrize(
    "content", [b"", b"   ", b"MZ\x90\x00" + b"\x00" * 200, b"<html><script>alert(1)</script></html>"]
)
def test_what_is_no_resume_is_refused_and_not_kept(app, alice, content):
    before = resumes.store().all_keys()
    with pytest.raises(Refused) as refusal:
        resumes.receive("resume.pdf", content)
    assert refusal.value.field == "file"
    assert resumes.store().all_keys() == before


def test_a_file_that_is_too_large_is_refused(alice, ada):
    with pytest.raises(Refused, match="larger than"):
        resumes.receive("resume.txt", b"word " * 5_000_000)


# --- reading


def test_the_worker_claims_reads_and_writes_down(alice, ada):
    kept = bring(alice, ada)
    db.session.flush()
    assert resumes.claim(clock.now()) == kept.id
    assert resumes.claim(clock.now()) is None
    resumes.write_down(kept, *resumes.read_file(PDF, kept.kind))
    assert (kept.state, kept.pages) == ("read", 1)
    assert "Staff Engineer" in kept.text
    assert resumes.preview(kept, 1).startswith(b"RIFF")
    with pytest.raises(Missing):
        resumes.preview(kept, 2)


def test_a_claim_that_was_dropped_is_free_again_three_times(alice, ada):
    kept = bring(alice, ada)
    db.session.flush()
    for minutes in (0, 2, 4):
        assert resumes.claim(clock.now() + make.days(minutes)) == kept.id
    assert resumes.claim(clock.now() + make.days(9)) is None
    assert (kept.state, bool(kept.trouble)) == ("unread", True)


def test_a_file_that_cannot_be_read_says_why_and_is_kept(alice, ada):
    damaged = documents.damaged_pdf()
    kept = bring(alice, ada, content=damaged)
    resumes.write_down(kept, *resumes.read_file(damaged, kept.kind))
    assert (kept.state, bool(kept.trouble)) == ("unread", True)
    assert resumes.content(kept) == damaged


# --- proposals


def test_only_what_differs_is_proposed(alice, ada):
    kept = make.resume(ada, alice, content=PDF)
    found = {proposal.field: proposal for proposal in proposals.of(ada, kept)}
    assert found["full_name"].value == documents.NAME
    assert found["full_name"].instead_of == "Ada Byron"
    assert found["phone"].value == "+44 20 7946 0958"
    assert "email" not in found


def test_what_was_taken_over_is_no_longer_proposed(alice, ada):
    kept = make.resume(ada, alice, content=PDF)
    proposals.take_over(ada, kept, ["phone"], by=alice)
    assert ada.phone == "+44 20 7946 0958"
    assert ada.full_name == "Ada Byron"
    proposals.take_over(ada, kept, ["full_name", "phone"], by=alice)
    assert ada.full_name == documents.NAME
    with pytest.raises(Refused):
        proposals.take_over(ada, kept, ["phone"], by=alice)


def test_a_mail_address_is_added_and_replaces_none(alice):
    ada = make.candidate(alice, email="first@example.org")
    proposals.take_over(ada, make.resume(ada, alice, content=PDF), ["email"], by=alice)
    assert [email.address for email in ada.emails] == ["first@example.org", "ada@example.org"]


# --- versions, removal, uploads without a person


def test_the_newest_version_is_the_resume_and_the_older_comes_back(alice, ada):
    first, second = bring(alice, ada), bring(alice, ada, content=documents.pdf(name="Newer"))
    second.uploaded_at = clock.now() + make.days(1)
    db.session.flush()
    assert list(db.session.scalars(resumes.of(ada))) == [second, first]
    resumes.remove(second, ada, by=alice)
    assert resumes.latest(ada) is first
    with pytest.raises(Missing):
        resumes.find(ada, second.id)
    resumes.restore(resumes.find(ada, second.id, removed=True), ada, by=alice)
    assert resumes.latest(ada) is second


def test_bringing_back_a_version_that_was_uploaded_again_is_refused(alice, ada):
    first = bring(alice, ada)
    resumes.remove(first, ada, by=alice)
    bring(alice, ada)
    with pytest.raises(Refused):
        resumes.restore(first, ada, by=alice)


def test_an_upload_waits_for_its_person_and_only_its_bringer_sees_it(alice, bob, ada):
    waiting = bring(alice)
    assert resumes.find_upload(waiting.id, by=alice) is waiting
    with pytest.raises(Missing):
        resumes.find_upload(waiting.id, by=bob)
    resumes.attach(waiting, ada, by=alice)
    assert resumes.latest(ada) is waiting
    with pytest.raises(Missing):
        resumes.find_upload(waiting.id, by=alice)


def test_a_resume_belongs_to_its_candidate(alice, ada):
    kept = bring(alice, ada)
    other = make.candidate(alice, "Somebody Else", email="")
    with pytest.raises(Missing):
        resumes.find(other, kept.id)


def test_what_nobody_claimed_is_swept_with_its_file(alice):
    waiting = bring(alice)
    db.session.flush()
    assert resumes.unclaimed(clock.now()) == []
    assert resumes.unclaimed(clock.now() + make.days(2)) == [waiting]


def test_a_file_that_was_changed_on_the_disk_is_not_handed_out(alice, ada):
    kept = bring(alice, ada)
    path = resumes.store()._path(kept.file_key)
    path.chmod(0o600)
    path.write_bytes(b"something else")
    with pytest.raises(Refused):
        resumes.content(kept)
