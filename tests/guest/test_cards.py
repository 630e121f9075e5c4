"""The links of a morning card: a page that asks, a button that does one thing, and a way back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import accounts, candidates, cards, ownership, promises, touchpoints, unsubscribes, users
from crm.domain.candidates import Candidate
from crm.domain.cards import CardLink
from crm.domain.outbox import Letter
from crm.domain.touchpoints import Touchpoint
from crm.kit import clock, tokens
from tests import make, people
from tests.web.test_access import everything

OVER = "This link has done its work"


def alice():
    return users.by_email(people.address("alice"))


@pytest.fixture
def links(app):
    """A card about Ada, who is due, that has left; act -> path."""
    made = {act: tokens.new_link() for act in ("send", "done", "snooze", "let_go")}
    with app.app_context(), unit_of_work(writes=True):
        ada = make.candidate(alice(), email="ada@example.org")
        candidates.call_again(ada, clock.today(), "you wanted to call again then")
        promises.make(ada, text="I call in autumn", due_on=clock.today(), by=alice())
        db.session.flush()
        card = cards.for_delivery(cards.queue(alice(), clock.today()))
        cards.mint(card, {f"{ada.id} {act}": token for act, token in made.items()})
    return {act: f"/card/{token}" for act, token in made.items()}


def ada():
    return db.session.scalar(select(Candidate).where(Candidate.full_name == "Ada Byron"))


def look(app, see):
    with app.app_context(), unit_of_work(writes=False):
        return see()


def state(app):
    """What the acts change."""

    def see():
        person = ada()
        logged = db.session.scalars(select(Touchpoint).where(Touchpoint.candidate_id == person.id)).all()
        promised = promises.all_of(person, seen_by=alice())
        return (
            person.next_on, person.next_why, person.let_go_at is not None, len(logged), promised[0].state,
            promised[0].due_on,
        )  # fmt: skip

    return look(app, see)


def test_the_page_asks_and_the_button_does_it(app, browser, links):
    before = state(app)
    page = browser.get(links["done"])
    assert "You wrote to Ada Byron?" in page.text
    assert "I call in autumn" in page.text
    assert state(app) == before
    page = browser.submit(page, links["done"])
    assert "Done" in page.text
    on, _why, gone, logged, promise, _ = state(app)
    assert on > clock.today()
    assert (gone, logged, promise) == (False, 1, "kept")
    page = browser.submit(page, f"{links['done']}/undo")
    assert "as before" in page.text
    assert state(app) == before
    browser.submit(browser.get(links["done"]), links["done"], keeps=None)
    assert state(app)[3:5] == (1, "open")


def test_done_is_told_on_the_timeline_as_written_by_them(app, browser, links):
    browser.client.post(links["done"])
    told = look(
        app, lambda: [(one.kind, one.direction, one.by_id) for one in db.session.scalars(touchpoints.of(ada()))]
    )
    assert told == [("mail", "out", look(app, lambda: alice().id))]


@pytest.mark.parametrize(("span", "days"), [("tomorrow", 1), ("week", 7), ("month", 30), ("", 7)])
def test_snooze_moves_the_date_and_the_promise_and_back(app, browser, links, span, days):
    before = state(app)
    page = browser.submit(browser.get(links["snooze"]), links["snooze"], button=f"for={span or 'week'}")
    until = clock.today() + timedelta(days=days)
    assert state(app)[0] == until
    assert state(app)[5] == until
    browser.submit(page, f"{links['snooze']}/undo")
    assert state(app) == before


def test_snooze_until_they_reply(app, browser, links):
    before = state(app)
    page = browser.submit(browser.get(links["snooze"]), links["snooze"], button="for=reply")
    assert "when they answer" in page.text
    assert look(app, lambda: ada().awaits_reply_since) is not None
    browser.submit(page, f"{links['snooze']}/undo")
    assert state(app) == before
    assert look(app, lambda: ada().awaits_reply_since) is None


def test_let_go_and_back(app, browser, links):
    before = state(app)
    page = browser.submit(browser.get(links["let_go"]), links["let_go"])
    assert state(app)[:3] == (None, "", True)
    browser.submit(page, f"{links['let_go']}/undo")
    assert state(app) == before


def test_send_leads_to_the_composer_through_the_door(app, browser, links):
    before = everything(app)
    answer = browser.client.get(links["send"])
    person = look(app, lambda: ada().id)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/candidates/{person}/write?template=checking_in"
    page = browser.get(links["send"])
    assert page.path == "/sign-in"
    page = browser.submit(page, "", email=people.address("alice"), password=people.PASSWORD)
    assert page.path == f"/candidates/{person}/write"
    assert "How have you been?" in page.response.get_data(as_text=True)
    browser.client.post(links["send"])
    after = everything(app)
    assert {name for name in after if after[name] != before[name]} <= {"sign_in", "event"}


def test_a_double_click_does_it_once(app, browser, links):
    for _ in range(3):
        assert browser.client.post(links["done"]).status_code == 200
    assert state(app)[3] == 1


def test_no_cookie_is_asked_for_and_the_link_does_no_more_than_its_act(app, browser, links):
    answer = app.test_client().post(links["done"], data={"for": "month"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert state(app)[2:4] == (False, 1)
    for wrong in ("/snooze", "/let_go", "/undo/undo"):
        assert browser.client.post(links["snooze"] + wrong).status_code == 404
    assert app.test_client().post(links["snooze"], data={"for": "century"}).status_code == 422


def test_undo_of_what_was_not_done_does_nothing(app, browser, links):
    before = state(app)
    for act in ("done", "snooze", "let_go", "send"):
        browser.client.post(f"{links[act]}/undo")
    assert state(app) == before


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing_at_all(app, browser, links, method):
    before = everything(app)
    for _ in range(2):
        for path in links.values():
            assert getattr(browser.client, method)(path).status_code in {200, 303}
            assert getattr(browser.client, method)(f"{path}/undo").status_code == 405
    assert everything(app) == before


# --- when a link has ended


def too_old():
    for link in db.session.scalars(select(CardLink)):
        link.expires_at = clock.now()


def used():
    for link in db.session.scalars(select(CardLink)):
        link.used_at = clock.now() - timedelta(hours=2)


def disabled():
    accounts.disable(alice(), by=users.by_email(people.address("anna")))


def handed_over():
    ownership.hand_over(ada(), users.by_email(people.address("bob")), by=alice())


def hidden():
    person = ada()
    person.owner, person.owner_id = users.by_email(people.address("bob")), users.by_email(people.address("bob")).id
    person.visibility = "owner"


def archived():
    candidates.archive(ada(), by=alice())


def deleted():
    candidates.delete(ada(), by=alice())


def erased():
    db.session.delete(db.session.scalar(select(Letter).where(Letter.kind == "card")))


@pytest.mark.parametrize("end", [too_old, used, disabled, handed_over, hidden, archived, deleted, erased])
def test_whatever_ended_it_the_page_is_the_same(app, browser, links, end):
    with app.app_context(), unit_of_work(writes=True):
        end()
    before = everything(app)
    made_up = browser.client.get("/card/made-up").get_data()
    for path in links.values():
        for answer in (browser.client.get(path), browser.client.post(path), browser.client.post(f"{path}/undo")):
            assert answer.status_code == 404
            assert OVER in answer.get_data(as_text=True)
            assert answer.get_data() == made_up
            assert "Ada" not in answer.get_data(as_text=True)
    assert {name for name, rows in everything(app).items() if rows != before[name]} <= {"counter"}


def test_guessing_is_slowed_down(browser):
    answers = [browser.client.get(f"/card/{tokens.new_link()}").status_code for _ in range(62)]
    assert answers[:60] == [404] * 60
    assert answers[-1] == 429


# --- no more cards


def test_the_way_out_of_the_card_leaves_other_mail_alone(app, browser, links):
    with app.app_context(), unit_of_work(writes=True):
        card = db.session.scalar(select(Letter).where(Letter.kind == "card"))
        unsubscribes.mint(card, "way-out")
    page = browser.get("/unsubscribe/way-out")
    assert "No more morning cards?" in page.text
    assert look(app, lambda: alice().card_rhythm) == "weekly"
    page = browser.submit(page, "/unsubscribe/way-out")
    assert "Your morning card is off" in page.text
    assert look(app, lambda: alice().card_rhythm) == "off"
    with app.app_context(), unit_of_work(writes=True):
        accounts.ask_reset(people.address("alice"), address="")
        assert make.forward(alice(), ada()).letter.is_waiting


def test_one_click_turns_it_off_as_well(app, links):
    with app.app_context(), unit_of_work(writes=True):
        unsubscribes.mint(db.session.scalar(select(Letter).where(Letter.kind == "card")), "way-out")
    for _ in range(2):
        answer = app.test_client().post("/unsubscribe/way-out", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert look(app, lambda: alice().card_rhythm) == "off"
