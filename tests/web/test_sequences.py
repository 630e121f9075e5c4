"""Sequences on the pages: every letter read first, one button, changed and stopped from the candidate's page."""

import re
from datetime import UTC, datetime

import pytest

from crm.db import unit_of_work
from crm.domain import advancing, candidates, sequence_plans, sequences, sequencing, touchpoints, users
from crm.domain.sequence_plans import Step
from crm.kit import clock
from tests import make, people
from tests.browser import Browser
from tests.structure.workspace import statements

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
STEPS = [
    Step(0, subject="Hello {first name}", text="Dear {first name},\n\nhow are you?"),
    Step(30, subject="Once more", text="Dear {first name},\n\nno news from me."),
]


@pytest.fixture
def prepare(app):
    def run(act, name="alice"):
        with app.app_context(), clock.set_to(MONDAY), unit_of_work(writes=True):
            return act(users.by_email(people.address(name)))

    return run


@pytest.fixture
def ada(prepare):
    return prepare(lambda alice: make.candidate(alice).id)


@pytest.fixture
def plan(prepare):
    return prepare(lambda alice: sequence_plans.add(name="Two words", steps=STEPS, by=alice).id)


@pytest.fixture
def running(prepare, ada, plan):
    def begin(alice):
        person = candidates.find(ada, seen_by=alice)
        [one] = sequencing.start([person], sequence_plans.find(plan, seen_by=alice), by=alice, intent="one")
        return one.id, [step.id for step in one.steps]

    return prepare(begin)


def sees(page, *words):
    for word in words:
        assert word in page.text, f"{word!r} is not on {page.path}: {page.text[:1500]}"
    return page


def test_it_is_read_first_then_started_with_one_button(as_alice, ada, plan):
    sees(as_alice.get(f"/candidates/{ada}"), "Start a sequence")
    page = as_alice.get(f"/sequences/new?people={ada}&plan={plan}")
    sees(page, "Hello Ada", "Once more", "how are you?")
    page = sees(as_alice.submit(page, "/sequences/new"), "Two words runs", "Hello Ada", "Stop it")
    assert page.path == f"/candidates/{ada}"
    assert "Start a sequence" not in page.text
    sees(as_alice.get("/sequences"), "Ada Byron", "Two words")


def test_looking_starts_nothing(app, as_alice, ada, plan):
    as_alice.get(f"/sequences/new?people={ada}&plan={plan}")
    with app.app_context(), unit_of_work(writes=False):
        assert sequences.every_running() == []


def test_the_undo_takes_it_back(app, as_alice, ada, plan):
    page = as_alice.get(f"/sequences/new?people={ada}&plan={plan}")
    page = as_alice.submit(page, "/sequences/new")
    sees(as_alice.submit(page, "/sequences/undo"), "Taken back: nothing went.", "Start a sequence")
    with app.app_context(), unit_of_work(writes=False):
        assert sequences.every_running() == []


def test_for_a_selection_it_names_whom_it_leaves_out(as_alice, prepare, ada, plan):
    silent = prepare(lambda alice: make.candidate(alice, "Nils Ek", email="").id)
    page = as_alice.get(f"/sequences/new?people={ada}&people={silent}&plan={plan}")
    sees(page, "Left out", "There is no mail address of Nils Ek on file.", "Start it for one person")
    assert as_alice.submit(page, "/sequences/new").path == "/sequences"
    sees(as_alice.get("/sequences"), "Ada Byron")


def test_nothing_is_started_for_somebody_whom_a_colleague_writes_to(app, as_alice, ada, running):
    page = Browser(app).known_as("bob").get(f"/sequences/new?people={ada}")
    sees(page, "Alice Okafor already writes to Ada Byron in “Two words”")
    assert not [button for button in page.tree.iter("button") if "Start it" in button.text_content()]


def test_the_list_offers_it_for_those_chosen(as_alice, ada):
    page = sees(as_alice.get("/candidates"), "Letters: start a sequence")
    assert page.tree.xpath(f"//input[@form='pick' and @value='{ada}']")


def test_a_step_is_edited_moved_and_left_out(as_alice, ada, running):
    address = f"/sequences/steps/{running[1][1]}"
    as_alice.submit(as_alice.get(address), address, subject="A better word", on="2099-01-05")
    page = sees(as_alice.get(f"/candidates/{ada}"), "A better word", "5 January 2099")
    page = sees(as_alice.submit(page, f"{address}/skip"), "“A better word” is left out.")
    sees(as_alice.submit(page, f"{address}/skip/undo"), "“A better word” goes on 5 January 2099")


def test_a_day_too_soon_is_refused_at_its_field(as_alice, running):
    address = f"/sequences/steps/{running[1][1]}"
    page = as_alice.submit(as_alice.get(address), address, on="2020-01-01", status=422)
    sees(page, "That day has passed already.")


def test_it_is_stopped_for_good_by_whoever_sees_the_person(app, ada, running):
    bob = Browser(app).known_as("bob")
    bob.submit(bob.get(f"/candidates/{ada}"), f"/sequences/{running[0]}/stop")
    sees(Browser(app).known_as("alice").get(f"/candidates/{ada}"), "has ended: somebody stopped it")


def test_others_see_it_and_change_nothing(app, ada, running):
    bob = Browser(app).known_as("bob")
    page = sees(bob.get(f"/candidates/{ada}"), "Alice Okafor started it")
    assert "Edit or move" not in page.text
    sees(bob.get(f"/sequences/steps/{running[1][0]}"), "Alice Okafor started this")


def test_the_page_tells_at_once_what_ended_it(as_alice, prepare, ada, running):
    def reply(alice):
        touchpoints.log(candidates.find(ada, seen_by=alice), kind="mail", direction="in", by=alice, text="Thanks!")

    prepare(reply)
    sees(as_alice.get(f"/candidates/{ada}"), "has ended: they answered")
    sees(as_alice.get("/sequences"), "Ends now: they answered")


def test_somebody_hidden_is_not_there(app, prepare, ada, running):
    prepare(lambda alice: candidates.share(candidates.find(ada, seen_by=alice), "owner", by=alice))
    charlie = Browser(app).known_as("charlie")
    charlie.get(f"/sequences/steps/{running[1][0]}", status=404)
    assert "Ada" not in charlie.get(f"/sequences/new?people={ada}").text


def test_own_plans_are_made_changed_and_removed(as_alice):
    page = as_alice.get("/sequences/plans/new")
    words = {"name": "Mine", "steps-0-subject": "Hello", "steps-0-text": "Dear {first name}"}
    page = sees(as_alice.submit(page, "/sequences/plans/new", **words), "Mine", "one letter")
    [path] = {link for link in page.links() if re.fullmatch(r"/sequences/plans/[0-9a-z]{20}", link)}
    as_alice.submit(as_alice.get(path), path, name="Ours")
    page = sees(as_alice.get("/sequences"), "Ours")
    page = sees(as_alice.submit(page, f"{path}/removal"), "“Ours” is removed.")
    sees(as_alice.submit(page, f"{path}/removal/undo"), "“Ours” is back.")


def test_a_plan_without_words_is_given_back(as_alice):
    page = as_alice.get("/sequences/plans/new")
    page = as_alice.submit(page, "/sequences/plans/new", name="Mine", status=422)
    sees(page, "A plan needs a letter.")


def test_another_ones_plan_is_not_there(app, plan):
    Browser(app).known_as("bob").get(f"/sequences/plans/{plan}", status=404)


def test_the_candidates_page_asks_for_it_once(app, as_alice, ada, running):
    with statements(app) as ran:
        as_alice.get(f"/candidates/{ada}")
    assert len([one for one in ran if "FROM sequence" in one]) == 1


def test_what_is_on_its_way_out_shows_as_that(app, as_alice, ada, running):
    with app.app_context(), clock.set_to(MONDAY), unit_of_work(writes=True):
        assert advancing.advance(MONDAY) == 1
    sees(as_alice.get(f"/candidates/{ada}"), "leaving now")


def test_many_stand_on_pages_of_their_own(as_alice, prepare, plan):
    def many(alice):
        people = [make.candidate(alice, f"Person {n:02}", email=f"p{n}@example.org") for n in range(51)]
        chosen = sequence_plans.find(plan, seen_by=alice)
        return [
            sequencing.start(some, chosen, by=alice, intent=f"n{len(some)}")[0].id
            for some in (people[:25], people[25:])
        ]

    prepare(many)
    page = as_alice.get("/sequences")
    [first] = [name for name in (f"Person {n:02}" for n in range(51)) if name not in page.text]
    assert first < "Person 25"  # of those begun at once nobody can say who was first
    [older] = [link for link in page.links() if "after=" in link]
    assert first in as_alice.get(older).text

    def end_all(_alice):
        sequencing.end_all("restored")

    prepare(end_all)
    page = sees(as_alice.get("/sequences"), "No sequence runs", "All that ended")
    assert "Person 00" not in page.text
    page = as_alice.get("/sequences?ended=1")
    assert ("Person 50" in page.text, "No sequence runs" in page.text) == (True, False)
    [older] = [link for link in page.links() if "after=" in link]
    assert ("ended=1" in older, first in as_alice.get(older).text) == (True, True)
