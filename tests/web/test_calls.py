"""The hire fell through, on the pages: one small form, one person at a time, and undo everywhere."""

import pytest

from crm.db import db, unit_of_work
from crm.domain import calls, candidates, closings, door_sayings, outbox, roles, users
from crm.domain.closings import Hired
from crm.domain.outbox import Letter
from tests import make, people
from tests.domain.test_fall_throughs import benched


def user(name):
    return users.by_email(people.address(name))


@pytest.fixture
def ids(app):
    """A filled role with Ada, Bo and Cy on its bench; Ada has a phone and a debrief."""
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        role, (ada, bo, cy) = benched(alice, "Ada", "Bo", "Cy")
        candidates.change(ada, candidates.Facts(phones=["+46 70 123 45 67"]), by=alice)
        make.near_miss(ada, role, alice, missing="a larger team")
        return {"role": role.id, "ada": ada.id, "bo": bo.id, "cy": cy.id}


@pytest.fixture
def fallen(as_alice, ids):
    report(as_alice, ids)
    return ids


def report(browser, ids, status=200, **fields):
    path = f"/roles/{ids['role']}/fall-through"
    return browser.submit(browser.get(path), path, status=status, **{"why": "left", **fields})


def say(browser, page, word, status=200, **fields):
    (form,) = [form for form in page.tree.forms if "was" in form.inputs.keys()]  # noqa: SIM118
    return browser.post(form.get("action"), {**browser._carried(form), "outcome": word, **fields}, status)


def heading(page):
    return page.tree.findtext(".//h1")


def undo(browser, page):
    return browser.submit(page, page.tree.xpath("//div[@class='undo']//form/@action")[0].split("?")[0])


def test_the_story(as_alice, ids):
    page = as_alice.get(f"/roles/{ids['role']}/fall-through")
    assert "the 3 people on its bench become your call list" in page.text
    page = report(as_alice, ids)
    assert (page.path, heading(page)) == (f"/roles/{ids['role']}/calls", "Ada")
    assert "Before the first call" in page.text
    assert "Ran the better case." in page.text
    assert "tel:+46701234567" in page.links()
    page = say(as_alice, page, "no", note="Took another offer.")
    assert heading(page) == "Bo"
    assert "Before the first call" not in page.text
    page = say(as_alice, page, "thinking", thinking_until=make.in_days(2).isoformat())
    assert heading(page) == "Cy"
    page = say(as_alice, page, "yes")
    assert heading(page) == "Ada"
    assert "Cy said yes" in page.text
    for name in ("Ada", "Bo"):
        assert heading(page) == name
        page = as_alice.submit(page, "/letter")
    assert heading(page) == "Call list: Head of Data"
    assert "Everybody who was asked has been thanked" in page.text


def test_what_leaves_says_nothing_of_the_hire(app, as_alice, fallen):
    page = as_alice.get(f"/roles/{fallen['role']}/calls")
    text = page.tree.xpath("//textarea[@name='text']")[0].value
    assert "The role is open again" in text
    for never in ("Nadia", "left", "first", "hired"):
        assert never not in text
    as_alice.submit(page, "/letter", text=f"{text}\nP.S. Tuesday?")
    with app.app_context(), unit_of_work(writes=False):
        (letter,) = db.session.query(Letter).all()
        assert (letter.kind, letter.to_name) == ("personal", "Ada")


def test_who_just_took_a_job_is_told_of_before_the_call(app, as_alice, fallen):
    path = f"/roles/{fallen['role']}/calls/{fallen['ada']}"
    assert "Nothing stands against a call." in as_alice.get(path).text
    with app.app_context(), unit_of_work(writes=True):
        door_sayings.took_job(candidates.find(fallen["ada"], seen_by=user("alice")), None)
    page = as_alice.get(path)
    assert "Nothing stands against a call." not in page.text
    assert "that they took a job." in page.text


def test_the_report_can_be_undone(as_alice, fallen):
    page = as_alice.get(f"/roles/{fallen['role']}/calls")
    page = as_alice.submit(page, "/fall-through/undo")
    assert page.path == f"/roles/{fallen['role']}"
    assert "Nadia Brandt" in page.text
    as_alice.get(f"/roles/{fallen['role']}/calls", status=404)


def test_an_outcome_can_be_undone_from_the_foot_and_from_the_list(as_alice, fallen):
    page = say(as_alice, as_alice.get(f"/roles/{fallen['role']}/calls"), "no")
    page = undo(as_alice, page)
    assert heading(page) == "Ada"
    page = say(as_alice, page, "yes")
    page = as_alice.submit(page, f"/calls/{fallen['ada']}/undo")
    assert (heading(page), "not called yet" in page.text) == ("Ada", True)


def test_thanks_by_other_means_and_back(as_alice, fallen):
    path = f"/roles/{fallen['role']}/calls"
    page = say(as_alice, as_alice.get(path), "no")
    page = say(as_alice, page, "yes")
    page = as_alice.submit(page, "/thanked")
    assert heading(page) == "Call list: Head of Data"
    assert heading(undo(as_alice, page)) == "Ada"


def test_when_everybody_was_called_it_says_what_one_waits_for(as_alice, fallen):
    page = as_alice.get(f"/roles/{fallen['role']}/calls")
    for word in ("thinking", "no", "no"):
        page = say(as_alice, page, word)
    assert "Everybody was called. Ada is thinking until" in page.text
    page = as_alice.get(f"/roles/{fallen['role']}/calls/{fallen['ada']}")
    page = say(as_alice, page, "no")
    assert "nobody said yes" in page.text


def test_an_empty_bench_says_so(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        role = benched(user("alice"))[0].id
    page = report(as_alice, {"role": role})
    assert "Nobody is on the bench" in page.text


def test_who_left_was_hired_and_is_not_in_place(app, as_alice, ids):
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        role, ada = roles.find(ids["role"], seen_by=alice), candidates.find(ids["ada"], seen_by=alice)
        roles.set_status(role, "open")
        closings.hire(role, Hired(candidate_id=ada.id), by=alice)
    path = f"/candidates/{ids['ada']}"
    assert chips(as_alice.get(path)) == ["hired"]
    report(as_alice, ids)
    assert chips(as_alice.get(path)) == ["was hired"]


def chips(page):
    return [
        chip.text_content().strip()
        for chip in page.tree.xpath("//*[contains(@class, 'chip')]")
        if "hired" in chip.text_content()
    ]


def test_today_leads_back_to_whoever_is_to_be_thanked(as_alice, fallen):
    path = f"/roles/{fallen['role']}/calls"
    page = say(as_alice, as_alice.get(path), "no")
    say(as_alice, page, "yes")
    assert path in as_alice.get("/").links()
    as_alice.submit(as_alice.get(path), "/thanked")
    assert path not in as_alice.get("/").links()


# --- what is refused


def test_a_page_of_yesterday_does_not_bring_the_hire_back_over_another(app, as_alice, fallen):
    late = as_alice.get(f"/roles/{fallen['role']}/calls")
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        closings.hire(roles.find(fallen["role"], seen_by=alice), Hired(name="Somebody Else"), by=alice)
    page = as_alice.submit(late, "/fall-through/undo", status=422)
    assert "Another hire was recorded since" in page.text
    assert not as_alice.get(f"/roles/{fallen['role']}/calls").forms("/fall-through/undo")


def test_a_report_without_a_reason_is_shown_again(as_alice, ids):
    page = report(as_alice, ids, status=422, why=None)
    assert "Choose what happened." in page.text
    assert "has not come yet" in report(as_alice, ids, status=422, on="2099-01-01").text


def test_the_second_of_two_reads_who_was_first(app, as_alice, as_anna, ids):
    path = f"/roles/{ids['role']}/fall-through"
    late = as_anna.get(path)
    report(as_alice, ids)
    page = as_anna.submit(late, path, status=422, why="let_go")
    assert "Alice Okafor has reported that already" in page.text
    assert f"/roles/{ids['role']}/calls" in page.links()
    as_anna.get(path, status=422)


def test_another_outcome_in_the_meantime_is_said(as_alice, as_anna, fallen):
    late = as_anna.get(f"/roles/{fallen['role']}/calls")
    say(as_alice, as_alice.get(f"/roles/{fallen['role']}/calls"), "no")
    page = say(as_anna, late, "thinking", status=422)
    assert "for Ada it says “no” now" in page.text


def test_a_day_that_cannot_be_is_said_at_its_field(as_alice, fallen):
    page = as_alice.get(f"/roles/{fallen['role']}/calls")
    page = say(as_alice, page, "thinking", status=422, thinking_until="2001-01-01")
    assert "That day has passed already." in page.text


def test_a_letter_without_words_is_not_sent(as_alice, fallen):
    page = as_alice.get(f"/roles/{fallen['role']}/calls")
    page = as_alice.submit(page, "/letter", status=422, text=" ")
    assert "needs words" in page.text


def test_who_looks_on_finds_no_button(as_charlie, fallen):
    page = as_charlie.get(f"/roles/{fallen['role']}/calls")
    assert not page.forms("/letter")
    assert not [form for form in page.tree.forms if "/roles/" in (form.get("action") or "")]
    as_charlie.get(f"/roles/{fallen['role']}/fall-through", status=403)


# --- what is hidden


def test_a_sealed_list_is_missing(app, as_charlie, fallen):
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        roles.change(roles.find(fallen["role"], seen_by=alice), status="sealed", by=alice)
    for path in ("fall-through", "calls", f"calls/{fallen['ada']}"):
        as_charlie.get(f"/roles/{fallen['role']}/{path}", status=404)


def test_a_letter_is_taken_back(app, as_alice, fallen):
    page = as_alice.get(f"/roles/{fallen['role']}/calls")
    page = as_alice.submit(page, "/letter")
    assert "written to" in page.text
    page = undo(as_alice, page)
    assert "written to" not in page.text
    with app.app_context(), unit_of_work(writes=False):
        alice = user("alice")
        role = roles.find(fallen["role"], seen_by=alice)
        call = calls.find_call(calls.find(role), fallen["ada"], seen_by=alice)
        assert call.asked.state == "cancelled"
        assert outbox.find(call.asked_id, seen_by=alice)
