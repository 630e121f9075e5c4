"""Resumes that a user forwards by mail, from the bytes of the mail to the page where they decide."""

from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.db import db, unit_of_work
from crm.domain import accounts, intake, resumes, today, users
from crm.domain.candidates import Candidate
from crm.domain.inbox import Arrival
from crm.domain.intake import IntakeFile
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.domain.touchpoints import Touchpoint
from crm.mail import receiving, resume_mails
from crm.worker import Worker
from tests import documents, make, people
from tests.conftest import make_app

FROM = "crm@norrland.example.org"
CV = documents.pdf("Ada Byron", ["Analyst", "ada@example.org"])
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def house(app, database_url, tmp_path):
    house = make_app(tmp_path, database_url, mail_from=FROM, receives=True)
    with house.app_context():
        yield house


def private(name="alice"):
    with unit_of_work(writes=False):
        return FROM.replace("@", f"+cv-{users.by_email(people.address(name)).log_key}@")


def forwarded(*files, to=None, sender=None, subject="Fwd: two people", message_id="<one@example.org>", **headers):
    """`files`: (name, content) or a mail."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender or f"Alice <{people.address('alice')}>", to or private()
    message["Subject"], message["Message-ID"] = subject, message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("See below.\n\n---------- Forwarded message ----------\nFrom: Ada <ada@example.org>\n")
    for one in files:
        if isinstance(one, EmailMessage):
            message.add_attachment(one)
        else:
            kind = ("image", "png") if one[0].endswith(".png") else ("application", "octet-stream")
            message.add_attachment(one[1], maintype=kind[0], subtype=kind[1], filename=one[0])
    return message.as_bytes()


def on_today(name="alice"):
    with unit_of_work(writes=False):
        return [one.sentence for one in today.of(users.by_email(people.address(name))).news]


def names():
    with unit_of_work(writes=False):
        files = db.session.scalars(select(IntakeFile).order_by(IntakeFile.id))
        return [(one.filename, one.resume_id is not None) for one in files]


def counted(*tables):
    with unit_of_work(writes=False):
        return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_they_wait_for_the_user_and_nothing_else_comes_of_them(house):
    raw = forwarded(("Ada Byron.pdf", CV), ("ben.txt", documents.txt("Ben Okafor", ["Engineer", "ben@example.org"])))
    before = counted(Candidate, Letter, Arrival)
    assert receiving.take(raw) == "intake"
    assert on_today() == ["Your mail brought 2 resumes that wait for your decision"]
    assert on_today("bob") == []
    assert counted(Candidate, Letter, Arrival) == before
    Worker(house).drain()
    with unit_of_work(writes=False):
        alice = users.by_email(people.address("alice"))
        [(brought, _)] = intake.waiting_of(alice)
        assert [row.found["full_name"] for row in intake.rows(brought, seen_by=alice)] == ["Ada Byron", "Ben Okafor"]
    assert counted(Candidate, Letter, Arrival) == before


def test_the_user_reads_of_it_and_decides(house, as_alice):
    receiving.take(forwarded(("ada.pdf", CV)))
    Worker(house).drain()
    page = as_alice.get("/")
    assert "Brought 1 resume that waits for your decision" in page.text
    assert "/intake" in page.links()
    assert "Fwd: two people" in as_alice.get("/intake").text
    with unit_of_work(writes=False):
        [brought] = db.session.scalars(select(intake.Intake))
        path = f"/intake/{brought.id}"
    page = as_alice.submit(as_alice.get(path), path)
    assert "Ada Byron is a new candidate" in page.text
    assert "Fwd: two people" not in as_alice.get("/intake").text


def test_the_same_mail_twice_is_one(house):
    raw = forwarded(("ada.pdf", CV))
    assert [receiving.take(raw), receiving.take(raw)] == ["intake", "known"]
    assert counted(intake.Intake, IntakeFile, Resume) == [1, 1, 1]


def test_the_same_mail_to_two_workers_at_once_is_one(house):
    raw = forwarded(("ada.pdf", CV))

    def take(_):
        with house.app_context():
            return receiving.take(raw)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == ["intake", "known", "known", "known"]
    assert counted(intake.Intake, Resume) == [1, 1]
    assert len(resumes.store().all_keys()) == 1


@pytest.mark.parametrize(
    ("to", "sender"),
    [
        (None, "Mallory <mallory@example.org>"),
        (None, "{alice} <mallory@example.org>"),
        (None, "{bob}"),
        (FROM, "{alice}"),
        (FROM.replace("@", "+cv-00000000000000000000000000@"), "{alice}"),
        (FROM.replace("@", "+cv-%27or%271@"), "{alice}"),
    ],
)
def test_neither_the_address_nor_the_sender_alone_is_enough(house, to, sender):
    sender = sender.format(alice=people.address("alice"), bob=people.address("bob"))
    assert receiving.take(forwarded(("ada.pdf", CV), to=to, sender=sender)) == "nothing"
    assert counted(intake.Intake, IntakeFile, Resume, Arrival) == [0, 0, 0, 0]


def test_who_has_left_brings_nothing(house):
    to = private()
    with unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        accounts.disable(alice, by=users.by_email(people.address("anna")))
    assert receiving.take(forwarded(("ada.pdf", CV), to=to)) == "nothing"


def test_a_mail_within_the_mail_brings_its_files_but_no_sender(house):
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "Ada <ada@example.org>", "jobs@example.org", "My resume"
    inner.set_content("Here it is.")
    inner.add_attachment(CV, maintype="application", subtype="pdf", filename="cv.pdf")
    assert receiving.take(forwarded(inner)) == "intake"
    assert names() == [("cv.pdf", True)]


def test_what_mail_programs_put_beside_is_left_aside(house):
    receiving.take(forwarded(("logo.png", PICTURE), ("ada.pdf", CV), ("ATT00001.txt", b"This mail was scanned.")))
    assert names() == [("ada.pdf", True)]


def test_a_mail_without_a_file_that_can_be_taken_says_so(house, as_alice):
    receiving.take(forwarded(("scan.png", PICTURE)))
    receiving.take(forwarded(subject="", message_id="<two@example.org>"))
    assert on_today() == ["Your mail brought no file that could be taken"] * 2
    page = as_alice.get("/intake")
    assert "No file in it could be taken." in page.text
    with unit_of_work(writes=False):
        paths = [f"/intake/{one}" for one in db.session.scalars(select(intake.Intake.id).order_by(intake.Intake.at))]
    assert "scan.png" in as_alice.get(paths[0]).text
    assert "This mail brought no file, or what it brought was removed since." in as_alice.get(paths[1]).text


def test_hostile_files_and_headers_are_named_and_harm_nobody(house, as_alice):
    files = (
        ("../../etc/passwd.pdf", CV),
        ("bomb.docx", documents.zip_bomb()),
        ("run.exe", b"MZ" + b"\0" * 100),
        ("<script>alert(1)</script>.pdf", b"%PDF-1.7 nothing more"),
        ("empty.pdf", b""),
    )
    raw = forwarded(*files, subject="x" * 900)
    raw = raw.replace(b"Subject: ", b"Subject: =?utf-8?q?=3Cscript=3Ealert(2)=3C/script=3E=00=0D=0ABcc:_x?= ", 1)
    assert receiving.take(raw) == "intake"
    assert [kept for _, kept in names()].count(True) >= 1
    assert not [name for name, _ in names() if "/" in name or "<" in name]
    Worker(house).drain()
    page = as_alice.get("/intake")
    assert "<script>alert" not in page.response.text
    with unit_of_work(writes=False):
        [path] = [f"/intake/{one}" for one in db.session.scalars(select(intake.Intake.id))]
    page = as_alice.get(path)
    assert "run.exe" in page.text
    assert "<script>alert" not in page.response.text


def test_nested_mails_end_somewhere(house):
    message = EmailMessage()
    message.set_content("the innermost")
    for number in range(12):
        outer = EmailMessage()
        outer["Subject"] = str(number)
        outer.set_content("x")
        outer.add_attachment(message)
        message = outer
    assert receiving.take(forwarded(message)) == "intake"
    assert counted(Resume) == [0] or len(names()) <= resume_mails.MOST_FILES


def test_there_are_only_so_many_an_hour(house, monkeypatch):
    monkeypatch.setattr(resume_mails, "MAILS_AN_HOUR", 2)
    mails = [forwarded(("ada.pdf", CV), message_id=f"<{number}@example.org>") for number in range(4)]
    assert [receiving.take(raw) for raw in mails] == ["intake", "intake", "nothing", "nothing"]
    assert [one for one in on_today() if "too often" in one] == [f"Your mail {resume_mails.TOO_MANY}"]


@pytest.mark.parametrize("names_of_users", [("alice", "bob"), ("bob", "alice")])
def test_any_of_the_addresses_in_a_mail_may_be_the_senders(house, names_of_users):
    to = ", ".join(private(name) for name in names_of_users)
    assert receiving.take(forwarded(("ada.pdf", CV), to=to)) == "intake"
    assert (len(on_today("alice")), len(on_today("bob"))) == (1, 0)


def test_the_same_file_twice_is_one_and_those_too_many_are_spoken_of(house):
    texts = [(f"{number}.txt", documents.txt(f"Person {number}", ["Engineer"])) for number in range(22)]
    receiving.take(forwarded(texts[0], *texts))
    assert len(names()) == resume_mails.MOST_FILES
    assert on_today() == [
        "Your mail brought 20 resumes that wait for your decision; 2 more were left out: send them in a second mail"
    ]


def test_a_disk_that_takes_nothing_loses_no_mail_and_none_of_what_one_may_bring(house, monkeypatch):
    monkeypatch.setattr(resume_mails, "MAILS_AN_HOUR", 1)
    folder, aside = Path(house.instance_path) / "files", Path(house.instance_path) / "aside"
    folder.mkdir(exist_ok=True)
    folder.rename(aside)
    folder.write_text("not a folder")
    raw = forwarded(("ada.pdf", CV))
    for _ in range(2):
        with pytest.raises(OSError, match="File exists"):
            receiving.take(raw)
    assert counted(intake.Intake, IntakeFile, Resume) == [0, 0, 0]
    folder.unlink()
    aside.rename(folder)
    assert receiving.take(raw) == "intake"


def test_what_was_not_decided_on_goes_with_the_subject(house):
    receiving.take(forwarded(("scan.png", PICTURE)))
    with unit_of_work(writes=True):
        [brought] = db.session.scalars(select(intake.Intake))
        intake.sweep(brought.held_until + intake.TOLD)
    with unit_of_work(writes=False):
        [brought] = db.session.scalars(select(intake.Intake))
        assert brought.subject == ""
    assert names() == []
    assert receiving.take(forwarded(("scan.png", PICTURE))) == "known"


def test_a_copy_of_what_one_wrote_to_somebody_is_filed_beside_the_resumes(house):
    with unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.candidate(alice, "Ada Byron", email="ada@example.org")
        log_address = FROM.replace("@", f"+log-{alice.log_key}@")
    raw = forwarded(("ada.pdf", CV), to=f"ada@example.org, {private()}, {log_address}")
    assert receiving.take(raw) == "intake"
    with unit_of_work(writes=False):
        [touchpoint] = db.session.scalars(select(Touchpoint))
        assert (touchpoint.kind, touchpoint.direction) == ("mail", "out")
    assert receiving.take(raw) == "known"
    assert counted(Touchpoint, intake.Intake) == [1, 1]
