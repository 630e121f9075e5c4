"""The morning card through a real mail server, its links in a real browser: as scanners open them, and as people do."""

import re
from datetime import datetime, time, timedelta
from email import message_from_bytes, policy
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import candidates, cards, today, touchpoints, users
from crm.domain.candidates import Candidate
from crm.kit import clock
from crm.kit.zones import DEFAULT, moment
from crm.worker import Worker
from tests import make, people
from tests.servers.chromium import audit, shots, visit
from tests.web.test_access import everything

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
SEEN = {"sign_in", "counter"}


def monday() -> datetime:
    """The last Monday at seven."""
    day = clock.today() - timedelta(days=clock.today().weekday())
    begun = moment(day, time(7), DEFAULT)
    return begun if begun <= clock.now() else begun - timedelta(days=7)


def alice():
    return users.by_email(people.address("alice"))


def due(app):
    with app.app_context(), clock.set_to(monday() - timedelta(days=40)), unit_of_work(writes=True):
        role = make.role(alice())
        ada = make.candidate(alice(), headline="Data engineer")
        make.near_miss(ada, role, alice())
        candidates.call_again(ada, monday().date(), "you wanted to call again then")


def card(app, mail_server):
    """As it arrives: its text, its HTML, and all links in it."""
    due(app)
    with clock.set_to(monday()):
        Worker(app).drain()
        Worker(app).drain()
    [message] = mail_server.messages
    assert message.recipients == [people.address("alice")]
    letter = message_from_bytes(message.raw, policy=policy.default)
    text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    links = re.findall(r"http://\S+", text)
    assert set(links) == set(re.findall(r'href="(http[^"]+)"', html))
    assert letter["Subject"] == "This week: Ada Byron"
    assert letter["List-Unsubscribe"].strip("<>") == links[-1]
    return text, html, links


def ada():
    return db.session.scalar(select(Candidate).where(Candidate.full_name == "Ada Byron"))


def test_a_scanner_that_opens_every_link_changes_nothing(house, mail_server, chromium, complaints):
    _, html, links = card(house, mail_server)
    assert len(links) == 8  # the person, four acts, Today, settings, the way out
    before = everything(house)
    url = links[0].partition("/candidates")[0]
    with visit(chromium, url, complaints) as page:
        for link in links:
            urlopen(link).read()
            urlopen(Request(link, method="HEAD")).read()
            page.goto(link)
            page.wait_for_load_state("networkidle")
        assert everything(house) == before
    with visit(chromium, url, complaints) as mail:
        mail.set_content(html)
        assert audit(mail) == []
        shots(mail, "card")


def test_done_from_the_card(house, mail_server, chromium, complaints):
    text, _, links = card(house, mail_server)
    done = re.search(r"Done: (\S+)", text)[1]
    with house.app_context(), unit_of_work(writes=False):
        assert [one.candidate.full_name for one in today.of(alice()).due] == ["Ada Byron"]
    with visit(chromium, links[0].partition("/candidates")[0], complaints) as page:
        page.goto(done)
        expect(page.get_by_role("heading", level=1)).to_have_text("You wrote to Ada Byron?")
        assert audit(page) == []
        shots(page, "card-done")
        page.get_by_role("button").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Done")
        assert audit(page) == []
    with house.app_context(), unit_of_work(writes=True):
        [logged] = db.session.scalars(touchpoints.of(ada()))
        assert (logged.kind, logged.direction, logged.by_id) == ("mail", "out", alice().id)
        assert today.of(alice()).due == []
        with clock.set_to(monday() + timedelta(days=7)):
            assert cards.queue_due(clock.now()) == 0
    assert len(mail_server.messages) == 1


def test_a_card_whose_people_were_written_to_in_the_meantime_does_not_go(house, mail_server):
    due(house)
    with clock.set_to(monday()), house.app_context():
        with unit_of_work(writes=True):
            letter_id = cards.queue(alice(), monday().date()).id
            candidates.let_go(ada(), by=alice())
        Worker(house).drain()
        with unit_of_work(writes=False) as session:
            letter = session.get_one(cards.Letter, letter_id)
            assert (letter.state, letter.blocked_why) == ("blocked", "nothing")
            assert today.of(alice()).stuck == []
    assert mail_server.messages == []


def test_nothing_due_no_mail(house, mail_server):
    for hours in range(0, 24 * 8, 3):
        with clock.set_to(monday() + timedelta(hours=hours)):
            Worker(house).drain()
    assert mail_server.messages == []
