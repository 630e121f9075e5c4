"""Signing in and out: what the page says, what the cookie is, and when a session ends."""

import re
from datetime import timedelta

import time_machine

from crm.db import unit_of_work
from crm.domain import accounts, sign_ins, users
from crm.kit import clock
from tests import people
from tests.browser import Browser
from tests.conftest import make_app

WRONG = "tea on the veranda"


def try_in(browser, email, password, status=422):
    return browser.submit(browser.get("/sign-in"), "/sign-in", status=status, email=email, password=password)


def is_in(browser):
    return browser.client.get("/settings/me").status_code == 200


def cookie_of(browser):
    (cookie,) = browser.client._cookies.values()
    return cookie


def test_alice_signs_in_and_sees_today(app):
    page = Browser(app).sign_in("alice").get("/settings/me")
    assert page.tree.findtext(".//h1").strip() == "You"
    assert people.address("alice") in page.text


def test_a_wrong_password_and_an_unknown_account_are_told_the_same(browser):
    pages = [
        try_in(browser, email, WRONG).response.get_data(as_text=True)
        for email in (people.address("alice"), people.address("alicf"))
    ]
    known, unknown = (re.sub(r'value="[^"]*"', "", page) for page in pages)
    assert "do not belong together" in known
    assert known == unknown
    assert not is_in(browser)


def test_strange_input_gets_a_sentence(browser):
    for email in ("nul\x00@example.org", "<b>x</b>", "x" * 4096, "=?utf-8?q?x=0ABcc:_evil@example.org?=", "\u202eevil"):
        page = try_in(browser, email, WRONG)
        assert "Please look at this again" in page.text
    try_in(browser, people.address("alice"), "x" * 5000)


def test_the_eleventh_guess_waits_and_says_for_how_long(browser):
    for _ in range(sign_ins.ALLOWED_PER_ACCOUNT):
        try_in(browser, people.address("alice"), WRONG)
    page = try_in(browser, people.address("alice"), people.PASSWORD, status=429)
    assert "Wait a quarter of an hour" in page.text
    assert 1 <= int(page.response.headers["Retry-After"]) <= 900
    assert not is_in(browser)


def test_one_comes_back_to_the_page_one_wanted(app):
    browser = Browser(app)
    page = browser.get("/settings/me?from=mail")
    assert page.path == "/sign-in"
    page = browser.submit(page, "/sign-in", email=people.address("alice"), password=people.PASSWORD)
    assert page.path == "/settings/me"
    assert page.response.request.query_string == b"from=mail"


def test_next_leads_only_to_pages_of_ours(app):
    elsewhere = (
        "//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "",
        "/%0d%0aX: y", "/\r\n//evil.example", "javascript:alert(1)", "/nowhere", "/sign-out", "evil.example",
        "///evil.example", "/ /evil.example", "http:evil.example", "/settings/me\x00", "/@evil.example",
    )  # fmt: skip
    browser = Browser(app).sign_in("alice")
    for target in elsewhere:
        response = browser.client.get("/sign-in", query_string={"next": target})
        assert (response.status_code, response.headers["Location"]) == (303, "/"), target
    response = browser.client.get("/sign-in", query_string={"next": "/settings/people?q=//evil.example"})
    assert response.headers["Location"] == "/settings/people?q=//evil.example"


def test_the_session_rotates_at_sign_in_and_the_one_before_is_over(app):
    browser = Browser(app)
    browser.get("/sign-in")
    before = cookie_of(browser).value
    browser.sign_in("alice")
    first = cookie_of(browser).value
    assert first != before
    page = browser.post("/sign-in", {"csrf_token": token_of(browser), "email": people.address("bob"),
                                     "password": people.PASSWORD}, status=200)  # fmt: skip
    assert page.status == 200
    assert not is_in(replay(app, first))
    assert not is_in(replay(app, before))


def test_signing_out_ends_the_session_on_the_server(app):
    browser = Browser(app).sign_in("alice")
    stolen = cookie_of(browser).value
    response = browser.client.post("/sign-out", data={"csrf_token": token_of(browser)})
    assert (response.status_code, response.headers["Location"]) == (303, "/sign-in")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(browser)
    assert not is_in(replay(app, stolen))


def test_a_changed_password_signs_every_other_browser_out(app):
    here, there = Browser(app).sign_in("alice"), Browser(app).sign_in("alice")
    stolen = cookie_of(here).value
    page = here.submit(here.get("/settings/me"), "/me/password", current=people.PASSWORD, password="kartoffel im regen")
    assert "Every other browser was signed out" in page.response.get_data(as_text=True)
    assert is_in(here)
    assert not is_in(there)
    assert not is_in(replay(app, stolen))


def test_who_is_disabled_is_out_at_once(app):
    browser = Browser(app).sign_in("alice")
    with app.app_context(), unit_of_work(writes=True):
        anna, alice = (users.by_email(people.address(name)) for name in ("anna", "alice"))
        accounts.disable(alice, by=anna)
    assert not is_in(browser)
    try_in(browser, people.address("alice"), people.PASSWORD)


def test_a_session_ends_when_it_is_not_used(app):
    browser = Browser(app).sign_in("alice")
    with time_machine.travel(clock.now() + sign_ins.IDLE + timedelta(minutes=1)):
        assert not is_in(browser)


def test_the_cookie_is_for_this_site_and_not_for_scripts(app, database_url, tmp_path):
    browser = Browser(app)
    header = browser.get("/sign-in").response.headers["Set-Cookie"]
    assert re.match(r"first_call=[^;]+; HttpOnly; Path=/; SameSite=Lax$", header)
    secure = make_app(tmp_path, database_url, base_url="https://first-call.example.org")
    response = secure.test_client().get("/sign-in", base_url="https://first-call.example.org")
    header = response.headers["Set-Cookie"]
    assert re.match(r"__Host-first_call=[^;]+; Secure; HttpOnly; Path=/; SameSite=Lax$", header)
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_the_door_has_its_stylesheet(browser):
    page = browser.get("/sign-in")
    (sheet, *_) = [link.get("href") for link in page.tree.iter("link") if link.get("rel") == "stylesheet"]
    assert browser.client.get(sheet).status_code == 200


# --- the link that the demo prints


def offer(app, name="alice"):
    with app.app_context(), unit_of_work(writes=True):
        return sign_ins.offer_link(users.by_email(people.address(name)))


def test_a_link_signs_in_by_its_button_and_once(app):
    path = f"/sign-in/link/{offer(app)}"
    browser = Browser(app)
    for _ in range(3):
        page = browser.get(path)
        assert "signs you in as Alice Okafor" in page.text
        assert not is_in(browser)
    browser.client.head(path)
    response = browser.client.post(path, data={"csrf_token": page.forms(path)[0].fields["csrf_token"]})
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert is_in(browser)
    page = Browser(app).get(path, status=404)
    assert "This link is over" in page.text


def test_a_link_that_never_was_looks_like_one_that_is_over(app):
    used = offer(app)
    with app.app_context(), unit_of_work(writes=True):
        sign_ins.take_link(used)
    pages = [Browser(app).get(f"/sign-in/link/{token}", status=404).text for token in (used, "never", "x" * 3000)]
    assert pages[0] == pages[1] == pages[2]


def token_of(browser):
    return browser.get("/settings/me").forms("/sign-out")[0].fields["csrf_token"]


def replay(app, value):
    browser = Browser(app)
    browser.client.set_cookie("first_call", value)
    return browser
