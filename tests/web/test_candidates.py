"""The pages of candidates: the list, the record, the page with every act in place."""

import re

import pytest
from sqlalchemy import event

from crm.db import db, unit_of_work
from crm.domain import cadences, candidates, consents, tags, touchpoints, users
from crm.domain.candidates import Facts
from crm.kit import clock
from tests import documents, make, people

BAD_NAMES = ["x" * 4_096, "Ada\x00Byron", "Ada\u202eByron"]
ODD_NAMES = [
    "=?utf-8?q?x=0ABcc:_evil@example.org?=",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "עדה",
    "Ada 🎷",
    "李伟",
]


@pytest.fixture
def prepare(app):
    """Runs a function with Alice in a transaction of its own; returns what it returns."""

    def run(act):
        with app.app_context(), unit_of_work(writes=True):
            return act(users.by_email(people.address("alice")))

    return run


@pytest.fixture
def ada(prepare):
    return prepare(lambda alice: make.candidate(alice, headline="Analyst").id)


def look(prepare, candidate_id, question):
    return prepare(lambda alice: question(candidates.find(candidate_id, seen_by=alice)))


# --- the record


def test_a_candidate_is_added_and_shown(as_alice):
    form = as_alice.get("/candidates/new")
    page = as_alice.submit(
        form, "/candidates/new", full_name="Ada Byron", headline="Analyst", emails="ada@example.org\na@two.example.org",
        phones="+44 20 7946 0958", notice_period="six weeks", links="example.org/ada",
    )  # fmt: skip
    assert page.tree.findtext(".//h1") == "Ada Byron"
    for shown in ("Analyst", "a@two.example.org", "six weeks", "example.org/ada", "They said so"):
        assert shown in page.text
    assert "tel:+442079460958" in page.links()


def test_a_double_submit_makes_one(as_alice):
    form = as_alice.get("/candidates/new")
    first = as_alice.submit(form, "/candidates/new", full_name="Ada Byron")
    second = as_alice.submit(form, "/candidates/new", full_name="Ada Byron")
    assert first.path == second.path
    assert "1 person" in as_alice.get("/candidates").text


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_shown_as_text(as_alice, name):
    page = as_alice.submit(as_alice.get("/candidates/new"), "/candidates/new", full_name=name)
    assert page.tree.findtext(".//h1") == name
    assert name in as_alice.get("/candidates").text


@pytest.mark.parametrize("name", ["", *BAD_NAMES])
def test_bad_names_get_a_sentence_at_their_field(as_alice, name):
    page = as_alice.submit(as_alice.get("/candidates/new"), "/candidates/new", status=422, full_name=name)
    assert page.tree.get_element_by_id("full_name-error").text_content().strip()
    assert "Nobody" in as_alice.get("/candidates?mine=1").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("emails", "not an address"),
        ("emails", "=?utf-8?q?x=0ABcc:_evil@example.org?="),
        ("phones", "call me"),
        ("links", "javascript:alert(1)"),
        ("headline", "x" * 4_096),
        ("notice_period", "a\x00b"),
        ("visibility", "world"),
        ("team_id", "another team"),
    ],
)
def test_bad_input_in_any_field_gets_a_sentence_there(as_alice, field, value):
    form = as_alice.get("/candidates/new")
    page = as_alice.submit(form, "/candidates/new", status=422, **{"full_name": "Ada Byron", field: value})
    assert page.tree.get_element_by_id(f"{field}-error").text_content().strip()
    assert page.tree.get_element_by_id("full_name").value == "Ada Byron"


def test_a_record_is_changed(as_alice, ada):
    form = as_alice.get(f"/candidates/{ada}/edit")
    page = as_alice.submit(form, f"/candidates/{ada}/edit", full_name="Ada Lovelace", location="London")
    assert page.tree.findtext(".//h1") == "Ada Lovelace"
    assert "London" in page.text
    page = as_alice.submit(form, f"/candidates/{ada}/edit", status=422, full_name="")
    assert page.tree.findtext(".//h1") == "Ada Lovelace"


def test_who_sees_it_and_whose_it_is_can_be_changed(as_alice, as_charlie, prepare, ada):
    bob = prepare(lambda _: users.by_email(people.address("bob")).id)
    as_charlie.get(f"/candidates/{ada}")
    page = as_alice.submit(
        as_alice.get(f"/candidates/{ada}/edit"), f"/candidates/{ada}/edit", visibility="team", owner_id=bob
    )
    assert "Bob Lindqvist" in page.text
    as_charlie.get(f"/candidates/{ada}", status=404)


def test_a_stranger_may_change_the_facts_and_not_who_sees_them(as_charlie, prepare, ada):
    form = as_charlie.get(f"/candidates/{ada}/edit")
    assert not form.tree.xpath("//input[@name='visibility'] | //select[@name='owner_id']")
    as_charlie.submit(form, f"/candidates/{ada}/edit", headline="Gardener", visibility="owner")
    assert look(prepare, ada, lambda c: (c.headline, c.visibility)) == ("Gardener", "company")


def test_possible_duplicates_are_flagged_after_saving(as_alice, ada):
    page = as_alice.submit(as_alice.get("/candidates/new"), "/candidates/new", full_name="ada  byron")
    assert "Perhaps the same person" in page.text
    assert f"/candidates/{ada}" in page.links()
    assert "Perhaps" not in as_alice.get(page.path).text


# --- archive and deletion


def test_archive_and_back(as_alice, ada):
    page = as_alice.submit(as_alice.get(f"/candidates/{ada}"), "/archival")
    assert "In the archive" in page.text
    assert "Ada Byron" not in as_alice.get("/candidates").text
    assert "Ada Byron" in as_alice.get("/candidates?archived=1").text
    page = as_alice.submit(page, "/archival/undo")
    assert "In the archive" not in page.text


def test_delete_and_undo(as_alice, ada):
    page = as_alice.submit(as_alice.get(f"/candidates/{ada}"), "/deletion")
    assert page.path == "/candidates"
    as_alice.get(f"/candidates/{ada}", status=404)
    page = as_alice.submit(page, "/deletion/undo")
    assert page.tree.findtext(".//h1") == "Ada Byron"


def test_a_stranger_cannot_delete(as_charlie, ada):
    page = as_charlie.get(f"/candidates/{ada}")
    assert not page.forms("/deletion")
    as_charlie.post(f"/candidates/{ada}/deletion", _token(page), status=403)
    as_charlie.get(f"/candidates/{ada}")


# --- tags, next date, contacts


def test_a_tag_is_applied_and_removed_with_undo(as_alice, ada):
    page = as_alice.submit(as_alice.get(f"/candidates/{ada}"), "/tags", name="Streaming")
    page = as_alice.submit(page, "/tags", name="streaming")
    assert page.text.count("Streaming×") == 1
    page = as_alice.submit(page, "/removal")
    assert "Streaming×" not in page.text
    page = as_alice.submit(page, "/tags", name="Streaming")
    assert "Streaming×" in page.text


def test_a_tag_that_is_none_is_refused(as_alice, ada):
    page = as_alice.get(f"/candidates/{ada}")
    for name in ("", "x" * 61, "a\x00b"):
        as_alice.submit(page, "/tags", status=422, name=name)


def test_tags_are_suggested(as_alice, as_charlie, prepare):
    prepare(lambda alice: tags.apply(make.candidate(alice, visibility="owner"), "Streaming", by=alice))
    answer = as_alice.client.get("/tags/suggestions?q=str").get_json()
    assert [item["title"] for item in answer["items"]] == ["Streaming"]
    assert as_charlie.client.get("/tags/suggestions?q=str").get_json() == {"items": []}


def test_a_next_date_is_chosen_with_its_reason_and_taken_back(as_alice, ada):
    page = as_alice.submit(
        as_alice.get(f"/candidates/{ada}"), "/next", on=make.in_days(10).isoformat(), why="after her holiday"
    )
    assert "after her holiday" in page.text
    page = as_alice.submit(page, "/next/undo")
    assert "No next date" in page.text


@pytest.mark.parametrize("on", ["", "yesterday", "2020-01-01", "9999-99-99"])
def test_a_next_date_that_is_none_gets_a_sentence(as_alice, ada, on):
    page = as_alice.submit(as_alice.get(f"/candidates/{ada}"), "/next", status=422, on=on)
    assert page.tree.get_element_by_id("next-on-error").text_content().strip()


def test_a_contact_is_logged_moves_the_date_and_is_taken_back(as_alice, prepare, ada):
    prepare(lambda alice: candidates.call_again(candidates.find(ada, seen_by=alice), clock.today(), "now"))
    page = as_alice.submit(
        as_alice.get(f"/candidates/{ada}"), "/touchpoints", kind="call", direction="out", text="Talked about spring."
    )
    assert "Talked about spring." in page.text
    assert "Last spoke just now" in page.text
    assert look(prepare, ada, lambda c: c.next_on) == make.in_days(cadences.USUAL[0])
    page = as_alice.submit(page, "/removal")
    assert "Talked about spring." not in page.text
    assert look(prepare, ada, lambda c: c.next_on) == clock.today()


@pytest.mark.parametrize(
    "wrong", [{"kind": "telepathy"}, {"direction": "up"}, {"on": "9999-01-01"}, {"on": "x"}, {"text": "a\x00b"}]
)
def test_a_contact_that_cannot_be_gets_a_sentence(as_alice, ada, wrong):
    given = {"kind": "call", "direction": "out", **wrong}
    page = as_alice.submit(as_alice.get(f"/candidates/{ada}"), "/touchpoints", status=422, **given)
    assert page.tree.xpath("//*[contains(@class, 'error')]")


# --- permissions, forwards, roles


def test_a_yes_is_recorded_and_withdrawn(as_alice, ada):
    form = as_alice.get(f"/candidates/{ada}/consents")
    page = as_alice.submit(form, "/consents", purpose="forward", company="Acme", evidence="said so on the phone")
    assert "To forward the resume to Acme valid" in page.text
    page = as_alice.submit(page, "/withdrawal")
    assert "withdrawn" in page.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("evidence", ""),
        ("evidence", "a\x00b"),
        ("given_on", "2999-01-01"),
        ("until", "2001-01-01"),
        ("purpose", "sell"),
    ],
)
def test_a_yes_without_evidence_is_none(as_alice, ada, field, value):
    form = as_alice.get(f"/candidates/{ada}/consents")
    page = as_alice.submit(form, "/consents", status=422, **{"evidence": "phone", field: value})
    assert page.tree.get_element_by_id(f"{field}-error").text_content().strip()


def test_the_page_has_roles_debriefs_forwards_and_history(as_alice, prepare):
    def everything(alice):
        forward = make.forward(alice, position="Analytics Lead")
        make.near_miss(forward.candidate, make.role(alice), alice, missing="Led nobody yet", hire_for=["Analyst"])
        return forward.candidate_id

    page = as_alice.get(f"/candidates/{prepare(everything)}")
    for shown in ("Head of Data", "nearly hired", "by a hair", "Ran the better case.", "Led nobody yet",
                  "Would hire for: Analyst", "Carol Devereux", "Analytics Lead", "Added to First Call"):  # fmt: skip
        assert shown in page.text, shown


# --- hidden


def test_what_one_may_not_see_is_not_there_whatever_one_tries(as_charlie, as_alice, prepare):
    def hidden(alice):
        person = make.candidate(alice, visibility="owner")
        return person.id, make.consent(person, alice).id, tags.apply(person, "secret", by=alice).id

    candidate_id, consent_id, tag_id = prepare(hidden)
    token = _token(as_charlie.get("/candidates/new"))
    base = f"/candidates/{candidate_id}"
    nothing = as_charlie.get("/candidates/0000000000000000000a", status=404).text
    for path in ("", "/edit", "/consents", "/resumes/x/file", "/resumes/x/text", "/resumes/x/preview/1"):
        assert as_charlie.get(base + path, status=404).text == nothing
    acts = ("/edit", "/archival", "/deletion", "/deletion/undo", "/tags", f"/tags/{tag_id}/removal", "/next", "/snooze",
            "/letting-go", "/next/undo", "/touchpoints", "/consents", f"/consents/{consent_id}/withdrawal",
            "/resumes/x/removal", "/resumes/x/proposals")  # fmt: skip
    for path in acts:
        as_charlie.post(base + path, {**token, "name": "x", "full_name": "x", "until": "2999-01-01"}, status=404)
    assert "Ada" not in as_charlie.get("/candidates").text
    assert "valid" in as_alice.get(base).text


def test_a_sealed_role_never_shows_on_a_candidate(as_alice, as_charlie, prepare):
    def sealed(alice):
        ada = make.candidate(alice)
        make.near_miss(ada, make.role(alice, "Falconer", status="sealed"), alice, call_again_on=make.in_days(3))
        return ada.id

    candidate_id = prepare(sealed)
    for path in ("/candidates", f"/candidates/{candidate_id}", "/candidates?q=falconer", "/search?q=falconer"):
        assert "Falconer" not in as_charlie.get(path).text.replace("“falconer”", "")
    assert "Falconer" in as_alice.get(f"/candidates/{candidate_id}").text


def test_an_act_goes_back_to_a_page_of_ours_only(as_alice, ada):
    page = as_alice.get(f"/candidates/{ada}")
    for back in ("https://evil.example.org/", "//evil.example.org", "/nowhere", "/\\evil"):
        answer = as_alice.client.post(f"/candidates/{ada}/archival", data={**_token(page), "back": back})
        assert answer.headers["Location"] in ("/", f"/candidates/{ada}")


# --- the list


def test_the_list_filters_sorts_and_pages(as_alice, prepare):
    def many(alice):
        for number in range(60):
            make.candidate(alice, f"Person {number:02}", email="")

    prepare(many)
    first = as_alice.get("/candidates")
    assert "60 people" in first.text
    assert "Person 00" in first.text
    second = as_alice.get(first.tree.xpath("//a[@rel='next']/@href")[0])
    assert "Person 25" in second.text
    back = as_alice.get(second.tree.xpath("//a[@rel='prev']/@href")[0])
    assert "Person 00" in back.text
    assert "Person 59" in as_alice.get("/candidates?sort=recent").text
    assert "Nobody fits" in as_alice.get("/candidates?warmth=warm").text


def test_a_filter_keeps_the_others(as_alice, prepare):
    prepare(lambda alice: tags.apply(make.candidate(alice), "100% & more", by=alice))
    page = as_alice.get("/candidates?mine=1&sort=recent")
    tagged = next(link for link in page.links() if "tag=" in link)
    page = as_alice.get(tagged)
    assert "Ada Byron" in page.text
    assert page.response.request.args.to_dict() == {"mine": "1", "sort": "recent", "tag": "100% & more"}


@pytest.mark.parametrize(
    "query", ["?q=%00", "?q=%22AND(", "?tag=%00", "?after=!!", "?sort=x&warmth=y", "?_external=1&endpoint=x"]
)
def test_nonsense_in_the_address_is_no_trouble(as_alice, ada, query):
    as_alice.get(f"/candidates{query}")


def test_the_empty_list_says_how_to_begin(as_alice):
    page = as_alice.get("/candidates")
    assert "Who nearly got your last role?" in page.text
    assert "/close" in page.links()


def test_people_are_suggested_by_name(as_alice, as_charlie, prepare):
    prepare(lambda alice: make.candidate(alice, headline="Analyst", visibility="owner"))
    [item] = as_alice.client.get("/candidates/suggestions?q=ad").get_json()["items"]
    assert (item["title"], item["url"]) == ("Ada Byron", f"/candidates/{item['id']}")
    assert "Analyst" in item["snippet"]
    assert as_charlie.client.get("/candidates/suggestions?q=ad").get_json() == {"items": []}


# --- the number of statements


@pytest.mark.parametrize(
    ("path", "more"),
    [("/candidates", 20), ("/candidates?q=person&tag=common&sort=recent", 20), ("/", 20), ("/search?q=person", 12)],
)
def test_three_rows_and_thirty_need_the_same_number_of_statements(app, as_alice, prepare, path, more):
    """What was searched for is counted once more where a page of it is full; so fewer are added there."""

    def some(count):
        def add(alice):
            opening = make.role(alice, f"Role {count}")
            for number in range(count):
                person = make.candidate(alice, f"Person {number}", email=f"p{number}of{count}@example.org")
                make.near_miss(person, opening, alice, call_again_on=clock.today())
                tags.apply(person, "common", by=alice)

        return add

    prepare(some(3))
    few = _statements(app, as_alice, path)
    prepare(some(more))
    assert _statements(app, as_alice, path) == few
    assert few <= 12


def test_a_full_page_needs_as_many_statements_as_an_empty_one(app, as_alice, prepare, ada):
    few = _statements(app, as_alice, f"/candidates/{ada}")

    def fill(alice):
        person = candidates.find(ada, seen_by=alice)
        make.forward(alice, person)
        for number in range(8):
            tags.apply(person, f"tag {number}", by=alice)
            touchpoints.log(person, kind="call", direction="out", by=alice, text="words")
            make.near_miss(person, make.role(alice, f"Role {number}"), alice)
            consents.record(person, purpose="keep", evidence=f"mail {number}", by=alice)
        candidates.change(
            person, Facts(phones=["+44 20 7946 0958"], emails=["a@example.org", "b@example.org"]), by=alice
        )
        make.resume(person, alice, content=documents.pdf(name="Another"))

    prepare(fill)
    assert _statements(app, as_alice, f"/candidates/{ada}") <= few + 1
    assert few <= 11


def _statements(app, browser, path):
    seen = []

    def count(_connection, _cursor, statement, *_more):
        if not re.match(r"\s*(PRAGMA|BEGIN|SET|SHOW)", statement):
            seen.append(statement)

    browser.get(path)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
        browser.get(path)
        event.remove(db.engine, "before_cursor_execute", count)
    return len(seen)


def _token(page):
    return {"csrf_token": page.tree.xpath("//input[@name='csrf_token']/@value")[0]}
