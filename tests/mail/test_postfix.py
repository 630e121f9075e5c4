"""A real Postfix between us and the sink: its log tells what became of a letter."""

import socket

import pytest

from crm.kit import clock
from crm.mail import maillog
from crm.mail.smtp import Accepted, Connection, Relay
from tests.servers import needed, postfix
from tests.servers.smtp import SmtpSink

SENDER, CAROL = "crm+b1@norrland.example", "carol@example.org"


@pytest.fixture(scope="module")
def sink():
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def server(sink):
    with needed(), postfix.start(relay_port=sink.port) as server:
        yield server


def letter(message_id):
    head = f"From: crm@norrland.example\r\nTo: {CAROL}\r\nSubject: Ada\r\nMessage-ID: {message_id}\r\n"
    return f"{head}\r\nHello.\r\n".encode()


def send(server, message_id):
    with Connection(Relay.parse(server.url), hello="crm.norrland.example", timeout=10) as connection:
        outcome = connection.deliver(envelope_from=SENDER, to=CAROL, payload=letter(message_id), go=lambda: True)
    assert isinstance(outcome, Accepted)
    return outcome.reply


def log_of(server, *wanted):
    return maillog.read(server.lines(), set(wanted), now=clock.now())


def fate_when(server, message_id, status):
    """What the log says once there is such a status for the letter."""
    queue_id = server.wait_for(f"message-id={message_id}").split(": ")[1]
    server.wait_for(f" {queue_id}: to=.*status={status}")
    return log_of(server, message_id).fate(message_id)


def test_a_letter_arrives_and_the_log_says_so(server, sink):
    reply = send(server, "<arrives@norrland.example>")
    fate = fate_when(server, "<arrives@norrland.example>", "sent")
    assert fate.state == "delivered"
    assert fate.queue_id in reply  # which the server's last words to us name as well
    assert "queued as Q" in fate.reply
    assert abs((clock.now() - fate.at).total_seconds()) < 60
    assert "<arrives@norrland.example>" in [message.message_id for message in sink.messages]


def test_a_letter_that_comes_back(server, sink):
    sink.plan("rcpt", "5xx")
    send(server, "<back@norrland.example>")
    fate = fate_when(server, "<back@norrland.example>", "bounced")
    assert fate.state == "bounced"
    assert "Planned for rcpt, never" in fate.reply
    server.wait_for("sender non-delivery notification")
    assert log_of(server, "<back@norrland.example>").fate("<back@norrland.example>") == fate


def test_a_letter_that_is_tried_again(server, sink):
    sink.plan("rcpt", "4xx")
    send(server, "<again@norrland.example>")
    assert fate_when(server, "<again@norrland.example>", "deferred").state in {"deferred", "delivered"}
    assert fate_when(server, "<again@norrland.example>", "sent").state == "delivered"


def test_a_letter_that_is_requeued(server, sink):
    sink.plan("rcpt", "4xx")
    send(server, "<requeued@norrland.example>")
    first = fate_when(server, "<requeued@norrland.example>", "deferred")
    server.run("postsuper", "-r", first.queue_id)
    second = server.wait_for(f"orig_id={first.queue_id}").split(": ")[1]
    server.wait_for(f" {second}: to=.*status=sent")
    fate = log_of(server, "<requeued@norrland.example>").fate("<requeued@norrland.example>")
    assert (fate.state, fate.queue_id) == ("delivered", second)


@pytest.mark.parametrize("where", ["head", "text"])
def test_a_client_that_hangs_up_before_the_dot_was_not_heard(server, sink, where):
    message_id = f"<cut-{where}@norrland.example>"
    pid = hang_up_early(server, letter(message_id), where)
    server.wait_for(rf"smtpd\[{pid}\]: lost connection after DATA")
    send(server, f"<after-{where}@norrland.example>")  # by when it is delivered, the other would be known too
    assert fate_when(server, f"<after-{where}@norrland.example>", "sent").state == "delivered"
    log = log_of(server, message_id)
    assert log.fate(message_id) is None
    assert log.has_seen(message_id) is (where == "text")
    assert message_id not in [message.message_id for message in sink.messages]


def hang_up_early(server, text, where):
    """Returns the process that listened."""
    with socket.create_connection(("127.0.0.1", server.port)) as wire, wire.makefile("rb") as answers:
        answers.readline()
        for command in ("HELO crm.norrland.example", f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{CAROL}>", "DATA"):
            wire.sendall(command.encode() + b"\r\n")
            assert answers.readline()[:1] in b"23"
        wire.sendall(text[:40] if where == "head" else text + (b"x" * 70 + b"\r\n") * 2_000)
        return server.wait_for(r"client=.*").rpartition("smtpd[")[2].partition("]")[0]
