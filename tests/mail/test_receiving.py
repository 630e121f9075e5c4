"""Mail that comes back, from its bytes to what the pages show."""

from email.message import EmailMessage

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import candidates, dispatch, inbox, suppressions, today, users
from crm.domain.errors import Refused
from crm.domain.inbox import Arrival
from crm.domain.outbox import Letter
from crm.domain.touchpoints import Touchpoint
from crm.mail import receiving
from tests import documents, make, people
from tests.conftest import make_app

FROM = "crm@norrland.example.org"


@pytest.fixture
def house(app, database_url, tmp_path):
    """A house that reads what comes back."""
    with make_app(tmp_path, database_url, mail_from=FROM, receives=True).app_context():
        yield


@pytest.fixture
def letter(house):
    """That left: id, Message-ID, the address for notices, the one for answers."""
    with unit_of_work(writes=True):
        sent = make.forward(users.by_email(people.address("alice"))).letter
        dispatch.enter_doubt(sent)
        dispatch.accept(sent, "250 ok")
        return sent.id, sent.message_id, address("b", sent.notice_key), address("r", sent.reply_key)


def address(word, key):
    return FROM.replace("@", f"+{word}-{key}@")


CAROL = "Carol Devereux <carol@acme.example.org>"


def mail(to, text="Yes, do send her round.", *, subject="Re: Ada Byron", sender=CAROL, **headers):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = headers.pop("message_id", "<one@acme.example.org>")
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0000"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def notice(to, *, action="failed", status="5.1.1", returned="<none@example.org>"):
    raw = f"""From: MAILER-DAEMON@mail.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <notice-{action}@mail.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain

I am sorry.

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; carol@acme.example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user here

--edge
Content-Type: message/rfc822

From: {FROM}
To: carol@acme.example.org
Subject: Ada Byron
Message-ID: {returned}

words
--edge--
"""
    return raw.replace("\n", "\r\n").encode()


def state(letter_id):
    with unit_of_work(writes=False):
        return db.session.get(Letter, letter_id).state


def arrivals():
    with unit_of_work(writes=False):
        return [one.kind for one in db.session.scalars(select(Arrival).order_by(Arrival.id))]


def test_an_answer_is_told_to_who_wrote_and_proves_that_it_arrived(letter):
    letter_id, _, _, answers = letter
    quoted = "Yes, do send her round.\n\nOn Mon, 2 Nov 2026 at 09:00, Alice wrote:\n> See the resume\n"
    assert receiving.take(mail(answers, quoted).as_bytes()) == "reply"
    assert state(letter_id) == "delivered"
    with unit_of_work(writes=False):
        [reply] = today.of(users.by_email(people.address("alice"))).replies
        assert reply.text == "Yes, do send her round."
        assert today.of(users.by_email(people.address("bob"))).replies == []


def test_the_same_mail_twice_is_one(letter):
    raw = mail(letter[3]).as_bytes()
    assert [receiving.take(raw), receiving.take(raw)] == ["reply", "known"]
    assert arrivals() == ["reply"]


def test_an_answer_is_also_known_by_what_it_answers(letter):
    raw = mail(people.address("alice"), In_Reply_To=letter[1], References=letter[1]).as_bytes()
    assert receiving.take(raw) == "reply"


def test_a_bounce_marks_the_letter_and_the_address_and_tells_the_owner(letter):
    letter_id, _, notices, _ = letter
    assert receiving.take(notice(notices)) == "bounce"
    assert state(letter_id) == "bounced"
    with unit_of_work(writes=False):
        assert suppressions.of("carol@acme.example.org").why == "bounced"
        [(stuck, _)] = today.of(users.by_email(people.address("alice"))).stuck
        assert "no such user" in stuck.last_reply


def test_a_full_mailbox_does_not_mark_the_address(letter):
    receiving.take(notice(letter[2], status="5.2.2"))
    with unit_of_work(writes=False):
        assert suppressions.of("carol@acme.example.org") is None
    assert state(letter[0]) == "bounced"


def test_a_delay_changes_no_state_and_an_arrival_does(letter):
    receiving.take(notice(letter[2], action="delayed", status="4.4.1"))
    assert state(letter[0]) == "accepted"
    receiving.take(notice(letter[2], action="delivered", status="2.0.0"))
    assert state(letter[0]) == "delivered"


@pytest.mark.parametrize("to", [FROM, "crm+b-00000000000000000000000000@norrland.example.org"])
def test_a_forged_notice_changes_nothing(letter, to):
    assert receiving.take(notice(to, returned=letter[1])) == "nothing"
    assert state(letter[0]) == "accepted"
    assert arrivals() == []


def test_a_notice_to_the_address_for_answers_changes_nothing(letter):
    """That one stands in the letter, and letters are passed on."""
    assert receiving.take(notice(letter[3])) == "nothing"
    assert state(letter[0]) == "accepted"


def test_an_automatic_answer_is_no_answer(letter):
    raw = mail(letter[3], "I am away until Monday.", Auto_Submitted="auto-replied").as_bytes()
    assert receiving.take(raw) == "automatic"
    assert state(letter[0]) == "accepted"
    with unit_of_work(writes=False):
        assert today.of(users.by_email(people.address("alice"))).replies == []


def test_a_complaint_stops_everything(letter):
    raw = f"""From: feedback@provider.example.org
To: abuse@norrland.example.org
Subject: complaint
Message-ID: <arf@provider.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="edge"

--edge
Content-Type: text/plain

A user complained.

--edge
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1
Version: 1
Original-Mail-From: <{letter[2]}>

--edge
Content-Type: message/rfc822

Return-Path: <{letter[2]}>
Message-ID: {letter[1]}
Subject: Ada

words
--edge--
""".replace("\n", "\r\n").encode()
    assert receiving.take(raw) == "complaint"
    assert state(letter[0]) == "complained"
    with unit_of_work(writes=False):
        assert suppressions.of("carol@acme.example.org").why == "complained"


def test_files_wait_in_quarantine(letter):
    message = mail(letter[3])
    message.add_attachment(documents.pdf("Ada", ["x"]), maintype="application", subtype="pdf", filename="../cv.pdf")
    receiving.take(message.as_bytes())
    with unit_of_work(writes=False):
        [arrival] = db.session.scalars(select(Arrival))
        [file] = inbox.of_letter(arrival and db.session.get(Letter, letter[0]))[0].enclosures
        assert (file.filename, file.is_waiting) == ("cv.pdf", True)


def test_of_very_many_files_the_first_wait(letter):
    message = mail(letter[3])
    for number in range(receiving.MOST_ENCLOSURES + 3):
        message.add_attachment(f"{number}".encode(), maintype="text", subtype="plain", filename=f"{number}.txt")
    receiving.take(message.as_bytes())
    with unit_of_work(writes=False):
        assert len(inbox.of_letter(db.session.get(Letter, letter[0]))[0].enclosures) == receiving.MOST_ENCLOSURES


def logged(sender="Alice Okafor <{alice}>", **more):
    """Alice writes to Ada, with her private address in BCC, as the mail server hands it over."""
    with unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        if not inbox.written_to(["ada@example.org"], by=alice):
            make.candidate(alice, "Ada Byron", email="ada@example.org")
        private = address("log", alice.log_key)
        sender = sender.format(alice=alice.email)
    raw = mail("Ada <ada@example.org>", "How are you?", sender=sender, subject="Hello", **more).as_bytes()
    return receiving.take(raw, came_to=private)


def touchpoints():
    with unit_of_work(writes=False):
        found = db.session.scalars(select(Touchpoint).order_by(Touchpoint.id))
        return [(one.kind, one.direction, one.text) for one in found]


def test_a_copy_to_ones_private_address_is_logged_with_the_candidate(house):
    assert logged() == "logged"
    assert touchpoints() == [("mail", "out", "How are you?")]
    assert logged() == "known"
    assert len(touchpoints()) == 1


def test_the_candidates_answer_to_it_is_theirs_and_moves_the_next_date(house):
    logged()
    raw = mail(people.address("alice"), "Very well!", sender="Ada <ada@example.org>", message_id="<two@example.org>",
               In_Reply_To="<one@acme.example.org>").as_bytes()  # fmt: skip
    assert receiving.take(raw) == "reply"
    assert touchpoints()[1] == ("mail", "in", "Very well!")
    with unit_of_work(writes=False):
        [ada] = inbox.written_to(["ada@example.org"], by=users.by_email(people.address("alice")))
        assert candidates.find(ada.id, seen_by=users.by_email(people.address("alice"))).last_contact_kind == "mail"


def test_who_is_not_the_user_logs_nothing(house):
    assert logged(sender="Mallory <mallory@example.org>") == "nothing"
    assert touchpoints() == []


@pytest.mark.parametrize("raw", [b"", b"\0\xff\xfe", b"no headers at all", b"Subject: x\r\n\r\n" + b"a" * 100])
def test_what_is_not_ours_is_let_go(house, raw):
    assert receiving.take(raw) == "nothing"
    assert arrivals() == []


def test_what_mail_programs_hide_in_a_text_does_not_stop_it(house):
    logged()
    message = mail(people.address("alice"), sender="Ada <ada@example.org>", message_id="<three@example.org>",
                   In_Reply_To="<one@acme.example.org>")  # fmt: skip
    message.set_content(f"<p>Call me: &#8234;+46 8 123&#8236; {'&#64300;' * 9_000}</p>", subtype="html")
    assert receiving.take(message.as_bytes()) == "reply"
    assert touchpoints()[1][2].startswith("Call me: +46 8 123")


def test_a_nul_in_an_address_does_not_stop_it(letter):
    raw = mail(letter[3]).as_bytes().replace(b"carol@acme", b"ca\0rol@acme", 1)
    assert receiving.take(raw) == "reply"


def test_who_sees_the_address_for_answers_cannot_forge_a_notice_with_it(letter):
    forged = letter[3].replace("+r-", "+b-")
    assert receiving.take(notice(forged)) == "nothing"
    assert state(letter[0]) == "accepted"


def test_a_notice_about_our_own_address_does_not_mark_the_recipients(letter):
    receiving.take(notice(letter[2], status="5.1.8"))
    with unit_of_work(writes=False):
        assert suppressions.of("carol@acme.example.org") is None


def test_files_of_an_answer_without_a_letter_are_decided_on_before_it_is_put_aside(house):
    logged()
    message = mail(people.address("alice"), sender="Ada <ada@example.org>", message_id="<four@example.org>",
                   In_Reply_To="<one@acme.example.org>")  # fmt: skip
    message.add_attachment(b"a new resume", maintype="text", subtype="plain", filename="new.txt")
    receiving.take(message.as_bytes())
    with unit_of_work(writes=True):
        [arrival] = inbox.unseen(users.by_email(people.address("alice")))
        with pytest.raises(Refused):
            inbox.see(arrival)
        inbox.drop(arrival.waiting_files[0])
        assert inbox.see(arrival).seen_at is not None
