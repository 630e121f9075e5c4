"""The signature of a letter, checked by a verifier of its own, written from RFC 6376 and 8463."""

import base64
import hashlib
import re
import time
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from crm.mail import dkim
from crm.mail.compose import Attachment, Draft, compose
from crm.mail.dkim import Signer

SENT_AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
DRAFT = Draft(
    sender_name="Alice Okafor via Norrland",
    to="carol@example.org",
    to_name="Carol Díaz",
    subject="Ada Weiß  for your platform team, " + "and many words more " * 6,
    text="Hello Carol,  \n\n\there is   Ada.\n",
    html="<p>Hello Carol,</p>\n<p>here is Ada.</p>",
    reply_to="alice@norrland.example",
    attachments=(Attachment("Ada.pdf", "application/pdf", bytes(n * n % 251 for n in range(5_000))),),
    headers=(
        ("List-Unsubscribe", "<https://crm.norrland.example/stop/" + "x" * 120 + ">"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Auto-Submitted", "no"),
    ),
)
SIGNED_AND_SEALED = "from reply-to to subject content-type list-unsubscribe list-unsubscribe-post".split()

# RFC 8463, appendix A
EXAMPLE_SEED = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
EXAMPLE_RECORDS = {
    "brisbane": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test": "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"
    "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l"
    "/K4w3QIDAQAB",
}
EXAMPLE = b"""\
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
EXAMPLE_SIGNATURES = {
    "brisbane": b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
""",
    "test": b"""\
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
""",
}


def pem(key, passphrase=None):
    locked = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, locked).decode()


RSA = pem(rsa.generate_private_key(65537, 2048))
ED25519 = pem(ed25519.Ed25519PrivateKey.generate())


def load(key, **changes):
    return Signer.load(key, **{"selector": "mail", "domain": "norrland.example", **changes})


@pytest.fixture(params=[RSA, ED25519], ids=["rsa", "ed25519"])
def signer(request):
    return load(request.param)


@pytest.fixture(scope="module")
def letter():
    return write(DRAFT)


def write(draft):
    return compose(
        draft, mail_from="firstcall@norrland.example", message_id="<letter.1@norrland.example>", sent_at=SENT_AT
    )


# --- A verifier that shares nothing with what it checks -----------------------------------------------------------


def fields(head):
    unfolded = re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", head)
    return [tuple(field.split(b":", 1)) for field in unfolded]


def tags(value):
    pairs = (tag.split("=", 1) for tag in re.sub(r"\s", "", value).strip(";").split(";"))
    return dict(pairs)


def relaxed(name, value):
    unfolded = value.replace(b"\r\n", b"")
    return name.lower().rstrip(b" \t") + b":" + re.sub(rb"[ \t]+", b" ", unfolded).strip(b" ")


def relaxed_lines(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def hashed_headers(headers, signature):
    """What b= signs: of each name the lowest that is left, at last the signature itself without its b=."""
    left = list(headers[1:])
    lines = []
    for wanted in tags(signature.decode())["h"].lower().encode().split(b":"):
        for at in reversed(range(len(left))):
            if left[at][0].lower() == wanted:
                lines.append(relaxed(*left.pop(at)) + b"\r\n")
                break
    return b"".join(lines) + relaxed(b"dkim-signature", re.sub(rb"(;\s*b=)[^;]*", rb"\1", signature))


def verify(payload, record):
    """Whether the first signature, which must be the first header, holds with the key of the DNS record."""
    head, _, body = payload.partition(b"\r\n\r\n")
    headers = fields(head)
    name, signature = headers[0]
    said, published = tags(signature.decode()), tags(record)
    assert name == b"DKIM-Signature"
    assert (said["v"], said["c"], said["a"]) == ("1", "relaxed/relaxed", f"{published['k']}-sha256")
    if base64.b64decode(said["bh"]) != hashlib.sha256(relaxed_lines(body)).digest():
        return False
    return holds(published, base64.b64decode(said["b"]), hashed_headers(headers, signature))


def holds(published, signature, text):
    public = base64.b64decode(published["p"])
    try:
        if published["k"] == "ed25519":
            key = ed25519.Ed25519PublicKey.from_public_bytes(public)
            key.verify(signature, hashlib.sha256(text).digest())
        else:
            serialization.load_der_public_key(public).verify(signature, text, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


# --- It holds -----------------------------------------------------------------------------------------------------


def test_a_signed_letter_verifies(signer, letter):
    signed = signer.sign(letter, SENT_AT)
    assert signed.endswith(letter)
    assert verify(signed, signer.record)
    said = tags(fields(signed.partition(b"\r\n\r\n")[0])[0][1].decode())
    assert (said["d"], said["s"], said["t"]) == ("norrland.example", "mail", str(int(SENT_AT.timestamp())))
    names = said["h"].lower().split(":")
    assert {name: names.count(name) for name in names} == dict.fromkeys(SIGNED_AND_SEALED, 2) | dict.fromkeys(
        ("date", "message-id", "mime-version"), 1
    )


def test_a_plain_letter_verifies_and_is_sealed_against_what_it_has_not(signer):
    signed = signer.sign(EXAMPLE, SENT_AT)
    assert verify(signed, signer.record)
    assert not verify(signed.replace(b"\nDate: ", b"\nReply-To: mallory@example.net\r\nDate: "), signer.record)


@pytest.mark.parametrize("selector", EXAMPLE_SIGNATURES)
def test_the_verifier_agrees_with_the_example_of_the_standard(selector):
    signed = EXAMPLE_SIGNATURES[selector].replace(b"\n", b"\r\n") + EXAMPLE
    assert verify(signed, EXAMPLE_RECORDS[selector])
    assert not verify(signed.replace(b"dinner", b"supper"), EXAMPLE_RECORDS[selector])


def test_body_and_headers_are_hashed_as_in_the_example_of_the_standard():
    body = EXAMPLE.partition(b"\r\n\r\n")[2]
    assert base64.b64encode(hashlib.sha256(dkim.relaxed_body(body)).digest()) in EXAMPLE_SIGNATURES["test"]
    line = b"SUBJect \t: Is\r\n\tdinner  ready? "
    assert dkim.relaxed_header(line) == b"subject:Is dinner ready?"


def test_the_record_of_the_example_of_the_standard():
    key = ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(EXAMPLE_SEED))
    signer = load(pem(key), selector="Brisbane", domain="Football.example.com")
    assert signer.record == EXAMPLE_RECORDS["brisbane"]
    assert signer.record_name == "brisbane._domainkey.football.example.com"


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \t\r\n \r\n", b""),
        (b"a", b"a\r\n"),
        (b"a ", b"a\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
        (b"a\r\n\r\n \r\nb\t\r\n", b"a\r\n\r\n\r\nb\r\n"),
    ],
)
def test_bodies(body, canonical):
    assert dkim.relaxed_body(body) == canonical == relaxed_lines(body)


def test_the_same_letter_is_signed_the_same_way(signer, letter):
    assert signer.sign(letter, SENT_AT) == signer.sign(letter, SENT_AT)


def test_the_signature_is_written_in_short_lines(letter):
    key = pem(rsa.generate_private_key(65537, 4096))
    signed = load(key, selector="s" * 60, domain="a." * 80 + "norrland.example").sign(letter, SENT_AT)
    head = signed.removesuffix(letter)
    assert head.isascii()
    assert head.endswith(b"\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 190  # of the domain, which cannot be folded
    assert max(map(len, load(RSA).sign(letter, SENT_AT).removesuffix(letter).split(b"\r\n"))) <= 78


# --- It breaks when it should -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Hello Carol", b"Hello Karol"),
        (b"Subject: ", b"Subject: Re: "),
        (b"From: ", b"From: Mallory <mallory@example.net>\r\nFrom: "),
        (b"Date: ", b"From: Mallory <mallory@example.net>\r\nDate: "),
        (b"Date: ", b"Subject: Something else\r\nDate: "),
        (b"Date: ", b"To: dave@example.org\r\nDate: "),
        (b"Date: ", b"Reply-To: mallory@example.net\r\nDate: "),
        (b"Date: ", b"List-Unsubscribe: <https://example.net>\r\nDate: "),
        (b"Date: ", b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nDate: "),
        (b"Date: ", b'Content-Type: multipart/mixed; boundary="x"\r\nDate: '),
        (b"List-Unsubscribe: <https", b"List-Unsubscribe: <http"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"Message-ID: <letter.1", b"Message-ID: <letter.2"),
        (b" d=norrland.example;", b" d=example.net;"),
    ],
)
def test_a_letter_that_was_tampered_with_fails(signer, letter, before, after):
    signed = signer.sign(letter, SENT_AT)
    assert before in signed
    assert not verify(signed.replace(before, after, 1), signer.record)


def test_what_lies_below_a_header_is_sealed_as_well(signer, letter):
    signed = signer.sign(letter, SENT_AT)
    head, separator, body = signed.partition(b"\r\n\r\n")
    assert not verify(head + b"\r\nFrom: Mallory <mallory@example.net>" + separator + body, signer.record)


def test_what_mail_servers_do_on_the_way_does_no_harm(signer, letter):
    signature, separator, rest = signer.sign(letter, SENT_AT).partition(b"From: ")
    received = b"Received: from a by b; Mon, 4 May 2026 09:30:00 +0000\r\nX-Spam: no\r\n"
    folded = rest.replace(b"Subject: ", b"Subject:\r\n ").replace(b"MIME-Version: 1.0", b"MIME-Version:  1.0 ")
    assert verify(signature + received + separator + folded + b"\r\n\r\n", signer.record)


def test_another_key_does_not_do(signer, letter):
    is_rsa = "k=rsa" in signer.record
    other = rsa.generate_private_key(65537, 2048) if is_rsa else ed25519.Ed25519PrivateKey.generate()
    assert not verify(signer.sign(letter, SENT_AT), load(pem(other)).record)


# --- What is refused ----------------------------------------------------------------------------------------------


def test_a_key_from_a_file(tmp_path, letter):
    file = tmp_path / "dkim.pem"
    file.write_text(RSA)
    signer = load(str(file))
    assert signer.record == load(RSA).record
    assert "PRIVATE" not in repr(signer)


def refused(key, **changes):
    with pytest.raises(ValueError, match=r"^The DKIM .*[.)]\Z") as error:
        load(key, **changes)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    assert "No such file" in refused(str(tmp_path / "none.pem"))
    assert "directory" in refused(str(tmp_path))
    assert "no name of a file" in refused("a\0b")


def test_keys_that_are_none():
    assert "passphrase" in refused(pem(ed25519.Ed25519PrivateKey.generate(), b"secret"))
    assert "RSA or an Ed25519" in refused(pem(ec.generate_private_key(ec.SECP256R1())))
    assert "not a private key" in refused("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n")
    assert "not a private key" in refused(public_pem())


def public_pem():
    public = rsa.generate_private_key(65537, 2048).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


def test_a_file_that_is_no_key(tmp_path):
    file = tmp_path / "dkim.pem"
    file.write_bytes(b"\xff\0 nonsense")
    assert "not a private key" in refused(str(file))


def test_rsa_keys_too_short():
    for bits in (1024, 2040):
        assert f"{bits} bits" in refused(pem(rsa.generate_private_key(65537, bits)))


@pytest.mark.parametrize("selector", ["", ".", "a..b", "-a", "a b", "a;", "a\r\n", "ä", "a" * 64])
def test_selectors_that_are_none(selector):
    assert "selector" in refused(ED25519, selector=selector)


@pytest.mark.parametrize("domain", ["", "localhost", "example.org.", "exa mple.org", "a;.org", "ex.org\n", "mäil.org"])
def test_domains_that_are_none(domain):
    assert "domain" in refused(ED25519, domain=domain)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"Subject: x\r\n\r\nbody\r\n",
        b"From: a@example.org\r\nFrom: b@example.org\r\n\r\nbody\r\n",
        b"From: a@example.org\n\nbody\n",
        "From: ä@example.org\r\n\r\nbody\r\n".encode(),
    ],
)
def test_what_is_no_letter_is_not_signed(payload):
    with pytest.raises(ValueError, match="letter"):
        load(ED25519).sign(payload, SENT_AT)


def test_a_time_without_a_zone_is_refused(letter):
    with pytest.raises(ValueError, match="time zone"):
        load(ED25519).sign(letter, SENT_AT.replace(tzinfo=None))


# --- Quick --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", [b"y" * 76 + b"\r\n", b" " * 900 + b"\r\n", b" \t" * 400 + b"x\r\n", b"\r\n", b" \r\n", b"x \r\n"]
)
def test_a_body_four_times_as_large_takes_about_four_times_as_long(line):
    """And not sixteen times, as an expression does that looks back at what it has seen."""
    bodies = [b"x\r\n" + line * (size // len(line)) + b"\t" * size for size in (100_000, 400_000)]
    short, long = (min(_cpu(body) for _ in range(5)) for body in bodies)
    assert long < 10 * short + 0.01
    body = bodies[0]
    canonical = dkim.relaxed_body(body)
    assert canonical == relaxed_lines(body)


def _cpu(body):
    started = time.process_time()
    dkim.relaxed_body(body)
    return time.process_time() - started
