"""Sealing on the form, the guard while one writes, the quiet bench, and the announcement."""

import pytest

from crm.db import unit_of_work
from crm.domain import benches, roles, users
from tests import make
from tests.people import address


def user(name):
    return users.by_email(address(name))


@pytest.fixture
def prepare(app):
    def run(act):
        with app.app_context(), unit_of_work(writes=True):
            return act()

    return run


@pytest.fixture
def sealed(prepare):
    """The ids of a sealed role and of Ada, who is on its bench."""

    def act():
        alice = user("alice")
        role = make.role(
            alice, "Head of Streaming", status="sealed", codename="North Star", marked_terms=["Berlin office"],
            insiders=[address("bob")],
        )  # fmt: skip
        ada = make.candidate(alice)
        make.resume(ada, alice)
        make.consent(ada, alice)
        make.colleague(alice)
        benches.add(role, ada, by=alice, reason="would lead it well")
        return role.id, ada.id

    return prepare(act)


def send(browser, page, action, expected=200, **fields):
    form = page.forms(action)[0]
    return browser.post(form.get("action"), {**browser._carried(form), **fields}, expected)


def test_a_role_is_sealed_with_what_would_give_it_away(as_alice, as_charlie):
    page = as_alice.get("/roles/new")
    page = send(
        as_alice, page, "/roles/new", title="Head of Streaming", status="sealed", codename="North Star",
        marked_terms="Berlin office\r\n\r\nKafka", insiders=address("bob"), opens_on="2027-01-01",
    )  # fmt: skip
    assert "Sealed: North Star." in page.text
    form = as_alice.get(f"{page.path}/edit").forms("/edit")[0]
    assert form.fields["marked_terms"].strip().split() == ["Berlin", "office", "Kafka"]
    as_charlie.get(page.path, 404)


def test_too_long_a_word_is_refused_at_its_field(as_alice, sealed):
    page = as_alice.get(f"/roles/{sealed[0]}/edit")
    page = send(as_alice, page, "/edit", 422, marked_terms="x" * 81)
    assert page.tree.xpath("//*[@id='marked_terms-error']")
    assert page.tree.xpath("//fieldset[contains(@class, 'wrong-inside')]")


@pytest.mark.parametrize(("field", "words"), [("note", "for N-o-r-t-h Star"), ("position", "our Berlin office")])
def test_a_note_that_names_it_is_refused_at_its_field(as_alice, sealed, field, words):
    page = as_alice.get(f"/candidates/{sealed[1]}/forwards/new")
    page = as_alice.submit(page, "/forwards/new", status=422, **{"to": "Carol Devereux", field: words})
    [error] = page.tree.xpath(f"//*[@id='{field}-error']")
    assert "sealed" in error.text_content()


def test_somebody_who_is_not_in_writes_what_they_like(as_charlie, sealed):
    page = as_charlie.get(f"/candidates/{sealed[1]}/forwards/new")
    page = as_charlie.submit(page, "/forwards/new", to="Carol Devereux", note="for North Star")
    assert "for North Star" in page.text


def test_a_shared_page_does_not_say_again_what_was_sealed_since(app, browser, prepare):
    def act():
        forward = make.forward(user("alice"), note="for North Star", position="North Star lead")
        return make.delivered(forward)

    token = prepare(act)
    assert "for North Star" in browser.get(f"/shared/{token}").text
    prepare(lambda: make.role(user("alice"), status="sealed", codename="North Star") and None)
    page = browser.get(f"/shared/{token}")
    assert "North Star" not in page.text
    assert "Ada Byron" in page.text


def test_a_quiet_place_is_seen_by_who_may_know_only(as_alice, as_charlie, as_anna, sealed):
    for browser, sees in ((as_alice, True), (as_charlie, False), (as_anna, False)):
        page = browser.get(f"/candidates/{sealed[1]}")
        assert ("Head of Streaming" in page.text) == sees


# --- the announcement


def test_a_role_is_announced_and_its_bench_is_called(as_alice, as_charlie, sealed):
    page = as_alice.get(f"/roles/{sealed[0]}/announce")
    for said in ("Everybody here sees the role", "3 people who do not know of it yet", "Ada Byron", "No letter leaves"):
        assert said in page.text
    page = as_alice.submit(page, "/announce")
    assert page.path == f"/roles/{sealed[0]}/calls"
    assert "Ada Byron" in page.text
    assert "Head of Streaming" in as_charlie.get(f"/roles/{sealed[0]}").text


def test_nobody_else_announces(app, as_alice, as_charlie, sealed, prepare):
    as_charlie.get(f"/roles/{sealed[0]}/announce", 404)
    prepare(
        lambda: roles.change(roles.find(sealed[0], seen_by=user("alice")), by=user("alice"), status="open") and None
    )
    page = as_alice.get(f"/roles/{sealed[0]}/announce", 422)
    assert "not sealed" in page.text
