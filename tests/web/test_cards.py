"""Settings of the morning card and the calendar, the feed itself, and the file of a planned call."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from crm.db import db, unit_of_work
from crm.domain import calendars, candidates, cards, outbox, promises, roles, suppressions, users
from crm.kit import clock
from crm.mail import delivery
from tests import make, people
from tests.structure.workspace import statements
from tests.web.test_access import everything


def alice():
    return users.by_email(people.address("alice"))


def look(app, see):
    with app.app_context(), unit_of_work(writes=False):
        return see()


def chosen(app):
    return look(app, lambda: tuple(getattr(alice(), name) for name in (
        "card_rhythm", "card_weekday", "card_hour", "card_people", "time_zone")))  # fmt: skip


# --- settings


def test_rhythm_hour_people_and_zone_are_chosen_on_one_form(app, as_alice):
    page = as_alice.get("/settings/me")
    assert "Your card comes on Mondays at 07:00 UTC, with 3 people at most" in page.text
    page = as_alice.submit(
        page, "/settings/me/card", rhythm="daily", weekday="3", hour="8", people="5", time_zone="Asia/Kolkata"
    )
    assert "Your card comes on working days at 08:00, Kolkata time, with 5 people at most" in page.text
    assert chosen(app) == ("daily", 3, 8, 5, "Asia/Kolkata")


@pytest.mark.parametrize(
    "wrong",
    [{"rhythm": "hourly"}, {"weekday": "9"}, {"hour": "24"}, {"hour": "x"}, {"people": "0"}, {"people": "11"},
     {"people": ""}, {"time_zone": "Mars/Olympus"}, {"time_zone": ""}, {"time_zone": "../../etc/passwd"}],
)  # fmt: skip
def test_what_means_nothing_is_refused_and_nothing_is_kept(app, as_alice, wrong):
    before = chosen(app)
    page = as_alice.submit(
        as_alice.get("/settings/me"), "/settings/me/card", 422, **{"time_zone": "Asia/Tokyo", **wrong}
    )
    assert "Please look at this again" in page.text
    assert chosen(app) == before


def test_every_zone_can_be_chosen_by_its_city(as_alice):
    page = as_alice.get("/settings/me")
    [select] = page.tree.xpath("//select[@name='time_zone']")
    assert {"Europe", "America", "Asia"} <= {group.get("label") for group in select.iter("optgroup")}
    cities = {option.get("value"): option.text for option in select.iter("option")}
    assert cities["America/Argentina/Buenos_Aires"] == "Argentina, Buenos Aires"
    assert select.value == "UTC"


# --- the card, to be read before it comes


def due_people(by):
    for name in ("Ada Byron", "Grace Hopper", "Joan Clarke", "Mary Shelley"):
        person = make.candidate(by, name, email=f"{name.split()[0].lower()}@example.org")
        candidates.call_again(person, clock.today(), "you wanted to write then")
    promises.make(person, text="to send the article", due_on=clock.today(), by=by)


def test_the_next_card_can_be_read_before_it_comes(app, as_alice):
    prepared(app, due_people)
    assert "/settings/me/card" in as_alice.get("/settings/me").links()
    page = as_alice.get("/settings/me/card")
    assert page.text.index("Mary Shelley") < page.text.index("Ada Byron"), "who was promised something comes first"
    assert "You promised “to send the article”, due today" in page.text
    assert "Due today: you wanted to write then." in page.text
    assert "1 more waits on Today" in page.text
    assert "Mary Shelley" in as_alice.get(next(link for link in page.links() if link.endswith("/write"))).text
    assert not [link for link in page.links() if "/card/" in link]


def test_it_says_when_no_card_would_come(as_alice):
    assert "Nothing is due: no card would come." in as_alice.get("/settings/me/card").text


def test_reading_it_makes_no_card_and_asks_little(app, as_alice):
    prepared(app, due_people)
    as_alice.get("/settings/me/card")
    before = everything(app)
    with statements(app) as ran:
        as_alice.get("/settings/me/card")
    assert everything(app) == before
    assert len(ran) <= 12


def test_nobody_reads_the_people_of_another_on_it(app, as_alice, as_anna):
    prepared(app, due_people)
    assert "Ada" not in as_anna.get("/settings/me/card").text
    assert "Ada" in as_alice.get("/settings/me/card").text


def test_a_card_in_the_local_mailbox_is_read_by_whom_it_is_for(app, as_alice, as_anna):
    def kept(by):
        due_people(by)
        assert cards.queue(by, clock.today())

    prepared(app, kept)
    with app.app_context():
        delivery.deliver_next(None, "test")
    [letter] = look(app, lambda: [one.id for one in db.session.scalars(outbox.listed(alice()))])
    page = as_alice.get(f"/letters/{letter}")
    links = [link for link in page.links() if "/card/" in link]
    assert len(links) == 12, "four acts for each of three people"
    assert "Mary Shelley" in as_alice.get(links[1].removeprefix("http://127.0.0.1:8080")).text
    assert "Shelley" not in as_anna.get(f"/letters/{letter}").text


# --- the feed


@pytest.fixture
def feed(app):
    with app.app_context(), unit_of_work(writes=True):
        return f"/calendar/{calendars.make_link(alice())}.ics"


def prepared(app, act):
    with app.app_context(), unit_of_work(writes=True):
        return act(alice())


def read(client, path):
    calendar = Calendar.from_ical(client.get(path).get_data())
    return {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}


def fill(by):
    ada = make.candidate(by)
    candidates.call_again(ada, date(2027, 3, 1), "after the launch")
    promises.make(ada, text="to send the article", due_on=date(2027, 2, 3), by=by)
    role = make.role(by, "Head of Data")
    roles.record_hire(role, by=by, name="Nadia Brandt", starts_on=clock.today() - timedelta(days=5))


def test_the_feed_holds_due_dates_promises_and_guard_windows(app, feed):
    prepared(app, fill)
    client = app.test_client()
    events = read(client, feed)
    assert set(events) == {
        "Be in touch with Ada Byron", "A promise to Ada Byron", "Guard window of Head of Data ends",
    }  # fmt: skip
    due, promise = events["Be in touch with Ada Byron"], events["A promise to Ada Byron"]
    assert (due["DTSTART"].dt, due["DTEND"].dt) == (date(2027, 3, 1), date(2027, 3, 2))
    assert due["DESCRIPTION"] == "after the launch"
    assert promise["DESCRIPTION"] == "to send the article"
    assert len({str(event["UID"]) for event in events.values()}) == 3


def test_a_day_that_moves_stays_the_same_event(app, feed):
    prepared(app, fill)
    client = app.test_client()
    before = read(client, feed)["Be in touch with Ada Byron"]
    prepared(
        app, lambda by: candidates.call_again(candidates.by_email("ada@example.org", seen_by=by), date(2027, 4, 1))
    )
    after = read(client, feed)["Be in touch with Ada Byron"]
    assert (before["UID"], after["DTSTART"].dt) == (after["UID"], date(2027, 4, 1))


def test_who_is_not_to_be_reminded_of_is_not_in_it(app, feed):
    def act(by):
        for name in ("Archived", "Released", "Silent", "Hidden"):
            person = make.candidate(by, f"{name} Person", email=f"{name.lower()}@example.org")
            candidates.call_again(person, date(2027, 3, 1))
            promises.make(person, text="a call", due_on=date(2027, 2, 3), by=by)
        for name in ("archived", "released", "silent", "hidden"):
            person = candidates.by_email(f"{name}@example.org", seen_by=by)
            match name:
                case "archived":
                    candidates.archive(person, by=by)
                case "released":
                    candidates.let_go(person, by=by)
                case "silent":
                    suppressions.add(person.email, why="unsubscribed")
                case "hidden":
                    bob = users.by_email(people.address("bob"))
                    person.owner, person.owner_id, person.visibility = bob, bob.id, "owner"

    prepared(app, act)
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        assert read(app.test_client(), feed) == {}


def test_no_sealed_marker_is_in_it(app, feed):
    def act(by):
        make.role(by, "Head of Zanzibarite", status="sealed", codename="Project Quokka", marked_terms=["obsidian"])
        ada = make.candidate(by)
        candidates.call_again(ada, date(2027, 3, 1), "when Project Quokka opens")
        promises.make(ada, text="to tell of the obsidian team", due_on=date(2027, 2, 3), by=by)

    prepared(app, act)
    raw = app.test_client().get(feed).get_data(as_text=True).lower()
    assert "a promise to ada byron" in raw
    assert "be in touch with ada byron" in raw
    assert not [word for word in ("zanzibarite", "quokka", "obsidian") if word in raw.replace("\r\n ", "")]


def test_words_that_would_begin_a_line_of_their_own_do_not(app, feed):
    def act(by):
        candidates.call_again(make.candidate(by, "Eve;X,Y\\nZ"), date(2027, 3, 1), "a;b,c\\END:VEVENT")

    prepared(app, act)
    [(title, event)] = read(app.test_client(), feed).items()
    assert title == "Be in touch with Eve;X,Y\\nZ"
    assert event["DESCRIPTION"] == "a;b,c\\END:VEVENT"


def test_the_feed_is_private_and_says_when_nothing_changed(app, feed):
    prepared(app, fill)
    client = app.test_client()
    before = everything(app)
    answer = client.get(feed)
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    again = client.get(feed, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    head = client.head(feed)
    assert (head.status_code, head.get_data(), head.headers["ETag"]) == (200, b"", answer.headers["ETag"])
    assert client.post(feed).status_code == 405
    assert everything(app) == before
    prepared(
        app, lambda by: candidates.call_again(candidates.by_email("ada@example.org", seen_by=by), date(2027, 5, 1))
    )
    assert client.get(feed, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


def test_the_link_is_made_shown_once_replaced_and_revoked(app, as_alice):
    page = as_alice.submit(as_alice.get("/settings/me"), "/settings/me/calendar", 201)
    [link] = page.tree.xpath("//input[@id='link']/@value")
    path = "/" + link.split("/", 3)[3]
    client = app.test_client()
    assert client.get(path).status_code == 200
    page = as_alice.get("/settings/me")
    assert path.split("/")[-1][:-4] not in page.response.get_data(as_text=True)
    page = as_alice.submit(page, "/settings/me/calendar", 201)
    [second] = page.tree.xpath("//input[@id='link']/@value")
    assert client.get(path).status_code == 404
    path = "/" + second.split("/", 3)[3]
    assert client.get(path).status_code == 200
    as_alice.submit(as_alice.get("/settings/me"), "/settings/me/calendar/revocation")
    assert client.get(path).status_code == 404
    assert look(app, lambda: calendars.link_of(alice())) is None


def test_the_feed_ends_with_its_owner(app, feed):
    def leave(by):
        by.disabled_at = clock.now()

    prepared(app, leave)
    assert app.test_client().get(feed).status_code == 404


# --- a planned call


def test_a_planned_call_is_at_the_readers_own_hour(app, as_alice):
    person = prepared(app, lambda by: make.candidate(by, phones=["+46 8 123 45 67"]).id)
    prepared(app, lambda by: users.set_time_zone(by, "Europe/Stockholm"))
    page = as_alice.get(f"/candidates/{person}")
    [form] = page.forms("/call.ics")
    assert {field.get("name") for field in form.inputs if field.get("name")} == {"on", "at"}
    for day, hour in ((date(2027, 3, 27), 9), (date(2027, 3, 29), 8)):  # before and after the clocks change
        answer = as_alice.client.get(f"/candidates/{person}/call.ics?on={day}&at=10:00")
        [event] = Calendar.from_ical(answer.get_data()).walk("VEVENT")
        assert event["DTSTART"].dt.astimezone(ZoneInfo("UTC")) == datetime(
            day.year, day.month, day.day, hour, tzinfo=ZoneInfo("UTC")
        )
        assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=30)
        assert (event["SUMMARY"], event["DESCRIPTION"]) == ("Call Ada Byron", "+46 8 123 45 67")
        assert "attachment" in answer.headers["Content-Disposition"]


NO_DAY = (
    "on=&at=10:00", "on=2027-02-30&at=10:00", "on=2027-02-03&at=25:00", "on=9999-12-31&at=23:59",
    "on=0001-01-01&at=00:00", "on=2027-02-03&at=a%00",
)  # fmt: skip


@pytest.mark.parametrize("query", NO_DAY)
def test_a_day_that_is_none_is_refused_with_a_sentence(app, as_alice, query):
    person = prepared(app, lambda by: make.candidate(by).id)
    answer = as_alice.client.get(f"/candidates/{person}/call.ics?{query}")
    assert answer.status_code in {303, 400, 422}


def test_of_somebody_hidden_there_is_no_call(app, as_charlie):
    person = prepared(app, lambda by: make.candidate(by, visibility="owner").id)
    assert as_charlie.client.get(f"/candidates/{person}/call.ics").status_code == 404
    assert app.test_client().get(f"/candidates/{person}/call.ics").status_code == 303
