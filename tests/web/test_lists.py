"""The list's chips and columns, pools, searches under a name, and acts on many, as a browser has them."""

import re

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import bulk, tags, templates, users
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from tests import make
from tests.people import address


@pytest.fixture
def three(app):
    """Ada with a tag, in Lund; Bo; and Cy, whom only Alice sees."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(address("alice"))
        ada = make.candidate(alice, "Ada", email="", location="Lund")
        bo = make.candidate(alice, "Bo", email="")
        cy = make.candidate(alice, "Cy", email="", location="Lund", visibility="owner")
        tags.apply(ada, "Data", by=alice)
        return ada.id, bo.id, cy.id


def work(app):
    with app.app_context():
        for _ in range(20):
            with unit_of_work(writes=True):
                if not bulk.work():
                    return


def listed(page):
    return [link.text for link in page.tree.xpath("//tbody//a[@class='who']")]


def test_filters_stand_as_chips_that_can_be_taken_off(as_alice, three):
    page = as_alice.get("/candidates?location=lund")
    assert listed(page) == ["Ada", "Cy"]
    page = as_alice.get("/candidates?location=lund&tag=data&location=malmö")
    assert listed(page) == ["Ada"]
    off = [link.get("href") for link in page.tree.xpath("//ul[@class='narrowed']//a[@class='chip']")]
    assert sorted(off) == [
        "/candidates?location=lund&location=malm%C3%B6", "/candidates?location=lund&tag=data",
        "/candidates?location=malm%C3%B6&tag=data",
    ]  # fmt: skip
    assert "Nobody carries the tag “none”." in as_alice.get("/candidates?tag=none").text
    assert listed(as_alice.get("/candidates?-tag=data")) == ["Bo", "Cy"]


def test_columns_are_chosen_for_oneself(app, as_alice, three):
    page = as_alice.get("/candidates?mine=1")
    page = as_alice.submit(page, "/candidates/columns", columns=["owner", "tags"])
    assert page.response.request.full_path.startswith("/candidates?mine=1")
    heads = [head.text_content() for head in page.tree.iter("th") if head.get("scope") == "col"]
    assert heads == ["Name", "Tags", "Looked after by"]
    assert "Alice Okafor" in page.text
    page = as_alice.submit(page, "/candidates/columns", columns=[])
    assert len(page.tree.xpath("//th[@scope='col']")) == 6


def test_an_act_on_some_is_looked_at_done_and_taken_back(app, as_alice, three):
    ada, bo, _ = three
    page = as_alice.get(f"/candidates/acts/new?kind=tag&people={ada}&people={bo}&search=")
    assert "Tag: 2 people" in page.text
    page = as_alice.submit(page, "/candidates/acts/look", name="data")
    assert "1 person carrying the tag already" in page.text
    again = dict(as_alice._carried(page.forms("/candidates/acts")[0]))
    page = as_alice.submit(page, "/candidates/acts")
    first = page.path
    assert page.response.headers["Refresh"] == "2"
    assert as_alice.post("/candidates/acts", again).path == first
    work(app)
    page = as_alice.get(first)
    assert "Done for 1 person. 1 was left out." in page.text
    assert "Refresh" not in page.response.headers
    assert listed(as_alice.get("/candidates?tag=data")) == ["Ada", "Bo"]
    as_alice.submit(page, "/undo")
    work(app)
    assert "1 person is as before." in as_alice.get(first).text
    assert listed(as_alice.get("/candidates?tag=data")) == ["Ada"]
    assert "Tag with “data”" in as_alice.get("/candidates/acts").text


def test_all_in_the_filter_are_those_one_may_see(app, browser, three):
    bob = browser.known_as("bob")
    page = bob.get("/candidates/acts/new?kind=pool&everybody=1&search=location%3Dlund")
    assert "1 person" in page.text
    assert "Cy" not in page.text
    page = bob.submit(page, "/candidates/acts/look", pool="From Lund", reason="near")
    page = bob.submit(page, "/candidates/acts")
    work(app)
    page = bob.get("/pools")
    assert "From Lund" in page.text
    page = bob.get(next(link for link in page.links() if re.fullmatch(r"/pools/\w{20}", link)))
    assert "Ada" in page.text
    assert "near" in page.text
    assert "Cy" not in page.text


@pytest.mark.parametrize(
    "kind", ["tag", "untag", "pool", "owner", "cadence", "touchpoint", "archive", "unarchive", "letter"]
)
def test_every_act_has_its_page(as_alice, three, kind):
    page = as_alice.get(f"/candidates/acts/new?kind={kind}&everybody=1&search=")
    assert "3 people" in page.text
    as_alice.submit(
        page, "/candidates/acts/look", status=200 if kind in ("archive", "unarchive", "owner", "cadence") else 422
    )


def test_a_letter_to_many_is_looked_at_sent_and_called_off(app, as_alice, three):
    """What was looked at is what leaves, though the template has been changed since."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(address("alice"))
        grace = make.candidate(alice, "Grace Hopper", email="grace@example.org", location="Lund").id
        own = templates.add(name="Hello", subject="A word", text="Dear {first name},\n\nHello.", by=alice).id
    page = as_alice.get(f"/candidates/acts/new?kind=letter&people={grace}&people={three[0]}&search=")
    assert "Nothing is done yet" in page.text
    page = as_alice.submit(page, "/candidates/acts/look", template_id=own)
    assert "Dear Grace,\n\nHello." in page.tree.xpath("//pre/text()")
    assert "1 person who cannot be written to now" in page.text
    assert "There is no mail address of Ada on file." in page.text
    assert "Send 1 letter" in page.text
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(address("alice"))
        found = templates.find(own, seen_by=alice)
        found.text = "Something else."
    page = as_alice.submit(page, "/candidates/acts")
    first = page.path
    work(app)
    assert "Done for 1 person. 1 was left out." in as_alice.get(first).text
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(PersonalLetter.text)).one() == "Dear Grace,\n\nHello."
    assert "What has left already stays." in as_alice.submit(as_alice.get(first), "/undo").text
    work(app)
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(Letter.state)).one() == "cancelled"


def test_nobody_chosen_is_said(as_alice, three):
    assert "Choose somebody first." in as_alice.get("/candidates/acts/new?kind=tag").text
    as_alice.get("/candidates/acts/new?kind=nonsense&everybody=1", status=404)


def test_a_pool_is_made_filled_changed_and_closed(as_alice, three):
    page = as_alice.submit(as_alice.get("/pools"), "/pools", name="Spring", about="Graduates")
    page = as_alice.submit(page, "/people", person_id=three[0], reason="asked for it")
    assert "asked for it" in page.text
    assert "Spring" in as_alice.get(f"/candidates/{three[0]}").text
    assert listed(as_alice.get("/candidates?pool=spring")) == ["Ada"]
    page = as_alice.submit(page, "/removal")
    assert "Nobody is in it yet" in page.text
    page = as_alice.submit(page, "/people/" if page.forms("/people/") else "/people", person_id=three[0], reason="x")
    page = as_alice.submit(page, page.path, name="Autumn")
    assert page.tree.findtext(".//h1") == "Autumn"
    as_alice.submit(page, "/people", person="Nobody such", person_id="")
    page = as_alice.submit(page, "/closure")
    assert "Autumn" not in [link.text for link in page.tree.iter("a") if "/pools/" in (link.get("href") or "")]


def test_a_pool_follows_a_search_that_is_kept(as_alice, three):
    page = as_alice.get("/candidates?tag=data")
    page = as_alice.submit(page, "/searches", name="Data people", alert="1")
    assert page.response.request.full_path == "/candidates?tag=data"
    page = as_alice.get("/pools")
    search_id = page.tree.xpath("//select[@name='search_id']/option/@value")[1]
    page = as_alice.submit(page, "/pools", name="Data", search_id=search_id)
    assert "fits the search" in page.text
    page = as_alice.get("/searches")
    page = as_alice.submit(page, "/alert")
    assert "Stop telling me" in page.text or "Tell me of new ones" in page.text
    page = as_alice.submit(page, "/removal")
    assert "No search is kept yet." in page.text


def test_from_the_page_of_a_candidate(as_alice, three):
    page = as_alice.get(f"/candidates/{three[1]}")
    page = as_alice.submit(page, "/pools", name="New pool")
    assert "New pool" in page.text
    page = as_alice.submit(page, "/removal")
    assert "no longer in" in page.tree.text_content()
