"""The pages behind links, and those of forwarding in the office, in a real browser: seen by axe in all looks, with the
keyboard alone, and without JavaScript.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import (
    circle,
    colleagues,
    dispatch,
    doors,
    forwards,
    news,
    sharing,
    teaser_letters,
    teasers,
    teasing,
    users,
)  # fmt: skip
from crm.domain.codes import Code
from crm.domain.forward_questions import ForwardQuestion
from crm.kit import clock, tokens
from tests import make, people
from tests.servers.chromium import audit, looks, shots, visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture
def live_server(house):
    return SimpleNamespace(url=house.config["FIRST_CALL"].base_url)


@pytest.fixture
def links(house):
    """Ada: forwarded to Carol, asked about for Globex, told of without her name at Initech. Carol is asked, too."""
    with house.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice, headline="Data engineer", location="Lund")
        make.near_miss(ada, make.role(alice), alice)
        shared = make.forward(alice, ada, note="I would call her today.")
        found = {"shared": f"/shared/{make.delivered(shared)}", "forward": f"/forwards/{shared.id}"}
        found |= _question(alice, ada) | _teaser(alice, ada) | _needs(alice, shared.colleague)
        office = ("", "/forwards/new", "/consents", "/rules", "/teasers/new")
        found["office"] = [f"/candidates/{ada.id}{place}" for place in office]
        found["office"] += [f"/colleagues/{shared.colleague_id}", found["forward"], f"{found['forward']}/outcome"]
    return SimpleNamespace(**found)


def _question(alice, ada):
    to = colleagues.add(name="Dora Lind", email="dora@globex.example.org", company="Globex", by=alice)
    asked = forwards.send(forwards.plan(ada, to, by=alice), by=alice)
    question = db.session.scalars(select(ForwardQuestion).where(ForwardQuestion.forward_id == asked.id)).one()
    doors.mint(ada.id, token := tokens.new_link())
    return {"door": f"/door/{token}", "question": f"/door/{token}/questions/{question.id}", "asked": asked.id}


def _teaser(alice, ada):
    make.consent(ada, alice, purpose="introduce", company="")
    to = colleagues.add(name="Erik Holm", email="erik@initech.example.org", company="Initech", by=alice)
    proposal = teasing.propose(
        ada, to, by=alice, headline="Somebody who runs streaming", position="Analyst",
        strengths=["Ran the better case."], words="I would call today.",
    )  # fmt: skip
    teaser = teasing.send(proposal, by=alice)
    teaser_letters.mint(teaser, token := tokens.new_link())
    dispatch.accept(teaser.letter, "250 ok")
    return {"teaser": f"/teaser/{token}", "introduced": f"/teasers/{teaser.id}"}


def _needs(alice, carol):
    letter = circle.ask(carol, text="Whom do you look for?", by=alice, intent=tokens.new_id())
    circle.mint(circle.for_delivery(letter), token := tokens.new_link())
    dispatch.accept(letter, "250 ok")
    return {"needs": f"/needs/{token}"}


def reads(house, ask):
    with house.app_context(), unit_of_work(writes=False):
        return ask()


def answered(house, link):
    return reads(house, lambda: sharing.find_by_link(link.rpartition("/")[2]).answer)


def asked(house, links):
    question = select(ForwardQuestion.answer).where(ForwardQuestion.forward_id == links.asked)
    return reads(house, lambda: db.session.scalar(question))


def sound(page, name):
    """Nothing for axe to find, nothing that runs out of the window; with a picture where those are wanted."""
    wrong = []
    for look in looks(page):
        wrong += [f"{name} {look}: {found}" for found in audit(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{name} {look}: wider than the window")
    shots(page, name)
    return wrong


def press_tab_to(page, target):
    """With the keyboard alone; whoever cannot be reached in forty presses cannot be reached."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {target}")


def test_pages_behind_links_are_sound_in_all_looks(page, links):
    wrong = []
    for name in ("teaser", "question", "door", "needs", "shared"):
        page.goto(getattr(links, name))
        wrong += sound(page, name)
    page.get_by_role("button", name="Open the resume").click()
    expect(page.get_by_text("Streaming data with Kafka").first).to_be_attached()
    page.locator("button[name=answer][value=talk]").click()
    expect(page.get_by_text("can see your answer")).to_be_visible()
    assert wrong + sound(page, "shared-answered") == []


ACTS = ("interested", "later", "job", "thanks", "useful", "less", "leave")


def opened_by_a_code(house, page, links):
    """As if the code that was mailed had been typed in this browser."""
    with house.app_context(), unit_of_work(writes=True):
        ada = doors.find_by_link(links.door.rpartition("/")[2]).candidate_id
        word = tokens.new_link()
        until = clock.now() + timedelta(minutes=10)
        db.session.add(
            Code(purpose="door", subject_id=ada, browser_hash=tokens.digest(word), until=until, passed_at=clock.now())
        )
    page.context.add_cookies([{"name": "browser", "value": word, "url": house.config["FIRST_CALL"].base_url}])


def test_what_one_says_at_the_door_and_what_a_code_opens_are_sound_in_all_looks(house, page, links):
    wrong = []
    for what in (*ACTS, "inside"):
        page.goto(f"{links.door}/{what}")
        wrong += sound(page, f"door-{what}")
    opened_by_a_code(house, page, links)
    page.goto(f"{links.door}/inside")
    expect(page.get_by_role("heading", name="Who has your resume")).to_be_visible()
    assert wrong + sound(page, "door-opened") == []


@pytest.mark.parametrize("place", ["question", "teaser", "interested", "job", "less", "leave"])
def test_a_scanner_that_runs_scripts_and_presses_the_first_button_says_nothing(house, page, complaints, links, place):
    """In the very moment in which it opens the page."""
    page.goto(getattr(links, place, f"{links.door}/{place}"))
    page.evaluate("document.querySelector('main form').querySelector('button').click()")
    page.wait_for_load_state("networkidle")
    complaints.expect("status of 422")
    teaser = links.teaser.rpartition("/")[2]
    assert (asked(house, links), reads(house, lambda: teasers.find_by_link(teaser).answer)) == ("", "")
    assert reads(house, lambda: doors.find_by_link(links.door.rpartition("/")[2]).candidate.left_at) is None
    assert reads(house, lambda: news.unseen(users.by_email(people.address("alice")))) == []


def test_pages_of_forwarding_are_sound_in_all_looks(page, links):
    page.goto("/sign-in")
    page.locator("[name=email]").fill(people.address("alice"))
    page.locator("[name=password]").fill(people.PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.get_by_role("navigation").first).to_be_visible()
    wrong = []
    for place in ("/forwards", "/shortlists", "/shortlists/new", "/teasers", links.introduced, *links.office):
        page.goto(place)
        wrong += sound(page, place.strip("/").replace("/", "-"))
    assert wrong == []


def test_a_question_and_a_shared_page_with_the_keyboard_alone(house, page, links):
    page.goto(links.question)
    press_tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    press_tab_to(page, page.get_by_role("button", name="Send my answer"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("You said yes")).to_be_visible()
    assert asked(house, links) == "yes"
    page.goto(links.shared)
    press_tab_to(page, page.get_by_role("button", name="Open the resume"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Streaming data with Kafka").first).to_be_attached()
    press_tab_to(page, page.locator("button[name=answer][value=not_a_fit]"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("can see your answer")).to_be_visible()
    assert answered(house, links.shared) == "not_a_fit"


def test_links_need_no_javascript(house, live_server, chromium, complaints, links):
    with visit(chromium, live_server.url, complaints, java_script_enabled=False) as page:
        page.goto(links.question)
        page.get_by_label("No, thank you").check()
        page.get_by_role("button", name="Send my answer").click()
        expect(page.get_by_text("nobody asks you why")).to_be_visible()
        page.goto(f"{links.door}/less")
        page.get_by_label("My resume never goes to one company").check()
        page.get_by_label("The company that must never get it").fill("Hooli")
        page.get_by_role("button", name="End it").click()
        expect(page.get_by_text("It holds from now on")).to_be_visible()
        page.goto(links.shared)
        page.get_by_role("button", name="Open the resume").click()
        page.locator("button[name=answer][value=talk]").click()
        expect(page.get_by_text("can see your answer")).to_be_visible()
        page.goto(links.teaser)
        page.get_by_label("Not now").check()
        page.get_by_role("button", name="Send my answer").click()
        expect(page.get_by_text("Thank you for saying so")).to_be_visible()
        page.goto(links.needs)
        page.locator("[name=looking_for]").fill("Somebody for streaming")
        page.get_by_role("button", name="Tell Alice").click()
        expect(page.get_by_text("This is what we go by")).to_be_visible()
    assert (asked(house, links), answered(house, links.shared)) == ("no", "talk")
    teaser = links.teaser.rpartition("/")[2]
    assert reads(house, lambda: teasers.find_by_link(teaser).answer) == "not_now"
