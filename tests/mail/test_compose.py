"""The bytes of a letter: what a reader will find in them, and what never gets into them."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest

from crm.kit import header_guard
from crm.mail import compose
from crm.mail.compose import Attachment, Draft, Unsendable

RESUME = Attachment("Résumé of Ada Weiß.pdf", "application/pdf", bytes(n * n % 251 for n in range(200_001)))
DRAFT = Draft(
    sender_name="Alice Okafor via Norrland",
    to="carol@example.org",
    to_name="Carol Díaz",
    subject="Ada Weiß for your platform team",
    text="Hello Carol,\n\nhere is Ada.\n",
    html="<p>Hello Carol,</p><p>here is Ada.</p>",
    reply_to="alice@norrland.example",
    attachments=(RESUME,),
    headers=(("List-Unsubscribe", "<https://crm.norrland.example/stop/" + "x" * 120 + ">"), ("Auto-Submitted", "no")),
)
EVIL = "evil@example.net"


def write(draft=DRAFT, **changes):
    return compose.compose(
        replace(draft, **changes),
        mail_from="firstcall@norrland.example",
        message_id="<letter.1@norrland.example>",
        sent_at=datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
    )


def read(payload):
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(payload)


def text_of(letter, kind="plain"):
    return letter.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_a_letter_reads_as_it_was_written():
    letter = read(write())
    assert letter.keys() == [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "List-Unsubscribe",
        "Auto-Submitted",
        "Content-Type",
    ]
    assert str(letter["From"]) == "Alice Okafor via Norrland <firstcall@norrland.example>"
    assert str(letter["To"]) == "Carol Díaz <carol@example.org>"
    assert str(letter["Subject"]) == "Ada Weiß for your platform team"
    assert str(letter["Date"]) == "Mon, 04 May 2026 09:30:00 +0000"
    assert letter["Message-ID"] == "<letter.1@norrland.example>"
    assert letter["List-Unsubscribe"] == DRAFT.headers[0][1]
    assert text_of(letter) == DRAFT.text
    assert text_of(letter, "html") == DRAFT.html + "\n"
    (resume,) = letter.iter_attachments()
    assert (resume.get_filename(), resume.get_content_type()) == (RESUME.filename, "application/pdf")
    assert resume.get_content() == RESUME.content


def test_the_parts_are_alternatives_inside_a_mixed_letter():
    kinds = [part.get_content_type() for part in read(write()).walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
    kinds = [part.get_content_type() for part in read(write(attachments=())).walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_the_same_letter_has_the_same_bytes():
    assert write() == write()


def test_several_attachments_and_an_empty_one():
    files = (RESUME, Attachment("empty.txt", "text/plain", b""), Attachment("b.pdf", "application/pdf", RESUME.content))
    found = list(read(write(attachments=files)).iter_attachments())
    assert [part.get_payload(decode=True) for part in found] == [file.content for file in files]


def test_a_file_is_encoded_once_for_several_people():
    compose._encode.cache_clear()
    for to in ("carol@example.org", "dan@example.org", "erin@example.org"):
        write(to=to, attachments=(replace(RESUME, content=bytes(bytearray(RESUME.content))),))
    assert compose._encode.cache_info().misses == 1


NAMES = [
    "Okafor, Alice",
    'Alice "Al" Okafor',
    "back\\slash\\",
    "Müller, Ünal <evil@example.net>",
    f"Ü, {EVIL}, Ö",
    f"a@example.org, {EVIL}",
    "Ada (she/her); group: x;",
    "عائشة بنت محمد",
    "שרה כהן",
    "山田　太郎",
    "Zoë 👩‍💻 O’Neil",
    "<script>alert(1)</script>",
    "=",
    "?=",
    "山" * 200,
    "a" * 200,
    "Ü" + " é" * 99,
    "'",
    "%s {} $x",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_shown_and_adds_no_recipient(name):
    payload = write(sender_name=name, to_name=name, subject=name)
    letter = read(payload)
    for field, address in (("From", "firstcall@norrland.example"), ("To", "carol@example.org")):
        (mailbox,) = letter[field].addresses
        assert mailbox.addr_spec == address
        assert mailbox.display_name.replace(" ", "") == name.replace(" ", "")
    assert str(letter["Subject"]) == name
    is_plain_mail(payload)


def test_a_name_is_trimmed_and_its_runs_of_spaces_are_one():
    assert str(read(write(to_name="  Carol   Díaz "))["To"]) == "Carol Díaz <carol@example.org>"


def test_a_long_subject_is_folded_and_unfolds():
    subject = " ".join(f"word{n}" for n in range(70))
    payload = write(subject=subject)
    assert str(read(payload)["Subject"]) == subject
    assert max(map(len, payload.split(b"\r\n"))) < 200


def test_a_domain_beyond_ascii_goes_as_idna():
    assert b"To: carol@xn--mnchen-3ya.example\r\n" in write(to="carol@münchen.example", to_name="")


BODIES = [
    "before\r\n.\r\nMAIL FROM:<evil@example.net>\r\n",
    "before\n.\nafter",
    "before\r.\rafter",
    ".",
    "..dots\n.dot",
    "From me to you",
    "x" * 5_000,
    "NUL \x00 and \x1b",
    "emoji 👋 and ü",
    "日本語の手紙" * 50,
    "half\u2028line\u2029",
    "--=_mixed\nContent-Type: text/html\n\nx\n--=_alternative--\n--=_mixed--",
    f"\nBcc: {EVIL}\n\n",
    "=?utf-8?q?x=0ABcc:_evil@example.org?=",
    "trailing space \n\ttab \n",
    "",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("field", ["text", "html"])
def test_any_text_arrives_and_stays_text(field, body):
    payload = write(**{field: body})
    letter = read(payload)
    found = text_of(letter, "plain" if field == "text" else "html")
    assert found.rstrip("\n") == body.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    encodings = {part["Content-Transfer-Encoding"] for part in letter.walk() if not part.is_multipart()}
    assert encodings <= {"base64", "quoted-printable"}
    is_plain_mail(payload)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.pdf", "etcpasswd.pdf"),
        ("C:\\cv\\ada.pdf", "C:cvada.pdf"),
        ("a\r\nBcc: evil@example.net.pdf", "aBcc: evil@example.net.pdf"),
        ("cv\u202efdp.exe", "cvfdp.exe"),
        ("=?utf-8?q?x?=.pdf", "utf-8?q?x?=.pdf"),
        ('say "hi";\x00.pdf', 'say "hi";.pdf'),
        ("\ud800.pdf", "pdf"),
        (".hidden", "hidden"),
        ("履歴書" * 100 + ".pdf", ("履歴書" * 100)[:116] + ".pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("...", "attachment"),
        ("", "attachment"),
    ],
)
def test_file_names_are_cleaned(given, shown):
    payload = write(attachments=(replace(RESUME, filename=given),))
    (file,) = read(payload).iter_attachments()
    assert file.get_filename() == shown
    is_plain_mail(payload)


VECTORS = {
    "CRLF": f"x\r\nBcc: {EVIL}",
    "LF": f"x\nBcc: {EVIL}",
    "CR": f"x\rBcc: {EVIL}",
    "folded": f"x\r\n Bcc: {EVIL}",
    "blank line": "x\r\n\r\n<script>",
    "NUL": "x\x00y",
    "tab": "x\ty",
    "vertical tab": "x\x0by",
    "form feed": "x\x0cy",
    "escape": "x\x1b[31m",
    "delete": "x\x7fy",
    "next line": f"x\x85Bcc: {EVIL}",
    "line separator": f"x\u2028Bcc: {EVIL}",
    "paragraph separator": f"x\u2029Bcc: {EVIL}",
    "encoded word q": "=?utf-8?q?x=0ABcc:_evil@example.org?=",
    "encoded word b": "=?utf-8?b?eApCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?=",
    "half an encoded word": "x=?utf-8",
    "right-to-left override": "gpj.\u202eexe",
    "isolate": "x\u2066y\u2069",
    "half a character": "x\ud800y",
    "4 kB": "x" * 4_096,
}
FIELDS = {
    "sender_name": "From name",
    "to_name": "To name",
    "subject": "Subject",
    "to": "To",
    "reply_to": "Reply-To",
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
@pytest.mark.parametrize(("field", "named"), FIELDS.items())
def test_a_header_is_refused_with_its_name(field, named, vector):
    value = f"{vector}@example.org" if field in ("to", "reply_to") else vector
    with pytest.raises(Unsendable, match=f"^{named}: [A-Z].*\\.$"):
        write(**{field: value})


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_a_further_header_is_refused(vector):
    with pytest.raises(Unsendable, match=r"^Header In-Reply-To: "):
        write(headers=(("In-Reply-To", vector),))


@pytest.mark.parametrize(
    "headers",
    [
        (("Bcc", EVIL),),
        (("to", EVIL),),
        (("Content-Type", "text/html"),),
        (("Resent-To", EVIL),),
        (("X-A: b\r\nBcc", EVIL),),
        (("X A", "b"),),
        (("", "b"),),
        (("X-A", "b"), ("x-a", "c")),
        (("X-A", "ü"),),
        (("X-A", ""),),
    ],
)
def test_headers_of_the_letter_itself_cannot_be_added(headers):
    with pytest.raises(Unsendable, match=r"^Header "):
        write(headers=headers)


ADDRESSES = [
    "",
    "carol",
    "@example.org",
    "carol@",
    "a@example.org, evil@example.net",
    "a@example.org,evil@example.net",
    "a@example.org;evil@example.net",
    "a@example.org evil@example.net",
    "a@example.org\tevil@example.net",
    "a@b@example.org",
    "<a@example.org>",
    "Carol <a@example.org>",
    "group: a@example.org;",
    "a(comment)@example.org",
    '"a b"@example.org',
    "a\\@example.org",
    "a@[127.0.0.1]",
    "a@127.0.0.1",
    ".a@example.org",
    "a..b@example.org",
    "a@-example.org",
    "a@example..org",
    "a@example.org.",
    "a@exa_mple.org",
    "zoë@example.org",
    "a@example.org\u200b",
    "a@exämple\u3002\u3002org",
    "a" * 65 + "@example.org",
    "a@" + "b" * 64 + ".org",
    "a@" + "b." * 130 + "org",
    "a@" + "ü" * 60 + "." + "ü" * 60 + "." + "ü" * 60 + "." + "ü" * 60,
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_anything_but_one_plain_address_is_refused(address):
    assert header_guard.address_problem(address).endswith(".")
    with pytest.raises(Unsendable, match=r"^To: "):
        write(to=address)


@pytest.mark.parametrize(
    "address", ["o'neil+crm@example.org", "a@localhost", "A.B@Example.ORG", "a@faß.example", "a_b@x-y.io"]
)
def test_plain_addresses_are_taken(address):
    assert header_guard.address_problem(address) is None
    assert header_guard.wire_address(address).isascii()


def test_a_sharp_s_is_not_written_as_another_domain():
    assert header_guard.wire_address("a@faß.example") == "a@xn--fa-hia.example"


@pytest.mark.parametrize(
    "message_id", ["", "x@example.org", "<x>", "<x@y>\r\nBcc: z", "<x y@example.org>", "<ü@example.org>"]
)
def test_a_wrong_message_id_is_refused(message_id):
    with pytest.raises(Unsendable, match=r"^Message-ID: "):
        compose.compose(DRAFT, mail_from="a@example.org", message_id=message_id, sent_at=datetime.now(UTC))


def test_a_text_that_cannot_be_written_is_refused():
    with pytest.raises(Unsendable, match=r"^Text "):
        write(text="half \ud83d a face")


@pytest.mark.parametrize(
    "media_type", ["", "pdf", "multipart/mixed", "message/rfc822", "a/b\r\nBcc: c", "text/html; x=y"]
)
def test_a_strange_kind_of_file_is_refused(media_type):
    with pytest.raises(Unsendable, match=r"^Attachment: "):
        write(attachments=(replace(RESUME, media_type=media_type),))


TAMPERED = {
    "a header more": (b"To: ", b"Bcc: evil@example.net\r\nTo: "),
    "another recipient": (b"<carol@example.org>", b"<carol@example.org>, evil@example.net"),
    "another subject": (b"Subject: ", b"Subject: x"),
    "another text": (b"here is Ada.", b"here is Eve."),
    "another file name": (b"%20of%20Ada", b"%20of%20Eve"),
    "a line that ends early": (b"here is", b"here\nis"),
    "8 bits": (b"here is", b"here \xfcs"),
    "a line too long": (b"here is", b"here" + b" " * 1_000 + b"is"),
    "a part less": (b"--\r\n", b"\r\n"),
}


@pytest.fixture
def check():
    """The last look at the bytes of write()."""
    lines = compose._headers(
        DRAFT,
        mail_from="firstcall@norrland.example",
        message_id="<letter.1@norrland.example>",
        sent_at=datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
    )
    return lambda payload: compose._check(payload, DRAFT, lines, [compose._encode(RESUME)])


@pytest.mark.parametrize(("old", "new"), TAMPERED.values(), ids=TAMPERED)
def test_what_comes_back_different_is_not_sent(check, old, new):
    payload = write()
    check(payload)
    assert old in payload
    with pytest.raises(Unsendable, match=r"^Letter: "):
        check(payload.replace(old, new))


@pytest.mark.parametrize("cut", [slice(0, -78), slice(78, None), slice(0, 0)])
def test_an_attachment_that_was_cut_is_not_sent(check, cut):
    body = compose._encode(RESUME).body
    with pytest.raises(Unsendable, match=r"^Letter: An attachment "):
        check(write().replace(body, body[cut]))


def is_plain_mail(payload):
    assert payload.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", payload)
    assert max(map(len, payload.split(b"\r\n"))) <= 998
    head = payload.partition(b"\r\n\r\n")[0]
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert b"Bcc" not in names
    assert len(names) == len(set(names)) == len(read(payload).keys())
