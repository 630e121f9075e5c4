"""One letter: what became of it, what came back, what can be done."""

from datetime import timedelta

import pytest

from crm.db import db, unit_of_work
from crm.domain import dispatch, inbox, outbox, sending, suppressions, users
from crm.domain.outbox import Letter
from crm.kit import clock
from tests import documents, make, people


def prepared(app, act):
    """A forward by Alice to Carol whose letter `act` was done to; the letter's id."""
    with app.app_context(), unit_of_work(writes=True):
        letter = make.forward(users.by_email(people.address("alice"))).letter
        act(letter)
        return letter.id


def doubt(letter, minutes=16):
    dispatch.enter_doubt(letter)
    letter.in_doubt_at = clock.now() - timedelta(minutes=minutes)


def came(letter, kind="reply", **more):
    facts = {"identity": kind, "message_id": "<x@example.org>", "from_address": "carol@acme.example.org",
             "from_name": "Carol Devereux", "subject": "Re: Ada", "text": "Yes, do send her round.", "status": "",
             "said": "", "at": clock.now(), "enclosures": ()}  # fmt: skip
    user = users.by_email(people.address("alice"))
    forward_candidate = letter.kind == "forward" and more.pop("candidate_id", None)
    return inbox.keep(inbox.Mail(kind=kind, **{**facts, **more}), letter=letter, candidate_id=forward_candidate,
                      user=user)  # fmt: skip


def test_it_says_where_it_is(app, as_alice):
    letter_id = prepared(app, lambda letter: dispatch.accept(letter, "250 2.0.0 Ok: queued as Q1"))
    page = as_alice.get(f"/letters/{letter_id}")
    assert "queued as Q1" in page.text
    assert "Ada Byron" in page.text


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda letter: dispatch.fail(letter, "550 5.1.1 no such user"), "The mail server refused it"),
        (lambda letter: dispatch.block(letter, "consent"), "Ask for the permission"),
        (lambda letter: dispatch.block(letter, "document"), "Upload the resume again"),
        (lambda letter: dispatch.block(letter, "suppressed"), "asked not to be written to"),
        (lambda letter: sending.pause("refused", clock.now()), "Waiting for the mail server since"),
        (lambda letter: sending.freeze("restored from a backup"), "Nothing leaves"),
        (lambda letter: doubt(letter, 1), "You can decide what becomes of it from"),
        (doubt, "ask Carol"),
        (outbox.stop, "taken back"),
    ],
)
def test_it_says_what_to_do_in_every_state(app, as_alice, act, words):
    letter_id = prepared(app, act)
    assert words in as_alice.get(f"/letters/{letter_id}").text
    as_alice.get("/letters")


def test_in_doubt_one_sends_again_or_drops(app, as_alice):
    letter_id = prepared(app, doubt)
    page = as_alice.submit(as_alice.get(f"/letters/{letter_id}"), "/another-try")
    assert "It is sent again" in page.tree.text_content()
    assert state(app, letter_id) == "queued"

    letter_id = prepared_again(app)
    as_alice.submit(as_alice.get(f"/letters/{letter_id}"), "/drop")
    assert state(app, letter_id) == "cancelled"


def prepared_again(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        letter = make.forward(alice, make.candidate(alice, "Second Person", email="s@example.org")).letter
        doubt(letter)
        return letter.id


def state(app, letter_id):
    with app.app_context(), unit_of_work(writes=False):
        return db.session.get(Letter, letter_id).state


def test_too_early_it_is_refused_with_a_sentence(app, as_alice):
    letter_id = prepared(app, lambda letter: doubt(letter, 1))
    page = as_alice.get(f"/letters/{letter_id}")
    assert not page.forms("/another-try")
    with_token = as_alice.get("/letters").tree.xpath("//input[@name='csrf_token']/@value")[0]
    answer = as_alice.client.post(f"/letters/{letter_id}/another-try", data={"csrf_token": with_token})
    assert answer.status_code in {303, 422}
    assert state(app, letter_id) == "in_doubt"


def test_an_answer_is_told_until_it_is_put_aside(app, as_alice):
    prepared(app, came)
    page = as_alice.get("/")
    assert "Yes, do send her round." in page.text
    page = as_alice.submit(page, "/sight")
    assert "Yes, do send her round." not in as_alice.get("/").text


def test_files_wait_in_quarantine_until_they_are_taken(app, as_alice):
    def with_files(letter):
        ada = make.candidate(users.by_email(people.address("alice")), "Ada Newer", email="ada2@example.org")
        files = (("new resume.pdf", documents.pdf("Ada Newer", ["ten years"])), ("virus.exe", b"MZ\x00"))
        came(letter, candidate_id=ada.id, enclosures=files)

    letter_id = prepared(app, with_files)
    page = as_alice.get(f"/letters/{letter_id}")
    assert "not opened by anything yet" in page.text
    page = as_alice.submit(page, "/take")
    assert "new resume.pdf" in page.text
    page = as_alice.submit(as_alice.get(f"/letters/{letter_id}"), "/drop")
    assert "virus.exe" not in as_alice.get(f"/letters/{letter_id}").text


def test_a_stranger_sees_none_of_it(app, as_charlie):
    letter_id = prepared(app, came)
    as_charlie.get(f"/letters/{letter_id}", 404)
    assert "do send her round" not in as_charlie.get("/").text


def test_an_address_that_did_not_work_can_be_written_to_again(app, as_anna):
    with app.app_context(), unit_of_work(writes=True):
        suppressions.add("gone@example.org", why="bounced", said="550 5.1.1")
        suppressions.add("leave@example.org", why="unsubscribed")
    page = as_anna.get("/settings/mail")
    assert "gone@example.org" in page.text
    assert len(page.forms("/lift")) == 1
    as_anna.submit(page, "/lift")
    page = as_anna.get("/settings/mail")
    assert "gone@example.org" not in page.text
    assert "leave@example.org" in page.text


def test_files_without_a_letter_are_taken_on_today(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice, "Ada Newer", email="ada2@example.org")
        files = (("newer.pdf", documents.pdf("Ada Newer", ["ten years"])),)
        facts = {"identity": "x", "message_id": "<y@example.org>", "from_address": "ada2@example.org", "said": "",
                 "from_name": "Ada Newer", "subject": "Re: Hello", "text": "Here it is.", "status": ""}  # fmt: skip
        inbox.keep(inbox.Mail(kind="reply", at=clock.now(), enclosures=files, **facts), letter=None,
                   candidate_id=ada.id, user=alice)  # fmt: skip
    page = as_alice.get("/")
    assert "newer.pdf" in page.text
    assert not page.forms("/sight")
    as_alice.submit(page, "/take")
    assert as_alice.get("/").forms("/sight")
