"""The pages of templates."""

import pytest

from crm.db import unit_of_work
from crm.domain import templates, users
from tests import make
from tests.browser import Browser
from tests.people import address

WORDS = {"name": "After a chat", "subject": "Good to talk", "text": "Dear {first name}, about {role}."}


def user(name):
    return users.by_email(address(name))


@pytest.fixture
def work_in(app):
    def within(do):
        with app.app_context(), unit_of_work(writes=True):
            return do()

    return within


@pytest.fixture
def as_bob(app):
    return Browser(app).known_as("bob")


@pytest.fixture
def as_rita(app):
    return Browser(app).known_as("rita")


def write(browser, status=200, **more):
    return browser.submit(browser.get("/templates/new"), "/templates/new", status, **{**WORDS, **more})


def test_the_starting_set_is_there_from_the_first_day(as_alice):
    page = as_alice.get("/templates")
    for name in ("Thanks for your time", "Turn-down, with the door open", "Letting go"):
        assert name in page.text
    assert "as it came" in page.text


def test_one_is_written_changed_and_read_again(as_alice):
    page = write(as_alice)
    assert "“After a chat” is saved" in page.response.text
    page = as_alice.submit(page, page.path, text="Other words")
    page = as_alice.get(f"{page.path}/versions")
    assert "Dear {first name}, about {role}." in page.text
    page = as_alice.submit(page, "/versions/1")
    assert page.text.count("Dear {first name}, about {role}.") == 2


def test_two_clicks_are_one(as_alice):
    page = as_alice.get("/templates/new")
    for _ in range(2):
        as_alice.submit(page, "/templates/new", **WORDS)
    assert as_alice.get("/templates").text.count("After a chat") == 1


@pytest.mark.parametrize(("shared", "seen"), [("private", False), ("team", False), ("company", True)])
def test_who_may_not_see_it_does_not_find_it(work_in, as_alice, as_bob, as_charlie, shared, seen):
    team = work_in(lambda: user("alice").teams[0].id)
    path = write(as_alice, shared=shared, team_id=team).path
    assert ("After a chat" in as_bob.get("/templates").text) == (shared != "private")
    assert ("After a chat" in as_charlie.get("/templates").text) == seen
    for rest in ("", "/preview", "/versions"):
        as_charlie.get(f"{path}{rest}", 200 if seen else 404)
    token = as_charlie.get("/settings/me").forms("/sign-out")[0].fields["csrf_token"]
    for rest in ("", "/versions/1", "/deletion", "/deletion/undo"):
        answer = as_charlie.client.post(f"{path}{rest}", data={**WORDS, "csrf_token": token})
        assert answer.status_code in ((403, 404) if seen else (404,)), rest


def test_a_manager_changes_one_of_the_starting_set_for_themselves(as_alice, as_bob):
    page = as_alice.get("/templates/thanks")
    assert "for you alone" in page.text
    as_alice.submit(page, "/templates/thanks", subject="I thank you")
    assert "I thank you" in as_alice.get("/templates").text
    assert "I thank you" not in as_bob.get("/templates").text


def test_the_office_changes_it_for_everybody_and_back(as_rita, as_bob):
    page = as_rita.submit(as_rita.get("/templates/thanks"), "/templates/thanks", subject="We thank you")
    assert "We thank you" in as_bob.get("/templates").text
    page = as_rita.submit(page, "/deletion")
    assert "We thank you" not in as_bob.get("/templates").text
    as_rita.submit(page, "/deletion/undo")
    assert "We thank you" in as_bob.get("/templates").text


def test_who_was_overtaken_is_told_and_loses_nothing(as_rita):
    one, other = as_rita.get("/templates/thanks"), as_rita.get("/templates/thanks")
    as_rita.submit(one, "/templates/thanks", subject="From one window")
    page = as_rita.submit(other, "/templates/thanks", 422, subject="From another")
    assert "Somebody has changed it since" in page.text
    assert "From another" in page.response.text


def test_words_to_look_at_again_are_named_and_saved_all_the_same(as_alice):
    page = write(as_alice, text="You are young, {frist name}.")
    assert "A word to look at again: “young”" in page.text
    assert "Not on the list, so it goes out as it stands: {frist name}." in page.text


def test_a_shared_one_tells_of_no_sealed_role(work_in, as_alice):
    work_in(lambda: make.role(user("alice"), "Chief of Bluebirds", status="sealed", codename="Bluebird"))
    assert "sealed" in write(as_alice, 422, shared="company", text="about Bluebird").text
    write(as_alice, text="about Bluebird")


def test_it_is_looked_at_for_somebody_real(work_in, as_alice, as_charlie):
    ada_id = work_in(lambda: make.candidate(user("alice"), visibility="owner").id)
    path = f"{write(as_alice, shared='company').path}/preview"
    assert "Dear {first name}" in as_alice.get(path).text
    for query in (f"person_id={ada_id}", "person=Ada+Byron"):
        page = as_alice.get(f"{path}?{query}")
        assert "Dear Ada, about {role}." in page.text
        assert "Still to be written for Ada Byron: a role." in page.text
    assert "Nobody by that name" in as_alice.get(f"{path}?person=Nobody").text
    as_charlie.get(f"{path}?person_id={ada_id}", 404)
    assert "Nobody by that name" in as_charlie.get(f"{path}?person=Ada+Byron").text


@pytest.mark.parametrize("field", ["name", "subject", "text"])
def test_code_is_shown_as_it_is(as_alice, field):
    odd = "{{7*7}} {% raw %} {config} <b>x</b> {{ self.__class__ }}"
    page = write(as_alice, **{field: odd})
    for path in ("/templates", page.path, f"{page.path}/preview", f"{page.path}/versions"):
        text = as_alice.get(path).response.text
        assert "<b>x</b>" not in text
        assert "49" not in as_alice.get(path).text
    assert odd in as_alice.get(f"{page.path}/versions").text


@pytest.mark.parametrize("field", ["name", "subject", "text"])
def test_nothing_that_was_typed_is_lost(as_alice, field):
    page = write(as_alice, 422, **{field: ""})
    assert "Nothing was saved yet" in page.text
    assert not [one for one in WORDS if one != field and WORDS[one] not in page.response.text]


def test_one_of_the_starting_set_is_not_deleted(as_rita, work_in):
    token = as_rita.get("/settings/me").forms("/sign-out")[0].fields["csrf_token"]
    assert as_rita.client.post("/templates/thanks/deletion", data={"csrf_token": token}).status_code == 422
    assert work_in(lambda: templates.of_kind("thanks", seen_by=user("rita")).is_as_it_came)
