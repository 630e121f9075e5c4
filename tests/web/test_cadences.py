"""Pauses and cadences: on a person's page, in Settings, in lists, and through the API."""

import pytest

from crm.db import unit_of_work
from crm.domain import cadences, candidates, tags, touchpoints, users
from crm.kit import clock
from tests import make, people


@pytest.fixture
def prepare(app):
    def run(act):
        with app.app_context(), unit_of_work(writes=True):
            return act(users.by_email(people.address("alice")))

    return run


@pytest.fixture
def ada(prepare):
    def due(alice):
        person = make.candidate(alice)
        candidates.call_again(person, make.in_days(-1), "promised to call")
        tags.apply(person, "Streaming", by=alice)
        return person.id

    return prepare(due)


def look(prepare, candidate_id, at):
    return prepare(lambda alice: at(candidates.find(candidate_id, seen_by=alice)))


def home(ada):
    return f"/candidates/{ada}"


# --- on a person's page


def test_pause_and_undo(as_alice, prepare, ada):
    page = as_alice.submit(as_alice.get(home(ada)), "/pause", why="hired_elsewhere")
    assert "Paused: hired elsewhere, until further notice. Nobody is reminded." in page.text
    assert "Ada Byron" not in as_alice.get("/").text
    page = as_alice.submit(page, "/pause/undo")
    assert "Due since" in page.text
    assert "Ada Byron" in as_alice.get("/").text


def test_pause_until_a_day_and_end_it(as_alice, prepare, ada):
    until = make.in_days(40)
    page = as_alice.submit(as_alice.get(home(ada)), "/pause", why="quiet", until=until.isoformat())
    assert "they come up again on" in page.text
    page = as_alice.submit(page, "/pause/end")
    assert look(prepare, ada, lambda c: (c.next_on, c.is_paused)) == (clock.today(), False)
    as_alice.submit(page, "/pause/undo")
    assert look(prepare, ada, lambda c: (c.next_on, c.is_paused)) == (until, True)


@pytest.mark.parametrize(
    "wrong", [{"until": "2020-01-01"}, {"until": "soon"}, {"why": "whim"}, {"until": "9999-12-31"}]
)
def test_a_pause_that_makes_no_sense_is_refused(as_alice, prepare, ada, wrong):
    page = as_alice.submit(as_alice.get(home(ada)), "/pause", status=422, **{"why": "quiet", **wrong})
    assert page.tree.xpath("//*[@class='error']")
    assert not look(prepare, ada, lambda c: c.is_paused)


def test_a_cadence_of_ones_own(as_alice, prepare, ada):
    page = as_alice.get(home(ada))
    assert "every three months, after six months at the latest; as everybody" in page.text
    page = as_alice.submit(page, "/cadence", target_days="30", latest_days="")
    assert "every four weeks, after six months at the latest; their own" in page.text
    as_alice.submit(page, "/cadence", target_days="30", latest_days="3", status=422)
    as_alice.submit(page, "/cadence", target_days="often", latest_days="", status=422)
    assert look(prepare, ada, lambda c: (c.target_days, c.latest_days)) == (30, None)


def test_until_they_reply_and_undo(as_alice, prepare, ada):
    page = as_alice.submit(as_alice.get("/"), "/snooze", button="for=reply")
    assert "is back when they answer, or" in page.text
    assert "Waiting for their answer since" in as_alice.get(home(ada)).text
    as_alice.submit(page, "/next/undo")
    assert look(prepare, ada, lambda c: (c.next_on, c.awaits_reply_since)) == (make.in_days(-1), None)


@pytest.mark.parametrize(("how", "kind"), [("spoke", "call"), ("met", "meeting"), ("wrote", "mail"), ("heard", "mail")])
def test_done_in_one_tap_and_undo(as_alice, prepare, ada, how, kind):
    page = as_alice.submit(as_alice.get("/"), "/touchpoints", button=f"how={how}")
    assert page.path == "/"
    assert look(prepare, ada, lambda c: (c.last_contact_kind, c.next_on > clock.today())) == (kind, True)
    assert look(prepare, ada, lambda c: c.last_two_way_at is not None) is (how != "wrote")
    as_alice.submit(page, "/removal")
    assert look(prepare, ada, lambda c: (c.last_contact_kind, c.next_on)) == ("", make.in_days(-1))


def test_today_tells_the_last_words_and_what_to_bring(as_alice, prepare, ada):
    def talked(alice):
        person = candidates.find(ada, seen_by=alice)
        touchpoints.log(person, kind="call", direction="in", by=alice, text="Wants to lead a team <b>soon</b>.")
        candidates.call_again(person, clock.today(), "")

    prepare(talked)
    page = as_alice.get("/")
    assert "Last words: Wants to lead a team <b>soon</b>." in page.text
    assert page.tree.xpath("//*[contains(@title, 'Warm: they were last in touch')]")


def test_lists_say_paused_and_never_due(as_alice, prepare, ada):
    assert "due yesterday" in as_alice.get("/candidates").text
    prepare(lambda alice: cadences.pause(candidates.find(ada, seen_by=alice), why="quiet", by=alice))
    page = as_alice.get("/candidates")
    assert "paused" in page.text
    assert "due yesterday" not in page.text
    for asked in ("due=1", "sort=due"):
        assert "Ada Byron" not in as_alice.get(f"/candidates?{asked}").text


# --- Settings


def test_the_office_sets_what_holds_for_everybody_and_for_a_tag(as_anna, as_alice, prepare, ada):
    page = as_anna.get("/settings/cadences")
    page = as_anna.submit(
        page, "/cadences/everybody", **{"everybody-target_days": "60", "everybody-latest_days": "100"}
    )
    assert "every two months" in as_alice.get(home(ada)).text
    page = as_anna.submit(page, "/settings/cadences", tag="streaming", target_days="45", latest_days="90")
    assert "# Streaming" in page.text
    assert (
        "every six weeks, after three months at the latest; as everybody with the tag “Streaming”"
        in as_alice.get(home(ada)).text
    )
    page = as_anna.submit(page, "/removal")
    assert "# Streaming" not in page.text


@pytest.mark.parametrize(("tag", "days"), [("nobody", "5"), ("", "5"), ("streaming", "0"), ("streaming", "")])
def test_nonsense_is_refused(as_anna, ada, tag, days):
    page = as_anna.get("/settings/cadences")
    as_anna.submit(page, "/settings/cadences", tag=tag, target_days=days, latest_days=days, status=422)


def test_managers_see_what_holds_for_all_and_do_not_set_it(as_alice):
    page = as_alice.get("/settings/cadences")
    assert "Everybody every 90 days" in page.text
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    given = {"csrf_token": token, "everybody-target_days": "5", "everybody-latest_days": "9"}
    as_alice.post("/settings/cadences/everybody", given, status=403)
