"""Colleagues from a file of addresses: looked at, taken in, taken out again."""

import io
import re
from pathlib import Path

import pytest
from sqlalchemy import update

from crm.db import Base, db, unit_of_work
from crm.domain import address_imports, colleagues, shortlisting, teasing, users
from crm.domain.forwards import Forward
from crm.kit import address_files
from tests import make, people

LINKEDIN = (
    b'Notes:\n"When exporting your connection data"\n\nFirst Name,Last Name,URL,Email Address,Company,Position\n'
    b'Carol,Devereux,https://example.org/c,carol@acme.example.org,"Acme, Inc",CTO\n'
    b"Dan,Ek,https://example.org/d,dan@globex.example.org,Globex,Head\nBo,Silent,https://example.org/b,,Globex,\n"
)
VCARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Eva\\, Maria Lind\r\nN:Lind;Eva;;;\r\nitem1.EMAIL;TYPE=INTERNET:eva@init.e\r\n"
    " xample.org\r\nORG:Initech;Sales\r\nNOTE:a secret\r\nEND:VCARD\r\n"
)
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "ats" / "vcard"


def upload(browser, content, name="Connections.csv", status=200):
    page = browser.get("/colleagues/imports/new")
    return browser.submit(page, "/imports/new", status=status, file=(io.BytesIO(content), name))


def in_the_book(app):
    with app.app_context(), unit_of_work(writes=False):
        return [colleagues.by_email(f"{name}.example.org") is not None for name in ("carol@acme", "dan@globex")]


def test_only_those_who_were_ticked_are_added_and_they_can_be_taken_out_again(app, as_alice):
    page = upload(as_alice, LINKEDIN)
    assert "Carol Devereux, Acme, Inc carol@acme.example.org" in page.text
    assert "1 left out" in page.text
    assert "Bo Silent, Globex without a mail address" in page.text
    assert in_the_book(app) == [False, False]
    as_alice.submit(page, page.path, numbers=["0"])
    assert in_the_book(app) == [True, False]
    page = as_alice.get(page.path)
    as_alice.submit(page, "/undo")
    assert in_the_book(app) == [False, False]


def test_the_same_file_again_says_so(as_alice):
    first = upload(as_alice, LINKEDIN)
    assert "this same file" not in first.text
    assert "this same file" not in upload(as_alice, LINKEDIN).text
    as_alice.submit(first, first.path, numbers=["0"])
    again = upload(as_alice, LINKEDIN)
    assert "You took people from this same file on" in again.text
    assert first.path in again.links()
    assert "this same file" not in upload(as_alice, VCARD.encode(), "people.vcf").text
    as_alice.submit(as_alice.get(first.path), "/undo")
    assert "this same file" not in upload(as_alice, LINKEDIN).text


def test_who_was_worked_with_since_stays(app, as_alice):
    page = upload(as_alice, LINKEDIN)
    as_alice.submit(page, page.path, numbers=["0", "1"])
    with app.app_context(), unit_of_work(writes=True):
        make.forward(users.by_email(people.address("alice")), to=colleagues.by_email("carol@acme.example.org"))
    page = as_alice.submit(as_alice.get(page.path), "/undo")
    assert in_the_book(app) == [True, False]


def test_who_was_told_of_somebody_since_stays(app, as_alice):
    page = upload(as_alice, LINKEDIN)
    as_alice.submit(page, page.path, numbers=["0", "1"])
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        several = [make.candidate(alice, name, email=f"{name[:3]}@example.org") for name in ("Ada Byron", "Eva Ek")]
        for person in several:
            make.resume(person, alice)
        make.consent(several[0], alice, purpose="introduce", company="")
        carol, dan = (colleagues.by_email(f"{name}.example.org") for name in ("carol@acme", "dan@globex"))
        teasing.send(teasing.propose(several[0], carol, by=alice, headline="Leads data teams"), by=alice)
        shortlisting.send(shortlisting.plan(several, [dan], by=alice), by=alice)
        db.session.execute(update(Forward).values(colleague_id=carol.id))
    as_alice.submit(as_alice.get(page.path), "/undo")
    assert in_the_book(app) == [True, True]


def test_whatever_keeps_a_colleague_is_known_to_the_undo():
    """News alone goes with them: it tells of nothing that has no row of its own."""
    keeps = {table.name for table in Base.metadata.sorted_tables for column in table.columns
             for key in column.foreign_keys if key.column.table.name == "colleague"} - {"news"}  # fmt: skip
    asked = set(re.findall(r"FROM (\w+)", str(address_imports._is_used())))
    assert keeps <= asked


@pytest.mark.parametrize("number", ["9" * 5_000, "²", "-1", "x"])
def test_what_is_no_row_is_nobody(as_alice, number):
    page = upload(as_alice, LINKEDIN)
    assert "Tick whom you want" in as_alice.submit(page, page.path, status=422, numbers=[number]).text


def test_nobody_ticked_is_a_sentence(as_alice):
    page = upload(as_alice, LINKEDIN)
    assert "Tick whom you want" in as_alice.submit(page, page.path, status=422).text


def test_who_is_known_is_not_added_twice(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        make.colleague(users.by_email(people.address("alice")))
    assert "in the address book already" in upload(as_alice, LINKEDIN).text


def test_what_is_no_file_of_addresses_is_refused(as_alice):
    assert "No names and mail addresses were found" in upload(as_alice, b"hello", status=422).text


def test_a_file_is_nobody_elses(as_alice, as_charlie):
    as_charlie.get(upload(as_alice, LINKEDIN).path, status=404)


def test_a_vcard_is_read_for_name_address_and_company_alone():
    assert address_files.read(VCARD.encode()) == [("Eva, Maria Lind", "eva@init.example.org", "Initech")]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_cards_of_known_programs_are_read():
    for sample in SAMPLES.glob("*.vcf"):
        for person in address_files.read(sample.read_bytes()):
            assert all(person), sample.name
            assert "\\" not in "".join(person)
