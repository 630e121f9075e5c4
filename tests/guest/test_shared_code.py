"""A code before a resume is shown that is sensitive, or whose link is older than a day."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import sharing, users
from crm.domain.forwards import ForwardLink
from crm.domain.outbox import KeptMail
from crm.kit import clock
from crm.mail import delivery
from tests import make, people
from tests.browser import Browser


@pytest.fixture
def shared(app):
    return forwarded(app, sensitive=True)


def forwarded(app, **plan):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        forward = make.forward(alice, make.candidate(alice), note="Call her.", **plan)
        return f"/shared/{make.delivered(forward)}"


def newest_code(app):
    with app.app_context():
        while delivery.deliver_next(None, "test"):
            pass
    with app.app_context(), unit_of_work(writes=False):
        mail = db.session.scalars(select(KeptMail).order_by(KeptMail.id.desc())).first()
        assert mail.to_address == "carol@acme.example.org"
        text = message_from_bytes(mail.raw, policy=policy.default).get_body(("plain",)).get_content()
    return re.search(r"\b(\d{6})\b", text.replace(" ", "")).group(1)


def test_nothing_is_shown_before_the_code_and_everything_after(app, browser, shared):
    page = browser.get(shared, status=403)
    assert "c…@acme.example.org" in page.text
    for word in ("Ada", "Byron", "Call her"):
        assert word not in page.response.get_data(as_text=True)
    page = browser.submit(page, "/code", status=403)
    page = browser.submit(page, "/code/check", code=newest_code(app))
    assert "Ada Byron" in page.text
    assert "Call her." in page.text
    assert "Streaming data" in browser.submit(page, "/open").text


def test_a_calendar_that_others_see_is_not_told_the_name(app, browser, shared):
    page = browser.submit(browser.get(shared, status=403), "/code", status=403)
    browser.submit(page, "/code/check", code=newest_code(app))
    reminder = browser.client.get(f"{shared}/reminder.ics").text
    assert "Somebody worth meeting\\, forwarded by Alice" in reminder
    assert "Ada" not in reminder


@pytest.mark.parametrize("path", ["/pages/1", "/reminder.ics", "/person.vcf", "/resume.json"])
def test_no_part_of_it_is_to_be_had_before(browser, shared, path):
    answer = browser.client.get(shared + path)
    assert answer.status_code == 403
    assert "Ada" not in answer.text


@pytest.mark.parametrize("path", ["/open", "/file", "/answer"])
def test_nothing_is_done_before(app, browser, shared, path):
    page = browser.get(shared, status=403)
    sent = dict(page.forms(f"{shared}/code")[0].form_values()) | {"answer": "talk"}
    assert browser.client.post(shared + path, data=sent).status_code == 403
    with app.app_context(), unit_of_work(writes=False):
        forward = sharing.find_by_link(shared.rpartition("/")[2])
        assert (forward.opened_at, forward.answered_at) == (None, None)


def test_a_wrong_code_is_said_counted_and_opens_nothing(app, browser, shared):
    page = browser.submit(browser.get(shared, status=403), "/code", status=403)
    right = newest_code(app)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(5):
        page = browser.submit(page, "/code/check", code=wrong)
        assert "not the code" in page.text
    sent = {"csrf_token": page.tree.xpath("//input[@name='csrf_token']/@value")[0], "code": right}
    assert "no longer good" in browser.post(f"{shared}/code/check", sent, status=422).text
    browser.get(shared, status=403)


def test_another_browser_has_to_pass_by_itself(app, browser, shared):
    page = browser.submit(browser.get(shared, status=403), "/code", status=403)
    code = newest_code(app)
    other = Browser(app)
    sent = {"csrf_token": other.get(shared, status=403).tree.xpath("//input[@name='csrf_token']/@value")[0]}
    other.post(f"{shared}/code/check", sent | {"code": code}, status=422)
    browser.submit(page, "/code/check", code=code)
    other.get(shared, status=403)


def test_a_link_opens_directly_on_its_first_day_only(app, browser):
    link = forwarded(app)
    assert "Ada Byron" in browser.get(link).text
    with app.app_context(), unit_of_work(writes=True):
        db.session.scalars(select(ForwardLink)).one().minted_at = clock.now() - timedelta(days=1, minutes=1)
    assert "Ada" not in browser.get(link, status=403).text


def test_looking_sends_no_code(app, browser, shared):
    for _ in range(3):
        browser.get(shared, status=403)
        assert browser.client.get(f"{shared}/code").status_code == 405
    with app.app_context():
        assert delivery.deliver_next(None, "test") is None
