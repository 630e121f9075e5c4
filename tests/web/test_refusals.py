"""How an error is answered: it says what to do, it tells nothing, and nothing of the request stays."""

import io
import json
import logging
import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import NotFound

from crm.db import db, unit_of_work
from crm.domain import events
from crm.domain.errors import Denied, Missing, Refused, TooMany
from crm.domain.events import Event
from crm.logs import Line, log
from crm.refusals import WORDS

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
SECRET = "Ada Byron ada@example.org"
MISHAPS = {
    "missing": (lambda: Missing(SECRET), 404),
    "denied": (lambda: Denied(SECRET), 403),
    "refused": (lambda: Refused("The day has passed already.", field="on"), 422),
    "too-many": (lambda: TooMany("Wait an hour.", seconds=3600), 429),
    "twice": (lambda: IntegrityError(SECRET, {"name": SECRET}, Exception(SECRET)), 409),
    "busy": (lambda: OperationalError(SECRET, {}, Exception("database is locked")), 503),
    "deadlock": (lambda: OperationalError(SECRET, {}, Exception("deadlock detected")), 503),
    "broken": (lambda: OperationalError(SECRET, {}, Exception(f"no such table {SECRET}")), 500),
    "mistake": (lambda: ValueError(SECRET), 500),
    "http": (lambda: NotFound(SECRET), 404),
}


@pytest.fixture
def scratch(app):
    """Pages and calls that go wrong after they wrote something."""
    for prefix in ("/scratch", "/api/scratch"):
        for name, (error, _) in MISHAPS.items():
            view = _view(error)
            app.add_url_rule(f"{prefix}/{name}", f"{prefix} {name}", view, methods=["GET", "POST"])
    return app


def _view(error):
    def view():
        try:
            if db.session.connection() and _writes():
                events.record("scratch", by=None, text="this must not stay")
                db.session.flush()
        finally:
            secret = SECRET  # noqa: F841  (a local of the frame that raises)
        raise error()

    view.is_public = True
    return view


def _writes():
    return db.session.execute(text(_READ_ONLY[db.engine.dialect.name])).scalar() not in (1, "on")


_READ_ONLY = {"sqlite": "PRAGMA query_only", "postgresql": "SHOW transaction_read_only"}


def post(app, path, **headers):
    client = app.test_client()
    token = CSRF.search(client.get("/sign-in").get_data(as_text=True))[1]
    return client.post(
        path,
        data={"csrf_token": token, "name": SECRET},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.fixture
def logged():
    """What the log says meanwhile."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(Line())
    log.addHandler(handler)
    yield handler.stream
    log.removeHandler(handler)


@pytest.mark.parametrize("name", MISHAPS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_says_what_to_do_and_nothing_of_what_happened(scratch, name, method):
    answer = post(scratch, f"/scratch/{name}") if method == "POST" else scratch.test_client().get(f"/scratch/{name}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == MISHAPS[name][1]
    assert answer.mimetype == "text/html"
    for word in ("Ada", "example.org", "Traceback", "RuntimeError", "sqlalchemy", "IntegrityError"):
        assert word not in page
    assert "<h1" in page


@pytest.mark.parametrize("name", MISHAPS)
def test_a_program_is_told_in_json(scratch, name):
    answer = post(scratch, f"/api/scratch/{name}")
    assert answer.status_code == MISHAPS[name][1]
    assert answer.json.keys() <= {"error", "message", "field"}
    assert answer.json["error"] == WORDS[answer.status_code][0]
    assert "Ada" not in answer.get_data(as_text=True)


def test_a_refusal_says_its_sentence_and_its_field(scratch):
    assert "The day has passed already." in post(scratch, "/scratch/refused").get_data(as_text=True)
    answer = post(scratch, "/api/scratch/refused")
    assert answer.json == {"error": "refused", "message": "The day has passed already.", "field": "on"}


@pytest.mark.parametrize(("name", "seconds"), [("too-many", "3600"), ("busy", "5"), ("deadlock", "5")])
def test_who_should_wait_is_told_how_long(scratch, name, seconds):
    for prefix in ("/scratch", "/api/scratch"):
        assert scratch.test_client().get(f"{prefix}/{name}").headers["Retry-After"] == seconds


@pytest.mark.parametrize("name", MISHAPS)
def test_nothing_of_the_request_stays(scratch, name):
    post(scratch, f"/scratch/{name}")
    with scratch.app_context(), unit_of_work(writes=False) as session:
        assert session.query(Event).filter_by(kind="scratch").count() == 0


@pytest.mark.parametrize("name", ["mistake", "broken"])
def test_a_mistake_is_logged_with_its_place_and_without_people(scratch, logged, name):
    post(scratch, f"/scratch/{name}?q=Byron")
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    mistake = next(line for line in lines if line["what"] == "mistake")
    assert mistake["error"] in {"ValueError", "OperationalError"}
    assert any("test_refusals" in place for place in mistake["trace"])
    for word in ("Ada", "Byron", "example.org"):
        assert word not in logged.getvalue()


def test_a_link_token_is_not_logged(scratch, logged):
    for place in ("shared", "invitation", "reset", "sign-in/link"):
        scratch.test_client().get(f"/{place}/s3cr3t-token")
        scratch.test_client().get(f"/{place}/s3cr3t-token/file")
    assert logged.getvalue().count('"request"') == 8
    assert "s3cr3t" not in logged.getvalue()


def test_no_line_break_gets_into_the_log(scratch, logged):
    scratch.test_client().get("/a%0d%0a%7b%22level%22:%22forged%22%7d")
    (line,) = logged.getvalue().splitlines()
    assert json.loads(line)["level"] == "info"


def test_a_page_comes_even_without_a_database(scratch):
    with scratch.app_context(), unit_of_work(writes=True) as session:
        session.execute(text("ALTER TABLE workspace RENAME TO elsewhere"))
    try:
        answer = scratch.test_client().get("/scratch/missing")
        assert answer.status_code == 404
        assert "There is nothing here" in answer.get_data(as_text=True)
        assert answer.headers["Content-Security-Policy"]
    finally:
        with scratch.app_context(), unit_of_work(writes=True) as session:
            session.execute(text("ALTER TABLE elsewhere RENAME TO workspace"))


# --- a button's refusal, said on the page it stands on


def test_the_page_that_a_button_stands_on_is_shown_again(scratch):
    answer = post(scratch, "/scratch/refused", HX_Current_URL="http://localhost/sign-in?next=/roles#form")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/roles")


@pytest.mark.parametrize(
    "page", ["http://evil.example/x", "//evil.example", "http://localhost.evil.example/", "javascript:alert(1)", ""]
)
def test_only_pages_of_ours_are_gone_back_to(scratch, page):
    answer = post(scratch, "/scratch/refused", HX_Current_URL=page)
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/evil.example", "//evil.example", "\\evil.example", "/\\evil.example"])
def test_a_path_cannot_be_read_as_another_host(scratch, path):
    answer = post(scratch, "/scratch/refused", HX_Current_URL=f"http://localhost/{path}")
    assert answer.headers["Location"] == "/evil.example"


def test_every_status_has_its_words():
    for status in (400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503):
        kind, title, advice = WORDS[status]
        assert kind.isidentifier()
        assert title[0].isupper()
        assert advice.endswith(".")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"])
def test_what_is_too_large_says_so(scratch, kind):
    body = "x" * 1_000_001 if kind == "application/json" else {"email": "x" * 1_000_001}
    answer = scratch.test_client().post("/sign-in", data=body, content_type=kind)
    assert answer.status_code == 413
    assert "too large" in answer.get_data(as_text=True)


def test_what_cannot_be_done_there_says_what_can(scratch):
    answer = scratch.test_client().delete("/sign-in")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
