"""A letter over real connections: taken, refused, lost in every place, and what is known of it then."""

import itertools
import smtplib
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from crm.mail import smtp
from crm.mail.relay import Relay
from crm.mail.smtp import Accepted, Connection, Deferred, InDoubt, Overdue, Rejected, RelayDown, Withheld
from tests.servers import needed
from tests.servers.smtp import Certificate, SmtpSink, read_log

ROOT = Path(__file__).parents[2]
SENDER, CAROL = "firstcall+7@norrland.example", "carol@example.org"
LETTER = b"From: a@norrland.example\r\nTo: carol@example.org\r\nMessage-ID: <1@norrland.example>\r\n\r\nHello.\r\n"
LARGE = LETTER + b"x" * 70 + (b"\r\n" + b"y" * 70) * 60_000 + b"\r\n"  # 4 MB: more than sockets hold


class Go:
    """The caller's commit: counts its calls."""

    def __init__(self, answer=True):
        self.answer, self.calls = answer, 0

    def __call__(self):
        self.calls += 1
        return self.answer


@pytest.fixture
def sink():
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    with needed():
        return Certificate.make(tmp_path_factory.mktemp("certificate"))


@contextmanager
def scripted(answers):
    """A server for one connection that says the answers, one for each thing it hears, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            listener.close()
            with connection, suppress(OSError):
                for answer in answers:
                    connection.sendall(answer)
                    if answer is answers[-1]:
                        return
                    heard = connection.recv(65_536)
                    while answer.startswith(b"354") and not heard.endswith(b"\r\n.\r\n"):
                        heard += connection.recv(65_536)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}?tls=none"
        thread.join(5)
        assert not thread.is_alive()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def connect(url, *, timeout=5):
    return Connection(Relay.parse(url), hello="crm.norrland.example", timeout=timeout)


def deliver(connection, payload=LETTER, *, go=None, **changes):
    given = {"envelope_from": SENDER, "to": CAROL, "payload": payload, "go": go or Go(), **changes}
    return connection.deliver(**given)


def test_a_letter_is_delivered(sink):
    go = Go()
    with connect(sink.url) as connection:
        assert deliver(connection, go=go) == Accepted("250 2.0.0 Ok: queued as Q000001")
    (message,) = sink.messages
    assert (message.envelope_from, message.recipients, message.raw) == (SENDER, [CAROL], LETTER)
    assert message.message_id == "<1@norrland.example>"
    assert go.calls == 1
    assert sink.commands == [
        "ehlo crm.norrland.example",
        f"MAIL FROM:<{SENDER}> SIZE={len(LETTER)}",
        f"RCPT TO:<{CAROL}>",
        "DATA",
        "QUIT",
    ]


def test_one_connection_carries_many_letters(sink):
    with connect(sink.url) as connection:
        for number in range(5):
            assert isinstance(deliver(connection, to=f"person{number}@example.org"), Accepted)
    assert [message.recipients for message in sink.messages] == [[f"person{n}@example.org"] for n in range(5)]
    assert sink.connections == 1
    assert "RSET" not in sink.commands  # after a letter that was taken there is nothing to reset


@pytest.mark.parametrize("fault", ["4xx", "5xx"])
@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_what_is_refused_right_after_a_letter_that_was_taken_harms_no_other(sink, step, fault):
    with connect(sink.url) as connection:
        assert isinstance(deliver(connection), Accepted)
        sink.plan(step, fault)
        assert isinstance(deliver(connection, to="gone@example.org"), Rejected | Deferred)
        assert isinstance(deliver(connection), Accepted)
    assert [message.recipients for message in sink.messages] == [[CAROL], [CAROL]]


def test_a_connection_that_was_left_alone_for_a_while_is_asked_first(sink, monkeypatch):
    monkeypatch.setattr(smtp, "FRESH_SECONDS", 0.0)
    with connect(sink.url) as connection:
        for _ in range(3):
            assert isinstance(deliver(connection), Accepted)
    assert sink.commands.count("RSET") == 2


def test_a_connection_that_was_closed_between_two_letters_is_opened_again(sink):
    with connect(sink.url) as connection:
        deliver(connection)
        connection._wire.sock.shutdown(socket.SHUT_RDWR)
        assert isinstance(deliver(connection), Accepted)
    assert (sink.connections, len(sink.messages)) == (2, 2)


def test_a_connection_that_went_away_is_opened_again(sink, monkeypatch):
    monkeypatch.setattr(smtp, "FRESH_SECONDS", 0.0)
    with connect(sink.url) as connection:
        deliver(connection)
        sink.plan("rset", "reset")
        assert isinstance(deliver(connection), Accepted)
    assert (sink.connections, len(sink.messages)) == (2, 2)


def test_a_refused_letter_leaves_the_connection_usable(sink):
    sink.plan("rcpt", "5xx")
    with connect(sink.url) as connection:
        assert isinstance(deliver(connection), Rejected)
        assert isinstance(deliver(connection), Accepted)
    assert (sink.connections, len(sink.messages)) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        b".",
        b"..",
        b".\r\n.\r\n..",
        b"a\r\n.\r\nb",
        b"a\r\n.b\r\n",
        b"QUIT\r\n.\r\nMAIL FROM:<evil@example.net>",
        b"",
        b"\r\n\r\n",
    ],
)
def test_lines_that_begin_with_a_dot_arrive(sink, body):
    with connect(sink.url) as connection:
        assert isinstance(deliver(connection, b"Subject: x\r\n\r\n" + body), Accepted)
        assert isinstance(deliver(connection, body), Accepted)
    assert [message.raw.removesuffix(b"\r\n") for message in sink.messages] == [
        whole.removesuffix(b"\r\n") for whole in (b"Subject: x\r\n\r\n" + body, body)
    ]


def test_a_dot_between_two_pieces_is_doubled(sink):
    body = b"".join(b"." * (n % 90) + b"\r\n" for n in range(10_000))
    with connect(sink.url) as connection:
        assert isinstance(deliver(connection, body), Accepted)
    assert sink.messages[0].raw == body


@pytest.mark.parametrize(
    "payload", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\n", b"\r\r\n", b"a\r\n.\rMAIL", "ü\r\n".encode()]
)
def test_what_could_smuggle_a_second_letter_is_refused(sink, payload):
    go = Go()
    with connect(sink.url) as connection, pytest.raises(ValueError, match="CRLF"):
        deliver(connection, payload, go=go)
    assert (sink.connections, go.calls) == (0, 0)


@pytest.mark.parametrize(
    "address", ["a@example.org,b@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", "", "ü@example.org"]
)
def test_anything_but_one_recipient_is_refused(sink, address):
    with connect(sink.url) as connection, pytest.raises(ValueError, match=r"\.$"):
        deliver(connection, to=address)
    assert sink.connections == 0


def test_a_bounce_has_no_sender_and_a_domain_goes_as_idna(sink):
    with connect(sink.url) as connection:
        deliver(connection, envelope_from="", to="carol@münchen.example")
    assert (sink.messages[0].envelope_from, sink.messages[0].recipients) == ("", ["carol@xn--mnchen-3ya.example"])


# --- Faults: what each leads to, whether the letter may have been handed over, and whether the server took it ------

DOWN = dict.fromkeys(("4xx", "5xx", "hang", "reset", "reset_after_accept", "tls_drop"), RelayDown)
REFUSED = {"4xx": Deferred, "5xx": Rejected}
CELLS = {
    "connect": DOWN | {"drip": RelayDown},
    "ehlo": DOWN | {"reset_after_accept": Deferred},  # it breaks at the next step
    "mail": dict.fromkeys(DOWN, Deferred) | REFUSED | {"drip": Deferred},
    "rcpt": dict.fromkeys(DOWN, Deferred) | REFUSED,
    "data": dict.fromkeys(DOWN, Deferred) | REFUSED | {"reset_after_accept": Deferred | InDoubt},  # seen in time or not
    "dot": dict.fromkeys(DOWN, InDoubt) | REFUSED | {"drip": InDoubt},
    "quit": dict.fromkeys(DOWN, Accepted) | {"drip": Accepted},
}


@pytest.mark.parametrize(
    ("step", "fault", "outcome"),
    [(step, fault, outcome) for step, faults in CELLS.items() for fault, outcome in faults.items()],
)
def test_each_fault_has_its_outcome_and_the_next_letter_goes(sink, monkeypatch, step, fault, outcome):
    monkeypatch.setattr(smtp, "PATIENCE", 2)
    sink.plan(step, fault)
    go = Go()
    with connect(sink.url, timeout=0.3) as connection:
        told = deliver(connection, go=go)
        taken = len(sink.messages)
        asked = go.calls
    assert isinstance(told, outcome)
    assert asked == (step in ("dot", "quit") or (step, fault) == ("data", "reset_after_accept"))
    assert taken == (step == "quit" or (step, fault) == ("dot", "reset_after_accept"))
    with connection:
        assert isinstance(deliver(connection), Accepted)


@pytest.mark.parametrize("step", ["connect", "ehlo", "starttls", "mail", "rcpt", "data", "payload", "dot", "quit"])
def test_an_encrypted_connection_that_drops(certificate, monkeypatch, step):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    expected = {"connect": RelayDown, "ehlo": RelayDown, "starttls": RelayDown, "dot": InDoubt, "quit": Accepted}
    with SmtpSink(certificate=certificate) as sink, connect(sink.url, timeout=2) as connection:
        sink.plan(step, "tls_drop")
        assert type(deliver(connection, LARGE)) is expected.get(step, Deferred)
        assert len(sink.messages) == (step == "quit")
        assert isinstance(deliver(connection), Accepted)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("4xx", Deferred), ("5xx", Rejected), ("hang", Deferred), ("reset", Deferred), ("tls_drop", Deferred)],
)
def test_trouble_in_the_middle_of_the_text_is_definite(sink, fault, outcome):
    sink.plan("payload", fault)
    with connect(sink.url, timeout=0.3) as connection:
        assert type(deliver(connection, LARGE)) is outcome
        assert sink.messages == []
        assert isinstance(deliver(connection), Accepted)


def test_a_server_that_hangs_up_while_we_commit_leaves_no_doubt(sink):
    def go():
        while sink.open_connections:
            time.sleep(0.01)
        return True

    sink.plan("data", "reset_after_accept")
    with connect(sink.url) as connection:
        assert type(deliver(connection, go=go)) is Deferred


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with connect(f"smtp://127.0.0.1:{port}?tls=none") as connection:
        assert deliver(connection) == RelayDown("Connection refused")


def test_a_name_that_does_not_resolve():
    with connect("smtp://nowhere.invalid:25?tls=none") as connection:
        assert isinstance(deliver(connection), RelayDown)


def test_a_server_that_asks_for_a_sign_in_says_nothing_about_the_letter():
    with (
        SmtpSink(sign_in=("firstcall", "secret")) as sink,
        connect(f"smtp://127.0.0.1:{sink.port}?tls=none") as connection,
    ):
        assert deliver(connection) == RelayDown("530 5.7.0 Authentication required")


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"251 2.1.5 Will forward\r\n", Accepted),
        (b"354 again\r\n", InDoubt),
        (b"999 what\r\n", InDoubt),
        (b"nonsense\r\n", InDoubt),
        (b"25", InDoubt),  # cut short
        (b"250 " + b"x" * 9_000 + b"\r\n", InDoubt),
        (b"421 4.3.2 Closing\r\n", Deferred),
        (b"550-5.7.1 No\r\n550 5.7.1 thanks\x07\r\n", Rejected),
    ],
)
def test_odd_answers_to_the_dot(reply, outcome):
    with (
        scripted([b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 x\r\n", reply]) as url,
        connect(url) as connection,
    ):
        told = deliver(connection, b"x\r\n")
    assert type(told) is outcome
    assert told.reply.isprintable()
    assert len(told.reply) <= 500
    if outcome is Rejected:
        assert told.reply == "550 5.7.1 No 5.7.1 thanks"


@pytest.mark.parametrize("step", range(2, 5))
@pytest.mark.parametrize("reply", [b"421 4.7.0 Try again later\r\n", b"334 what\r\n", b"nonsense\r\n"])
def test_421_and_nonsense_before_the_text_are_deferred_and_end_the_connection(step, reply):
    answers = [b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n"][:step]
    go = Go()
    with scripted([*answers, reply]) as url, connect(url) as connection:
        assert type(deliver(connection, go=go)) is Deferred
        assert type(deliver(connection, go=go)) is RelayDown  # nobody is there for a second connection
    assert go.calls == 0


# --- The word to go ------------------------------------------------------------------------------------------------


def test_a_letter_withheld_at_the_last_moment_is_not_sent(sink):
    with connect(sink.url) as connection:
        assert deliver(connection, go=Go(False)) == Withheld()
        assert isinstance(deliver(connection), Accepted)
    assert len(sink.messages) == 1
    assert sink.connections == 2


@pytest.mark.parametrize("trouble", [RuntimeError, KeyboardInterrupt])
def test_trouble_in_go_is_passed_on_and_nothing_is_sent(sink, trouble):
    def go():
        raise trouble("database is locked")

    with connect(sink.url) as connection:
        with pytest.raises(trouble, match="locked"):
            deliver(connection, go=go)
        assert isinstance(deliver(connection), Accepted)
    assert len(sink.messages) == 1


@pytest.mark.parametrize(("seconds", "outcome"), [(30.0, Accepted), (30.1, Overdue)])
def test_too_long_after_go_the_dot_is_not_sent(sink, seconds, outcome):
    ticks = itertools.chain([1_000.0], itertools.repeat(1_000.0 + seconds))
    with connect(sink.url) as connection:
        assert type(deliver(connection, clock=lambda: next(ticks))) is outcome
        assert len(sink.messages) == (outcome is Accepted)
        assert isinstance(deliver(connection), Accepted)


def test_a_large_letter_may_take_longer(sink):
    allowed = 30 + len(LARGE) / 100_000
    for seconds, outcome in ((allowed - 0.1, Accepted), (allowed + 0.1, Overdue)):
        ticks = itertools.chain([0.0], itertools.repeat(seconds))
        with connect(sink.url) as connection:
            assert type(deliver(connection, LARGE, clock=lambda ticks=ticks: next(ticks))) is outcome
    assert len(sink.messages) == 1


# --- Encryption and sign-in ----------------------------------------------------------------------------------------


def test_encrypted_and_signed_in(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    for implicit in (False, True):
        secret = ("first@call", "p@ss/word: %?#")
        with (
            SmtpSink(certificate=certificate, implicit_tls=implicit, sign_in=secret) as sink,
            connect(sink.url) as connection,
        ):
            assert isinstance(deliver(connection), Accepted)
            assert isinstance(deliver(connection), Accepted)
            assert (len(sink.messages), sink.connections) == (2, 1)


@pytest.mark.parametrize("implicit", [False, True])
def test_a_certificate_nobody_vouches_for_is_refused(certificate, implicit):
    with (
        SmtpSink(certificate=certificate, implicit_tls=implicit, sign_in=("a", "b")) as sink,
        connect(sink.url) as connection,
    ):
        told = deliver(connection)
        assert isinstance(told, RelayDown)
        assert "certificate" in told.reply
        assert not [command for command in sink.commands if command.lower().startswith(("auth", "mail"))]


def test_required_never_goes_in_the_clear(sink):
    with connect(f"smtp://127.0.0.1:{sink.port}?tls=required") as connection:
        told = deliver(connection)
    assert isinstance(told, RelayDown)
    assert "STARTTLS" in told.reply
    assert [command.split()[0].lower() for command in sink.commands] == ["ehlo"]


def test_required_does_not_go_on_when_starttls_is_refused(certificate):
    with SmtpSink(certificate=certificate) as sink, connect(sink.url) as connection:
        sink.plan("starttls", "4xx")
        assert deliver(connection) == RelayDown("451 4.3.0 Planned for starttls, try later")
        assert sink.messages == []


def test_optional_takes_any_certificate_on_loopback_and_does_without(certificate, sink):
    with SmtpSink(certificate=certificate) as encrypted, connect(f"smtp://127.0.0.1:{encrypted.port}") as connection:
        assert isinstance(deliver(connection), Accepted)
        assert "STARTTLS" in encrypted.commands
    with connect(f"smtp://127.0.0.1:{sink.port}") as connection:
        assert isinstance(deliver(connection), Accepted)


def test_a_wrong_password_is_trouble_with_the_server():
    with SmtpSink(sign_in=("firstcall", "secret")) as sink, connect(sink.url.replace("secret", "wrong")) as connection:
        assert deliver(connection) == RelayDown("535 5.7.8 Wrong user or password")


# --- Servers of others, and the sink itself ------------------------------------------------------------------------


class Office:
    """A handler for aiosmtpd: refuses two people, keeps the rest."""

    def __init__(self):
        self.taken = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        answer = {"gone@example.org": "550 5.1.1 No such person", "busy@example.org": "451 4.7.1 Greylisted"}.get(
            address
        )
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 Taken"


def test_with_a_server_of_somebody_else():
    office = Office()
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with connect(f"smtp://127.0.0.1:{controller.port}") as connection:
            assert deliver(connection, to="gone@example.org") == Rejected("550 5.1.1 No such person")
            assert deliver(connection, to="busy@example.org") == Deferred("451 4.7.1 Greylisted")
            assert deliver(connection, go=Go(False)) == Withheld()
            assert deliver(connection, LETTER + b".dot\r\n") == Accepted("250 2.0.0 Taken")
            assert deliver(connection, LARGE) == Accepted("250 2.0.0 Taken")
    finally:
        controller.stop()
    assert office.taken == [(SENDER, [CAROL], LETTER + b".dot\r\n"), (SENDER, [CAROL], LARGE)]


def test_the_sink_takes_what_smtplib_sends(sink):
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail(SENDER, [CAROL, "dan@example.org"], LETTER)
    assert sink.wait_for(1)[0].recipients == [CAROL, "dan@example.org"]
    assert str(sink.messages[0].email["To"]) == CAROL


def test_the_sink_as_a_process_keeps_a_log_that_survives_a_kill(tmp_path):
    log = tmp_path / "taken.jsonl"
    command = [sys.executable, "-m", "tests.servers.smtp", "--log", log, "--plan", "dot:4xx:1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        port = int(server.stdout.readline())
        with connect(f"smtp://127.0.0.1:{port}") as connection:
            assert isinstance(deliver(connection), Deferred)
            assert isinstance(deliver(connection), Accepted)
        server.kill()
    with log.open("ab") as torn:
        torn.write(b'{"message_id": "<cut')
    (message,) = read_log(log)
    assert (message.message_id, message.recipients, message.raw) == ("<1@norrland.example>", [CAROL], LETTER)
