"""The pages of letters, and the local mailbox."""

import re

import pytest

from crm.db import db, unit_of_work
from crm.domain import forwards, outbox, users
from crm.mail import delivery
from tests import make, people
from tests.browser import Browser


@pytest.fixture
def forwarded(app):
    """Two forwards by Alice, one as an attachment; both letters wait."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        note = "See http://evil.example.org/shared/x and <b>this</b>."
        return [make.forward(alice, ada, note=note).id, make.forward(alice, ada, deliver="attachment").id]


@pytest.fixture
def kept(app, forwarded):
    """The letters as the worker leaves them while no mail server is set: ids of the mails, the oldest first."""
    with app.app_context():
        for _ in forwarded:
            assert delivery.deliver_next(None, "a worker") is not None
        with unit_of_work(writes=False):
            return sorted(
                mail.id for mail in db.session.scalars(outbox.mailbox(users.by_email(people.address("anna"))))
            )


def test_alice_sees_her_letters_and_takes_one_back(app, as_alice, forwarded):
    page = as_alice.get("/letters")
    assert page.text.count("The resume of Ada Byron") == 2
    page = as_alice.submit(page, "/cancellation")
    assert "Taken back: nothing was sent." in page.text
    assert "taken back" in as_alice.get("/letters?state=cancelled").text
    assert "taken back" in as_alice.get("/forwards?state=revoked").text


def test_what_is_leaving_is_no_longer_taken_back(app, as_alice, forwarded):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        letter = forwards.find(forwarded[0], seen_by=alice).letter
        letter.state, letter_id = "in_doubt", letter.id
    page = as_alice.get("/letters")
    assert "it is not sent again by itself" in page.text
    sent = {"csrf_token": page.tree.xpath("//input[@name='csrf_token']/@value")[0]}
    page = as_alice.post(f"/letters/{letter_id}/cancellation", sent, status=422)
    assert "no longer waiting" in page.text


def test_every_filter_answers(as_alice, forwarded):
    for link in [link for link in as_alice.get("/letters").links() if "state=" in link]:
        as_alice.get(link)
    as_alice.get("/letters?state=nonsense")


def test_others_see_none_of_it_but_administrators_do(app, forwarded, as_anna):
    bob = Browser(app).sign_in("bob")
    assert "Carol" not in bob.get("/letters").text
    with app.app_context(), unit_of_work(writes=False):
        letter_id = db.session.scalars(outbox.listed(users.by_email(people.address("anna")))).first().id
    token = bob.get("/colleagues/new").tree.xpath("//input[@name='csrf_token']/@value")[0]
    bob.post(f"/letters/{letter_id}/cancellation", {"csrf_token": token}, status=404)
    page = as_anna.get("/letters")
    assert "by Alice Okafor" in page.text


def test_an_administrator_does_not_learn_of_whom_a_letter_was_when_it_is_hidden(app, as_anna):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        hidden = make.candidate(alice, "Secret Person", email="secret@example.org", visibility="owner")
        make.forward(alice, hidden)
    page = as_anna.get("/letters")
    assert "A resume, by Alice Okafor" in page.text
    assert "Secret" not in page.response.get_data(as_text=True)


# --- the local mailbox


def test_the_mailbox_is_read_in_the_browser(as_anna, kept):
    page = as_anna.get("/letters/mailbox")
    assert page.text.count("to carol@acme.example.org") == 2
    page = as_anna.get(f"/letters/mailbox/{kept[0]}")
    for words in ("From", "Carol Devereux", "Ada Byron", "Message-ID", "<b>this</b>"):
        assert words in page.text
    ours = [link for link in page.links() if "/shared/" in link]
    assert len(ours) == 1, "only the link that is ours can be followed"
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/shared/[\w-]{32}", ours[0])
    shared = as_anna.get(ours[0].removeprefix("http://127.0.0.1:8080"))
    assert shared.tree.findtext(".//h1").strip() == "Ada Byron"


def test_an_attachment_comes_out_as_it_went_in_and_as_bytes(app, as_anna, kept):
    page = as_anna.get(f"/letters/mailbox/{kept[1]}")
    [link] = [link for link in page.links() if "/attachments/" in link]
    answer = as_anna.client.get(link)
    assert answer.mimetype == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Ada Byron.pdf"'
    assert answer.data.startswith(b"%PDF-")
    for number in (0, 2, 99):
        as_anna.get(f"/letters/mailbox/{kept[1]}/attachments/{number}", status=404)


def test_the_whole_mail_can_be_downloaded(app, as_anna, kept):
    answer = as_anna.client.get(f"/letters/mailbox/{kept[0]}/raw")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={kept[0]}.eml"
    with app.app_context(), unit_of_work(writes=False):
        assert answer.data == outbox.kept_mail(kept[0], seen_by=users.by_email(people.address("anna"))).raw


@pytest.mark.parametrize("path", ["", "/{}", "/{}/raw", "/{}/attachments/1"])
def test_only_administrators_read_the_mailbox(as_alice, kept, path):
    as_alice.get(f"/letters/mailbox{path.format(kept[1])}", status=403)


def test_a_mail_that_is_not_there_is_missing(as_anna):
    for path in ("nothing", "nothing/raw", "nothing/attachments/1"):
        as_anna.get(f"/letters/mailbox/{path}", status=404)
    assert "The mailbox is empty" in as_anna.get("/letters/mailbox").text
