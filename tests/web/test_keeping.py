"""The letters that go with a decision, on the pages: chosen, looked at, waiting, taken back, answered."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import consents, dispatch, door_openers, keeping_answers, suppressions, users
from crm.domain.candidates import Candidate
from crm.domain.keeping import KeepingQuestion
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.forms.tellings import LettersFields
from crm.kit import clock, tokens
from tests import make, people

THREE = {
    "finalists-0-full_name": "Mira Halvorsen", "finalists-0-email": "mira@example.org", "hired_name": "Nadia Brandt",
    "finalists-1-full_name": "Samuel Osei", "finalists-1-email": "samuel@example.org",
    "finalists-2-full_name": "Ines Carvalho",
}  # fmt: skip


def user(name):
    return users.by_email(people.address(name))


@pytest.fixture
def role_id(app):
    with app.app_context(), unit_of_work(writes=True):
        return make.role(user("alice")).id


@pytest.fixture
def ada_id(app):
    with app.app_context(), unit_of_work(writes=True):
        return make.candidate(user("alice")).id


def queued(app):
    with app.app_context(), unit_of_work(writes=False):
        found = db.session.scalars(select(Letter).order_by(Letter.to_address, Letter.created_at, Letter.id))
        return [(letter.kind, letter.to_address, letter.state) for letter in found]


def close(browser, role_id, **given):
    return browser.submit(browser.get(f"/roles/{role_id}/closing"), "/closing", **{**THREE, **given})


def answer(app, said, words=""):
    """The one question that there is: its letter leaves, and it is answered."""
    with app.app_context(), unit_of_work(writes=True):
        question_id = db.session.scalars(select(KeepingQuestion.id)).one()
        letter = db.session.scalars(select(Letter).where(Letter.kind == "keep_in_touch")).one()
        token = tokens.new_link()
        door_openers.mint(door_openers.for_delivery(letter), token)
        dispatch.accept(letter, "250 ok")
        db.session.flush()
        keeping_answers.answer(keeping_answers.find_by_link(token), said, words)
        return question_id


# --- the page of a closing


def test_already_told_is_the_default_and_nothing_is_said_that_is_not_true(as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    assert page.tree.xpath("//input[@name='letters'][@checked]/@value") == ["told"]
    assert "Our decision on {role}" in page.tree.xpath("//input[@name='decision_subject']/@value")


def test_the_next_working_morning_of_the_writer_is_proposed(app, as_alice, role_id):
    with app.app_context(), unit_of_work(writes=True):
        user("alice").time_zone = "Europe/Stockholm"
    with clock.set_to(datetime(2026, 10, 23, 15, tzinfo=UTC)):  # a Friday; the clocks change on Sunday
        page = as_alice.get(f"/roles/{role_id}/closing")
        assert page.tree.xpath("//input[@name='send_on']/@value") == ["2026-10-26"]
        assert page.tree.xpath("//input[@name='send_at']/@value") == ["09:00"]
        close(as_alice, role_id)
    with app.app_context(), unit_of_work(writes=False):
        leaves = set(db.session.scalars(select(Letter.not_before)))
    assert leaves == {datetime(2026, 10, 26, 8, tzinfo=UTC)}


def test_the_question_waits_and_is_shown_with_the_way_back(app, as_alice, role_id):
    page = close(as_alice, role_id)
    assert "The question whether you may keep in touch waits for Mira Halvorsen until" in page.text
    assert "No letter goes to Ines Carvalho. There is no mail address" in page.text
    assert [kind for kind, *_ in queued(app)] == ["keep_in_touch"] * 2
    page = as_alice.submit(page, "/letters/withdrawal")
    assert "Taken back" in page.text
    assert sorted(state for *_, state in queued(app)) == ["cancelled", "queued"]


def test_both_are_shown_as_one_line(app, as_alice, role_id):
    page = close(as_alice, role_id, letters="both")
    assert "The decision, and apart from it the question" in page.text
    assert len(queued(app)) == 4


def test_no_letter_at_all(app, as_alice, role_id):
    page = close(as_alice, role_id, letters="none")
    assert "Banked, and nobody was told." in page.text
    assert queued(app) == []


def test_the_letters_can_be_looked_at_before_anything_is_saved(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    given = {**THREE, "letters": "both", "finalists-1-own_decision": "Dear Samuel, in person."}
    page = as_alice.submit(page, "/closing", button="preview=1", **given)
    told = "we have decided on Head of Data"
    for words in ("Dear Mira,", told, "Dear Samuel, in person.", "The question, to Mira Halvorsen"):
        assert words in page.text
    assert queued(app) == []
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(Candidate)).all() == []
    assert page.tree.xpath("//input[@name='finalists-0-full_name']/@value") == ["Mira Halvorsen"]


def test_a_field_that_is_not_known_is_named_in_the_preview_and_refused_on_sending(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    given = {**THREE, "letters": "both", "decision_text": "We last spoke {last spoke}."}
    page = as_alice.submit(page, "/closing", button="preview=1", **given)
    assert "Not known: when you last spoke" in page.text
    page = as_alice.submit(page, "/closing", status=422)
    assert page.tree.xpath("//*[@id='decision_text-error']")
    assert queued(app) == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("send_on", "soon"), ("send_on", "2020-01-01"), ("send_at", "noon"), ("letters", "loudly"),
        ("decision_subject", "x" * 201), ("question_text", "x" * 10_001), ("question_subject", "a\nb"),
    ],
)  # fmt: skip
def test_a_refusal_stands_at_its_field(app, as_alice, role_id, field, typed):
    page = close_refused(as_alice, role_id, **{"letters": "both", field: typed})
    assert page.tree.xpath(f"//*[@id='{field}-error']"), page.text
    assert queued(app) == []


def close_refused(browser, role_id, **given):
    page = browser.get(f"/roles/{role_id}/closing")
    return browser.submit(page, "/closing", status=422, **{**THREE, **given})


def test_a_double_click_tells_once(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    for _ in range(2):
        as_alice.submit(page, "/closing", **THREE, letters="both")
    assert len(queued(app)) == 4


def test_undo_calls_the_letters_off(app, as_alice, role_id):
    as_alice.submit(close(as_alice, role_id, letters="both"), "/undo")
    assert {state for *_, state in queued(app)} == {"cancelled"}


def test_a_sealed_name_does_not_leave_by_this_way(app, as_alice, role_id):
    with app.app_context(), unit_of_work(writes=True):
        make.role(user("alice"), "Chief Zanzibar Officer", status="sealed", codename="Zanzibar")
    page = close_refused(as_alice, role_id, letters="both", decision_text="Soon there is Zanzibar.")
    assert "names “Zanzibar”" in page.text
    row = {"finalists-0-own_question": "Zanzibar?"}
    assert "names “Zanzibar”" in close_refused(as_alice, role_id, **row).text
    assert queued(app) == []


def test_who_asked_for_no_mail_gets_none(app, as_alice, role_id):
    with app.app_context(), unit_of_work(writes=True):
        suppressions.add("mira@example.org", why="unsubscribed")
    page = close(as_alice, role_id, letters="both")
    assert "No letter goes to Mira Halvorsen. mira@example.org asked not to be written to" in page.text
    assert {to for _, to, _ in queued(app)} == {"samuel@example.org"}


# --- one application


def test_passing_one_person_over_asks_them(app, as_alice, role_id, ada_id):
    page = as_alice.get(f"/roles/{role_id}/applications/new")
    page = as_alice.submit(page, "/applications/new", person_id=ada_id, disposition="rejected", letters="both")
    assert [kind for kind, *_ in queued(app)] == ["personal", "keep_in_touch"]
    assert "What they are to be told or asked waits until" in page.text


@pytest.mark.parametrize("more", [{"disposition": ""}, {"stage": "screen"}, {"disposition": "hired"}])
def test_nobody_is_written_to_who_was_not_passed_over_at_the_end(app, as_alice, role_id, ada_id, more):
    page = as_alice.get(f"/roles/{role_id}/applications/new")
    as_alice.submit(page, "/applications/new", **{"person_id": ada_id, "disposition": "rejected", **more})
    assert queued(app) == []


def test_a_word_mended_later_tells_nobody_again(app, as_alice, role_id, ada_id):
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        role = db.session.scalars(select(KeepingQuestion)).first() or make.role(alice, "Analyst")
        person = db.session.get(Candidate, ada_id)
        path = f"/roles/{role.id}/applications/{make.near_miss(person, role, alice).id}"
    page = as_alice.get(path)
    assert not page.tree.xpath("//input[@name='letters']")
    as_alice.submit(page, path, sentence="Ran the better case, once more.")
    assert queued(app) == []


# --- asked by itself


def test_one_person_is_asked_from_their_page(app, as_alice, ada_id):
    home = f"/candidates/{ada_id}"
    assert f"{home}/keeping-question" in as_alice.get(home).links()
    page = as_alice.get(f"{home}/keeping-question")
    assert "Dear Ada," in page.tree.xpath("//textarea[@name='text']")[0].text
    page = as_alice.submit(page, "/keeping-question")
    assert "The question whether we may keep in touch waits until" in page.text
    assert f"{home}/keeping-question" not in page.links()
    assert "still open" in as_alice.get(f"{home}/keeping-question").text
    page = as_alice.submit(page, "/cancellation")
    assert f"{home}/keeping-question" in as_alice.get(home).links()


def test_who_said_yes_is_not_asked(app, as_alice, ada_id):
    with app.app_context(), unit_of_work(writes=True):
        for purpose in ("keep", "contact"):
            person = db.session.get(Candidate, ada_id)
            consents.record(person, purpose=purpose, evidence="on the phone", by=user("alice"))
    assert "has said yes already" in as_alice.get(f"/candidates/{ada_id}/keeping-question").text


def test_the_question_of_somebody_hidden_cannot_be_asked(app, as_charlie):
    with app.app_context(), unit_of_work(writes=True):
        hidden = make.candidate(user("alice"), visibility="owner").id
    assert as_charlie.get(f"/candidates/{hidden}/keeping-question", status=404)


# --- answered


@pytest.mark.parametrize("said", ["yes", "no"])
def test_the_answer_comes_to_today_and_to_the_page(app, as_alice, ada_id, said):
    as_alice.submit(as_alice.get(f"/candidates/{ada_id}/keeping-question"), "/keeping-question")
    question_id = answer(app, said, "Gladly or not.")
    page = as_alice.get("/")
    assert f"Said {said}" in page.text
    assert "Gladly or not." in page.text
    home = as_alice.get(f"/candidates/{ada_id}").text
    assert f"whether we may keep in touch: {said}" in home
    assert f"Ada Byron said {said}" in home
    page = as_alice.submit(page, f"/keeping-questions/{question_id}/sight")
    assert "Gladly or not." not in page.text


def test_the_answer_is_whose_question_it_was(app, as_alice, as_charlie, ada_id):
    as_alice.submit(as_alice.get(f"/candidates/{ada_id}/keeping-question"), "/keeping-question")
    question_id = answer(app, "yes", "for alice")
    assert "for alice" not in as_charlie.get("/").text
    token = as_charlie.get("/roles").tree.xpath("//input[@name='csrf_token']/@value")[0]
    as_charlie.post(f"/keeping-questions/{question_id}/sight", {"csrf_token": token}, status=403)


def test_words_that_wait_are_not_shown_to_others(app, as_alice, as_charlie, ada_id):
    page = as_alice.get(f"/candidates/{ada_id}/keeping-question")
    as_alice.submit(page, "/keeping-question", text="between us two")
    assert "between us two" not in as_charlie.get(f"/candidates/{ada_id}").text
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(PersonalLetter.text)).one() == "between us two"


# --- words and hours as they are typed


@pytest.mark.parametrize("day", ["9999-12-31", "2090-01-01", "0001-01-01"])
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_a_day_that_no_letter_waits_for_is_refused_at_its_field(app, as_alice, role_id, day, zone):
    with app.app_context(), unit_of_work(writes=True):
        user("alice").time_zone = zone
    page = as_alice.get(f"/roles/{role_id}/closing")
    page = as_alice.submit(page, "/closing", status=422, letters="told", send_on=day, send_at="23:00", **THREE)
    assert "a year at most" in page.text or "passed already" in page.text
    assert queued(app) == []


def telling_of(app, **emptied):
    with app.test_request_context(method="POST"), unit_of_work(writes=False):
        form = LettersFields(formdata=None)
        form.propose(user("alice"))
        for name, typed in emptied.items():
            form[name].data = typed
        return form.telling(user("alice"))


@pytest.mark.parametrize("which", ["decision", "question"])
def test_one_field_that_was_emptied_leaves_the_other_as_it_was_typed(app, which):
    kit = getattr(telling_of(app), which)
    only_text = getattr(telling_of(app, **{f"{which}_subject": " ", f"{which}_text": "My own."}), which)
    assert (only_text.subject, only_text.text) == (kit.subject, "My own.")
    only_subject = getattr(telling_of(app, **{f"{which}_subject": "My own", f"{which}_text": ""}), which)
    assert (only_subject.subject, only_subject.text) == ("My own", kit.text)
    assert getattr(telling_of(app, **{f"{which}_subject": "", f"{which}_text": ""}), which) is None
