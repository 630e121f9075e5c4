"""Dates and the page's own language, as they are spoken to."""

from datetime import date

from crm import language
from crm.db import unit_of_work
from crm.domain import candidates, doors, users
from crm.kit import tokens
from crm.kit.languages import LANGUAGES
from tests import make, people

DAY = date(2026, 3, 7)


def test_each_language_writes_a_date_in_its_own_way(app):
    said = {}
    with app.app_context():
        for code in ("en", "de", "fr", "es", "xx"):
            with language.speaking(code):
                said[code] = language.day(DAY)
        assert language.current() == "en"
    assert said == {"en": "7 March 2026", "de": "7. März 2026", "fr": "7 mars 2026", "es": "7 de marzo de 2026",
                    "xx": "7 March 2026"}  # fmt: skip


def test_the_door_says_which_language_it_speaks_and_the_office_stays_english(app, browser):
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        candidates.change(ada, candidates.Facts(language="de"), by=alice)
        doors.mint(ada.id, token)
    page = browser.get(f"/door/{token}")
    assert page.tree.get("lang") == "de"
    assert "Guten Tag Ada" in page.text
    assert browser.get("/sign-in").tree.get("lang") == "en"


def test_in_every_language_each_page_of_the_door_renders(app, browser):
    for code in LANGUAGES:
        token = tokens.new_link()
        with app.app_context(), unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            ada = make.candidate(alice, f"Ada {code}", email=f"{code}@example.org")
            candidates.change(ada, candidates.Facts(language=code), by=alice)
            doors.mint(ada.id, token)
        for page in ("", "/interested", "/later", "/job", "/thanks", "/useful", "/less", "/leave", "/inside"):
            assert browser.get(f"/door/{token}{page}").tree.get("lang") == code
