"""Three people and real mail: the manager asks, the candidate says yes, the colleague reads, talks and hires, both are
thanked; and each no on the way. Nobody but the manager has an account.
"""

import re
import sqlite3
from contextlib import closing
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import expect

from tests import documents
from tests.e2e.test_main_job import set_up
from tests.servers.chromium import audit, shots, visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
MIRA = "mira@post.example.org"


class Post:
    """The mail server's letters, to each person in turn."""

    def __init__(self, server):
        self.server, self.read = server, 0

    def next(self, to: str) -> tuple[str, str]:
        """Subject and text of the next letter; it has to be to this person."""
        message = self.server.wait_for(self.read + 1, seconds=30)[self.read]
        self.read += 1
        assert message.recipients == [to], message.recipients
        letter = message_from_bytes(message.raw, policy=policy.default)
        return str(letter["Subject"]), letter.get_body(("plain",)).get_content()

    def link(self, to: str, place: str) -> str:
        return re.search(rf"http://\S+/{place}/[\w-]+", self.next(to)[1]).group()

    def nothing_more(self) -> None:
        assert len(self.server.messages) == self.read, self.server.messages[self.read :]


@pytest.fixture
def post(mail_server):
    return Post(mail_server)


def minutes_go_by(tmp_path) -> None:
    """A yes is held for five of them."""
    with closing(sqlite3.connect(tmp_path / "instance" / "first-call.sqlite", timeout=20)) as database, database:
        database.execute("UPDATE letter SET not_before = '2001-01-01 00:00:00.000000' WHERE state = 'queued'")


def add_mira(page, tmp_path):
    resume = tmp_path / "mira.pdf"
    resume.write_bytes(documents.pdf("Mira Halvorsen", ["Head of Analytics", "Streaming and governance"]))
    page.goto("/candidates/new")
    page.get_by_label("Full name").fill("Mira Halvorsen")
    page.locator("[name=headline]").fill("Head of Analytics")
    page.locator("[name=employer]").fill("Globex")
    page.locator("[name=emails]").fill(MIRA)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mira Halvorsen")
    page.reload()
    page.locator("#resumes input[type=file]").set_input_files(resume)
    expect(page.get_by_text("mira.pdf").first).to_be_visible(timeout=20_000)
    expect(page.locator("#resumes img").first).to_be_visible(timeout=30_000)
    return page.url


def ask(page, candidate, name="Carol Devereux", company="Acme", email="carol@acme.example.org"):
    """Both letters are on one page, and one button asks. Returns where the forward is."""
    page.goto(candidate)
    page.get_by_role("link", name="Forward", exact=True).click()
    page.get_by_text("They are not in the address book yet").click()
    page.locator("[name=name]").fill(name)
    page.locator("[name=company]").fill(company)
    page.locator("[name=email]").fill(email)
    page.locator("[name=note]").fill("I would talk to her today.")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", name=re.compile("is asked first"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("gets this after a yes"))).to_be_visible()
    page.get_by_role("button", name="Ask Mira Halvorsen").click()
    expect(page.get_by_text("waits for the yes").first).to_be_visible()
    return page.url


def answers(candidate, link, label, months=""):
    """By the candidate: the door, the question, one choice, one button; nothing is chosen before."""
    candidate.goto(link)
    expect(candidate.get_by_role("heading", level=1)).to_contain_text("Mira")
    candidate.get_by_role("link", name="See what would be shown").first.click()
    assert candidate.locator("input[type=radio]:checked").count() == 0
    assert audit(candidate) == []
    candidate.get_by_label(label, exact=False).check()
    if months:
        candidate.locator("[name=months]").fill(months)
    candidate.get_by_role("button", name="Send my answer").click()
    expect(candidate.get_by_text("Thank you", exact=False).first).to_be_visible()


def test_yes_link_talk_hired_thanks(page, live_server, post, tmp_path, chromium, complaints):
    set_up(page, live_server)
    forward = ask(page, add_mira(page, tmp_path))
    shots(page, "asked")
    door = post.link(MIRA, "door")
    with visit(chromium, live_server.url, complaints) as mira:
        answers(mira, door, "Yes, send it")
        shots(mira, "door-yes")
    assert "Take it back here" in post.next(MIRA)[1]
    post.nothing_more()
    minutes_go_by(tmp_path)
    subject, text = post.next("carol@acme.example.org")
    assert "Mira Halvorsen" in subject
    link = re.search(r"http://\S+/shared/[\w-]+", text).group()
    with visit(chromium, live_server.url, complaints) as carol:
        carol.goto(link)
        expect(carol.get_by_role("heading", level=1)).to_contain_text("Mira Halvorsen")
        carol.get_by_role("button", name="Open the resume").click()
        expect(carol.get_by_text("Streaming and governance").first).to_be_attached()
        assert audit(carol) == []
        for said in ("talk", "hired"):
            carol.locator(f"button[name=answer][value={said}]").click()
            expect(carol.get_by_text("can see your answer")).to_be_visible()
        shots(carol, "shared-hired")
    page.goto("/")
    expect(page.get_by_text("Carol Devereux at Acme").first).to_be_visible()
    page.goto(forward)
    page.get_by_role("link", name="What came of it?").click()
    page.get_by_label("They hired them").check()
    page.get_by_role("button", name=re.compile("^(Note it|Change it)$")).click()
    page.get_by_role("button", name="Thank Carol").click()
    assert "Carol" in post.next("carol@acme.example.org")[1]
    page.get_by_role("button", name="Tell Mira").press("Enter")  # the word that the last one is on its way lies over it
    assert "Mira" in post.next(MIRA)[1]
    page.goto("/forwards?state=answered")
    expect(page.get_by_role("link", name="Mira Halvorsen")).to_be_visible()
    shots(page, "register")
    assert audit(page) == []


def test_a_yes_is_taken_back_before_it_leaves(page, live_server, post, tmp_path, chromium, complaints):
    set_up(page, live_server)
    forward = ask(page, add_mira(page, tmp_path))
    with visit(chromium, live_server.url, complaints) as mira:
        answers(mira, post.link(MIRA, "door"), "Yes, send it")
        back = post.link(MIRA, "door")
        mira.goto(back)
        mira.get_by_role("link", name="Change").first.click()
        mira.get_by_role("button", name="Take it back").click()
        expect(mira.get_by_text("Nothing was sent")).to_be_visible()
    minutes_go_by(tmp_path)
    page.goto(forward)
    expect(page.get_by_text("waits for the yes").first).to_be_visible()
    page.wait_for_timeout(2_000)
    post.nothing_more()


def test_it_goes_without_her_name(page, live_server, post, tmp_path, chromium, complaints):
    set_up(page, live_server)
    ask(page, add_mira(page, tmp_path))
    with visit(chromium, live_server.url, complaints) as mira:
        answers(mira, post.link(MIRA, "door"), "Only without my name")
    post.next(MIRA)
    minutes_go_by(tmp_path)
    subject, text = post.next("carol@acme.example.org")
    link = re.search(r"http://\S+/shared/[\w-]+", text).group()
    with visit(chromium, live_server.url, complaints) as carol:
        carol.goto(link)
        carol.get_by_role("button", name="Open the resume").click()
        expect(carol.get_by_text("Streaming and governance").first).to_be_attached()
        for told in (subject, text, carol.content()):
            assert not re.search("mira|halvorsen|globex", told, re.IGNORECASE)


@pytest.mark.parametrize(
    ("label", "months", "state"),
    [("No, thank you", "", "said no"), ("Never to Acme", "", "said no"), ("Not now", "3", "expired")],
)
def test_each_no_closes_kindly_and_nothing_leaves(
    page, live_server, post, tmp_path, chromium, complaints, label, months, state
):
    set_up(page, live_server)
    candidate = add_mira(page, tmp_path)
    forward = ask(page, candidate)
    with visit(chromium, live_server.url, complaints) as mira:
        answers(mira, post.link(MIRA, "door"), label, months)
    page.goto(forward)
    expect(page.get_by_text(state).first).to_be_visible()
    minutes_go_by(tmp_path)
    page.wait_for_timeout(2_000)
    post.nothing_more()
