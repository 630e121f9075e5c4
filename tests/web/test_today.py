"""Today: the first page, with every act in place and its undo."""

import pytest

from crm.db import db, unit_of_work
from crm.domain import cadences, candidates, fall_throughs, news, promises, sharing, tags, useful, users
from crm.domain.inbox import Arrival
from crm.kit import clock
from tests import make, people
from tests.domain.test_fall_throughs import benched


@pytest.fixture
def prepare(app):
    def run(act):
        with app.app_context(), unit_of_work(writes=True):
            return act(users.by_email(people.address("alice")))

    return run


@pytest.fixture
def ada(prepare):
    """Due since yesterday, nearly Head of Data."""

    def due(alice):
        person = make.candidate(alice)
        make.near_miss(person, make.role(alice), alice)
        candidates.call_again(person, make.in_days(-1), "promised to call")
        return person.id

    return prepare(due)


def next_on(prepare, candidate_id):
    return prepare(lambda alice: candidates.find(candidate_id, seen_by=alice).next_on)


def test_who_is_due_stands_there_with_reason_and_acts(as_alice, ada):
    page = as_alice.get("/")
    for shown in ("One person, then you are done.", "Ada Byron", "nearly Head of Data", "cold", "Ran the better case.",
                  "No contact on record yet.", "Promised to call."):  # fmt: skip
        assert shown in page.text, shown
    assert any("/write" in link for link in page.links())
    keys = set(page.tree.xpath("//main//*[@data-row]//@data-key"))
    assert keys == {"w", "l", "s"}


def test_snooze_in_place_and_undo(as_alice, prepare, ada):
    page = as_alice.submit(as_alice.get("/"), "/snooze", button="for=week")
    assert page.path == "/"
    assert "Nothing is due" in page.text
    assert next_on(prepare, ada) == make.in_days(7)
    page = as_alice.submit(page, "/next/undo")
    assert (page.path, next_on(prepare, ada)) == ("/", make.in_days(-1))
    assert "Promised to call." in page.text


@pytest.mark.parametrize(("word", "days"), [("tomorrow", 1), ("week", 7), ("month", 30)])
def test_each_span_of_the_menu(as_alice, prepare, ada, word, days):
    as_alice.submit(as_alice.get("/"), "/snooze", button=f"for={word}")
    assert next_on(prepare, ada) == make.in_days(days)


def test_snooze_until_a_day(as_alice, prepare, ada):
    page = as_alice.get("/")
    as_alice.post(f"/candidates/{ada}/snooze", {**_token(page), "until": make.in_days(12).isoformat()})
    assert next_on(prepare, ada) == make.in_days(12)


@pytest.mark.parametrize("until", ["", "never", "2020-01-01", "\x00"])
def test_a_day_that_is_none_changes_nothing(as_alice, prepare, ada, until):
    page = as_alice.get("/")
    as_alice.post(f"/candidates/{ada}/snooze", {**_token(page), "until": until}, status=422)
    assert next_on(prepare, ada) == make.in_days(-1)


def test_log_in_place_and_undo(as_alice, prepare, ada):
    page = as_alice.submit(as_alice.get("/"), "/touchpoints", kind="mail", direction="out", text="Wrote about spring.")
    assert page.path == "/"
    assert "Nothing is due" in page.text
    assert next_on(prepare, ada) > clock.today()
    page = as_alice.submit(page, "/removal")
    assert (page.path, next_on(prepare, ada)) == ("/", make.in_days(-1))


def test_let_go_in_place_and_undo(as_alice, prepare, ada):
    page = as_alice.submit(as_alice.get("/"), "/letting-go")
    assert next_on(prepare, ada) is None
    assert "Nobody has a next date either" in page.text
    as_alice.submit(page, "/next/undo")
    assert next_on(prepare, ada) == make.in_days(-1)


WHEN = ("next_on", "next_why", "next_chosen_at", "next_by_cadence", "awaits_reply_since", "let_go_at")


@pytest.mark.parametrize("act", ["snooze", "letting-go", "next"])
@pytest.mark.parametrize("was", ["by a cadence", "chosen", "until they answer", "let go"])
def test_an_undo_leaves_everything_as_it_was(as_alice, prepare, ada, act, was):
    def before(alice):
        person = candidates.find(ada, seen_by=alice)
        if was == "by a cadence":
            cadences.move(person, make.in_days(-1), "to keep in touch")
        elif was == "until they answer":
            person.awaits_reply_since = clock.now()
        elif was == "let go":
            candidates.let_go(person, by=alice)
        return [getattr(person, name) for name in WHEN]

    kept = prepare(before)
    page = as_alice.get(f"/candidates/{ada}")
    given = {"for": "week", "on": make.in_days(9).isoformat(), "why": "Chosen"}
    page = as_alice.post(f"/candidates/{ada}/{act}", {**_token(page), **given})
    as_alice.submit(page, "/next/undo")
    assert prepare(lambda alice: [getattr(candidates.find(ada, seen_by=alice), name) for name in WHEN]) == kept


@pytest.mark.parametrize("asked", ["", "next_on=never&let_go_at=0001-01-01T00:00%2B14:00", "next_chosen_at=2026-01-01"])
def test_an_undo_that_makes_no_sense_counts_as_none(as_alice, prepare, ada, asked):
    as_alice.post(f"/candidates/{ada}/next/undo?{asked}", _token(as_alice.get("/")))
    assert next_on(prepare, ada) is None


def test_the_sentence_counts_each_person_once_and_whoever_is_to_be_called(as_alice, prepare, ada):
    def answered(alice):
        letter_id = make.forward(alice).letter.id
        answers = [
            (ada, None, "ada@example.org"),
            (None, letter_id, "c@example.org"),
            (None, letter_id, "C@example.org"),
        ]
        for number, (person, letter, address) in enumerate(answers):
            reply = Arrival(identity=f"{number}", message_id=f"{number}@example.org", kind="reply", candidate_id=person)
            reply.user_id, reply.letter_id, reply.from_address, reply.from_name = alice.id, letter, address, ""
            reply.subject, reply.text, reply.at = "Hello", "Gladly", clock.now()
            db.session.add(reply)

    prepare(answered)
    assert "Two people, then you are done." in as_alice.get("/").text
    prepare(lambda alice: fall_throughs.report(benched(alice, "A", "B")[0], why="left", by=alice))
    assert "Three people, then you are done." in as_alice.get("/").text


def test_nothing_due_says_who_is_next(as_alice, prepare, ada):
    prepare(lambda alice: candidates.call_again(candidates.find(ada, seen_by=alice), make.in_days(40), ""))
    assert "Next is Ada Byron, in 6 weeks" not in as_alice.get("/").text
    assert "Next is Ada Byron, in 5 weeks" in as_alice.get("/").text


def test_what_is_coming_stands_below(as_alice, prepare, ada):
    prepare(lambda alice: candidates.call_again(candidates.find(ada, seen_by=alice), make.in_days(3), ""))
    page = as_alice.get("/")
    assert "Coming up Ada Byron" in page.text
    assert "in 3 days" in page.text


def test_an_answer_stands_first_until_it_was_seen(as_alice, prepare):
    def answered(alice):
        forward = make.forward(alice)
        make.delivered(forward)
        sharing.answer(forward, "talk", "This week, please.")

    prepare(answered)
    page = as_alice.get("/")
    assert "Carol Devereux at Acme" in page.text
    assert "wants to talk: This week, please." in page.text
    page = as_alice.submit(page, "/sight")
    assert page.path == "/"
    assert "This week, please." not in page.text


def test_the_first_visit_says_how_to_begin(as_alice):
    page = as_alice.get("/")
    assert "Who nearly got your last role?" in page.text
    assert "/close" in page.links()


def test_more_than_a_page_is_counted(as_alice, prepare):
    def many(alice):
        for number in range(30):
            candidates.call_again(make.candidate(alice, f"Person {number}", email=""), clock.today(), "")

    prepare(many)
    assert "5 more are due" in as_alice.get("/").text


# --- hidden


def test_a_stranger_sees_nobody_and_cannot_mark_an_answer(as_charlie, prepare, ada):
    def answered(alice):
        forward = make.forward(alice, candidates.find(ada, seen_by=alice))
        make.delivered(forward)
        sharing.answer(forward, "talk", "This week, please.")
        return forward.id

    forward_id = prepare(answered)
    page = as_charlie.get("/")
    assert "Ada" not in page.text
    token = _token(as_charlie.get("/candidates/new"))
    as_charlie.post(f"/answers/{forward_id}/sight", token, status=403)
    as_charlie.post("/answers/none/sight", token, status=404)


def _token(page):
    return {"csrf_token": page.tree.xpath("//input[@name='csrf_token']/@value")[0]}


def test_a_promise_stands_under_coming_up_for_somebody_without_a_next_date(as_alice, prepare):
    def promised(alice):
        person = make.candidate(alice)
        promises.make(person, text="to send the article", due_on=make.in_days(6), by=alice)

    prepare(promised)
    [row] = as_alice.get("/").tree.xpath("//ul[@aria-label='Coming up']/li")
    told = " ".join(row.text_content().split())
    assert "Ada Byron" in told
    assert "You promised: to send the article, due on" in told


def test_what_one_could_bring_leads_to_the_letter(as_alice, prepare, ada):
    def add(alice):
        tags.apply(candidates.find(ada, seen_by=alice), "streams", by=alice)
        useful.add(title="A guide to streams", link="https://example.org/", by=alice, tag_names=["streams"])

    prepare(add)
    page = as_alice.get("/")
    [link] = page.tree.xpath("//a[text()='A guide to streams']/@href")
    assert "Ada Byron" in as_alice.get(link).text


def test_news_stands_there_until_it_is_put_aside(as_alice, prepare):
    prepare(lambda alice: news.tell(alice.id, kind="door", text="is still interested",
                                    candidate_id=make.candidate(alice).id))  # fmt: skip
    page = as_alice.get("/")
    assert "Is still interested" in page.text
    assert "One person, then you are done." in page.text
    page = as_alice.submit(page, "/sight")
    assert "Put aside: Ada Byron is still interested." in page.text
    assert "Is still interested" not in page.text
