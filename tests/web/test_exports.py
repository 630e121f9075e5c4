"""People taken out of the list as a file: exactly those it shows, nobody whom one may not see, and it is on record."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, select

from crm.db import db, unit_of_work
from crm.domain import candidates, tags, users
from crm.domain.candidates import Candidate, Email
from crm.domain.events import Event
from crm.kit import clock, tokens
from tests import make
from tests.people import address
from tests.structure.workspace import statements


@pytest.fixture
def four(app):
    """Ada with a tag and a sealed role; =Bo, as a spreadsheet reckons; Cy, Alice's; Di archived."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(address("alice"))
        ada = make.candidate(alice, "Ada", location="Lund", headline="Data engineer", employer="Acme")
        bo = make.candidate(alice, "=Bo", email="", location="Lund")
        cy = make.candidate(alice, "Cy", email="", location="Lund", visibility="owner")
        di = make.candidate(alice, "Di", email="")
        candidates.archive(di, by=alice)
        tags.apply(ada, "Data", by=alice)
        make.near_miss(ada, make.role(alice, "Falcon", status="sealed"), alice)
        return ada.id, bo.id, cy.id, di.id


def taken(browser, address, kind="csv", status=200):
    page = browser.get(address)
    form = page.forms("/export")[0]
    sent = dict(browser._carried(form)) | {"format": kind}
    answer = browser.client.post(form.get("action"), data=sent)
    assert answer.status_code == status
    return answer


def names(answer):
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    return [row[0] for row in rows[1:]]


def test_all_in_a_filter_is_what_the_list_shows(app, as_alice, as_charlie, four):
    listed = "search=location%3Dlund&everybody=1"
    assert names(taken(as_alice, f"/candidates/export?{listed}")) == ["Ada", "'=Bo", "Cy"]
    assert names(taken(as_charlie, f"/candidates/export?{listed}")) == ["Ada", "'=Bo"]
    assert names(taken(as_alice, "/candidates/export?search=tag%3Ddata&everybody=1")) == ["Ada"]
    assert names(taken(as_alice, "/candidates/export?search=q%3Dengineer&everybody=1")) == ["Ada"]
    assert names(taken(as_alice, "/candidates/export?search=archived%3D1&everybody=1")) == ["Di"]
    assert names(taken(as_alice, "/candidates/export?search=-tag%3Ddata&everybody=1")) == ["'=Bo", "Cy"]


def test_an_order_that_leaves_people_out_leaves_them_out_of_the_file(app, as_alice, four):
    with app.app_context(), unit_of_work(writes=True):
        db.session.get_one(Candidate, four[1]).next_on = clock.today()
    shown = [link.text for link in as_alice.get("/candidates?sort=due").tree.xpath("//tbody//a[@class='who']")]
    assert shown == ["=Bo"]
    assert names(taken(as_alice, "/candidates/export?search=sort%3Ddue&everybody=1")) == ["'=Bo"]


def test_those_chosen_and_nobody_who_is_hidden(as_charlie, four):
    ada, _, cy, _ = four
    page = as_charlie.get(f"/candidates/export?people={ada}&people={cy}")
    assert "Export: 1 person" in page.text
    assert "Cy" not in page.text
    answer = taken(as_charlie, f"/candidates/export?people={ada}&people={cy}", "json")
    assert [one["Name"] for one in json.loads(answer.get_data())] == ["Ada"]
    assert b"Falcon" not in answer.get_data()
    as_charlie.get(f"/candidates/{cy}/export", 404)


def test_a_workbook_and_its_name(as_alice, four):
    answer = taken(as_alice, "/candidates/export?search=&everybody=1", "xlsx")
    assert answer.headers["Content-Disposition"] == "attachment; filename=candidates.xlsx"
    assert answer.headers["Cache-Control"] == "no-store"
    sheet = load_workbook(io.BytesIO(answer.get_data())).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Name", "Ada", "'=Bo", "Cy"]


def test_it_is_on_record_and_looking_is_not(app, as_charlie, four):
    as_charlie.get("/candidates/export?search=&everybody=1")
    taken(as_charlie, "/candidates/export?search=&everybody=1")
    taken(as_charlie, f"/candidates/{four[0]}/export", "resume")
    with app.app_context(), unit_of_work(writes=False):
        charlie = users.by_email(address("charlie"))
        kinds = ("candidates.exported", "candidate.exported")
        told = db.session.scalars(select(Event).where(Event.kind.in_(kinds)).order_by(Event.id)).all()
        assert [(one.subject_id, one.by_id, one.text) for one in told] == [
            (charlie.id, charlie.id, "took 2 people out as CSV"),
            (four[0], charlie.id, "took the record out as a JSON Resume"),
        ]
    assert "Took the record out" in as_charlie.get(f"/candidates/{four[0]}").text


def test_one_person_in_every_form(as_alice, four):
    page = as_alice.get(f"/candidates/{four[0]}")
    assert f"/candidates/{four[0]}/export" in page.links()
    told = json.loads(taken(as_alice, f"/candidates/{four[0]}/export", "resume").get_data())
    assert told["basics"]["email"] == "ada@example.org"
    assert told["work"] == [{"name": "Acme", "position": "Data engineer"}]
    assert names(taken(as_alice, f"/candidates/{four[0]}/export")) == ["Ada"]


def test_nobody_chosen_or_no_such_form_is_refused(app, as_alice, four):
    assert "Nobody is chosen" in as_alice.get("/candidates/export?search=").text
    answer = taken(as_alice, "/candidates/export?search=&everybody=1", "pdf", status=422)
    assert "must be one of" in answer.get_data(as_text=True)
    taken(as_alice, f"/candidates/{four[0]}/export", "exe", status=422)
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(Event).where(Event.kind.like("candidate%.exported"))).all() == []


def test_filters_are_looked_up_once(app, as_alice, four):
    """However many stand above the list."""
    wanted = "tag=data&-tag=kafka&warmth=cold&stage=finalist&consent=forward"
    with statements(app) as ran:
        as_alice.get("/candidates/export", query_string={"search": wanted, "everybody": "1"})
    assert len(ran) <= 12


def test_a_thousand_people_by_few_statements(app, as_alice):
    _many(app, 1_000)
    with statements(app) as ran:
        answer = taken(as_alice, "/candidates/export?search=&everybody=1")
        assert len(names(answer)) == 1_000
    assert len(ran) < 40


def _many(app, count):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(address("alice"))
        ids = [tokens.new_id() for _ in range(count)]
        db.session.execute(insert(Candidate), [
            {"id": one, "full_name": f"Person {n}", "name_key": f"person {n}", "owner_id": alice.id}
            for n, one in enumerate(ids)
        ])  # fmt: skip
        db.session.execute(insert(Email), [
            {"candidate_id": one, "address": f"p{n}@example.org", "position": 0} for n, one in enumerate(ids)
        ])  # fmt: skip


def test_an_address_with_more_filters_than_a_list_has_is_not_everybody(as_alice, four):
    many = "%26".join(["location%3Dnowhere"] * 90)
    as_alice.get(f"/candidates/export?search={many}&everybody=1", status=422)
    as_alice.get(f"/candidates?{'&'.join(['location=nowhere'] * 90)}", status=422)


def test_words_of_a_sealed_role_are_held_back(app, as_alice, four):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(address("alice"))
        tags.apply(candidates.find(four[0], seen_by=alice), "Project Falcon", by=alice)
    said = taken(as_alice, "/candidates/export?search=tag%3Ddata&everybody=1").get_data(as_text=True)
    assert "Ada" in said and "Falcon" not in said
