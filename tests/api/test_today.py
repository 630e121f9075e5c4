"""What is due, and the search, by the API."""

from crm.db import unit_of_work
from crm.domain import keeping_answers
from tests import make
from tests.structure.workspace import statements


def test_who_is_due_stands_on_today_and_who_comes_after(alices):
    for name, days in (("Due Now", 0), ("Due Soon", 5), ("Due Late", 60)):
        made = alices.post("/candidates", {"full_name": name})["id"]
        alices.patch(f"/candidates/{made}", {"next_on": make.in_days(days).isoformat(), "next_why": "as promised"})
    told = alices.get("/today")
    (due,) = told["items"]
    assert (due["full_name"], due["why"], due["warmth"]) == ("Due Now", "as promised", "cold")
    assert [item["full_name"] for item in told["coming"]] == ["Due Soon"]
    assert (told["answers"], told["more"]) == ([], 0)


def test_whoever_said_whether_we_may_keep_in_touch_stands_there_until_it_is_seen(app, alices, ada):
    asked = alices.post(f"/candidates/{ada}/keeping-questions", {})["id"]
    assert alices.get("/today")["keeping"] == []
    with app.app_context(), unit_of_work(writes=True):
        keeping_answers.answer(keeping_answers.find_asked(asked), "yes")
    told = alices.get("/today")
    assert [(one["id"], one["answer"]) for one in told["keeping"]] == [(asked, "yes")]
    assert told["not_sent"] == []


def test_what_was_written_is_found_by_the_next_search(alices):
    made = alices.post("/candidates", {"full_name": "Ada Byron", "headline": "Analyst of C++ engines"})["id"]
    role = alices.post("/roles", {"title": "Engine driver"})["id"]
    told = alices.get("/search?q=engine")
    assert {(item["kind"], item["id"]) for item in told["items"]} == {("candidate", made), ("role", role)}
    (found,) = alices.get("/search?q=C%2B%2B")["items"]
    assert found["snippet"] == "Analyst of C++ engines"
    assert len(alices.get("/search?q=engine&limit=1")["items"]) == 1


FINDING_NOTHING = ["", "?q=", "?q=%20", "?q=%22%27%3B--", "?q=*", "?q=NEAR(", "?q=nobody"]


def test_a_search_that_finds_nothing_is_an_empty_list(alices, ada):
    for query in FINDING_NOTHING:
        assert alices.get(f"/search{query}") == {"items": [], "next": None}


WRONG_SEARCHES = ["q=a%00", f"q={'a' * 201}", "limit=no", "kind=role"]


def test_a_wrong_search_is_refused(alices):
    for query in WRONG_SEARCHES:
        alices.get(f"/search?{query}", 422)


def test_today_is_its_users_own(alices, bobs):
    made = alices.post("/candidates", {"full_name": "Due Now"})["id"]
    alices.patch(f"/candidates/{made}", {"next_on": make.in_days(0).isoformat()})
    assert bobs.get("/today")["items"] == []


def test_today_asks_the_database_as_often_for_thirty_as_for_three(app, alices):
    counts = []
    for size in (3, 17):
        for number in range(size):
            made = alices.post("/candidates", {"full_name": f"Nora {size} {number}"})["id"]
            alices.patch(f"/candidates/{made}", {"next_on": make.in_days(number % 2).isoformat()})
        with statements(app) as ran:
            alices.get("/today")
        counts.append(len(ran))
    assert counts[0] == counts[1] <= 11
