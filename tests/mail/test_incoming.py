"""What a mail that comes back says: by whom, about which letter, and whether a person wrote it."""

import base64
import email
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.mail import incoming, quotes
from crm.mail.incoming import Unreadable, read
from tests.mail import mails

SAMPLES = os.environ.get("CRM_TEST_BOUNCES", "")
NAMES = ("failed", "failure", "error")


def files(*parts, text="Here it is.\n"):
    """A mail with a text and these (headers, body) parts."""
    parts = ("Content-Type: text/plain; charset=utf-8", text), *parts
    body = "".join(f"--b\n{headers}\n\n{content}\n" for headers, content in parts)
    return mails.mail(f"{body}--b--\n", more="Content-Type: multipart/mixed; boundary=b\n")


def attached(name, content=b"%PDF-1.7", kind="application/pdf"):
    return (
        f"Content-Type: {kind}\nContent-Disposition: attachment; {name}\nContent-Transfer-Encoding: base64",
        base64.b64encode(content).decode(),
    )


def test_an_answer_is_read():
    mail = read(mails.REPLY)
    assert (mail.kind, mail.from_address, mail.from_name) == ("reply", "carol@example.org", "Carol Díaz")
    assert (mail.message_id, mail.subject) == ("<answer.1@example.org>", "Re: Ada Weiß for your platform team")
    assert mail.to == (mails.BACK,)
    assert mail.sent_at == datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
    assert mail.refers_to == (mails.LETTER, "<older@norrland.example>")
    assert (mail.text, mail.enclosures, mail.status, mail.failed) == ("Yes, send her over.", (), "", ())


def test_every_address_it_came_to_counts_once():
    more = f"Cc: Ann <ann@example.org>, {mails.BACK.upper()}\nDelivered-To: a@x.example\nX-Original-To: b@x.example\n"
    assert read(mails.mail(more=more)).to == ("a@x.example", "b@x.example", mails.BACK, "ann@example.org")


@pytest.mark.parametrize(
    ("raw", "kind", "status", "said"),
    [
        (mails.BOUNCE, "bounce", "5.1.1", "550 5.1.1 <bob@example.org>: User unknown"),
        (mails.GAVE_UP, "bounce", "4.4.7", "451 4.4.1 Connection timed out"),
        (mails.DELAY, "delay", "4.4.1", ""),
        (mails.DELIVERED, "delivered", "2.0.0", ""),
        (mails.RELAYED, "delivered", "2.0.0", ""),
    ],
)
def test_a_delivery_report_is_read_field_by_field(raw, kind, status, said):
    mail = read(raw)
    assert (mail.kind, mail.status, mail.diagnostic, mail.failed) == (kind, status, said, ("bob@example.org",))
    assert mail.refers_to == (mails.LETTER,)
    assert mail.enclosures == ()


def test_of_two_fates_the_worse_is_told_and_the_exact_status():
    mail = read(mails.TWO_FATES)
    assert (mail.kind, mail.status, mail.failed) == ("bounce", "5.1.10", ("gone@example.org",))


def test_a_report_in_base64_is_read_though_forbidden():
    fields = base64.encodebytes(mails.delivery("failed", "5.2.2").encode()).decode()
    raw = mails.report("FIELDS").replace(
        b"delivery-status\n\nFIELDS", b"delivery-status\nContent-Transfer-Encoding: base64\n\n" + fields.encode()
    )
    assert (read(raw).kind, read(raw).status, read(raw).failed) == ("bounce", "5.2.2", ("bob@example.org",))


def test_a_report_with_unicode_addresses_is_read():
    fields = mails.delivery("failed", "5.1.1", recipient="utf-8; bøb@example.org")
    raw = mails.report(fields).replace(b"message/delivery-status", b"message/global-delivery-status")
    assert (read(raw).kind, read(raw).failed) == ("bounce", ("bøb@example.org",))


def test_headers_alone_name_the_letter():
    raw = mails.BOUNCE.replace(b"Content-Type: message/rfc822", b"Content-Type: text/rfc822-headers")
    assert read(raw).refers_to == (mails.LETTER,)


@pytest.mark.parametrize(
    ("raw", "kind", "status", "failed"),
    [
        (mails.QMAIL, "bounce", "5.1.1", ("bob@example.org",)),
        (mails.EXCHANGE, "bounce", "", ("bob@example.org",)),
        (mails.EXIM_DELAY, "delay", "", ("bob@example.org",)),
        (mails.UNZUSTELLBAR, "bounce", "", ()),
    ],
)
def test_notices_without_a_report_are_known_by_sight(raw, kind, status, failed):
    mail = read(raw)
    assert (mail.kind, mail.status, mail.failed) == (kind, status, failed)


def test_a_notice_by_sight_names_its_letter_and_what_was_said():
    assert read(mails.QMAIL).refers_to == (mails.LETTER,)
    assert read(mails.QMAIL).diagnostic == "Sorry, no mailbox here by that name. vpopmail (#5.1.1)"
    assert read(mails.UNZUSTELLBAR).diagnostic == "550 Postfach nicht vorhanden"


def test_a_complaint_is_told_apart():
    mail = read(mails.COMPLAINT)
    assert (mail.kind, mail.failed, mail.refers_to) == ("complaint", ("bob@example.org",), (mails.LETTER,))


@pytest.mark.parametrize("sort", [b"not-spam", b"auth-failure"])
def test_a_report_that_complains_of_nothing_is_no_complaint(sort):
    assert read(mails.COMPLAINT.replace(b"Feedback-Type: abuse", b"Feedback-Type: " + sort)).kind == "automatic"


def test_a_read_receipt_is_automatic_and_names_the_letter():
    assert (read(mails.READ).kind, read(mails.READ).refers_to) == ("automatic", (mails.LETTER,))


@pytest.mark.parametrize("raw", mails.AWAY.values(), ids=mails.AWAY)
def test_a_machine_never_counts_as_an_answer(raw):
    assert read(raw).kind == "automatic"


@pytest.mark.parametrize("raw", mails.PEOPLE.values(), ids=mails.PEOPLE)
def test_a_person_is_never_taken_for_a_machine(raw):
    assert read(raw).kind == "reply"


def test_a_forwarded_bounce_in_an_enclosure_is_still_an_answer():
    mail = read(files(("Content-Type: message/rfc822", mails.BOUNCE.decode())))
    assert (mail.kind, mail.refers_to, mail.text) == ("reply", (), "Here it is.")
    assert b"delivery-status" in mail.enclosures[0].content


@pytest.mark.parametrize(
    "tail",
    [
        "On Mon, 4 May 2026 at 09:12, Alice Okafor <alice@norrland.example> wrote:\n> Hello\n> Carol",
        "On Mon, 4 May 2026 at 09:12, Alice Okafor via Norrland\n<firstcall@norrland.example> wrote:\n\n> Hello",
        "Am 04.05.2026 um 09:12 schrieb Alice Okafor:\n> Hallo",
        "Am Mo., 4. Mai 2026 um 09:12 Uhr schrieb Alice <alice@norrland.example>:\n\nHallo Carol,\nhier ist Ada.",
        "Le lun. 4 mai 2026 à 09:12, Alice <alice@norrland.example> a écrit :\n> Bonjour",
        "El lun, 4 may 2026 a las 9:12, Alice (<alice@norrland.example>) escribió:\n> Hola",
        "Op ma 4 mei 2026 om 09:12 schreef Alice <alice@norrland.example>:\n> Hallo",
        "Den mån 4 maj 2026 kl 09:12 skrev Alice <alice@norrland.example>:\n> Hej",
        "2026-05-04 9:12 GMT+02:00 Alice <alice@norrland.example>:\n> Hello",
        "-----Original Message-----\nFrom: Alice\nHello",
        "-----Ursprüngliche Nachricht-----\nVon: Alice\nHallo",
        "________________________________\nFrom: Alice <a@norrland.example>\nSent: Monday, 4 May 2026\nTo: Carol\n"
        "Subject: Ada\n\nHello Carol,",
        "Von: Alice\nGesendet: Montag, 4. Mai 2026 09:12\nAn: Carol\nBetreff: Ada\n\nHallo",
        "*From:* Alice\n*Sent:* Monday\n*To:* Carol\n\nHello",
        "-- \nCarol Díaz\nHead of Platform",
        "--\nCarol",
        "Sent from my iPhone\n\nOn 4 May 2026, at 09:12, Alice <alice@norrland.example> wrote:\n\n> Hello",
        "> Hello Carol,\n> here is Ada.",
    ],
)
def test_the_quoted_tail_and_the_signature_are_left_out(tail):
    assert read(mails.mail(f"Yes, send her over.\n\nCarol\n\n{tail}\n")).text == "Yes, send her over.\n\nCarol"


def test_answers_between_the_quoted_lines_are_kept():
    text = "On 4 May 2026 Alice <a@norrland.example> wrote:\n> When?\nOn Monday.\n> Where?\nAt ours.\n"
    assert quotes.own_words(text) == "On Monday.\nAt ours."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I can meet her.\nThree things matter:\none\ntwo",
        "From: 9 to 5 I am in the office.\nCall me.",
        "She wrote: splendid.\nI agree.",
        "Salary - 60 to 70\n\n-- or more",
    ],
)
def test_words_that_only_resemble_a_quotation_stay(text):
    assert quotes.own_words(text) == text


def test_html_becomes_text_without_scripts_styles_and_quotations():
    page = """<html><head><title>T</title><style>p {color: red}</style></head><body><!-- <b>no</b> -->
    <p>Yes,&nbsp;<b>send</b> her&#160;over &amp; soon.</p><script>alert("<p>x</p>")</script><div>Carol<br>Platform</div>
    <div>On 4 May 2026 Alice &lt;a@norrland.example&gt; wrote:<blockquote>Hello<br>Carol</blockquote></div>"""
    mail = read(mails.mail(page, more="Content-Type: text/html; charset=utf-8\n"))
    assert mail.text == "Yes, send her over & soon.\n\nCarol\nPlatform"


def test_plain_text_goes_before_html():
    both = "--b\nContent-Type: text/html\n\n<p>rich</p>\n--b\nContent-Type: text/plain\n\nplain\n--b--\n"
    assert read(mails.mail(both, more="Content-Type: multipart/alternative; boundary=b\n")).text == "plain"


def test_flowed_lines_are_joined():
    raw = mails.mail(
        "This goes \non here.\n\n> quoted \n> more\n-- \nC", more="Content-Type: text/plain; format=flowed\n"
    )
    assert read(raw).text == "This goes on here."


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        ("iso-8859-1", "Grüße – tschüß".encode("cp1252")),
        ("utf-8", "Grüße – tschüß".encode("cp1252")),
        ("no-such-charset", "Grüße – tschüß".encode()),
        ("punycode", "Grüße – tschüß".encode()),
        ("us-ascii", "Grüße – tschüß".encode()),
    ],
)
def test_a_wrong_charset_is_seen_through(charset, data):
    head = mails.mail("", more=f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n")
    assert read(head + data).text == "Grüße – tschüß"


def test_enclosures_are_what_a_person_attached():
    mail = read(
        files(
            attached("filename*=utf-8''R%C3%A9sum%C3%A9.pdf"),
            ("Content-Type: image/png\nContent-Id: <logo>\nContent-Disposition: inline; filename=logo.png", "x"),
            ('Content-Type: text/plain; name="notes.txt"\nContent-Disposition: attachment', "notes"),
            ("Content-Type: application/pgp-signature; name=signature.asc", "x"),
        )
    )
    assert [(one.filename, one.media_type) for one in mail.enclosures] == [
        ("Résumé.pdf", "application/pdf"),
        ("notes.txt", "text/plain"),
    ]
    assert mail.enclosures[0].content == b"%PDF-1.7"
    assert mail.text == "Here it is."


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ('filename="../../etc/passwd"', "passwd"),
        (r'filename="C:\\Users\\c\\cv.pdf"', "cv.pdf"),
        ("filename*=utf-8''cv%E2%80%AEfdp.exe", "cvfdp.exe"),
        ("filename*=utf-8''a%00%0D%0Ab.pdf", "a b.pdf"),
        ('filename="=?utf-8?q?R=C3=A9sum=C3=A9.pdf?="', "Résumé.pdf"),
        (f'filename="{"x" * 300}.pdf"', "x" * 116 + ".pdf"),
        ('filename=".."', "enclosure"),
        ("filename*=punycode''%FF%FF", None),
    ],
)
def test_a_file_name_is_only_a_name(name, clean):
    found = read(files(attached(name))).enclosures[0].filename
    assert clean in (None, found)
    assert found
    assert not set(found) & set('/\\\0\r\n\u202e"')


def test_no_more_than_a_hundred_enclosures():
    assert len(read(files(*[attached(f"filename={n}.pdf") for n in range(120)])).enclosures) == 100


@pytest.mark.parametrize("raw", [b"", b"\r\n \r\n", b"\x89PNG\r\n\x1a\n" + bytes(100), b"a" * 30_000_001])
def test_what_is_no_mail_is_refused_with_a_sentence(raw):
    with pytest.raises(Unreadable, match=r"\.$"):
        read(raw)


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ('"alice@bank.example" <evil@example.net>', "evil@example.net"),
        ("=?utf-8?q?alice=40bank=2Eexample_=3Calice=40bank=2Eexample=3E?= <evil@example.net>", "evil@example.net"),
        ("evil@example.net (alice@bank.example)", "evil@example.net"),
        ('"Unbalanced <evil@example.net>', "evil@example.net"),
        ("<>", ""),
        ("undisclosed-recipients:;", ""),
    ],
)
def test_a_name_never_passes_for_the_address(line, address):
    assert read(f"From: {line}\nSubject: x\n\ny".encode()).from_address == address


@pytest.mark.parametrize("value", ["<no-at-sign>", "nothing", "<a b@c.example>", f"<{'x' * 300}@c.example>", "<a@b"])
def test_a_malformed_message_id_is_none(value):
    assert read(f"From: a@b.example\nMessage-ID: {value}\n\nx".encode()).message_id == ""


@pytest.mark.parametrize(
    "value", ["", "yesterday", "Mon, 99 May 2026 09:30:00 +0200", "Mon, 4 May 1850 00:00 +0000", "9" * 999]
)
def test_a_nonsense_date_is_none(value):
    assert read(f"From: a@b.example\nDate: {value}\n\nx".encode()).sent_at is None


def test_control_characters_are_gone():
    mail = read(b"From: a@b.example\nSubject: a\x00b\x1b=?utf-8?q?=0D=0ABcc=3A_x?=\n\nhe\x00llo\x07\r\nyou\xe2\x80\xae")
    assert (mail.subject, mail.text) == ("ab Bcc: x", "hello\nyou")


def test_eight_bit_and_doubled_headers_are_read():
    mail = read("From: Zoë <z@b.example>\nFrom: evil@b.example\nSubject: Grüße\nSubject: 2\n\nx".encode("cp1252"))
    assert (mail.from_address, mail.from_name, mail.subject) == ("z@b.example", "Zoë", "Grüße")


HEAD = b"From: MAILER-DAEMON@example.org\nReturn-Path: <>\nSubject: failure notice\n"
PAGE = HEAD + b"Content-Type: text/html\n\n"
REPORT = HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
PHRASES = b"did not reach the following recipient Your message to: Delivery has failed\n" + b"a" * 240 + b"\n"
HOSTILE = {
    "comments": PAGE + b"<!--" * 100_000,
    "open tags": PAGE + b"<a " * 100_000,
    "paragraphs": PAGE + b"<p>" * 100_000,
    "quotations": PAGE + b"<blockquote>" * 40_000,
    "huge number": PAGE + b"&#" + b"9" * 100_000 + b";",
    "empty lines": HEAD + b"\n" + b"\n" * 100_000,
    "on": HEAD + b"\n" + b"On " * 33_000,
    "phrases": HEAD + b"\n" + PHRASES * 2_000,
    "nested": HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3_000)),
    "mails in mails": HEAD + b"Content-Type: message/rfc822\n\n" * 3_000,
    "parameters": HEAD + b"Content-Type: text/plain" + b";" * 200_000 + b"\n\nx",
    "many parameters": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: text/plain" + b";" * 3_900 + b"\n\n") * 1_000,
    "parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50_000,
    "lines": HEAD + b"\n" * 10_000_000,
    "headers": b"a: b\n" * 2_000_000,
    "addresses": b'From: "\\'
    + b'"\\' * 50_000
    + b"\nTo: "
    + b"(\\" * 50_000
    + b"\nReferences: "
    + b"<a" * 50_000
    + b"\n\n",
    "encoded words": b"From: a@b.example\nSubject: " + b"=?a?q?" * 50_000 + b"\n\n",
    "recipients": REPORT + b"Content-Type: message/delivery-status\n\n" + b"Action: failed\nStatus: 5.1.1\n\n" * 20_000,
    "fields": REPORT + b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n" * 100_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mails_cost_little_time(raw):
    began = time.process_time()
    mail = read(raw)
    assert time.process_time() - began < 5
    assert len(mail.text) <= incoming.LONGEST_TEXT


@pytest.mark.parametrize("raw", [mails.REPLY, mails.BOUNCE, mails.COMPLAINT, files(attached("filename=a.pdf"))])
def test_a_mail_cut_off_or_bitten_anywhere_is_read(raw):
    for at in range(14, len(raw), 7):
        for broken in (raw[:at], raw[:at] + b"\xff\x00\r" + raw[at + 3 :]):
            assert read(broken).kind


def samples():
    return sorted(Path(SAMPLES).glob("*.txt")) if SAMPLES else []


@pytest.mark.skipif(not samples(), reason="CRM_TEST_BOUNCES names no folder of sample bounces")
def test_sample_bounces_are_classed_by_their_action():
    """Judged against the Action field, read here in the simplest way."""
    right, wrong = [], []
    for path in samples():
        mail, action = read(path.read_bytes()), _action(path.read_bytes())
        if action:
            expected = "bounce" if action in NAMES else "delay" if action == "delayed" else "delivered"
            (right if mail.kind == expected else wrong).append(path.name)
    assert len(right) + len(wrong) >= 15
    assert len(wrong) <= 0.05 * (len(right) + len(wrong)), wrong


def _action(raw):
    for part in email.message_from_bytes(raw).walk():
        if part.get_content_type() == "message/delivery-status":
            found = [block.get("action", "") for block in part.get_payload() if block.get("action")]
            return found[0].split()[0].lower() if found else ""
    return ""
