"""Postfix's log, as it really looks, as it seldom looks, and as somebody hostile would have it look."""

import os
import random
import time
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from crm.mail import maillog
from crm.mail.maillog import Fate

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OURS = "<k7q2@norrland.example>"
TOOK = "qmgr: from=<crm+b1@norrland.example>, size=2131, nrcpt=1 (queue active)"
SENT = "250 2.0.0 Ok: queued as Q000001"


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch):
    """Stamps without a zone are in this machine's."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def line(said: str, queue_id: str = "4F1A2B3C4D", *, at: str = "Nov 23 10:00:00", instance: str = "postfix") -> str:
    """`said` begins with the service: "qmgr: removed"."""
    service, _, text = said.partition(": ")
    return f"{at} mail {instance}/{service}[1234]: {queue_id}: {text}\n"


def named(message_id: str = OURS) -> str:
    return f"cleanup: message-id={message_id}"


def status(
    state: str, reply: str, *, to="carol@example.org", service="smtp", relay="mx.example.org[192.0.2.7]:25"
) -> str:
    return f"{service}: to=<{to}>, relay={relay}, delay=1.2, delays=0.1/0/0.9/0.2, dsn=2.0.0, status={state} ({reply})"


def fate(*lines: str, of: str = OURS) -> Fate | None:
    return maillog.read(lines, now=NOW).fate(of)


def told(*sayings: str, queue_id: str = "4F1A2B3C4D") -> Fate | None:
    return fate(*(line(saying, queue_id) for saying in (named(), *sayings)))


def test_a_letter_that_was_delivered():
    found = told("smtpd: client=localhost[127.0.0.1]", TOOK, status("sent", SENT), "qmgr: removed")
    assert found == Fate("delivered", "4F1A2B3C4D", SENT, datetime(2026, 11, 23, 10, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("state", "reply", "becomes"),
    [
        ("sent", "delivered to mailbox", "delivered"),
        (
            "bounced",
            "host mx.example.org[192.0.2.7] said: 550 5.1.1 No such user (in reply to RCPT TO command)",
            "bounced",
        ),
        ("deferred", "connect to mx.example.org[192.0.2.7]:25: Connection timed out", "deferred"),
        ("SOFTBOUNCE", "host mx.example.org said: 550 no", "deferred"),
    ],
)
@pytest.mark.parametrize("queue_id", ["4F1A2B3C4D", "4Wz8Xy3kqPz9vLt", "3D9B2", "0123456789AB"])
def test_what_a_status_says(state, reply, becomes, queue_id):
    found = told(TOOK, status(state, reply), queue_id=queue_id)
    assert (found.state, found.reply, found.queue_id) == (becomes, reply, queue_id)


@pytest.mark.parametrize(
    ("service", "relay", "reply"),
    [
        ("local", "local", "delivered to mailbox"),
        ("virtual", "virtual", "delivered to maildir"),
        ("lmtp", "mail.example.org[private/dovecot-lmtp]", "250 2.0.0 <carol@example.org> abc Saved"),
        ("pipe", "dovecot", "delivered via dovecot service"),
        ("relay/smtp", "mx.example.org[192.0.2.7]:25", SENT),
        ("smtp", "mx.example.org[2001:db8::7]:25, conn_use=2", SENT),
    ],
)
def test_every_way_of_delivery(service, relay, reply):
    assert told(TOOK, status("sent", reply, service=service, relay=relay)).state == "delivered"


def test_without_a_status_it_was_taken_at_least():
    assert told(TOOK).state == "accepted"
    assert told(TOOK, "qmgr: removed").state == "accepted"


@pytest.mark.parametrize(
    "said",
    [
        "smtpd: client=localhost[127.0.0.1]",
        "cleanup: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 Spam; from=<a@b.example>",
        "cleanup: reject: header Subject: x from localhost; from=<a@b.example>: 5.7.1 no",
        "cleanup: hold: header Subject: x from localhost[127.0.0.1]; from=<a@b.example>",
        "smtpd: lost connection after DATA (812 bytes) from localhost[127.0.0.1]",
        "smtpd: from=<a@b.example>, size=2131, nrcpt=1 (queue active)",
        "qmgr: from=<a@b.example>, size=2131, nrcpt=1 (queue active) or so",
        status("deliverable", "250 ok"),
        status("undeliverable", "550 no"),
        "smtp: to=<carol@example.org>, relay=none, delay=1",
    ],
)
def test_what_proves_nothing(said):
    log = maillog.read([line(named()), line(said)], now=NOW)
    assert log.fate(OURS) is None
    assert log.has_seen(OURS)


def test_a_lost_connection_names_no_queue_id():
    lost = (
        "Nov 23 10:00:02 mail postfix/smtpd[1234]: lost connection after DATA (812 bytes) from localhost[127.0.0.1]\n"
    )
    assert fate(line(named()), lost) is None


def test_put_aside_by_a_filter_is_taken():
    found = told("cleanup: milter-discard: END-OF-MESSAGE from localhost[127.0.0.1]: milter triggers DISCARD action")
    assert found.state == "accepted"


def test_the_last_attempt_counts():
    assert told(TOOK, status("deferred", "later"), TOOK, status("sent", SENT)).state == "delivered"
    assert told(
        TOOK, status("deferred", "greylisted"), "qmgr: from=<a@b.example>, status=expired, returned to sender"
    ) == Fate("bounced", "4F1A2B3C4D", "given up after too long: greylisted", datetime(2026, 11, 23, 10, 0, tzinfo=UTC))
    assert told("qmgr: from=<a@b.example>, status=force-expired, returned to sender").state == "bounced"


def test_a_copy_for_the_archive_is_no_news_of_the_letter():
    archive = status("sent", SENT, to="archive@norrland.example")
    assert told(TOOK, archive, status("bounced", "550 no")).state == "bounced"
    assert told(TOOK, status("deferred", "later"), archive).state == "deferred"


def test_a_notice_of_its_own_changes_nothing():
    lines = [
        line(named()),
        line(TOOK),
        line(status("bounced", "550 no")),
        line(named("<20261123100001.9A8B7@mail.example>"), "9A8B7C6D5E"),
        line("bounce: sender non-delivery notification: 9A8B7C6D5E"),
        line("qmgr: from=<>, size=4000, nrcpt=1 (queue active)", "9A8B7C6D5E"),
        line("qmgr: removed"),
        line(status("sent", SENT, to="crm+b1@norrland.example"), "9A8B7C6D5E"),
    ]
    assert fate(*lines).state == "bounced"
    assert fate(*lines, of="<20261123100001.9A8B7@mail.example>").state == "delivered"


def test_requeued():
    lines = [
        line(named()), line(TOOK), line(status("deferred", "later")), line("postsuper: requeued"),
        line("pickup: uid=0 from=<crm+b1@norrland.example> orig_id=4F1A2B3C4D", "5A5A5A5A5A"),
        line(named(), "5A5A5A5A5A"), line("qmgr: removed"), line(TOOK, "5A5A5A5A5A"),
    ]  # fmt: skip
    assert (fate(*lines).state, fate(*lines).queue_id) == ("accepted", "5A5A5A5A5A")
    assert fate(*lines, line(status("bounced", "550 no"), "5A5A5A5A5A")).state == "bounced"


FILTERS = {
    "on this machine": status("sent", "250 2.0.0 Ok", relay="127.0.0.1[127.0.0.1]:10024"),
    "by name": status("sent", "250 Ok", relay="localhost[::1]:10024"),
    "a program": status("sent", "delivered via scan service", service="pipe", relay="scan"),
    "elsewhere": status("sent", "250 2.0.0 from MTA(smtp:[192.0.2.9]:10025): 250 2.0.0 Ok: queued as 5A5A5A5A5A"),
    "an alias": status("sent", "forwarded as 5A5A5A5A5A", service="local", relay="local"),
}


@pytest.mark.parametrize("handed", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize(
    ("state", "becomes"), [("sent", "delivered"), ("bounced", "bounced"), ("deferred", "deferred")]
)
def test_through_a_filter_and_back(handed, state, becomes):
    into = [line(named()), line(TOOK), line(named(), "5A5A5A5A5A"), line(TOOK, "5A5A5A5A5A"), line(handed)]
    assert fate(*into).state == "accepted"
    found = fate(*into, line(status(state, "said so"), "5A5A5A5A5A"))
    assert (found.state, found.queue_id) == (becomes, "5A5A5A5A5A")


def test_a_copy_that_comes_through_here_again_does_not_undo_a_delivery():
    lines = [line(named()), line(TOOK), line(status("sent", SENT))]
    again = [line(named(), "5A5A5A5A5A"), line(TOOK, "5A5A5A5A5A"), line(status("bounced", "550 full"), "5A5A5A5A5A")]
    assert fate(*lines, *again).state == "delivered"


def test_a_queue_id_used_again_is_another_message():
    lines = [
        line(named()),
        line(TOOK),
        line("qmgr: removed"),
        line(named("<other@b.example>")),
        line(status("bounced", "550")),
    ]
    assert fate(*lines).state == "accepted"
    assert maillog.read(lines, {OURS}, now=NOW).fate(OURS).state == "accepted"


def test_instances_and_hosts_have_queues_of_their_own():
    lines = [line(named()), line(TOOK), line(status("bounced", "550 no"), instance="postfix-out")]
    lines.append(line(status("bounced", "550 no")).replace(" mail ", " other "))
    assert fate(*lines).state == "accepted"
    out = [line(saying, instance="postfix-out") for saying in (named(), TOOK, status("sent", SENT))]
    assert fate(*out).state == "delivered"


def test_only_the_wanted_are_kept():
    lines = [line(said, queue_id) for queue_id, message_id in (("AAAAAAAAAA", OURS), ("BBBBBBBBBB", "<x@b.example>"))
             for said in (named(message_id), TOOK)]  # fmt: skip
    log = maillog.read(lines, {OURS}, now=NOW)
    assert log.fate(OURS).state == "accepted"
    assert log.fate("<x@b.example>") is None
    assert not log.has_seen("<x@b.example>")
    assert maillog.read(lines, now=NOW).fate("x@b.example").state == "accepted"


# --- time


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("Nov  3 10:00:00", datetime(2026, 11, 3, 10, 0, tzinfo=UTC)),
        ("Nov 23 11:59:59.123456", datetime(2026, 11, 23, 11, 59, 59, tzinfo=UTC)),
        ("Nov 23 12:30:00", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        ("Dec 31 23:59:59", datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Feb 29 10:00:00", datetime(2024, 2, 29, 10, 0, tzinfo=UTC)),
        ("2026-11-23T10:00:00.250000+01:00", datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        ("2026-11-23T10:00:00+0100", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        ("2026-11-23T10:00:00", None),
        ("2026-13-45T10:00:00Z", None),
        ("Foo 23 10:00:00", None),
        ("Feb 31 10:00:00", None),
        ("Nov 23 25:00:00", None),
    ],
)
def test_stamps(stamp, moment):
    found = fate(line(named(), at=stamp), line(TOOK, at=stamp))
    assert (found.state, found.at) == ("accepted", moment)


def test_a_stamp_without_a_zone_is_local(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin" if os.path.exists("/usr/share/zoneinfo/Europe/Berlin") else "CET-1CEST")  # noqa: PTH110
    time.tzset()
    assert fate(line(named()), line(TOOK)).at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert fate(line(named()), line(TOOK, at="Jul  1 10:00:00")).at == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


def test_what_a_log_covers():
    lines = [line("qmgr: removed", at="Nov 23 10:00:00"), line("qmgr: removed", at="2026-11-23T11:00:00Z")]
    log = maillog.read(lines, now=NOW)
    first, last = datetime(2026, 11, 23, 10, 0, tzinfo=UTC), datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    assert log.covers(first + maillog.MARGIN)
    assert log.covers(last - maillog.MARGIN)
    assert not log.covers(first + timedelta(seconds=59))
    assert not log.covers(last - timedelta(seconds=59))


def test_what_covers_nothing():
    moment = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    around = [line("qmgr: removed", at="Nov 23 10:00:00"), line("qmgr: removed", at="Nov 23 11:00:00")]
    assert maillog.read(around, now=NOW).covers(moment)
    assert not maillog.read([], now=NOW).covers(moment)
    assert not maillog.read(reversed(around), now=NOW).covers(moment)
    assert not maillog.read([entry.replace("postfix/qmgr", "dovecot") for entry in around], now=NOW).covers(moment)
    for dropped in (
        "Nov 23 10:20:00 mail rsyslogd: imuxsock[pid: 12, name: smtp]: begin to drop messages due to rate-limiting",
        "Nov 23 10:20:00 mail systemd-journald[80]: Suppressed 120 messages from postfix.service",
    ):
        assert not maillog.read([around[0], dropped, around[1]], now=NOW).covers(moment)


# --- hostile


@pytest.mark.parametrize(
    "said",
    [
        'smtp: to=<"x>, relay=y, status=sent (250 ok"@example.org>, relay=none, dsn=5.0.0, status=bounced (550 no)',
        status("bounced", "host said: 550 to=<c@example.org>, relay=x, status=sent (250 ok)"),
        status("bounced", "550, status=sent (250 Ok: queued as AAAAAA"),
    ],
)
def test_words_of_others_are_not_taken_for_the_logs(said):
    assert told(TOOK, said).state == "bounced"


def test_a_message_id_that_looks_like_a_line():
    forged = f"<a@b.example> Nov 23 10:00:00 mail postfix/qmgr[1]: 4F1A2B3C4D: {TOOK[6:]}"
    assert fate(line(named(forged)), line(named()), of=OURS) is None
    assert fate(line(named(f"<a@b.example> postfix/cleanup[1]: X: message-id={OURS}")), line(TOOK)) is None


def test_a_reply_is_one_short_line():
    found = told(TOOK, status("bounced", "550 no\r\nInjected: yes\t\x1b[31m\u2028" + "x" * 5000))
    assert "\n" not in found.reply
    assert found.reply.isprintable()
    assert len(found.reply) <= maillog.LONGEST_REPLY
    assert found.reply.startswith("550 no Injected: yes")


def test_no_line_raises():
    chance = random.Random(3)
    good = [line(said) for said in (named(), TOOK, status("sent", SENT), "qmgr: from=<a>, status=expired")]
    odd = ["", "\n", "\0", "x" * 5_000_000, "Nov 23", "\udcff" * 90, line('smtp: to=<"' + '"' * 9_000), "\u0663" * 40,
           line("smtp: to=<" + "a=<b>, " * 3_000), line("smtp: to=<a>" + ", a=b" * 3_000),
           line("cleanup: message-id=")]  # fmt: skip
    for _ in range(3_000):
        text = list(chance.choice(good))
        for _ in range(chance.randint(1, 12)):
            text[chance.randrange(len(text))] = chr(
                chance.choice([0, 10, 34, 44, 60, 62, 91, 255, 0x2028, 0xDC80, 0x1F600])
            )
        odd.append("".join(text))
    began = time.process_time()
    log = maillog.read(odd, now=NOW)
    assert time.process_time() - began < 5
    log.fate(OURS), log.covers(NOW)
    for message_id in ("", "<>", "<<", "\0"):
        log.fate(message_id)


def test_memory_does_not_grow_with_the_log():
    def others(count):
        for number in range(count):
            for said in (named(f"<{number}@b.example>"), TOOK, status("sent", SENT), "qmgr: removed"):
                yield line(said, f"{number:010X}")

    def peak(count):
        tracemalloc.start()
        maillog.read(others(count), {OURS}, now=NOW)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(5_000) < peak(500) * 1.5
