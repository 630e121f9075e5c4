"""Candidates from a file, as a recruiter brings them over: mapped, checked, taken in, taken out again."""

import io

import pytest
from sqlalchemy import func, select

from crm.db import db, unit_of_work
from crm.domain import candidates, importing, personal_letters, tags, users
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.imports import FileImport
from crm.domain.roles import Role
from crm.domain.touchpoints import Touchpoint
from tests import make, people
from tests.kit.test_tables import BROKEN

FILE = (
    "Vorname;Nachname;E-Mail;Telefon;Firma;Stelle;Phase;Status;Beworben am;Notizen;Schlagworte;Farbe;Geschlecht\n"
    "Åsa;Öberg;asa@example.org;+49 30 1234567;Acme;Data Engineer;Final round;"
    "Rejected;13.02.2024;Good;data,kafka;blue;w\n"
    "Bo;Ek;bo@example.org;;Globex;Data Engineer;Phone screen;active;14.02.2024;;;;m\n"
    ";;nobody@example.org;;;;;;;;;;\n"
    "Cem;Acar;not an address;12;;;;;31.31.2024;;;green;m\n"
)


def bring(browser, content, name="people.csv", status=200):
    content = content.encode() if isinstance(content, str) else content
    return browser.submit(browser.get("/imports/new"), "/imports/new", status=status, file=(io.BytesIO(content), name))


def work(app, browser, page):
    with app.app_context():
        while importing.step():
            pass
    return browser.get(page.path)


def count(app, what):
    with app.app_context(), unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(what))


def whole(app, browser, content, name="people.csv", **chosen):
    page = bring(browser, content, name)
    page = work(app, browser, browser.submit(page, "/check", **chosen))
    return work(app, browser, browser.submit(page, "/start"))


def test_a_file_is_mapped_checked_taken_in_and_taken_out_again(app, as_alice):
    page = bring(as_alice, FILE)
    chosen = page.tree.xpath("//select[@name='field']/option[@selected]/@value")
    assert chosen == [
        "first_name", "last_name", "email", "phone", "employer", "role", "stage", "disposition", "applied_on", "note",
        "tags", "keep", "ignore",
    ]  # fmt: skip
    assert "nothing about age, gender or origin" in page.text
    page = as_alice.submit(page, "/check")
    assert "Looking at every row" in page.text
    page = work(app, as_alice, page)
    assert "3 would be new on file" in page.text
    assert "1 left out" in page.text
    assert "There is no name in it." in page.text
    assert "“not an address” is not a mail address; it is kept as a note." in page.text
    assert "“31.31.2024” is no day" in page.text
    assert count(app, Candidate) == 0
    page = work(app, as_alice, as_alice.submit(page, "/start"))
    assert "3 new on file" in page.text
    with app.app_context(), unit_of_work(writes=False):
        alice = users.by_email(people.address("alice"))
        asa = candidates.by_email("asa@example.org", seen_by=alice)
        asa_id = asa.id
        assert (asa.full_name, asa.employer, asa.phone) == ("Åsa Öberg", "Acme", "+49 30 1234567")
        assert tags.names([asa.id])[asa.id] == ["data", "kafka"]
        applied = db.session.scalars(select(Application).where(Application.candidate_id == asa.id)).one()
        assert (applied.stage, applied.disposition, applied.applied_on.isoformat()) == (
            "finalist",
            "rejected",
            "2024-02-13",
        )
        notes = db.session.scalars(
            select(Touchpoint.text).where(Touchpoint.candidate_id == asa.id).order_by(Touchpoint.text)
        )
        assert list(notes) == ["Good", "Kept from people.csv:\nStage for Data Engineer: Final round\nFarbe: blue"]
        assert "record first on what basis" in personal_letters.stands_against(asa)
        assert db.session.scalars(select(Role.title)).all() == ["Data Engineer"]
    assert "Åsa Öberg" in as_alice.get("/candidates?q=oberg").text
    shown = as_alice.get(f"/candidates/{asa_id}")
    assert "Brought over from people.csv, row 2" in shown.text
    page = work(app, as_alice, as_alice.submit(page, "/undo"))
    assert "3 people are gone" in page.text
    assert (count(app, Candidate), count(app, Role), count(app, Touchpoint)) == (0, 0, 0)


def test_the_same_file_again_changes_nothing(app, as_alice):
    whole(app, as_alice, FILE)
    page = bring(as_alice, FILE)
    assert "This very file was taken in" in page.text
    page = work(app, as_alice, as_alice.submit(page, "/check"))
    assert "3 left alone" in page.text
    assert not page.forms("/start")
    assert count(app, Candidate) == 3


def test_who_was_worked_with_since_stays(app, as_alice):
    page = whole(app, as_alice, FILE)
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        tags.apply(candidates.by_email("bo@example.org", seen_by=alice), "call soon", by=alice)
    page = work(app, as_alice, as_alice.submit(page, "/undo"))
    assert "2 people are gone, 1 stayed" in page.text
    assert count(app, Candidate) == 1


KNOWN = [("update", 3, "Globex"), ("skip", 3, ""), ("new", 4, "")]


@pytest.mark.parametrize(("on_known", "people_after", "employer"), KNOWN)
def test_who_is_known_is_filled_in_left_or_made_anew(app, as_alice, on_known, people_after, employer):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        bo_id = make.candidate(alice, "Bo Ek", email="bo@example.org", headline="Head").id
    page = whole(app, as_alice, FILE, on_known=on_known)
    assert count(app, Candidate) == people_after
    with app.app_context(), unit_of_work(writes=False):
        bo = db.session.get(Candidate, bo_id)
        assert (bo.headline, bo.employer) == ("Head", employer)
        assert not bo.basis_needed
    page = work(app, as_alice, as_alice.submit(page, "/undo"))
    with app.app_context(), unit_of_work(writes=False):
        bo = db.session.get(Candidate, bo_id)
        assert (bo.headline, bo.employer) == ("Head", "")
    assert count(app, Candidate) == 1
    assert count(app, Application) == 0


@pytest.mark.parametrize("name", ["empty", "binary", "locked workbook", "workbook with entities", "deep object"])
def test_a_broken_file_is_a_sentence_and_nobody_is_taken_in(app, as_alice, name):
    page = bring(as_alice, BROKEN[name], status=422)
    assert "Please look at this again" in page.text
    assert count(app, FileImport) == 0
