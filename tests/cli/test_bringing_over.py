"""What people asked for since a backup was made holds after the restore, however the restore went."""

import stat
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from crm.cli import backup
from crm.cli.bringing_over import LIST, NOTHING
from crm.db import db, unit_of_work
from crm.domain import (
    candidates,
    consents,
    erasing,
    forwards,
    recalls,
    resumes,
    suppressions,
    timeline,
    users,
    withdrawals,
)
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.errors import Refused
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.kit import clock
from tests import documents, make, people
from tests.cli.test_backup import House
from tests.faults import house as houses
from tests.servers import program

ALL_OF_IT = (
    "Brought over from the database that was replaced: 2 opt-outs, 1 address that mail came back from, 1 withdrawn "
    "permission, 2 revoked forwards, 2 letters taken back, 1 removed resume, 1 erased resume, 1 deleted candidate, "
    "1 erased candidate."
)
PEOPLE = ("kept", "unwilling", "revoked", "taken back", "without resume", "resume erased", "deleted", "erased")


def alice():
    return users.by_email(people.address("alice"))


def named(session, name):
    return session.scalars(select(Candidate).where(Candidate.full_name == name)).one()


def forward_of(session, name):
    return session.scalars(select(Forward).where(Forward.candidate_id == named(session, name).id)).one()


@pytest.fixture
def house(app, database_url, tmp_path):
    """One person for each thing that may be asked, each with a resume and a forward that waits."""
    with app.app_context(), unit_of_work(writes=True):
        for number, name in enumerate(PEOPLE):
            person = make.candidate(alice(), name, email=f"c{number}@example.org")
            content = documents.pdf(name=name, lines=[f"Kept by number {number}"])
            make.resume(person, alice(), content=content)
            make.forward(alice(), person)
        suppressions.add("away@example.org", why="bounced", said="550 nobody here")
        suppressions.add("known@example.org", why="unsubscribed")
    with app.app_context():
        db.engine.dispose()
    return House(tmp_path, database_url)


@pytest.fixture
def saved(house, tmp_path_factory):
    file = tmp_path_factory.mktemp("backups") / "monday.tar"
    house.run(backup.backup, file)
    return file


def files_of(session, name):
    [resume] = session.scalars(select(Resume).where(Resume.candidate_id == named(session, name).id))
    return {resume.file_key, *resume.previews}


def ask_for_everything(house):
    """Returns the keys of the files that are erased by it."""
    with house.inside(writes=True) as session:
        suppressions.add("Ada+jobs@example.org", why="unsubscribed")
        suppressions.add("away@example.org", why="complained")
        suppressions.add("gone@example.org", why="bounced", said="550 5.1.1")
        [yes] = session.scalars(consents.of(named(session, "unwilling")))
        withdrawals.withdraw(yes, by=alice())
        for name, act in (("revoked", forwards.revoke), ("taken back", take_back)):
            act(forwards.find(forward_of(session, name).id, seen_by=alice()), by=alice())
        gone = files_of(session, "erased") | files_of(session, "resume erased")
    with house.inside(writes=True) as session:
        candidates.delete(named(session, "erased"), by=alice())
        remove_resume(session, "resume erased")
    with house.inside(writes=True) as session:
        assert erasing.deleted_candidates(clock.now() + timedelta(days=8)) == 1
        assert erasing.unclaimed_resumes(clock.now() + timedelta(days=2)) == 1
    with house.inside(writes=True) as session:
        candidates.delete(named(session, "deleted"), by=alice())
        remove_resume(session, "without resume")
    return gone


def take_back(forward, by):
    """As it is where the letter was taken back and the forward with it."""
    recalls.take_back(forward.letter, by=by)


def remove_resume(session, name):
    candidate = named(session, name)
    resumes.remove(resumes.latest(candidate), candidate, by=alice())


def check_everything(house, gone):
    """Nobody is asked: rows, files, search, and what a letter would be told."""
    with house.inside() as session:
        why = dict(session.execute(text("SELECT mailbox, why FROM suppression")).all())
        assert why == {
            "ada@example.org": "unsubscribed", "away@example.org": "complained", "known@example.org": "unsubscribed",
            "gone@example.org": "bounced",
        }  # fmt: skip
        withdrawn = select(Consent).where(Consent.withdrawn_at.is_not(None))
        assert [one.candidate_id for one in session.scalars(withdrawn)] == [named(session, "unwilling").id]
        revoked = session.scalars(select(Forward.candidate_id).where(Forward.revoked_at.is_not(None)))
        assert {*revoked} == {named(session, "revoked").id, named(session, "taken back").id}
        assert {name for name, state in states(session).items() if state != "in_doubt"} == {"taken back", "revoked"}
        assert named(session, "deleted").is_deleted
        assert resumes.latest(named(session, "without resume")) is None
        assert resumes.latest(named(session, "resume erased")) is None
        assert resumes.content(resumes.latest(named(session, "kept")))
        assert session.scalars(select(Candidate).where(Candidate.full_name == "erased")).all() == []
        stored = set(resumes.store().all_keys())
        assert not stored & gone
        assert stored == resumes.file_keys()
    assert not (house.folder / LIST).exists()


def states(session):
    rows = select(Candidate.full_name, Letter.state).join(Forward, Forward.candidate_id == Candidate.id)
    return dict(session.execute(rows.join(Letter, Letter.id == Forward.letter_id)).all())


def test_what_people_asked_for_since_holds(house, saved):
    gone = ask_for_everything(house)
    with house.inside() as session:
        asked_at = session.scalars(select(Consent.withdrawn_at).where(Consent.withdrawn_at.is_not(None))).one()
    said = house.run(backup.restore, saved, "--replace")
    assert ALL_OF_IT in said
    check_everything(house, gone)
    with house.inside() as session:
        assert session.scalars(select(Consent.withdrawn_at).where(Consent.withdrawn_at.is_not(None))).one() == asked_at
        told = [event.text for event in timeline.of(named(session, "unwilling"), seen_by=alice())]
        assert any("once more" in words for words in told), told


def test_and_after_the_next_restore_as_well(house, saved):
    gone = ask_for_everything(house)
    first, second = (house.run(backup.restore, saved, "--replace") for _ in range(2))
    assert "1 erased candidate" in first
    assert "1 erased candidate" in second
    check_everything(house, gone)


def test_where_nobody_asked_for_anything(house, saved):
    with house.inside(writes=True) as session:
        candidates.archive(named(session, "kept"), by=alice())
    assert NOTHING in house.run(backup.restore, saved, "--replace")
    with house.inside() as session:
        assert not named(session, "kept").is_archived
        assert session.scalar(text("SELECT count(*) FROM letter WHERE state = 'in_doubt'")) == len(PEOPLE)


def test_what_is_younger_than_the_backup_is_not_taken_for_erased(house, saved, tmp_path_factory):
    """An older backup by mistake, and then the right one: who was missing in between was not erased by anybody."""
    with house.inside(writes=True) as session:
        make.candidate(alice(), "Newcomer", email="new@example.org")
    tuesday = tmp_path_factory.mktemp("backups") / "tuesday.tar"
    house.run(backup.backup, tuesday)
    house.run(backup.restore, saved, "--replace")
    house.run(backup.restore, tuesday, "--replace")
    with house.inside() as session:
        assert not named(session, "Newcomer").is_deleted


def test_what_was_asked_for_is_not_forgotten_by_way_of_an_older_backup(house, saved, tmp_path_factory):
    """The older backup does not know the permission at all; the one restored after it does."""
    with house.inside(writes=True) as session:
        newcomer = make.candidate(alice(), "Newcomer", email="new@example.org")
        make.consent(newcomer, alice())
        make.candidate(alice(), "Passing", email="passing@example.org")
    tuesday = tmp_path_factory.mktemp("backups") / "tuesday.tar"
    house.run(backup.backup, tuesday)
    with house.inside(writes=True) as session:
        withdrawals.withdraw(session.scalars(consents.of(named(session, "Newcomer"))).one(), by=alice())
        candidates.delete(named(session, "Passing"), by=alice())
    with house.inside(writes=True):
        erasing.deleted_candidates(clock.now() + timedelta(days=8))
    assert NOTHING in house.run(backup.restore, saved, "--replace")
    assert stat.S_IMODE((house.folder / LIST).stat().st_mode) == 0o600
    said = house.run(backup.restore, tuesday, "--replace")
    assert "replaced: 1 withdrawn permission, 1 erased candidate." in said
    assert not (house.folder / LIST).exists()


def test_elsewhere_nothing_is_replaced_and_nothing_said(house, saved, tmp_path_factory):
    ask_for_everything(house)
    if house.kind == "sqlite":
        said = House(tmp_path_factory.mktemp("elsewhere")).run(backup.restore, saved)
        assert "rought over" not in said


# --- where it goes wrong


def test_a_database_of_another_form_is_replaced_all_the_same(house, saved):
    ask_for_everything(house)
    with house.inside(writes=True) as session:
        session.execute(text("ALTER TABLE suppression RENAME COLUMN since TO from_when"))
    said = house.run(backup.restore, saved, "--replace")
    assert "What people asked for since could not be read from the database that was replaced (" in said
    with house.inside() as session:
        assert not named(session, "deleted").is_deleted
        assert suppressions.of("ada@example.org") is None


def test_a_list_that_is_damaged_is_not_passed_over(house, saved):
    (house.folder / LIST).write_text("[")
    with pytest.raises(Refused, match=r"is damaged\. It lists what people asked for"):
        house.run(backup.restore, saved, "--replace")
    with house.inside() as session:
        assert named(session, "kept")


def test_a_restore_that_is_refused_leaves_no_list(house, saved):
    ask_for_everything(house)
    saved.write_bytes(saved.read_bytes()[:5_000])
    with pytest.raises(Refused, match="is damaged"):
        house.run(backup.restore, saved, "--replace")
    assert not (house.folder / LIST).exists()


DIE = "lambda *_, **__: os.kill(os.getpid(), 9)"
PLACES = {
    "between the two": f"os.sync = {DIE}",
    "before the new one is ready": f"backup._make_ready = {DIE}",
    "before its files": f"backup._exchange_files = {DIE}",
    "before the list goes": f"keep = backup.bringing_over.keep; calls = []\n"
    f"backup.bringing_over.keep = lambda asked: calls.append(1) or (keep if len(calls) < 2 else {DIE})(asked)",
    "before files are removed": "from crm.kit import files\nfiles.Store.remove = " + DIE,
}  # fmt: skip


ON_SQLITE = ("between the two", "before its files", "before the list goes", "before files are removed")
ON_POSTGRESQL = ("before the new one is ready", "before files are removed")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("database_url", "place"),
    [("sqlite", place) for place in ON_SQLITE] + [("postgresql", place) for place in ON_POSTGRESQL],
    indirect=["database_url"],
)
def test_a_restore_that_was_killed_is_run_again(house, saved, place):
    gone = ask_for_everything(house)
    source = f"import os\nfrom crm.cli import backup, copies, main\n{PLACES[place]}\nmain()"
    command = [sys.executable, "-c", source, "restore", str(saved), "--replace"]
    houses.wait_for_death(program.run(house.folder, command=command, CRM_DATABASE_URL=house.url))
    house.run(backup.restore, saved, "--replace")
    check_everything(house, gone)
