"""Candidates by the API: added, listed, changed, kept warm, deleted; and what a stranger's token sees of it."""

import pytest

from crm.domain import tags, users
from crm.db import db, unit_of_work
from tests import make, people
from tests.counting import statements

ADA = {
    "full_name": "Ada Byron",
    "emails": ["Ada@Example.org"],
    "phone": "+44 20 7946 0018",
    "location": "London",
    "headline": "Analyst of engines",
    "employer": "Difference Ltd",
    "links": ["https://ada.example.org"],
    "tags": ["Mathematics", "Poetry"],
    "source": "referral",
    "consents": [{"purpose": "forward", "evidence": "mail of 3 November", "until": "2099-01-31"}],
}
