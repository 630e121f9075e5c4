"""The end of records and files."""

import os
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import candidates, erasing, finding, resumes, revoking
from crm.domain.candidates import Candidate
from crm.domain.outbox import Letter
from crm.kit import clock, files, tokens
from crm.mail import letters
from tests import documents, make

LATER = timedelta(days=8)


def age(key: str) -> None:
    """As if the file had been written two hours ago."""
    long_ago = time.time() - 7_200
    os.utime(resumes.store()._path(key), (long_ago, long_ago))


def test_a_deleted_candidate_goes_with_files_and_index_after_a_week(alice):
    person = make.candidate(alice, "Ada Byron")
    resume = make.resume(person, alice)
    keys = [resume.file_key, *resume.previews]
    make.forward(alice, person)
    candidates.delete(person, by=alice)
    assert erasing.deleted_candidates(clock.now()) == 0
    assert erasing.deleted_candidates(clock.now() + LATER) == 1
    db.session.expire_all()
    assert db.session.get(Candidate, person.id) is None
    assert finding.find("Byron", seen_by=alice) == []
    assert set(keys) & resumes.file_keys() == set()


@pytest.mark.parametrize("how", [{"deliver": "attachment"}, {}])
def test_who_holds_a_resume_is_asked_to_delete_it_when_the_record_goes_and_reads_no_name(alice, how):
    forward = make.forward(alice, **how)
    make.delivered(forward)
    erasing.delete(forward.candidate, by=alice)
    erasing.deleted_candidates(clock.now() + LATER)
    db.session.expire_all()
    [letter] = db.session.scalars(select(Letter))
    case = letters.Case.of(letter)
    assert (letter.kind, case.why_not(lock=True)) == ("revoked", "")
    mail = case.draft(letters.Tokens(tokens.new_link(), tokens.new_link()))
    assert (mail.to, mail.reply_to) == ("carol@acme.example.org", alice.email)
    assert "some time ago I sent you a resume." in mail.text
    assert "please delete it" in mail.text
    assert "Ada" not in mail.text + mail.html + mail.subject + letter.intent


def test_what_was_closed_before_is_told_though_the_record_is_erased(alice):
    forward = make.forward(alice)
    make.delivered(forward)
    revoking.revoke(forward, by=alice)
    erasing.erase(forward.candidate)
    assert [letter.kind for letter in db.session.scalars(select(Letter))] == ["revoked"]


def test_a_file_that_nothing_names_is_swept_after_an_hour(alice):
    kept = make.resume(make.candidate(alice), alice).file_key
    orphan = resumes.store().keep(b"nobody's")
    assert erasing.orphaned_files(clock.now()) == 0
    age(orphan)
    age(kept)
    assert erasing.orphaned_files(clock.now()) == 1
    resumes.store().read(kept)
    with pytest.raises(files.Missing):
        resumes.store().read(orphan)


def test_another_database_beside_the_same_files_sweeps_nothing(alice):
    """Its own folder is claimed first; a folder full of unknown files belongs to somebody else."""
    foreign = resumes.store().keep(documents.pdf("Somebody Else"))
    age(foreign)
    assert erasing.orphaned_files(clock.now()) == 0
    resumes.store().read(foreign)


def test_a_folder_that_another_database_claimed_is_left_alone(alice):
    make.resume(make.candidate(alice), alice)
    resumes.store().claim("the first user of another one")
    orphan = resumes.store().keep(b"nobody's")
    age(orphan)
    assert erasing.orphaned_files(clock.now()) == 0
    resumes.store().read(orphan)
