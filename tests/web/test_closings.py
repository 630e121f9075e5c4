"""Close the search, on the page."""

from crm.db import unit_of_work
from crm.domain import roles
from tests import make
from tests.people import address
from crm.domain import users


def test_alice_closes_a_search_and_banks_three(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        role_id = make.role(users.by_email(address("alice"))).id
    page = as_alice.get(f"/roles/{role_id}/closing")
    page = as_alice.submit(
        page,
        "/closing",
        **{
            "hired_name": "Nadia Brandt",
            "starts_on": "2026-11-10",
            "finalists-0-full_name": "Mira Halvorsen",
            "finalists-0-margin": "hair",
            "finalists-0-sentence": "Ran the better case; had not led more than four people.",
            "finalists-1-full_name": "Samuel Osei",
            "finalists-2-full_name": "Ines Carvalho",
        },
    )
    assert page.path == f"/roles/{role_id}"
    assert "Three people are banked" in page.text
