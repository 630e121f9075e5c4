"""Who may use the API: a token in the header, for as long as it is good, for what it is good for, and not too often."""

import threading
from datetime import timedelta

import pytest
import time_machine

from crm.api.pace import Pace
from crm.db import unit_of_work
from crm.domain import accounts, api_tokens, users
from crm.domain.errors import TooMany
from crm.kit import clock
from tests import people
from tests.api.program import Program, token
from tests.conftest import make_app
from tests.structure.workspace import statements

ADA = {"full_name": "Ada Byron"}


def test_a_token_opens_the_api_for_its_user(alices):
    told = alices.get("/me")
    assert (told["email"], told["access"], told["scope"]) == ("alice@norrland.example.org", "manager", "write")
    assert [team["name"] for team in told["teams"]] == ["Platform"]


def test_the_beginning_and_the_document_need_no_token(nobodys):
    start = nobodys.get("/")
    assert start["document"] == "/api/v1/openapi.json"
    assert nobodys.client.get("/api/v1").get_json() == start
    assert nobodys.client.get(start["document"]).get_json()["openapi"] == "3.1.0"


def test_a_token_to_read_reads_and_nothing_else(app, ada):
    reader = Program(app, "alice", "read")
    assert reader.get(f"/candidates/{ada}")["full_name"] == "Ada Byron"
    assert (
        reader.client.head("/api/v1/candidates", headers={"Authorization": f"Bearer {reader.token}"}).status_code == 200
    )
    for told in (
        reader.post("/candidates", ADA, 403),
        reader.patch(f"/candidates/{ada}", {"headline": "x"}, 403),
        reader.delete(f"/candidates/{ada}", 403),
        reader.post(f"/candidates/{ada}/archive", status=403),
    ):
        assert told == {"error": "denied", "message": "This token may only read."}
    assert len(reader.get("/candidates")["items"]) == 1


# --- what is refused


NO_TOKENS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer nonsense",
    "Basic YTpi",
    "Token {}",
    "{}",
    "Bearer {} x",
]


def test_without_a_valid_token_there_is_nothing(app, alices):
    for said in NO_TOKENS:
        headers = {"Authorization": said.format(alices.token)} if said else {}
        answer = app.test_client().get("/api/v1/candidates", headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.get_json()["error"] == "unauthorized"


def test_a_token_in_the_address_is_no_token(app, alices):
    for name in ("token", "access_token", "api_key", "Authorization"):
        answer = app.test_client().get("/api/v1/me", query_string={name: alices.token})
        assert answer.status_code == 401
    assert app.test_client().post("/api/v1/candidates", json={**ADA, "token": alices.token}).status_code == 401


def test_a_cookie_is_no_token_and_none_is_set(app, as_alice, alices):
    assert as_alice.client.get("/api/v1/me").status_code == 401
    answer = as_alice.client.post("/api/v1/candidates", json=ADA, headers={"Authorization": f"Bearer {alices.token}"})
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers


def test_a_program_needs_no_token_against_forgery_and_may_come_from_any_site(app, alices):
    headers = {
        "Authorization": f"Bearer {alices.token}",
        "Sec-Fetch-Site": "cross-site",
        "Origin": "https://evil.example",
    }
    assert app.test_client().post("/api/v1/candidates", json=ADA, headers=headers).status_code == 201


def test_a_revoked_token_is_over_at_once(app, alices):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        for row in api_tokens.valid_of(alice):
            api_tokens.revoke(row.id, by=alice)
    alices.get("/me", 401)


def test_a_token_ends_on_its_day(app):
    short = Program(app, "alice", days=2)
    with time_machine.travel(clock.now() + timedelta(days=2, minutes=1), tick=True):
        short.get("/me", 401)


def test_a_disabled_users_token_opens_nothing(app, alices):
    with app.app_context(), unit_of_work(writes=True):
        accounts.disable(users.by_email(people.address("alice")), by=None)
    alices.get("/me", 401)


def test_the_use_of_a_token_is_noted_now_and_then(app, alices):
    alices.get("/me")
    with app.app_context(), unit_of_work(writes=False):
        (row,) = api_tokens.valid_of(users.by_email(people.address("alice")))
        assert row.used_at is not None
    with statements(app) as ran:
        alices.get("/me")
    assert not [statement for statement in ran if statement.startswith("UPDATE")]


# --- not too often


@pytest.fixture
def slow(database_url, app, tmp_path):
    """The same workspace, where a token may ask ten times a minute."""
    return make_app(tmp_path, database_url, api_requests_a_minute=10)


def test_the_eleventh_of_ten_requests_waits(slow):
    program = Program(slow, "alice")
    for _ in range(10):
        program.get("/me")
    answer = program.ask("GET", "/me")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.get_json()["error"] == "too_many"
    program.token = token(slow, "alice")
    program.get("/me")


def test_a_minute_later_it_goes_on(slow):
    program = Program(slow, "alice")
    for _ in range(11):
        program.ask("GET", "/me")
    with time_machine.travel(clock.now() + timedelta(seconds=62), tick=True):
        program.get("/me")


def test_a_second_process_knows_of_the_first(slow, app):
    """Each with its own memory, both on one database."""
    with slow.app_context():
        here, there = Pace(10), Pace(10)
        for pace in (here, there) * 5:
            pace.keep("a token")
        for pace in (here, there):
            with pytest.raises(TooMany):
                pace.keep("a token")


def test_most_requests_cost_no_write(app):
    with app.app_context():
        pace = Pace(1_200)
        with statements(app) as ran:
            for _ in range(1_200):
                pace.keep("a token")
        assert len(ran) == 20
        with pytest.raises(TooMany):
            pace.keep("a token")
        with statements(app) as ran, pytest.raises(TooMany):
            pace.keep("a token")
        assert not ran


def test_threads_of_a_process_count_together(app):
    passed = []

    def ask(pace):
        with app.app_context():
            for _ in range(25):
                try:
                    pace.keep("a token")
                except TooMany:
                    return
                passed.append(1)

    pace = Pace(100)
    threads = [threading.Thread(target=ask, args=(pace,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 100 - len(threads) <= len(passed) <= 100
