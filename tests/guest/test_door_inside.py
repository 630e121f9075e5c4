"""What opens on the candidate's page with a code only."""

import json
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import candidates, forwarding_rules, gate, resumes
from crm.domain.candidates import Candidate
from crm.domain.codes import Code
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.domain.outbox import KeptMail, Letter
from crm.kit import clock
from crm.mail import delivery
from tests import documents, make
from tests.browser import Browser
from tests.doors import looking, of_ada, told, user


@pytest.fixture
def path(app):
    """Ada's, whose resume has reached Carol."""

    def forward(ada):
        make.resume(ada, user("alice"))
        make.forward(user("alice"), ada)
        db.session.scalars(select(Letter)).one().not_before = clock.now()

    there = of_ada(app, forward)
    deliver(app)
    return there


@pytest.fixture
def look(app):
    return looking(app, Candidate)


def deliver(app):
    with app.app_context():
        while delivery.deliver_next(None, "test"):
            pass


def code_in_mail(app):
    with app.app_context(), unit_of_work(writes=False):
        query = select(KeptMail).join(Letter).where(Letter.kind == "code").order_by(KeptMail.id.desc())
        raw = db.session.scalars(query).first().raw
    text = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    return next(line for line in text.splitlines() if line.replace(" ", "").isdigit())


def opened(app, browser, path):
    """The page behind the code."""
    browser.submit(browser.get(f"{path}/inside"), "/inside/code")
    deliver(app)
    return browser.submit(browser.get(f"{path}/inside"), "/inside/opening", code=code_in_mail(app))


def test_the_code_opens_who_has_the_resume_and_all_else(app, browser, path):
    assert "Carol" not in browser.get(f"{path}/inside").text
    page = opened(app, browser, path)
    for words in ("Who has your resume", "Carol", "Acme", "What you allowed", "Your details"):
        assert words in page.text, words


def test_another_browser_is_asked_again(app, browser, path):
    opened(app, browser, path)
    assert "A code first" in Browser(app).get(f"{path}/inside").text


def test_after_half_an_hour_it_is_asked_again(app, browser, path):
    page = opened(app, browser, path)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert "A code first" in browser.get(f"{path}/inside").text
        browser.submit(page, "/inside/introductions", 403)


def test_a_wrong_code_opens_nothing_and_is_counted(app, browser, path):
    browser.submit(browser.get(f"{path}/inside"), "/inside/code")
    deliver(app)
    wrong = f"{(int(code_in_mail(app).replace(' ', '')) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert "not the code" in browser.submit(browser.get(f"{path}/inside"), "/inside/opening", code=wrong).text
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalars(select(Code.tries)).one() == 5
    assert "Send another code" not in browser.get(f"{path}/inside").text


@pytest.mark.parametrize("what", ["export.json"])
def test_without_the_code_nothing_is_told(browser, path, what):
    answer = browser.client.get(f"{path}/inside/{what}")
    assert answer.status_code == 403
    assert "Acme" not in answer.get_data(as_text=True)


def test_taking_back_closes_the_link_and_is_news(app, browser, path, look):
    page = opened(app, browser, path)
    forward_id = look(lambda _: db.session.scalars(select(Forward.id)).one())
    page = browser.submit(page, f"/forwards/{forward_id}/end")
    assert "The link is closed" in page.text
    assert "Carol" not in page.text
    assert look(lambda _: db.session.scalars(select(Forward.revoked_at)).one())
    assert "took their resume back" in look(told())[0]


def test_somebody_elses_forward_is_none(app, browser, path, look):
    page = opened(app, browser, path)
    with app.app_context(), unit_of_work(writes=True):
        other = make.forward(user("alice"), make.candidate(user("alice"), "Bo Ek", email="bo@example.org"))
        other_id = other.id
    csrf = page.forms("/introductions")[0].fields["csrf_token"]
    answer = browser.client.post(f"{path}/inside/forwards/{other_id}/end", data={"csrf_token": csrf})
    assert answer.status_code == 404


def test_permissions_are_taken_back_and_given(app, browser, path, look):
    page = opened(app, browser, path)
    consent_id = look(lambda _: db.session.scalars(select(Consent.id)).one())
    page = browser.submit(page, f"/permissions/{consent_id}/end")
    page = browser.submit(page, "/inside/introductions")
    given = look(lambda _: [(one.purpose, one.is_valid, one.channel) for one in db.session.scalars(select(Consent))])
    assert ("introduce", True, "link") in given
    assert all(not valid for purpose, valid, _ in given if purpose == "forward")


def test_a_rule_is_lifted(app, browser, path, look):
    rule_id = look(lambda ada: forwarding_rules.add(ada.id, kind="never", company="Globex", by=None).id)
    page = opened(app, browser, path)
    browser.submit(page, f"/rules/{rule_id}/end")
    assert look(lambda ada: list(forwarding_rules.standing(ada.id))) == []


def test_details_are_corrected_and_the_language_with_them(app, browser, path, look):
    page = opened(app, browser, path)
    page = browser.submit(page, "/inside/details", full_name="Ada Lovelace", language="de", employer="Globex")
    found = look(lambda ada: (ada.full_name, ada.language, ada.employer))
    assert found == ("Ada Lovelace", "de", "Globex")
    assert look(lambda ada: candidates.find(ada.id, seen_by=user("alice")).email) == "ada@example.org"
    assert "corrected their details" in look(told())[0]
    assert look(lambda ada: ada.warmth) == "warm"


def test_a_name_is_needed(app, browser, path, look):
    page = opened(app, browser, path)
    browser.submit(page, "/inside/details", 422, full_name="")
    assert look(lambda ada: ada.full_name) == "Ada Byron"


def test_a_new_resume_arrives(app, browser, path, look):
    page = opened(app, browser, path)
    csrf = page.forms("/introductions")[0].fields["csrf_token"]
    content = documents.pdf(name="Ada Byron", lines=["Engines"])
    sent = {"csrf_token": csrf, "file": (BytesIO(content), "new.pdf")}
    answer = browser.client.post(f"{path}/inside/resume", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert look(lambda ada: resumes.latest(ada).filename) == "new.pdf"
    assert "sent a new resume" in look(told())[0]


def test_the_export_is_whole(app, browser, path):
    opened(app, browser, path)
    answer = browser.client.get(f"{path}/inside/export.json")
    told_of = json.loads(answer.get_data(as_text=True))
    assert told_of["record"]["full_name"] == "Ada Byron"
    assert told_of["forward"][0]["company"]
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_closing_asks_for_a_code_again(app, browser, path):
    page = opened(app, browser, path)
    browser.submit(page, "/inside/closing")
    assert "A code first" in browser.get(f"{path}/inside").text


def test_without_an_address_no_code_can_be_sent(app, browser, path, look):
    look(lambda ada: candidates.change(
        candidates.find(ada.id, seen_by=user("alice")), candidates.Facts(emails=[]), by=user("alice")))  # fmt: skip
    assert "no mail address" in browser.get(f"{path}/inside").text


def test_always_inside_the_company_is_one_button(app, browser, path, look):
    page = opened(app, browser, path)
    page = browser.submit(page, "/inside/company")
    assert "Yes, always inside" not in page.text
    facts = select(Consent.purpose, Consent.channel, Consent.attachment).where(Consent.company == "Norrland")
    assert look(lambda ada: [tuple(row) for row in db.session.execute(facts)]) == [("forward", "link", False)]
    assert look(lambda ada: gate.of(ada, company="Norrland", address="dan@norrland.example.org").is_open)


def test_always_inside_needs_the_code(browser, path, look):
    csrf = browser.get(f"{path}/inside").forms("/inside/code")[0].fields["csrf_token"]
    browser.post(f"{path}/inside/company", {"csrf_token": csrf}, 403)
    assert look(lambda ada: [one.company for one in db.session.scalars(select(Consent))]) == ["Acme"]
