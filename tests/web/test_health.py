"""For machines that watch."""

import pytest

from crm.db import unit_of_work
from crm.domain import users
from tests import make, people
from tests.conftest import make_app

AWAY = {"REMOTE_ADDR": "203.0.113.7"}


def test_it_is_alive_and_ready(browser):
    assert browser.client.get("/healthz").get_data() == b"ok\n"
    assert browser.client.get("/readyz").get_data() == b"ready\n"


def test_counts_come_without_a_person_in_them(app):
    with app.app_context(), unit_of_work(writes=True):
        make.forward(users.by_email(people.address("alice")))
    told = app.test_client().get("/metrics").get_data(as_text=True)
    assert 'first_call_letters{state="queued"} 1.0' in told
    assert 'first_call_letters{state="accepted"} 0.0' in told
    assert "first_call_resumes_waiting 0.0" in told
    assert "@" not in told


def test_counts_are_for_the_machine_itself(app):
    answer = app.test_client().get("/metrics", environ_base=AWAY)
    assert (answer.status_code, answer.get_data()) == (403, b"only from this machine\n")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_nobody_becomes_the_machine_itself_by_saying_so(app, header):
    answer = app.test_client().get("/metrics", environ_base=AWAY, headers={header: "127.0.0.1"})
    assert answer.status_code == 403


def test_behind_a_proxy_the_caller_is_whom_the_proxy_names(database_url, tmp_path):
    client = make_app(tmp_path, database_url, proxy_hops=1).test_client()
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1, 203.0.113.7"}).status_code == 403
    assert client.get("/metrics").status_code == 200


def test_it_lives_but_is_not_ready_without_its_files(app, tmp_path):
    (tmp_path / "files").write_bytes(b"a file where the folder should be")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_data()) == (503, b"not ready: FileExistsError\n")
    assert app.test_client().get("/healthz").status_code == 200


def test_it_lives_but_is_not_ready_without_its_database(tmp_path):
    client = make_app(tmp_path, f"sqlite:///{tmp_path / 'here.sqlite'}").test_client()
    assert client.get("/healthz").status_code == 200
    (tmp_path / "here.sqlite").unlink(missing_ok=True)
    (tmp_path / "here.sqlite").mkdir()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_data()) == (503, b"not ready: OperationalError\n")
