"""What a candidate agreed to, on the pages of those who write it down and of the candidate."""

import csv

import pytest

from crm.db import unit_of_work
from crm.domain import asking, doors, forward_questions, forwards, plans, users
from crm.kit import tokens
from tests import make, people


@pytest.fixture
def asked(app):
    """Ada is asked whether her resume may go to Carol."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        make.resume(ada, alice)
        forward = forwards.send(plans.plan(ada, make.colleague(alice), by=alice, position="Lead"), by=alice)
        token = tokens.new_link()
        doors.mint(ada.id, token)
        question = forward_questions.of_forward(forward.id)
        return {"ada": ada.id, "forward": forward.id, "door": f"/door/{token}", "question": question.id}


@pytest.fixture
def said_yes(app, asked):
    with app.app_context(), unit_of_work(writes=True):
        asking.answer(asking.find(asked["question"], asked["ada"]), "yes")
    return asked


def test_a_yes_by_link_reads_as_given_by_the_candidate(as_alice, said_yes):
    page = as_alice.get(f"/forwards/{said_yes['forward']}").text
    assert "by the candidate, on their own page" in page
    assert "recorded by Alice" not in page
    assert "given by the candidate" in as_alice.get(f"/candidates/{said_yes['ada']}").text
    table = as_alice.client.get("/forwards.csv").get_data(as_text=True)[1:]
    [row] = csv.DictReader(table.splitlines())
    assert row["Permission recorded by"] == "the candidate"
