"""The mailbox, over real connections: what is new in it, once and in order, and what is said when it fails."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from crm.mail import imap as ours
from crm.mail.imap import MailAccount, Mailbox, MailboxTrouble
from tests.servers import imap, needed
from tests.servers.smtp import Certificate

HELLO = (b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n", b"{tag} OK\r\n")
OPEN_FILES = Path("/proc/self/fd")
SELECTED = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 9]\r\n{tag} OK [READ-WRITE]\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with needed(), imap.serve(tmp_path_factory.mktemp("imap")) as inbox:
        yield inbox


@pytest.fixture
def own(tmp_path):
    """A server to be killed or frozen."""
    with needed(), imap.serve(tmp_path) as inbox:
        yield inbox


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    with needed():
        return Certificate.make(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def start(server):
    """The UID after which the mails of this test come."""
    with connect(server.url) as mailbox:
        return max(mailbox.after(0, limit=10_000), default=0)


def connect(url, timeout=10):
    return Mailbox(MailAccount.parse(url), timeout)


def mail(subject="Re: Ada", text="Yes.\r\n"):
    head = f"From: carol@example.org\r\nTo: firstcall@norrland.example\r\nSubject: {subject}\r\n\r\n"
    return head.encode() + text.encode()


def trouble_with(url, timeout=10):
    with pytest.raises(MailboxTrouble) as error, connect(url, timeout):
        pass
    return told(error)


def told(error):
    words = str(error.value)
    assert words.startswith("The mail server 127.0.0.1 ")
    assert "\n" not in words
    assert imap.PASSWORD not in words
    return words


@contextmanager
def scripted(*answers):
    """A server for one connection: a greeting, then an answer to each line it hears. The last words end it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines, suppress(OSError):
                connection.sendall(answers[0])
                for answer in answers[1:]:
                    tag = lines.readline().partition(b" ")[0]
                    connection.sendall(answer.replace(b"{tag}", tag))

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"imap://u:{imap.quote(imap.PASSWORD, safe='')}@127.0.0.1:{listener.getsockname()[1]}?tls=none"
        thread.join(5)
        assert not thread.is_alive()


# --- Mail ---------------------------------------------------------------------------------------------------------


def test_new_mails_come_in_order_and_as_they_are(server, start):
    mails = [mail(f"Number {n}", "Grüße\r\n" * n) for n in range(3)]
    uids = [server.put(one) for one in mails]
    with connect(server.url) as mailbox:
        assert mailbox.after(start) == uids == sorted(uids)
        assert [mailbox.fetch(uid) for uid in uids] == mails
        assert mailbox.validity > 0
    assert server.flags(uids[0]) == set()


def test_after_a_reconnect_only_newer_ones_come(server, start):
    first = server.put(mail("first"))
    with connect(server.url) as mailbox:
        assert mailbox.after(start) == [first]
        validity = mailbox.validity
    with connect(server.url) as mailbox:
        assert mailbox.after(first) == []  # though n:* names the last mail even below n
        second = server.put(mail("second"))
        assert mailbox.after(first) == [second]
        assert mailbox.validity == validity
    with connect(server.url) as mailbox:
        assert mailbox.after(first) == [second]


def test_no_more_than_asked_for(server, start):
    uids = [server.put(mail(str(n))) for n in range(5)]
    with connect(server.url) as mailbox:
        assert mailbox.after(start, limit=2) == uids[:2]
        assert mailbox.after(uids[1], limit=2) == uids[2:4]


def test_a_mail_is_marked_and_stays(server):
    uid = server.put(mail())
    with connect(server.url) as mailbox:
        mailbox.mark(uid)
        mailbox.mark(uid)
        assert mailbox.fetch(uid) == mail()
    assert server.flags(uid) == {"\\Seen"}


def test_a_mail_that_is_gone(server, start):
    uid = server.put(mail())
    with connect(server.url) as mailbox:
        assert mailbox.after(start) == [uid]
        server.remove(uid)
        assert mailbox.fetch(uid) is None
        mailbox.mark(uid)
        assert mailbox.fetch(uid + 1_000) is None
        assert mailbox.after(start) == []


def test_a_huge_mail_is_left_where_it_is(server):
    huge, large = (server.put(mail(text="x" * 98 + "\r\n") + b"y" * size) for size in (ours.LARGEST_MAIL, 1_000_000))
    with connect(server.url) as mailbox:
        assert mailbox.fetch(huge) is None
        assert len(mailbox.fetch(large)) > 1_000_000


def test_a_mail_of_odd_bytes_comes_as_it_is(server):
    odd = b"Subject: \xff\xfe {5}\r\n\r\n) * 7 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n\x80\r\n"
    uid = server.put(odd)
    with connect(server.url) as mailbox:
        assert mailbox.fetch(uid) == odd


def test_another_folder(server):
    server.create("Answers")
    uid = server.put(mail("elsewhere"), "Answers")
    with connect(server.url_of(folder="Answers")) as mailbox:
        assert mailbox.after(0) == [uid]


def test_a_mailbox_of_many_is_asked_in_strides(server, start, monkeypatch):
    uids = [server.put(mail(str(n))) for n in range(4)]
    server.remove(uids[1])
    server.remove(uids[2])
    monkeypatch.setattr(ours, "STRIDE", 1)
    with connect(server.url) as mailbox:
        assert mailbox.after(start) == uids[:1]
        assert mailbox.after(uids[0]) == uids[3:]
        assert mailbox.after(uids[3]) == []


def test_a_new_mailbox_has_another_validity(own, tmp_path):
    with connect(own.url) as mailbox:
        before = mailbox.validity
    own.stop()
    time.sleep(1.1)  # the server counts in seconds
    with imap.serve(tmp_path, port=own.port) as again, connect(again.url) as mailbox:
        assert mailbox.validity != before
        assert mailbox.after(0) == []


# --- Encryption ---------------------------------------------------------------------------------------------------


def test_encrypted_when_the_certificate_is_right(tmp_path, certificate, monkeypatch):
    with needed(), imap.serve(tmp_path, certificate=certificate) as inbox:
        assert "certificate" in trouble_with(inbox.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
        with connect(inbox.url) as mailbox:
            assert mailbox.after(0) == []
        monkeypatch.delenv("SSL_CERT_FILE")
        with connect(inbox.url.replace("tls=required", "tls=optional")) as mailbox:
            assert mailbox.after(0) == []


def test_no_password_without_encryption_where_it_is_required(server):
    assert "offers no encryption (STARTTLS)" in trouble_with(server.url.replace("tls=none", "tls=required"))
    with connect(server.url.replace("tls=none", "tls=optional")) as mailbox:
        assert mailbox.validity


def test_tls_from_the_first_byte_to_a_server_that_has_none(server):
    url = server.url.replace("imap://", "imaps://").replace("?tls=none", "")
    assert "cannot be reached: [SSL" in trouble_with(url)


# --- Trouble ------------------------------------------------------------------------------------------------------


def test_a_wrong_password(server):
    assert "did not let us sign in" in trouble_with(server.url_of(password="wrong"))
    assert "did not let us sign in" in trouble_with(server.url_of(user='a "b" \\c'))


def test_a_wrong_folder(server):
    assert "has no folder 'Nowhere' for us" in trouble_with(server.url_of(folder="Nowhere"))
    assert "has no folder 'B\\xfcro \"x\"' for us" in trouble_with(server.url_of(folder='Büro "x"'))


def test_no_server(own):
    own.stop()
    assert "cannot be reached: Connection refused" in trouble_with(own.url)


def test_a_server_that_goes_away_in_the_middle(own):
    uid = own.put(mail())
    with connect(own.url) as mailbox:
        assert mailbox.after(0) == [uid]
        own.stop()
        with pytest.raises(MailboxTrouble) as error:
            mailbox.fetch(uid)
        assert "did not hand over a mail" in told(error)
        with pytest.raises(MailboxTrouble, match="not connected"):
            mailbox.after(0)


def test_a_server_that_says_nothing_more(own):
    with connect(own.url, timeout=2) as mailbox:
        own.freeze()
        started = time.monotonic()
        with pytest.raises(MailboxTrouble) as error:
            mailbox.after(0)
        assert "did not say what is new: It gave no answer for 2 seconds." in told(error)
    assert "cannot be reached: It gave no answer for 0.3 seconds." in trouble_with(own.url, timeout=0.3)
    assert time.monotonic() - started < 6


def test_a_frozen_server_is_left_in_time(own, monkeypatch):
    monkeypatch.setattr(ours, "SECONDS_TO_PART", 0.2)
    with connect(own.url):
        own.freeze()
        started = time.monotonic()
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("before", [(), HELLO[:1], HELLO, (*HELLO, SELECTED)])
def test_a_server_that_drips(before):
    drip = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines, suppress(OSError):
                for at, answer in enumerate(before):
                    tag = lines.readline().partition(b" ")[0] if at else b""
                    connection.sendall(answer.replace(b"{tag}", tag))
                while not drip.wait(0.05):
                    connection.sendall(b"*")

        thread = threading.Thread(target=serve)
        thread.start()
        started = time.monotonic()
        url = f"imap://u:p@127.0.0.1:{listener.getsockname()[1]}?tls=none"
        with pytest.raises(MailboxTrouble), connect(url, timeout=0.15) as mailbox:
            mailbox.after(0)
        assert time.monotonic() - started < 4
        drip.set()
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "answers",
    [
        (b"220 mail.example.org ESMTP\r\n",),
        (b"\xff\xfe\0\r\n",),
        (b"x" * 1_100_000,),
        (b"* BYE too many\r\n",),
        (b"* OK ready\r\n", b"{tag} NO never\r\n"),
        (*HELLO[:2], f"{{tag}} NO the password {imap.PASSWORD} is wrong\u2028\r\n".encode()),
        (*HELLO, b"* 1 EXISTS\r\n{tag} OK no validity\r\n"),
        (*HELLO, SELECTED, b"{tag} OK\r\n", b"* SEARCH one two\r\n{tag} OK\r\n"),
        (*HELLO, SELECTED, b"{tag} OK\r\n", b"* SEARCH 1\r\n* SEARCH 2\r\n{tag} OK\r\n" * 2),
        (
            *HELLO,
            SELECTED,
            b"{tag} OK\r\n",
            b"* SEARCH 3\r\n{tag} OK\r\n",
            b"* 1 FETCH (UID 3 RFC822.SIZE (\r\n{tag} OK\r\n",
        ),
        (
            *HELLO,
            SELECTED,
            b"{tag} OK\r\n",
            b"* SEARCH 3\r\n{tag} OK\r\n",
            b"* 1 FETCH (UID 3 RFC822.SIZE x)\r\n{tag} OK\r\n",
        ),
    ],
)
def test_a_server_that_talks_nonsense(answers):
    with scripted(*answers) as url, pytest.raises(MailboxTrouble) as error, connect(url, timeout=2) as mailbox:
        assert mailbox.validity == 7
        for uid in mailbox.after(0):
            mailbox.fetch(uid)
    assert told(error)


def test_outside_of_with_there_is_no_mailbox(server):
    with connect(server.url) as mailbox:
        pass
    with pytest.raises(MailboxTrouble, match="not connected"):
        mailbox.after(0)


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="counts open files as Linux shows them")
def test_no_connection_is_left_behind(server):
    before = len(list(OPEN_FILES.iterdir()))
    wrong = [server.url_of(password="wrong"), server.url_of(folder="Nowhere"), server.url.replace("none", "required")]
    for url in (server.url, *wrong, server.url.replace("imap:", "imaps:").partition("?")[0]):
        with suppress(MailboxTrouble), connect(url):
            pass
    assert len(list(OPEN_FILES.iterdir())) == before


# --- The address --------------------------------------------------------------------------------------------------

EXAMPLE = MailAccount("mail.example.org", 993, "u", "p", "INBOX", "implicit")


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("imaps://u:p@mail.example.org", EXAMPLE),
        ("imaps://u:p@Mail.Example.org:1993/INBOX", replace(EXAMPLE, port=1993)),
        ("imaps://u:p@mail.example.org/Answers%20to/us", replace(EXAMPLE, folder="Answers to/us")),
        ("imaps://u:p@mail.example.org/B%C3%BCro", replace(EXAMPLE, folder="Büro")),
        ("imaps://u%40x:p%2F%3A%23@mail.example.org/", replace(EXAMPLE, user="u@x", password="p/:#")),
        ("imap://u:p@mail.example.org", replace(EXAMPLE, port=143, tls="required")),
        ("imap://u:p@mail.example.org?tls=optional", replace(EXAMPLE, port=143, tls="optional")),
        ("imap://u:p@mail.example.org/INBOX?tls=none", replace(EXAMPLE, port=143, tls="none")),
        ("imap://u:p@127.0.0.1:1143", replace(EXAMPLE, host="127.0.0.1", port=1143, tls="optional")),
        ("imap://u:p@[::1]:1143?tls=required", replace(EXAMPLE, host="::1", port=1143, tls="required")),
    ],
)
def test_addresses_of_mailboxes(url, account):
    assert MailAccount.parse(url) == account


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "smtp://user:secret@mail.example.org",
        "imaps://mail.example.org",
        "imaps://user@mail.example.org",
        "imaps://:secret@mail.example.org",
        "imaps://user:secret@:993",
        "imaps://user:secret@mail.example.org:0",
        "imaps://user:secret@mail.example.org:65536",
        "imaps://user:secret@mail.example.org#x",
        "imaps://user:secret@mail.example.org?tls=none",
        "imap://user:secret@mail.example.org?tls=maybe",
        "imap://user:secret@mail.example.org?tls=none&tls=required",
        "imap://user:secret@mail.example.org?timeout=5",
        "imaps://user:sec/ret@mail.example.org",
        "imaps://user:sec%0Aret@mail.example.org",
        "imaps://user:sec ret@mail.example.org",
        "imaps://user:secr%C3%A9t@mail.example.org",
        "imaps://user:secret@mäil.example.org",
        "imaps://user:secret@mail_server",
        "imaps://user:secret@[::1",
        *("imaps://user:secret@mail.example.org/" + folder for folder in ("a%0D%0Ab", "%ff", "x" * 201)),
    ],
)
def test_nonsense_is_refused_without_telling_the_password(url):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as refused:
        MailAccount.parse(url)
    assert "sec" not in str(refused.value)


def test_the_password_is_not_shown():
    account = MailAccount.parse("imaps://user:secret@mail.example.org")
    assert "secret" not in f"{account} {account!r} {[account]}"
