"""Close the search, on the page."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, func, select

from crm.db import db, unit_of_work
from crm.domain import benches, candidates, roles, users
from crm.domain.candidates import Candidate
from crm.domain.closings import Closing
from crm.domain.resumes import Resume
from crm.domain.roles import Role
from tests import documents, make
from tests.people import address

NAMES = ("Mira Halvorsen", "Samuel Osei", "Ines Carvalho")
THREE = {f"finalists-{row}-full_name": name for row, name in enumerate(NAMES)}


def user(name):
    return users.by_email(address(name))


@pytest.fixture
def role_id(app):
    with app.app_context(), unit_of_work(writes=True):
        return make.role(user("alice")).id


def bench_of(app, role_id, viewer="alice"):
    with app.app_context(), unit_of_work(writes=False):
        role = roles.find(role_id, seen_by=user(viewer))
        return [place.candidate.full_name for place in benches.of(role, seen_by=user(viewer))]


def count(app, what):
    with app.app_context(), unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(what))


def pdf(name="Mira Halvorsen"):
    return (io.BytesIO(documents.pdf(name=name)), "mira.pdf")


def value(page, name):
    return page.tree.xpath(f"//input[@name='{name}']/@value")[0]


def test_alice_closes_a_search_and_banks_three(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}")
    assert f"/roles/{role_id}/closing" in page.links()
    words = {"finalists-0-margin": "hair", "finalists-0-sentence": "Ran the better case."}
    page = as_alice.submit(
        as_alice.get(f"/roles/{role_id}/closing"), "/closing", hired_name="Nadia Brandt", **THREE, **words
    )
    assert page.path == f"/roles/{role_id}"
    for said in ("Three people are banked.", "Nadia Brandt", "by a hair", "Ran the better case.", "nobody was told"):
        assert said in page.text
    assert bench_of(app, role_id) == list(NAMES)


def test_undo_takes_it_back(app, as_alice, role_id):
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", **THREE)
    page = as_alice.submit(page, "/undo")
    assert "Taken back." in page.text
    assert bench_of(app, role_id) == []
    assert "Close the search" in page.text


def test_undo_says_who_stays(app, as_alice, role_id):
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", **THREE)
    with app.app_context(), unit_of_work(writes=True):
        mira = db.session.scalar(select(Candidate).where(Candidate.full_name == NAMES[0]))
        candidates.set_next(candidates.find(mira.id, seen_by=user("bob")), make.in_days(4), by=user("bob"))
    page = as_alice.submit(page, "/undo")
    assert "What was banked of Mira Halvorsen stays" in page.text


def test_everything_begins_with_a_title_and_three_names(app, as_alice):
    assert "Who nearly got your last role?" in as_alice.get("/roles").text
    page = as_alice.submit(as_alice.get("/close"), "/close", title="Head of Data", team="Data", **THREE)
    assert "Head of Data" in page.tree.findtext(".//h1")
    assert bench_of(app, page.path.split("/")[-1]) == list(NAMES)
    page = as_alice.submit(page, "/undo")
    assert page.path == "/roles"
    assert count(app, Role) == 0


def test_an_open_search_can_be_chosen_instead(app, as_alice, role_id):
    page = as_alice.submit(as_alice.get("/close"), "/close", role_id=role_id, hired_name="Nadia", **THREE)
    assert page.path == f"/roles/{role_id}"
    assert bench_of(app, role_id) == list(NAMES)


def test_empty_rows_are_skipped_and_the_order_is_that_of_the_page(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    moved = {"finalists-0-place": "3", "finalists-2-place": "1"}
    as_alice.submit(page, "/closing", **{**THREE, "finalists-1-full_name": " "}, **moved)
    assert bench_of(app, role_id) == ["Ines Carvalho", "Mira Halvorsen"]


def test_somebody_on_file_is_chosen_and_not_added_twice(app, as_alice, role_id):
    with app.app_context(), unit_of_work(writes=True):
        mira_id = make.candidate(user("alice"), "Mira Halvorsen").id
    row = {"finalists-0-full_name": "Mira Halvorsen", "finalists-0-full_name_id": mira_id}
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", **row)
    assert "was on file already" in page.text
    assert count(app, Candidate) == 1


def test_a_possible_duplicate_is_flagged_and_nothing_is_merged(app, as_alice, role_id):
    with app.app_context(), unit_of_work(writes=True):
        other = make.candidate(user("alice"), "Mira Halvorsen", employer="Acme").id
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", **THREE)
    assert "Mira Halvorsen may be the same person as Mira Halvorsen (Acme)" in page.text
    assert f"/candidates/{other}" in page.links()
    assert count(app, Candidate) == 4


def test_a_word_about_age_is_remarked_upon_and_kept(as_alice, role_id):
    words = {"finalists-0-sentence": "Older than the rest, not a fit."}
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", **THREE, **words)
    assert "“Older”, “fit”" in page.text
    assert "Older than the rest" in page.text


def test_one_person_is_banked_from_anywhere(app, as_alice, role_id):
    with app.app_context(), unit_of_work(writes=True):
        ada_id = make.candidate(user("alice")).id
    page = as_alice.get(f"/candidates/{ada_id}/bank")
    assert value(page, "finalists-0-full_name") == "Ada Byron"
    page = as_alice.submit(page, "/bank", role_id=role_id)
    assert "One person is banked." in page.text
    assert bench_of(app, role_id) == ["Ada Byron"]
    assert "Close the search" in page.text


def test_one_person_is_banked_for_a_role_of_long_ago(app, as_alice):
    page = as_alice.submit(as_alice.get("/bank"), "/bank", title="Analyst", **{"finalists-0-full_name": "Ada Byron"})
    assert bench_of(app, page.path.split("/")[-1]) == ["Ada Byron"]


def test_a_role_that_is_asked_for_is_chosen_already(as_alice, role_id):
    page = as_alice.get(f"/bank?role={role_id}")
    assert page.tree.xpath("//select[@name='role_id']/option[@selected]/@value") == [role_id]


# --- rows without a script


def test_a_row_moves_up_with_all_that_was_typed(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    page = as_alice.submit(page, "/closing", button="up=2", **THREE, **{"finalists-2-margin": "clear"})
    order = page.tree.xpath("//li[@data-finalist]//input[@data-suggest]/@value")
    assert order == ["Mira Halvorsen", "Ines Carvalho", "Samuel Osei"]
    as_alice.submit(page, "/closing")
    assert bench_of(app, role_id) == ["Mira Halvorsen", "Ines Carvalho", "Samuel Osei"]


def test_a_row_is_added_and_nothing_is_banked_yet(app, as_alice, role_id):
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", button="add=1", **THREE)
    assert len(page.tree.xpath("//li[@data-finalist]")) == 4
    assert count(app, Closing) == 0
    as_alice.submit(page, "/closing", **{"finalists-3-full_name": "Ada Byron"})
    assert bench_of(app, role_id) == [*NAMES, "Ada Byron"]


@pytest.mark.parametrize("button", ["up=0", "down=99", "up=x", "down=-1"])
def test_a_row_at_the_end_stays_there(as_alice, role_id, button):
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", button=button, **THREE)
    assert page.tree.xpath("//li[@data-finalist]//input[@data-suggest]/@value") == list(NAMES)


def test_there_are_thirty_rows_at_most(as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    rows = {f"finalists-{row}-full_name": f"Finalist {row}" for row in range(40)}
    page = as_alice.submit(page, "/closing", button="add=1", **rows)
    assert len(page.tree.xpath("//li[@data-finalist]")) == 30


# --- files


def test_a_resume_in_a_row_comes_with_the_person(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    as_alice.submit(page, "/closing", **THREE, **{"finalists-0-file": pdf()})
    with app.app_context(), unit_of_work(writes=False):
        kept = db.session.scalars(select(Resume)).one()
        assert db.session.get(Candidate, kept.candidate_id).full_name == "Mira Halvorsen"


@pytest.mark.parametrize("again", ["a row was moved", "a row was refused"])
def test_a_file_is_not_lost_when_the_page_is_shown_again(app, as_alice, role_id, again):
    page = as_alice.get(f"/roles/{role_id}/closing")
    fields = {**THREE, "finalists-0-file": pdf()}
    if again == "a row was moved":
        page = as_alice.submit(page, "/closing", button="down=0", **fields)
    else:
        page = as_alice.submit(page, "/closing", status=422, **fields, **{"finalists-1-email": "nowhere"})
    assert "mira.pdf" in page.text
    page = as_alice.submit(page, "/closing", **{"finalists-1-email": ""})
    assert "Three people are banked." in page.text
    with app.app_context(), unit_of_work(writes=False):
        kept = db.session.scalars(select(Resume)).one()
        assert db.session.get(Candidate, kept.candidate_id).full_name == "Mira Halvorsen"


def test_a_dropped_file_travels_by_its_number(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    sent = as_alice.client.post("/resumes", data={"file": pdf(), "csrf_token": value(page, "csrf_token")})
    page = as_alice.submit(page, "/closing", **THREE, **{"finalists-2-upload_id": sent.json["id"]})
    assert "Three people are banked." in page.text
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.get(Resume, sent.json["id"]).candidate_id is not None


def test_a_file_without_a_name_asks_for_it(as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    page = as_alice.submit(page, "/closing", status=422, **{"finalists-1-file": pdf()})
    assert "Type the name." in page.text
    assert "mira.pdf" in page.text
    assert page.tree.xpath("//*[@id='finalists-1-full_name-error']")


@pytest.mark.parametrize("content", [b"", b"MZ\x90\x00 this is a program", b"PK\x03\x04 broken"])
def test_what_is_no_resume_is_refused_in_its_row(app, as_alice, role_id, content):
    page = as_alice.get(f"/roles/{role_id}/closing")
    fields = {**THREE, "finalists-0-file": (io.BytesIO(content), "resume.pdf")}
    page = as_alice.submit(page, "/closing", status=422, **fields)
    assert page.tree.xpath("//*[@id='finalists-0-file-error']")
    assert value(page, "finalists-2-full_name") == "Ines Carvalho"
    assert count(app, Candidate) == 0


# --- what is refused


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("finalists-1-email", "=?utf-8?q?x=0ABcc:_evil@example.org?=", "not a mail address"),
        ("finalists-1-full_name", "x" * 4096, "longer than"),
        ("finalists-1-full_name", "Samuel\x00Osei", "cannot be shown"),
        ("finalists-1-full_name_id", "nobody", "no longer on file"),
        ("finalists-1-sentence", "x" * 1001, "longer than"),
        ("finalists-1-margin", "x" * 1001, "longer than"),
        ("finalists-1-call_again_on", "soon", "not a day"),
        ("finalists-1-call_again_on", "2020-01-01", "passed"),
        ("finalists-1-disposition", "vanished", "choice"),
        ("finalists-1-tags", "x" * 61, "longer than"),
        ("finalists-1-upload_id", "nothing", "no longer here"),
        ("starts_on", "soon", "not a day"),
        ("guard", "own", "how many days"),
        ("guard", "x", "choice"),
        ("hired_name", "x" * 4096, "longer than"),
    ],
)
def test_a_refusal_stands_at_its_field_and_keeps_everything(app, as_alice, role_id, field, typed, sentence):
    page = as_alice.get(f"/roles/{role_id}/closing")
    fields = {**THREE, "hired_name": "Nadia Brandt", "finalists-0-sentence": "Nearly.", field: typed}
    page = as_alice.submit(page, "/closing", status=422, **fields)
    assert sentence in page.text
    assert "all that you typed is still here" in page.text
    assert value(page, "finalists-0-sentence") == "Nearly."
    assert value(page, "finalists-2-full_name") == "Ines Carvalho"
    assert count(app, Candidate) == 0


def test_the_third_row_of_the_page_is_blamed_though_the_second_is_empty(as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    row = {"finalists-0-full_name": "Mira", "finalists-2-full_name": "Ines", "finalists-2-email": "nowhere"}
    page = as_alice.submit(page, "/closing", status=422, **row)
    assert page.tree.xpath("//*[@id='finalists-2-email-error']")


def test_nobody_at_all_is_refused(as_alice, role_id):
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", status=422)
    assert "at least one person" in page.text


def test_a_new_role_needs_its_title(as_alice):
    page = as_alice.submit(as_alice.get("/close"), "/close", status=422, **THREE)
    assert "A title is needed." in page.text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "علي حسن", "Zoë 🦊 O’Neill", "{{ 7 * 7 }}", "' OR 1=1 --", "%s %d \\"]
)
def test_any_name_is_shown_as_it_was_typed(app, as_alice, role_id, name):
    page = as_alice.submit(
        as_alice.get(f"/roles/{role_id}/closing"),
        "/closing",
        **{"finalists-0-full_name": name, "finalists-0-sentence": name, "hired_name": name},
    )
    assert page.text.count(name) >= 3
    assert not page.tree.xpath("//main//script")


def test_a_search_that_is_closed_already_says_so(as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", hired_name="Nadia")
    page = as_alice.submit(page, "/closing", status=422, **THREE)
    assert "closed already" in page.text


# --- once


def test_a_double_submit_is_one_closing(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    for _ in range(2):
        shown = as_alice.submit(page, "/closing", hired_name="Nadia", **THREE)
        assert shown.path == f"/roles/{role_id}"
    assert (count(app, Closing), count(app, Candidate)) == (1, 3)


@pytest.mark.parametrize("where", ["a role that is there", "a new role"])
def test_twenty_at_once_are_one_closing(app, as_alice, role_id, where):
    path = "/close" if where == "a new role" else f"/roles/{role_id}/closing"
    page = as_alice.get(path)
    sent = {**as_alice._carried(page.forms(path)[0]), **THREE, "hired_name": "Nadia", "title": "Analyst"}
    cookie = as_alice.client.get_cookie("first_call")

    def send(_number):
        client = app.test_client()
        client.set_cookie("first_call", cookie.value)
        return client.post(path, data=sent)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert (count(app, Closing), count(app, Candidate)) == (1, 3)
    assert count(app, Role) == (2 if where == "a new role" else 1)


# --- what is hidden


def test_a_stranger_does_not_close_it(app, as_charlie, role_id):
    as_charlie.get(f"/roles/{role_id}/closing", status=403)
    assert f"/roles/{role_id}/closing" not in as_charlie.get(f"/roles/{role_id}").links()


def test_a_sealed_role_is_not_there_for_a_stranger(app, as_charlie):
    with app.app_context(), unit_of_work(writes=True):
        sealed = make.role(user("alice"), "Project Heron", status="sealed").id
    hidden = as_charlie.get(f"/roles/{sealed}/closing", status=404)
    missing = as_charlie.get("/roles/nothing/closing", status=404)
    assert hidden.text == missing.text
    for path in ("/close", "/bank", "/roles", f"/bank?role={sealed}"):
        assert "Heron" not in as_charlie.get(path).response.get_data(as_text=True)
    page = as_charlie.submit(as_charlie.get("/close"), "/close", status=422, role_id=sealed, title="X", **THREE)
    assert "Heron" not in page.text


def test_a_hidden_candidate_with_the_same_address_is_not_hinted_at(app, as_charlie):
    with app.app_context(), unit_of_work(writes=True):
        make.candidate(user("alice"), "Mira Halvorsen", email="mira@example.org", visibility="owner", employer="Secret")
    fields = {**THREE, "finalists-0-email": "mira@example.org"}
    page = as_charlie.submit(as_charlie.get("/close"), "/close", title="Analyst", **fields)
    assert "same person" not in page.text
    assert "on file already" not in page.text
    assert count(app, Candidate) == 4


def test_a_closing_is_undone_by_who_made_it_only(app, as_alice, as_charlie, role_id):
    page = as_alice.submit(as_alice.get(f"/roles/{role_id}/closing"), "/closing", **THREE)
    undo = next(form.get("action") for form in page.tree.forms if form.get("action").endswith("/undo"))
    token = value(as_charlie.get("/roles"), "csrf_token")
    as_charlie.post(undo, {"csrf_token": token}, status=404)
    assert bench_of(app, role_id) == list(NAMES)


def test_banking_three_needs_a_bounded_number_of_statements(app, as_alice, role_id):
    page = as_alice.get(f"/roles/{role_id}/closing")
    seen = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    as_alice.client.post(
        f"/roles/{role_id}/closing", data={**as_alice._carried(page.forms("/closing")[0]), **THREE, "hired_name": "N"}
    )
    assert count(app, Candidate) == 3
    assert len(seen) <= 55
