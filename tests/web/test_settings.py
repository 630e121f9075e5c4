"""Settings: oneself for everybody, the rest for administrators."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select

from crm.db import db, unit_of_work
from crm.domain import api_tokens, applications, sign_ins, users, workspace
from crm.domain.outbox import Letter
from tests import people
from tests.browser import Browser
from tests.conftest import make_app

EVIL = ("nul\x00", "turned\u202eover", "a\nb", "x" * 4096, "   ")
ADMINS = ("/settings/people", "/settings/teams", "/settings/reasons", "/settings/workspace", "/settings/mail")


def loaded(app, name):
    """A person as the database has them now."""
    with app.app_context(), unit_of_work(writes=False):
        user = users.by_email(people.address(name))
        facts = {fact: getattr(user, fact) for fact in ("id", "name", "access", "is_admin", "is_active")}
        return SimpleNamespace(**facts, teams=[team.name for team in user.teams])


def said(page):
    return page.response.get_data(as_text=True)


def test_everybody_finds_their_own_part_and_administrators_all(as_anna, as_alice):
    assert set(ADMINS) < set(as_anna.get("/settings").links())
    page = as_alice.get("/settings")
    assert "/settings/me" in page.links()
    assert not set(ADMINS) & set(page.links())
    assert "Everybody's" not in page.text


def test_what_is_for_administrators_is_denied_to_others(app, as_alice):
    rita = Browser(app).sign_in("rita")
    charlie = loaded(app, "charlie").id
    for browser in (as_alice, rita):
        for path in (*ADMINS, f"/settings/people/{charlie}", "/settings/people/nobody", "/settings/teams/none"):
            page = browser.get(path, status=403)
            assert "This is not yours to do" in page.text


# --- oneself


def test_alice_changes_her_name(app, as_alice):
    page = as_alice.submit(as_alice.get("/settings/me"), "/me/name", name="Alice <b>Okafor</b> 🦊")
    assert page.path == "/settings/me"
    assert loaded(app, "alice").name == "Alice <b>Okafor</b> 🦊"


def test_a_name_that_cannot_be_shown_is_told_at_its_field(app, as_alice):
    for name in EVIL:
        page = as_alice.submit(as_alice.get("/settings/me"), "/me/name", status=422, name=name)
        assert page.tree.xpath("//*[@aria-invalid='true']/@name") == ["name"]
    assert loaded(app, "alice").name == "Alice Okafor"


def test_a_new_password_needs_the_old_one(app, as_alice):
    wrong = {"current": "not my password", "password": "kartoffel im regen"}
    page = as_alice.submit(as_alice.get("/settings/me"), "/me/password", status=422, **wrong)
    assert "That is not your password" in page.text
    page = as_alice.submit(
        as_alice.get("/settings/me"), "/me/password", status=422, current=people.PASSWORD, password="short"
    )
    assert page.tree.xpath("//*[@aria-invalid='true']/@name") == ["password"]
    assert Browser(app).sign_in("alice")


def test_sessions_are_listed_and_ended(app, as_alice):
    other = Browser(app).sign_in("alice")
    page = as_alice.get("/settings/me")
    assert page.text.count("127.0.0.1") == 2
    (end,) = [url for url in page.tree.xpath("//form/@action") if re.search("/sign-ins/.+/end", url)]
    as_alice.submit(page, end)
    assert other.client.get("/settings/me").status_code == 303
    third = Browser(app).sign_in("alice")
    as_alice.submit(as_alice.get("/settings/me"), "/me/sign-ins/end")
    assert third.client.get("/settings/me").status_code == 303
    assert as_alice.get("/settings/me").text.count("127.0.0.1") == 1


def test_nobody_ends_the_session_of_another(app, as_alice, as_charlie):
    with app.app_context(), unit_of_work(writes=False):
        (sign_in,) = [one.id for one in sign_ins.of(users.by_email(people.address("alice")))]
    token = as_charlie.get("/settings/me").forms("/sign-out")[0].fields["csrf_token"]
    as_charlie.client.post(f"/settings/me/sign-ins/{sign_in}/end", data={"csrf_token": token})
    assert as_alice.get("/settings/me").path == "/settings/me"


def test_a_token_is_shown_once_works_and_is_revoked(app, as_alice):
    page = as_alice.submit(
        as_alice.get("/settings/me"), "/me/tokens", status=201, label="Reporting", scope="write", days="30"
    )
    (plain,) = page.tree.xpath("//input[@id='token']/@value")
    with app.app_context():
        assert api_tokens.bearer(plain).scope == "write"
    page = as_alice.get("/settings/me")
    assert "Reporting" in page.text
    assert plain not in said(page)
    (revoke,) = [url for url in page.tree.xpath("//form/@action") if url.endswith("/revocation")]
    assert "Reporting" not in as_alice.submit(page, revoke).text
    with app.app_context():
        assert api_tokens.bearer(plain) is None


def test_a_token_that_makes_no_sense_is_told_at_its_field(as_alice):
    good = {"label": "Reporting", "scope": "read", "days": "30"}
    for changed in ({"days": "0"}, {"days": "366"}, {"days": "soon"}, {"label": "nul\x00"}, {"label": "x" * 4096}):
        page = as_alice.submit(as_alice.get("/settings/me"), "/me/tokens", status=422, **{**good, **changed})
        assert page.tree.xpath("//*[@aria-invalid='true']/@name") == list(changed)
    as_alice.submit(as_alice.get("/settings/me"), "/me/tokens", status=422, **{**good, "scope": "admin"})
    assert "Revoke" not in as_alice.get("/settings/me").text


def test_the_token_of_another_is_missing(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        bob = users.by_email(people.address("bob"))
        made, _ = api_tokens.add(bob, scope="read", by=bob)
        token_id = made.id
    page = as_alice.get("/settings/me")
    csrf = page.forms("/sign-out")[0].fields["csrf_token"]
    answers = [
        as_alice.client.post(f"/settings/me/tokens/{one}/revocation", data={"csrf_token": csrf})
        for one in (token_id, "never")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


# --- people and teams


def person_path(app, name):
    return f"/settings/people/{loaded(app, name).id}"


def test_anna_changes_what_bob_may_do_and_where_he_belongs(app, as_anna):
    as_anna.submit(as_anna.get("/settings/teams"), "/settings/teams", name="Finance")
    path = person_path(app, "bob")
    page = as_anna.get(path)
    (finance,) = page.tree.xpath("//label[contains(., 'Finance')]/input/@value")
    as_anna.submit(page, path, name="Bob Lind", access="recruiter", team_ids=[finance])
    bob = loaded(app, "bob")
    assert (bob.name, bob.access, bob.teams) == ("Bob Lind", "recruiter", ["Finance"])


def test_nonsense_about_a_person_is_refused(app, as_anna):
    path = person_path(app, "bob")
    for changed in (*({"name": name} for name in EVIL), {"access": "owner"}, {"team_ids": ["none"]}):
        as_anna.submit(as_anna.get(path), path, status=422, **changed)
    assert loaded(app, "bob").name == "Bob Lindqvist"


def test_the_only_administrator_cannot_step_down(app, as_anna):
    path = person_path(app, "anna")
    page = as_anna.submit(as_anna.get(path), path, status=422, access="manager")
    assert "is the only administrator" in page.text
    assert not page.forms("/disabling")
    assert loaded(app, "anna").is_admin


def test_bob_is_disabled_and_comes_back(app, as_anna):
    his = Browser(app).sign_in("bob")
    path = person_path(app, "bob")
    page = as_anna.submit(as_anna.get(path), "/disabling")
    assert "Bob cannot sign in" in page.text
    assert his.client.get("/settings/me").status_code == 303
    assert "cannot sign in" in as_anna.get("/settings/people").text
    page = as_anna.submit(page, "/enabling")
    assert "cannot sign in" not in page.text
    Browser(app).sign_in("bob")


def test_a_forged_post_shuts_nobody_out(app, as_alice, as_anna):
    token = as_alice.get("/settings/me").forms("/sign-out")[0].fields["csrf_token"]
    for act in ("disabling", "enabling", "invitation"):
        answer = as_alice.client.post(f"{person_path(app, 'bob')}/{act}", data={"csrf_token": token})
        assert answer.status_code == 403
    answer = as_anna.client.post(f"{person_path(app, 'bob')}/disabling", data={"csrf_token": token})
    assert answer.status_code == 400
    assert loaded(app, "bob").is_active


def test_who_is_not_there_is_missing(as_anna):
    as_anna.get("/settings/people/nobody", status=404)
    as_anna.get("/settings/teams/none", status=404)


def test_a_team_gets_a_name_and_members(app, as_anna):
    page = as_anna.submit(as_anna.get("/settings/teams"), "/settings/teams", name="Finance")
    charlie = loaded(app, "charlie").id
    page = as_anna.submit(page, page.path, name="Money", member_ids=[charlie])
    assert "Money 1 member" in page.text
    assert loaded(app, "charlie").teams == ["Money"]


def test_teams_that_cannot_be_are_refused(as_anna):
    for name in EVIL:
        as_anna.submit(as_anna.get("/settings/teams"), "/settings/teams", status=422, name=name)
    page = as_anna.submit(as_anna.get("/settings/teams"), "/settings/teams", name="Finance")
    again = as_anna.submit(page, page.path, status=422, name="platform")
    assert "There is a team platform already" in again.text


# --- the place


def test_the_company_gets_another_name(app, as_anna):
    page = as_anna.submit(as_anna.get("/settings/workspace"), "/settings/workspace", company="Norrland & Söner")
    assert "Norrland & Söner" in page.tree.text_content()
    for name in EVIL:
        as_anna.submit(as_anna.get("/settings/workspace"), "/settings/workspace", status=422, company=name)
    with app.app_context(), unit_of_work(writes=False):
        assert workspace.name() == "Norrland & Söner"


def test_the_reasons_are_the_lines_of_the_field(app, as_anna):
    page = as_anna.get("/settings/reasons")
    assert applications.FIRST_REASONS[0] in page.text
    as_anna.submit(page, "/settings/reasons", reasons="Second of two\r\n\r\nToo far away\r\n")
    with app.app_context(), unit_of_work(writes=False):
        assert applications.reasons() == ["Second of two", "Too far away"]
    for reasons in ("", "  \n ", "x" * 301, "nul\x00", "\n".join(str(number) for number in range(61))):
        page = as_anna.submit(as_anna.get("/settings/reasons"), "/settings/reasons", status=422, reasons=reasons)
        assert page.tree.xpath("//*[@aria-invalid='true']/@name") == ["reasons"]


def test_a_test_letter_is_queued_for_oneself(app, as_anna):
    as_anna.submit(as_anna.get("/settings/mail"), "/settings/mail/test")
    with app.app_context(), unit_of_work(writes=False):
        (letter,) = db.session.scalars(select(Letter))
        assert (letter.kind, letter.to_address) == ("test", people.address("anna"))


def test_without_a_mail_server_the_mailbox_is_named(as_anna):
    assert "/letters/mailbox" in as_anna.get("/settings/mail").links()
    assert "/letters/mailbox" in as_anna.get("/settings/people").links()


def test_the_mail_page_never_shows_the_secret(database_url, tmp_path, app):
    url = "smtps://relay-user:hush-hush@mail.norrland.example.org:465"
    settings = {
        "smtp_url": url,
        "mail_from": "crm@norrland.example.org",
        "base_url": "https://crm.norrland.example.org",
    }
    page = Browser(make_app(tmp_path, database_url, **settings)).sign_in("anna").get("/settings/mail")
    assert "mail.norrland.example.org, port 465" in page.text
    assert "encrypted from the first word" in page.text
    assert "hush-hush" not in said(page)
    assert "relay-user" not in said(page)


@pytest.mark.parametrize("path", ["/settings/people", "/settings/teams", "/settings/me"])
def test_pages_ask_the_database_as_often_for_thirty_as_for_three(app, as_anna, path):
    few = _statements(app, as_anna, path)
    with app.app_context(), unit_of_work(writes=True):
        anna = users.by_email(people.address("anna"))
        for number in range(30):
            team = users.add_team(f"Team {number}", by=anna)
            user = users.add(name=f"Person {number}", email=f"p{number}@example.org", access="manager", by=anna)
            users.join(user, [team.id], by=anna)
            api_tokens.add(anna, scope="read", by=anna, name=f"Token {number}")
    assert _statements(app, as_anna, path) == few


def _statements(app, browser, path):
    seen = []

    def note(_connection, _cursor, statement, *_more):
        if not statement.startswith(("PRAGMA", "BEGIN", "SET")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    browser.get(path)
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
