"""Roles on their pages: the list, one role, its bench and its applications."""

import pytest
from sqlalchemy import event

from crm.db import db, unit_of_work
from crm.domain import applications, benches, candidates, roles, users
from tests import make
from tests.people import address


def user(name):
    return users.by_email(address(name))


@pytest.fixture
def prepare(app):
    """Runs in a unit of work of its own and returns what the given function does."""

    def run(act):
        with app.app_context(), unit_of_work(writes=True):
            return act()

    return run


@pytest.fixture
def role_id(prepare):
    return prepare(lambda: make.role(user("alice"), team="Data", needs="Leads ten people.").id)


@pytest.fixture
def benched(prepare, role_id):
    """The ids of three people on the bench, in order: A, B, C."""

    def act():
        role = roles.find(role_id, seen_by=user("alice"))
        people = [
            make.candidate(user("alice"), f"{letter} Person", email=f"{letter.lower()}@example.org") for letter in "ABC"
        ]
        for person in people:
            make.near_miss(person, role, user("alice"))
            benches.add(role, person, by=user("alice"), reason=f"Reason of {person.full_name}")
        return [person.id for person in people]

    return prepare(act)


def send(browser, page, action, expected=200, **fields):
    """As Browser.submit, for a form that has a field called status."""
    form = page.forms(action)[0]
    return browser.post(form.get("action"), {**browser._carried(form), **fields}, expected)


def on_bench(page):
    return "".join(page.tree.xpath("//ol[contains(@class, 'bench')]/li//a[@class='who']/text()")).replace(" Person", "")


def test_alice_writes_a_role_down_and_finds_it(as_alice):
    page = as_alice.submit(
        as_alice.get("/roles/new"), "/roles/new", title="Head of Data", team="Data", needs="Leads ten."
    )
    for said in ("Head of Data", "Data · open · Alice Okafor", "Leads ten.", "Who nearly got it?"):
        assert said in page.text
    page = as_alice.get("/roles")
    assert "Nobody on the bench yet." in page.text
    assert "Close the search" in page.text


def test_a_role_is_changed(as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/edit")
    page = send(as_alice, page, "/edit", title="Head of Insight", team="", needs="", status="closed")
    assert page.tree.findtext(".//h1").strip() == "Head of Insight"
    assert "Data" not in page.text
    assert "closed" in page.text


def test_the_list_is_cut_by_status(as_alice, prepare, role_id):
    prepare(lambda: make.role(user("alice"), "Analyst", status="closed"))
    page = as_alice.get("/roles?status=closed")
    assert "Analyst" in page.text
    assert "Head of Data" not in page.text
    assert "Head of Data" in as_alice.get("/roles?status=nonsense").text


def test_the_list_goes_on_after_twenty_five(as_alice, prepare):
    prepare(lambda: [make.role(user("alice"), f"Role {number:02}") for number in range(30)] and None)
    page = as_alice.get("/roles")
    assert "Role 29" in page.text
    assert "Role 04" not in page.text
    page = as_alice.get(page.tree.xpath("//a[@rel='next']/@href")[0])
    assert "Role 04" in page.text
    assert "Role 29" not in page.text
    assert "Role 29" in as_alice.get(page.tree.xpath("//a[@rel='prev']/@href")[0]).text


def test_a_hire_is_recorded_and_guarded(as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/hire")
    page = as_alice.submit(page, "/hire", hired_name="Nadia Brandt", starts_on=make.in_days(-13).isoformat())
    assert "Nadia Brandt" in page.text
    assert "Day 13 of the 90 in which the bench is held." in page.text
    assert "Nadia Brandt got it, day 13 of 90." in as_alice.get("/roles").text


def test_the_bench_is_held_for_as_many_days_as_one_likes(as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/hire")
    page = as_alice.submit(page, "/hire", hired_name="Nadia", guard="own", guard_days="45")
    assert "held for 45 days from the first day on" in page.text


# --- the bench


def test_the_bench_stands_in_its_order_with_its_reasons(as_alice, role_id, benched):
    page = as_alice.get(f"/roles/{role_id}")
    assert on_bench(page) == "ABC"
    for said in ("Reason of A Person", "by a hair", "not in touch yet"):
        assert said in page.text


def test_somebody_is_moved_by_a_button_and_by_a_drag(as_alice, role_id, benched):
    page = as_alice.get(f"/roles/{role_id}")
    page = as_alice.submit(page, f"/bench/{benched[2]}/move", to="1")
    assert on_bench(page) == "CAB"
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    page = as_alice.post(f"/roles/{role_id}/bench/order", {"order": benched, "csrf_token": token})
    assert on_bench(page) == "ABC"


@pytest.mark.parametrize("to", ["", "x", "-1", "99999", "²"])
def test_a_move_to_nowhere_is_refused(as_alice, role_id, benched, to):
    page = as_alice.get(f"/roles/{role_id}")
    as_alice.submit(page, f"/bench/{benched[0]}/move", to=to, status=422)


def test_somebody_is_taken_off_and_brought_back(as_alice, role_id, benched):
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}"), f"/bench/{benched[1]}/removal")
    assert on_bench(page) == "AC"
    assert "Put on the bench" in page.text
    page = as_alice.submit(page, "/removal/undo")
    assert on_bench(page) == "ABC"


def test_a_near_miss_is_put_on_the_bench_with_the_sentence_of_the_debrief(as_alice, prepare, role_id):
    def act():
        ada = make.candidate(user("alice"))
        make.near_miss(ada, roles.find(role_id, seen_by=user("alice")), user("alice"))
        return ada.id

    ada_id = prepare(act)
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}"), f"/bench/{ada_id}")
    assert "Ada Byron is on the bench." in page.text
    assert page.text.count("Ran the better case.") == 1


def test_a_place_says_why_and_until_when(as_alice, role_id, benched):
    page = as_alice.get(f"/roles/{role_id}/bench/{benched[0]}/edit")
    day = make.in_days(-2).isoformat()
    page = as_alice.submit(page, "/edit", reason="Own words", good_until=day)
    assert "Own words" in page.text
    assert "The place on the bench was good until" in page.text
    assert "refresh first" in page.text


@pytest.mark.parametrize(("field", "typed"), [("reason", "x" * 1001), ("good_until", "soon"), ("reason", "a\x00")])
def test_a_place_has_its_limits(as_alice, role_id, benched, field, typed):
    page = as_alice.get(f"/roles/{role_id}/bench/{benched[0]}/edit")
    page = as_alice.submit(page, "/edit", status=422, **{field: typed})
    assert page.tree.xpath(f"//*[@id='{field}-error']")


# --- applications


def test_an_application_is_added_with_its_debrief(as_alice, prepare, role_id):
    ada_id = prepare(lambda: make.candidate(user("alice")).id)
    page = as_alice.get(f"/roles/{role_id}/applications/new")
    page = as_alice.submit(
        page, "/applications/new", person="Ada Byron", person_id=ada_id, stage="onsite", disposition="rejected",
        decided_on=make.in_days(-3).isoformat(), reason="In own words", panel="Bob, Rita", margin="close",
        sentence="Nearly, but older.", missing="Scale", hire_for="Lead, Deputy", would_change="A year", agreed="Bob",
    )  # fmt: skip
    for said in ("Ada Byron", "passed over", "Nearly, but older.", "Missing: Scale", "Would hire for: Lead, Deputy",
                 "Would change my mind: A year", "Agreed: Bob", "Met Bob, Rita", "“older”"):  # fmt: skip
        assert said in page.text


def test_an_application_is_changed_and_a_field_can_be_emptied(as_alice, prepare, role_id, benched):
    known = prepare(
        lambda: applications.for_role(roles.find(role_id, seen_by=user("alice")), seen_by=user("alice"))[0].id
    )
    page = as_alice.get(f"/roles/{role_id}/applications/{known}")
    assert page.tree.xpath("//input[@name='sentence']/@value") == ["Ran the better case."]
    as_alice.submit(page, f"/applications/{known}", sentence="", disposition="", stage="offer")
    page = as_alice.get(f"/roles/{role_id}/applications/{known}")
    assert not page.tree.xpath("//input[@name='sentence']/@value")[0]
    assert page.tree.xpath("//select[@name='stage']/option[@selected]/@value") == ["offer"]


@pytest.mark.parametrize(
    ("field", "typed"), [("sentence", "x" * 1001), ("decided_on", "9999-01-01"), ("stage", "sofa")]
)
def test_a_change_of_an_application_is_refused_at_its_field(as_alice, prepare, role_id, benched, field, typed):
    page = as_alice.get(f"/roles/{role_id}")
    page = as_alice.get(next(link for link in page.links() if "/applications/" in link and "new" not in link))
    page = as_alice.submit(page, page.path, status=422, **{field: typed})
    assert page.tree.xpath(f"//*[@id='{field}-error']")
    assert "Person for Head of Data" in page.text


def test_an_application_is_taken_off_the_record(as_alice, role_id, benched):
    page = as_alice.get(f"/roles/{role_id}")
    page = as_alice.submit(page, "/removal")
    action = next(f.get("action") for f in page.tree.forms if "/applications/" in f.get("action"))
    page = as_alice.submit(page, action)
    assert "is off the record" in page.text


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("person_id", "nobody"),
        ("reason", "x" * 301),
        ("panel", "x" * 501),
        ("sentence", "x" * 1001),
        ("stage", "sofa"),
        ("disposition", "gone"),
        ("applied_on", "soon"),
        ("decided_on", "9999-01-01"),
        ("call_again_on", "soon"),
    ],
)
def test_an_application_has_its_limits(as_alice, prepare, role_id, field, typed):
    ada_id = prepare(lambda: make.candidate(user("alice")).id)
    given = {"person": "Ada", "person_id": ada_id, "disposition": "rejected", field: typed}
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/applications/new"), "/applications/new", status=422, **given)
    assert "Please look at this again." in page.text or page.tree.xpath("//*[@class='error']")
    assert (
        prepare(lambda: applications.for_role(roles.find(role_id, seen_by=user("alice")), seen_by=user("alice"))) == []
    )


# --- what is refused


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("title", ""),
        ("title", "x" * 4096),
        ("title", "a\x00b"),
        ("team", "x" * 81),
        ("needs", "x" * 20_001),
        ("status", "gone"),
        ("codename", "x" * 81),
        ("opens_on", "soon"),
        ("insiders", "nobody@example.org"),
    ],
)
def test_a_role_has_its_limits(as_alice, field, typed):
    given = {"title": "Head of Data", "team": "Data", field: typed}
    page = send(as_alice, as_alice.get("/roles/new"), "/roles/new", 422, **given)
    assert page.tree.xpath(f"//*[@id='{field}-error']") or page.tree.xpath(f"//*[@id='{field}']//*[@class='error']")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "علي حسن", "Zoë 🦊", "=?utf-8?q?x=0ABcc:_evil@example.org?="]
)
def test_a_title_is_shown_as_it_was_typed(as_alice, name):
    page = as_alice.submit(as_alice.get("/roles/new"), "/roles/new", title=name, team=name, needs=name)
    assert page.text.count(name) >= 3
    assert name in as_alice.get("/roles").text
    assert not page.tree.xpath("//main//script")


@pytest.mark.parametrize(("field", "typed"), [("hired_name", ""), ("guard", "own"), ("starts_on", "soon")])
def test_a_hire_is_refused_at_its_field(as_alice, role_id, field, typed):
    page = as_alice.get(f"/roles/{role_id}/hire")
    page = as_alice.submit(page, "/hire", status=422, **{"hired_name": "Nadia", field: typed})
    assert page.tree.xpath("//main//p[@class='error']")


def test_a_stranger_reads_and_does_not_touch(as_charlie, role_id, benched):
    page = as_charlie.get(f"/roles/{role_id}")
    assert on_bench(page) == "ABC"
    assert not page.forms("/move")
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    for path in (f"bench/{benched[0]}/move", f"bench/{benched[0]}/removal", "bench/order", f"bench/{benched[0]}"):
        as_charlie.post(f"/roles/{role_id}/{path}", {"csrf_token": token, "to": "1"}, status=403)
    as_charlie.get(f"/roles/{role_id}/hire", status=403)
    as_charlie.get(f"/roles/{role_id}/bench/{benched[0]}/edit", status=403)


# --- what is hidden


def test_a_sealed_role_is_there_for_those_who_are_named(as_alice, as_charlie, browser, prepare):
    page = send(
        as_alice, as_alice.get("/roles/new"), "/roles/new", title="Project Heron", status="sealed", codename="Heron",
        opens_on="2027-01-01", insiders=address("bob"), team="Birds",
    )  # fmt: skip
    assert "Sealed: Heron." in page.text
    assert "Known to Alice Okafor, Bob Lindqvist, and to nobody else." in page.text
    path = page.path
    as_bob = browser.sign_in("bob")
    assert "Project Heron" in as_bob.get("/roles").text
    assert not as_bob.get(f"{path}/edit").tree.xpath("//textarea[@name='insiders']")
    hidden, missing = as_charlie.get(path, status=404), as_charlie.get("/roles/nothing", status=404)
    assert hidden.text == missing.text
    for page in (as_charlie.get("/roles"), as_charlie.get("/roles?status=sealed"), as_charlie.get("/roles/new")):
        whole = page.response.get_data(as_text=True)
        assert "Heron" not in whole
        assert "Birds" not in whole


@pytest.mark.parametrize(
    "path", ["", "/edit", "/hire", "/closing", "/applications/new", "/applications/x", "/bench/x/edit"]
)
def test_every_page_of_a_sealed_role_is_missing_for_others(as_charlie, prepare, path):
    sealed = prepare(lambda: make.role(user("alice"), "Project Heron", status="sealed").id)
    as_charlie.get(f"/roles/{sealed}{path}", status=404)


def test_a_hidden_candidate_is_nowhere_on_the_page_of_a_role(as_alice, as_charlie, prepare, role_id):
    def act():
        alice, role = user("alice"), roles.find(role_id, seen_by=user("alice"))
        for name in ("Hidden Hire", "Hidden Finalist"):
            person = make.candidate(alice, name, email="", visibility="owner")
            make.near_miss(person, role, alice)
            benches.add(role, person, by=alice)
        roles.record_hire(role, by=alice, candidate_id=person.id)
        return person.id

    hidden = prepare(act)
    assert "Hidden" in as_alice.get(f"/roles/{role_id}").text
    for path in ("/roles", f"/roles/{role_id}"):
        whole = as_charlie.get(path).response.get_data(as_text=True)
        assert "Hidden" not in whole
        assert hidden not in whole
    as_charlie.get(f"/roles/{role_id}/bench/{hidden}/edit", status=403)


def test_the_hire_of_a_deleted_candidate_has_no_name(as_alice, prepare, role_id):
    def act():
        nadia = make.candidate(user("alice"), "Nadia Brandt")
        roles.record_hire(roles.find(role_id, seen_by=user("alice")), by=user("alice"), candidate_id=nadia.id)
        candidates.delete(nadia, by=user("alice"))

    prepare(act)
    assert "Nadia" not in as_alice.get(f"/roles/{role_id}").text


# --- as many statements with three rows as with thirty


def statements(app, browser, path):
    seen = []

    def note(*given):
        seen.append(given[2])

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        browser.get(path)
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_page_needs_as_many_statements_with_three_rows_as_with_thirty(app, as_alice, prepare, role_id):
    def add(first, last):
        alice = user("alice")
        role = roles.find(role_id, seen_by=alice)
        for number in range(first, last):
            person = make.candidate(alice, f"Person {number}", email="")
            make.near_miss(person, role, alice)
            benches.add(role, person, by=alice)
            other = make.role(alice, f"Role {number}")
            benches.add(other, person, by=alice)
            roles.record_hire(other, by=alice, candidate_id=person.id)

    prepare(lambda: add(0, 3))
    few = [statements(app, as_alice, path) for path in ("/roles", f"/roles/{role_id}")]
    prepare(lambda: add(3, 24))
    many = [statements(app, as_alice, path) for path in ("/roles", f"/roles/{role_id}")]
    assert many == few
    assert max(many) <= 22
