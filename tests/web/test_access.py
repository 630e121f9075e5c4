"""Who may come to which page, and by which way: generated from the routes, so that no new one is forgotten."""

import pytest
from sqlalchemy import select

from crm.db import Base, db, unit_of_work
from crm.web.access import OTHER_EDGES
from tests.browser import Browser

PUBLIC = {
    "accounts.sign_in", "accounts.sign_in_by_link", "accounts.setup", "accounts.invitation", "accounts.ask_reset",
    "accounts.reset_asked", "accounts.reset", "health.alive", "health.ready", "health.metrics",
}  # fmt: skip
FOR_ADMINS = {
    "settings.people", "settings.person", "settings.invite_again", "settings.disable", "settings.enable",
    "settings.teams", "settings.team", "settings.reasons", "settings.company", "settings.mail",
    "settings.write_test_letter", "settings.lift_suppression",
    "letters.mailbox", "letters.mail", "letters.raw", "letters.attachment",
}  # fmt: skip
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
BOOKKEEPING = {"sign_in", "counter"}
"""Tables in which looking may leave a trace: when a session was last used."""


def ours(app):
    """Every route of the web edge."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and rule.endpoint.split(".")[0] not in OTHER_EDGES:
            yield rule


def paths(app, *methods):
    """(method, path) of every route of the web edge that knows the method; ids are made up."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in ours(app):
            values = {name: "1" if f"<int:{name}>" in rule.rule else "0" * 20 for name in rule.arguments}
            for method in methods:
                if method in rule.methods:
                    yield method, adapter.build(rule.endpoint, values, method=method), rule.endpoint


def test_every_page_is_public_or_for_administrators_only_where_this_list_says_so(app):
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in ours(app)}
    assert {name for name, view in views.items() if getattr(view, "is_public", False)} == PUBLIC
    assert {name for name, view in views.items() if getattr(view, "for_admins", False)} == FOR_ADMINS


def test_a_stranger_is_led_to_the_door(app):
    client = app.test_client()
    for method, path, endpoint in paths(app, "GET", "HEAD", *UNSAFE):
        if endpoint not in PUBLIC:
            answer = client.open(path, method=method)
            assert answer.status_code == 303, f"{method} {path} answered {answer.status_code}"
            assert answer.headers["Location"].startswith("/sign-in"), path
            assert "Set-Cookie" not in answer.headers or "_user_id" not in answer.headers["Set-Cookie"]


def test_htmx_is_led_there_too(app):
    answer = app.test_client().get("/settings/me", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


@pytest.mark.parametrize("name", ["alice", "rita"])
def test_what_is_for_administrators_is_denied_to_others(app, name):
    browser = Browser(app).sign_in(name)
    token = csrf_of(browser)
    for method, path, endpoint in paths(app, "GET", *UNSAFE):
        if endpoint in FOR_ADMINS:
            answer = browser.client.open(path, method=method, headers={"X-CSRFToken": token})
            assert answer.status_code == 403, f"{method} {path} answered {answer.status_code}"


def test_nothing_is_changed_without_our_own_token(app):
    browser = Browser(app).sign_in("anna")
    stranger = csrf_of(Browser(app).sign_in("bob"))
    before = everything(app)
    for method, path, _ in paths(app, *UNSAFE):
        for given in ({}, {"csrf_token": "wrong"}, {"csrf_token": stranger}):
            answer = browser.client.open(path, method=method, data=given)
            assert answer.status_code == 400, f"{method} {path} with {given} answered {answer.status_code}"
    assert everything(app) == before


def test_nothing_is_changed_from_another_site_even_with_the_right_token(app):
    browser = Browser(app).sign_in("anna")
    token, before = csrf_of(browser), everything(app)
    elsewhere = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
    )
    for method, path, _ in paths(app, *UNSAFE):
        for headers in elsewhere:
            answer = browser.client.open(path, method=method, data={"csrf_token": token}, headers=headers)
            assert answer.status_code == 403, f"{method} {path} from {headers} answered {answer.status_code}"
    assert everything(app) == before


def test_a_form_of_ours_is_taken_as_browsers_old_and_new_send_it(app):
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "null"},
                    {"Origin": "http://localhost"}, {}):  # fmt: skip
        browser = Browser(app).sign_in("alice")
        data = {"csrf_token": csrf_of(browser), "name": "Alice O."}
        assert browser.client.post("/settings/me/name", data=data, headers=headers).status_code == 303


def test_a_method_in_a_field_or_a_header_changes_nothing(app):
    browser = Browser(app).sign_in("anna")
    before = everything(app)
    for path in ("/sign-out", "/settings/mail/test"):
        for headers in ({"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "POST"}):
            assert browser.client.get(f"{path}?_method=POST", headers=headers).status_code in {404, 405}
    answer = browser.client.post("/settings/mail/test", data="csrf_token=x", content_type="text/plain")
    assert answer.status_code == 400
    assert everything(app) == before


def test_looking_changes_nothing_and_stumbles_nowhere(app):
    browser = Browser(app).sign_in("anna")
    before = everything(app)
    for method, path, _ in paths(app, "GET", "HEAD"):
        answer = browser.client.open(path, method=method)
        assert answer.status_code < 500, f"{method} {path} answered {answer.status_code}"
    assert everything(app) == before


def test_what_is_not_there_is_missing_for_everybody(app, as_alice):
    for client in (app.test_client(), as_alice.client):
        assert client.get("/nowhere").status_code == 404
        assert client.post("/nowhere").status_code == 404


def everything(app):
    """All rows of all tables but for bookkeeping."""
    with app.app_context(), unit_of_work(writes=False):
        return {
            table.name: sorted(map(repr, db.session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in BOOKKEEPING
        }


def csrf_of(browser):
    return browser.get("/settings/me").forms("/sign-out")[0].fields["csrf_token"]
