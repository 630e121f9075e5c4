"""The first visit, which happens once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from crm.db import Base, db, unit_of_work
from crm.domain import applications, users, workspace
from crm.domain.users import User
from tests.browser import Browser

FIRST = {
    "company": "Söderhav", "name": "Vera Lund", "email": "vera@soderhav.example.org", "password": "kartoffel im regen",
}  # fmt: skip


@pytest.fixture
def new(app):
    """A place where nobody has been yet."""
    with app.app_context(), unit_of_work(writes=True) as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    return app


def code(app):
    with app.app_context():
        return workspace.setup_code()


def fill_in(browser, status=200, **changed):
    return browser.submit(browser.get("/setup"), "/setup", status=status, **{**FIRST, **changed})


def count_users(app):
    with app.app_context(), unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(User))


def test_the_first_visitor_becomes_the_administrator(new, tmp_path):
    browser = Browser(new)
    assert browser.get("/sign-in").path == "/setup"
    assert browser.get("/candidates").path == "/setup"
    response = browser.client.post("/setup", data={**carried(browser), "code": code(new)})
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    page = browser.get("/settings/people")
    assert "Vera Lund Administrator" in page.text
    assert not (tmp_path / "setup-code").exists()
    with new.app_context(), unit_of_work(writes=False):
        assert workspace.name() == "Söderhav"
        assert applications.reasons() == sorted(applications.reasons(), key=applications.FIRST_REASONS.index)


def test_it_happens_once_and_then_was_never_there(new):
    browser = Browser(new)
    form = carried(browser)
    browser.client.post("/setup", data={**form, "code": code(new)})
    for visitor in (browser, Browser(new)):
        assert visitor.client.get("/setup").status_code == 404
        assert visitor.client.post("/setup", data={**form, "code": "x"}).status_code in {400, 404}
    assert Browser(new).get("/sign-in").path == "/sign-in"
    assert count_users(new) == 1


def test_when_it_is_set_up_a_post_with_a_right_form_finds_nothing(app):
    browser = Browser(app)
    token = browser.get("/sign-in").forms("/sign-in")[0].fields["csrf_token"]
    response = browser.client.post("/setup", data={**FIRST, "csrf_token": token, "code": "aaaa-bbbb-cccc"})
    assert response.status_code == 404
    assert count_users(app) == 5


def test_without_the_code_of_the_terminal_nothing_happens(new):
    code(new)
    page = fill_in(Browser(new), status=422, code="aaaa-bbbb-cccc")
    assert "not the code in the terminal" in page.text
    assert count_users(new) == 0


def test_the_code_is_guessed_ten_times_and_no_more(new):
    browser = Browser(new)
    for _ in range(10):
        fill_in(browser, status=422, code="aaaa-bbbb-cccc")
    fill_in(browser, status=429, code=code(new))
    assert count_users(new) == 0


def test_bad_input_is_told_at_its_field(new):
    browser, right = Browser(new), code(new)
    bad = [{"email": "vera"}, {"password": "short"}, {"password": "soderhav2026!"}, {"name": "nul\x00"}, {"name": ""},
           {"company": "x" * 4096}, {"company": "a\u202eb"}, {"email": "=?utf-8?q?x=0ABcc:_e@ex.org?="}]  # fmt: skip
    for changed in bad:
        page = fill_in(browser, status=422, code=right, **changed)
        assert page.tree.xpath("//*[@aria-invalid='true']/@name") == list(changed)
    assert count_users(new) == 0


def test_two_who_post_at_the_same_moment_make_one_administrator(new):
    right, together = code(new), threading.Barrier(4)
    visitors = [(browser := Browser(new), carried(browser)) for _ in range(4)]

    def post(number):
        browser, form = visitors[number]
        together.wait()
        form = {**form, "code": right, "email": f"vera{number}@soderhav.example.org"}
        return browser.client.post("/setup", data=form).status_code

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(post, range(4)))
    assert answers[0] == 303
    assert set(answers[1:]) <= {404, 409, 422}
    assert count_users(new) == 1


def test_the_page_works_while_nobody_is_known(new):
    with new.app_context(), unit_of_work(writes=False):
        assert users.is_empty()
    assert "Code from the terminal" in Browser(new).get("/setup").text


def carried(browser):
    return {**FIRST, "csrf_token": browser.get("/setup").forms("/setup")[0].fields["csrf_token"]}
