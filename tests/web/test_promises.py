"""Promises on the pages: made and kept while logging, first on Today, settled and taken back in place."""

import pytest

from crm.db import unit_of_work
from crm.domain import candidates, promises, users
from crm.kit import clock
from tests import make, people
from tests.browser import Browser
from tests.structure.workspace import statements

NOTES = "Send her the notes of the review"


@pytest.fixture
def prepare(app):
    def run(act, name="alice"):
        with app.app_context(), unit_of_work(writes=True):
            return act(users.by_email(people.address(name)))

    return run


@pytest.fixture
def ada(prepare):
    return prepare(lambda alice: make.candidate(alice).id)


def promise(prepare, ada, text=NOTES, days=-3, name="alice"):
    def made(user):
        with clock.set_to(clock.now() - make.days(30)):
            person = candidates.find(ada, seen_by=user)
            return promises.make(person, text=text, due_on=make.in_days(days + 30), by=user).id

    return prepare(made, name)


def known(prepare, ada):
    """(words, state, day) of each."""

    def told(alice):
        person = candidates.find(ada, seen_by=alice)
        return [(one.text, one.state, one.due_on) for one in promises.all_of(person, seen_by=alice)]

    return prepare(told)


def states(prepare, ada):
    return [state for _, state, _ in known(prepare, ada)]


# --- made while logging


def test_a_promise_is_made_while_logging_and_goes_with_the_contact(as_alice, prepare, ada):
    page = as_alice.get(f"/candidates/{ada}")
    page = as_alice.submit(
        page, "/touchpoints", kind="call", text="Good talk.", promised="y", promise_text=NOTES,
        promise_on=make.in_days(9).isoformat(),
    )  # fmt: skip
    assert known(prepare, ada) == [(NOTES, "open", make.in_days(9))]
    assert NOTES in page.text
    as_alice.submit(page, "/removal")
    assert known(prepare, ada) == []


def test_words_without_the_tick_are_no_promise(as_alice, prepare, ada):
    page = as_alice.get(f"/candidates/{ada}")
    as_alice.submit(page, "/touchpoints", kind="call", promise_text=NOTES, promise_on=make.in_days(9).isoformat())
    assert known(prepare, ada) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"promise_text": ""}, "What you promised is needed."),
        ({"promise_text": "x" * 301}, "longer than 300"),
        ({"promise_text": "a\x00b"}, "cannot be shown"),
        ({"promise_on": ""}, "Say by when."),
        ({"promise_on": "2020-01-01"}, "has passed already"),
        ({"promise_on": "soon"}, "not a day that we can read"),
    ],
)
def test_a_promise_that_is_none_is_told_at_its_field_and_nothing_is_logged(as_alice, prepare, ada, wrong, sentence):
    page = as_alice.get(f"/candidates/{ada}")
    given = {"promised": "y", "promise_text": NOTES, "promise_on": make.in_days(9).isoformat(), **wrong}
    page = as_alice.submit(page, "/touchpoints", status=422, kind="call", text="Good talk.", **given)
    assert sentence in page.text
    assert "Good talk." in page.text, "what was written is given back"
    assert known(prepare, ada) == []
    assert prepare(lambda alice: candidates.find(ada, seen_by=alice).last_contact_at) is None


# --- kept by a contact


def ticks(page):
    return [bool(field.checked) for field in page.tree.xpath("//main//input[@name='keeps']")]


def test_what_is_due_is_ticked_and_what_is_not_is_not(as_alice, prepare, ada):
    promise(prepare, ada)
    promise(prepare, ada, "Call in spring", 60)
    page = as_alice.get(f"/candidates/{ada}")
    assert ticks(page) == [True, False]
    assert f"This keeps my promise: {NOTES}" in page.text
    page = as_alice.submit(page, "/touchpoints", kind="mail", text="Sent them.")
    assert states(prepare, ada) == ["open", "kept"]
    as_alice.submit(page, "/removal")
    assert states(prepare, ada) == ["open", "open"]


def test_a_tick_taken_away_keeps_nothing_nor_does_a_note(as_alice, prepare, ada):
    promise(prepare, ada)
    page = as_alice.get(f"/candidates/{ada}")
    as_alice.submit(page, "/touchpoints", kind="call", keeps=None)
    as_alice.submit(page, "/touchpoints", kind="note", text="Seen at the fair.")
    assert states(prepare, ada) == ["open"]


def test_it_is_kept_from_today_too(as_alice, prepare, ada):
    promise(prepare, ada)
    page = as_alice.get("/")
    assert ticks(page) == [True]
    page = as_alice.submit(page, "/touchpoints", kind="call")
    assert (page.path, states(prepare, ada)) == ("/", ["kept"])
    assert NOTES not in page.text


def test_what_was_settled_in_another_tab_is_told_and_nothing_is_lost(as_alice, app, prepare, ada):
    promise(prepare, ada)
    page = as_alice.get(f"/candidates/{ada}")
    rita = Browser(app).known_as("rita")
    rita.submit(rita.get(f"/candidates/{ada}"), "/breaking")
    page = as_alice.submit(page, "/touchpoints", status=422, kind="call", text="Good talk.")
    assert "Rita Abara marked it as not kept" in page.text
    assert "Good talk." in page.text
    as_alice.submit(page, "/touchpoints", kind="call", text="Good talk.")
    assert states(prepare, ada) == ["broken"]


def test_somebody_elses_promise_is_not_offered_to_who_may_not_settle_it(app, as_charlie, prepare, ada):
    made = promise(prepare, ada)
    page = as_charlie.get(f"/candidates/{ada}")
    assert "Alice Okafor promised this" in page.text
    assert not ticks(page)
    assert not page.forms("/keeping")
    token = page.forms("/touchpoints")[0].fields["csrf_token"]
    as_charlie.post(f"/candidates/{ada}/promises/{made}/keeping", {"csrf_token": token}, status=403)
    as_charlie.post(f"/candidates/{ada}/touchpoints", {"csrf_token": token, "kind": "call", "direction": "out",
                                                       "keeps": made}, status=403)  # fmt: skip
    assert states(prepare, ada) == ["open"]


# --- on Today


def test_promises_stand_above_everything_and_each_person_once(as_alice, prepare, ada):
    promise(prepare, ada)
    prepare(lambda alice: candidates.call_again(candidates.find(ada, seen_by=alice), make.in_days(-9), "to call"))
    prepare(lambda alice: candidates.call_again(make.candidate(alice, "Bo Due", email=""), make.in_days(-20), "late"))
    page = as_alice.get("/")
    assert [h2.text_content().strip() for h2 in page.tree.xpath("//main//h2")] == ["Promises", "Due"]
    assert page.text.index("Ada Byron") < page.text.index("Bo Due")
    assert page.text.count("Ada Byron") == 1
    assert f"You promised: {NOTES}, due since" in page.text
    assert "Two people, then you are done." in page.text
    assert page.tree.xpath("//nav//a[@href='/']//*[text()='2']")


@pytest.mark.parametrize(("days", "heading"), [(1, "Coming up"), (14, "Coming up"), (15, "")])
def test_one_that_is_not_due_yet_is_told_before_its_day(as_alice, prepare, ada, days, heading):
    promise(prepare, ada, days=days)
    page = as_alice.get("/")
    assert (NOTES in page.text) is bool(heading)
    assert bool(page.tree.xpath(f"//ul[@aria-label='{heading or 'Coming up'}']")) is bool(heading)
    assert not page.tree.xpath("//ul[@aria-label='Promises']")


@pytest.mark.parametrize("where", ["/", "/candidates/{}"])
@pytest.mark.parametrize(("act", "state"), [("/keeping", "kept"), ("/breaking", "broken")])
def test_settled_in_place_and_undone(as_alice, prepare, ada, where, act, state):
    promise(prepare, ada)
    page = as_alice.submit(as_alice.get(where.format(ada)), act)
    assert (page.path, states(prepare, ada)) == (where.format(ada), [state])
    page = as_alice.submit(page, "/settling/undo")
    assert (page.path, states(prepare, ada)) == (where.format(ada), ["open"])


@pytest.mark.parametrize(("chosen", "days"), [({"button": "for=week"}, 7), ({"button": "for=month"}, 30)])
def test_a_new_date_and_back(as_alice, prepare, ada, chosen, days):
    promise(prepare, ada)
    page = as_alice.submit(as_alice.get("/"), "/renewal", **chosen)
    assert known(prepare, ada) == [(NOTES, "renewed", make.in_days(days))]
    assert "Nothing is due" in page.text
    assert "first for" in as_alice.get(f"/candidates/{ada}").text
    as_alice.submit(page, "/renewal/undo")
    assert known(prepare, ada) == [(NOTES, "open", make.in_days(-3))]


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01", "9999-12-31"])
def test_a_new_date_that_is_none_changes_nothing(as_alice, prepare, ada, until):
    made = promise(prepare, ada)
    token = as_alice.get("/").forms("/keeping")[0].fields["csrf_token"]
    as_alice.post(f"/candidates/{ada}/promises/{made}/renewal", {"csrf_token": token, "until": until}, status=422)
    assert states(prepare, ada) == ["open"]


def test_two_tabs_settle_it_once_and_the_other_is_told(as_alice, app, prepare, ada):
    promise(prepare, ada)
    rita = Browser(app).known_as("rita")
    mine, hers = as_alice.get("/"), rita.get(f"/candidates/{ada}")
    as_alice.submit(mine, "/keeping")
    as_alice.submit(mine, "/keeping")
    page = rita.submit(hers, "/breaking", status=422)
    assert "Alice Okafor marked it as kept" in page.text
    assert states(prepare, ada) == ["kept"]


# --- not kept


def test_what_was_not_kept_is_told_without_drama_with_an_apology(as_alice, prepare, ada):
    made = promise(prepare, ada)
    as_alice.submit(as_alice.get("/"), "/breaking")
    page = as_alice.get(f"/candidates/{ada}")
    day = make.in_days(-3)
    assert f"Not kept, due {day.day} {day:%B}." in page.text
    assert f"/candidates/{ada}/write?purpose=apology&promise={made}" in page.links()
    as_alice.submit(page, "/settling/undo")
    assert states(prepare, ada) == ["open"]


def test_the_timeline_tells_it(as_alice, prepare, ada):
    promise(prepare, ada)
    as_alice.submit(as_alice.get("/"), "/keeping")
    assert f"Kept the promise “{NOTES}”" in as_alice.get(f"/candidates/{ada}").text


@pytest.mark.parametrize("where", ["/", "/candidates/{}"])
def test_many_promises_need_as_many_statements_as_few(app, as_alice, prepare, ada, where):
    counts = []
    for size in (2, 12):
        for number in range(size):
            promise(prepare, ada, f"Promise {size} {number}")
        as_alice.get(where.format(ada))
        with statements(app) as ran:
            as_alice.get(where.format(ada))
        counts.append(len(ran))
    assert counts[0] == counts[1] <= 13
