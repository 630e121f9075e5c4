"""The pages of the address book."""

import pytest

from crm.db import unit_of_work
from crm.domain import colleagues, users
from tests import make, people

GOOD = {"name": "Carol Devereux", "email": "carol@acme.example.org", "company": "Acme"}


def add(browser, status=200, **facts):
    return browser.submit(browser.get("/colleagues/new"), "/colleagues/new", status=status, **{**GOOD, **facts})


def test_alice_adds_a_colleague_and_finds_her(as_alice):
    page = add(as_alice, looking_for="A data engineer who has run streaming")
    assert "Carol Devereux" in page.text
    assert "streaming" in page.text
    assert "Carol Devereux" in as_alice.get("/colleagues").text
    assert "Carol Devereux" in as_alice.get("/colleagues?q=acme").text
    assert "Nobody by that name" in as_alice.get("/colleagues?q=%00zzz").text


def test_she_is_edited(as_alice):
    page = add(as_alice)
    edit = next(link for link in page.links() if link.endswith("/edit"))
    page = as_alice.submit(as_alice.get(edit), "/edit", company="Initech", relation="We met in Lund.")
    assert "Initech" in page.text
    assert "We met in Lund." in page.text


def test_suggestions_are_what_the_picker_reads(as_alice):
    add(as_alice)
    answer = as_alice.client.get("/colleagues/suggestions?q=car")
    [item] = answer.json["items"]
    assert (item["title"], item["snippet"]) == ("Carol Devereux", "Acme · carol@acme.example.org")
    assert as_alice.client.get("/colleagues/suggestions").json == {"items": []}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "A name is needed"),
        ("name", "=?utf-8?q?x=0ABcc:_evil@example.org?=", "cannot stand in a mail"),
        ("name", "x" * 4096, "longer than 200"),
        ("name", "nul\x00", "cannot be shown"),
        ("email", "carol@acme.example.org, evil@example.org", "not a mail address"),
        ("email", "nonsense", "not a mail address"),
        ("company", "", "at which company"),
        ("relation", "x" * 4096, "longer than 200"),
        ("looking_for", "x" * 4096, "longer than 1,000"),
    ],
)
def test_what_cannot_stand_is_said_at_its_field_and_nothing_typed_is_lost(as_alice, field, value, sentence):
    page = add(as_alice, status=422, **{field: value})
    assert sentence in page.text
    [form] = page.forms("/colleagues/new")
    for name in {*GOOD} - {field}:
        assert form.fields[name] == GOOD[name]


def test_the_same_address_twice_is_said(as_alice):
    add(as_alice)
    assert "in the address book already" in add(as_alice, status=422).text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "مريم", "Ada 🦊", "O’Neill, Pat"])
def test_odd_names_show_as_text(as_alice, name):
    page = add(as_alice, name=name)
    assert name in page.text
    assert not [script for script in page.tree.iter("script") if script.text]


def test_unknown_colleagues_are_missing(as_alice):
    for path in ("/colleagues/nothing", "/colleagues/nothing/edit", "/colleagues/" + "x" * 3000):
        as_alice.get(path, status=404)


def test_nobody_comes_in_without_signing_in(browser):
    for path in ("/colleagues", "/colleagues/new", "/colleagues/suggestions?q=a"):
        assert browser.client.get(path).headers["Location"].startswith("/sign-in")


def test_her_page_shows_a_stranger_no_forward_of_hidden_candidates(app, as_alice, as_charlie):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        hidden = make.candidate(alice, "Secret Person", email="secret@example.org", visibility="owner")
        carol_id = make.forward(alice, hidden).colleague_id
    assert "Secret Person" in as_alice.get(f"/colleagues/{carol_id}").text
    assert "Secret" not in as_charlie.get(f"/colleagues/{carol_id}").response.get_data(as_text=True)


def test_who_fits_stands_on_both_pages_with_the_reasons(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        carol = colleagues.look_for(make.colleague(alice), "A data engineer", by_them=True)
        ada = make.candidate(alice, headline="Data engineer")
        carol_id, ada_id = carol.id, ada.id
    page = as_alice.get(f"/colleagues/{carol_id}")
    assert "One person fits" in page.text
    assert "They are “Data engineer”." in page.text
    assert f"/candidates/{ada_id}/fits" in as_alice.get(f"/candidates/{ada_id}").links()
    page = as_alice.get(f"/candidates/{ada_id}/fits")
    assert "Carol Devereux Acme Looks for A data engineer (said just now) They are “Data engineer”." in page.text
    assert f"/candidates/{ada_id}/forwards/new?to_id={carol_id}" in page.links()
