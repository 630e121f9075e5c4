"""What every answer says to the browser about itself, whatever kind of answer it is."""

import re

import pytest
from lxml import html

from crm.db import unit_of_work
from crm.domain import forward_letters, users
from crm.kit import tokens
from tests import make, people
from tests.browser import Browser
from tests.conftest import make_app

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
    "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip


@pytest.fixture
def shared(app):
    """The path of a forwarded resume."""
    with app.app_context(), unit_of_work(writes=True):
        token = tokens.new_link()
        forward_letters.mint(
            make.forward(users.by_email(people.address("alice")), parts=("headline", "resume", "file")), token
        )
    return f"/shared/{token}"


@pytest.fixture
def answers(app, shared):
    """One of each kind."""
    app.add_url_rule("/scratch", "scratch", _mishap)
    nobody, alice = app.test_client(), Browser(app).sign_in("alice").client
    found = {
        "page": alice.get("/candidates"),
        "sign-in": nobody.get("/sign-in"),
        "303": nobody.get("/candidates"),
        "308": nobody.get("/settings//people"),
        "400": nobody.post("/sign-in", data={"email": "x"}),
        "403": alice.get("/settings/people"),
        "404": alice.get("/candidates/nobody"),
        "404 anywhere": nobody.get("/wp-login.php"),
        "405": alice.open("/candidates", method="DELETE"),
        "422": alice.post("/settings/me/name", data={"name": "", "csrf_token": _token(alice)}),
        "500": alice.get("/scratch"),
        "guest": nobody.get(shared),
        "guest's file": _file(nobody, shared),
        "guest's 404": nobody.get("/shared/nothing"),
        "api": nobody.get("/api/v1/candidates"),
        "style": nobody.get("/static/look.css"),
        "health": nobody.get("/healthz"),
        "head": nobody.head("/sign-in"),
        "options": nobody.options("/sign-in"),
    }
    for kind, answer in found.items():
        if kind[:3].isdigit():
            assert answer.status_code == int(kind[:3]), kind
    return found


def _file(nobody, shared):
    """What the button of the page answers with."""
    page = html.fromstring(nobody.get(shared).get_data(as_text=True))
    [form] = [form for form in page.forms if form.get("action").endswith("/file")]
    return nobody.post(form.get("action"), data=dict(form.form_values()))


def _mishap():
    raise RuntimeError("Ada Byron, ada@example.org")


def _token(client):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/settings/me").get_data(as_text=True))[1]


def test_every_answer_says_what_may_run_in_it(answers):
    for kind, answer in answers.items():
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy, kind
        assert "http" not in policy, kind
        assert policy.startswith("default-src 'none';"), kind
        assert "frame-ancestors 'none'" in policy, kind


def test_pages_allow_what_is_ours_and_nothing_else(answers):
    rules = answers["page"].headers["Content-Security-Policy"].split("; ")
    said = {rule.split(" ", 1)[0]: rule.split(" ", 1)[1] for rule in rules}
    assert said.items() >= POLICY.items()
    assert set(said) - set(POLICY) <= {"font-src", "manifest-src"}


def test_every_answer_is_plain_about_its_kind_and_its_origin(answers):
    for kind, answer in answers.items():
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", kind
        assert headers["Referrer-Policy"] == "no-referrer", kind
        assert headers["X-Frame-Options"] == "DENY", kind
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", kind
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", kind
        assert "Access-Control-Allow-Origin" not in headers, kind
        assert answer.mimetype or not answer.get_data(), kind


def test_nothing_personal_is_kept_on_the_way(answers):
    for kind, answer in answers.items():
        kept = "no-cache" if kind == "style" else "no-store"
        assert answer.headers["Cache-Control"] == kept, kind


def test_what_is_named_by_its_content_is_kept_for_a_year(app):
    answer = app.test_client().get("/static/look.css?v=abc")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_file_of_others_is_saved_and_never_run(answers):
    headers = answers["guest's file"].headers
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["Content-Disposition"].startswith("attachment;")


def test_no_answer_says_what_it_runs_on(answers):
    for kind, answer in answers.items():
        assert not {"Server", "X-Powered-By"} & set(answer.headers.keys()), kind


def test_plain_http_asks_for_no_https(answers):
    assert not [kind for kind, answer in answers.items() if "Strict-Transport-Security" in answer.headers]


@pytest.fixture
def safe(database_url, tmp_path):
    return make_app(tmp_path, database_url, base_url="https://crm.norrland.example").test_client()


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/candidates", "/static/look.css", "/healthz"])
def test_https_asks_for_https_for_a_year(safe, path):
    asked = safe.get(path, base_url="https://crm.norrland.example").headers["Strict-Transport-Security"]
    assert int(re.search(r"max-age=(\d+)", asked)[1]) >= 31_536_000
    assert "includeSubDomains" in asked


def test_a_cookie_over_https_belongs_to_this_host_alone(safe):
    cookie = safe.get("/sign-in", base_url="https://crm.norrland.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "; Path=/" in cookie
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


def test_a_cookie_over_http_is_out_of_reach_of_scripts(browser):
    cookie = browser.client.get("/sign-in").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
