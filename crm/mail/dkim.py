"""The signature by which other mail servers know that a letter is ours and is as we wrote it (DKIM: RFC 6376, 8463).

Signed is what goes over the wire, body and headers. A header that readers or their programs act on is named once more
than it is there: a second one, added on the way, breaks the signature.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from crm.mail.compose import is_clean

FEWEST_BITS, MOST_BITS = 2048, 4096  # of an RSA key; who checks need not take more (RFC 8301)
SEALED = ("From", "Reply-To", "To", "Subject", "Content-Type", "List-Unsubscribe", "List-Unsubscribe-Post")
SIGNED = (*SEALED, "Date", "Message-ID", "MIME-Version")
WIDTH = 76

_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_SELECTOR = re.compile(rf"(?=.{{1,63}}\Z){_LABEL}(?:\.{_LABEL})*")
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")

Key = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True)
class Signer:
    selector: str
    domain: str
    key: Key = field(repr=False)

    @classmethod
    def load(cls, key_file_or_pem: str, *, selector: str, domain: str) -> Self:
        """Raises ValueError with a sentence for the operator, who set the three."""
        selector, domain = selector.lower(), domain.lower()
        if not _SELECTOR.fullmatch(selector):
            raise ValueError("The DKIM selector must be a name such as mail or 2026-05.")
        if not _DOMAIN.fullmatch(domain):
            raise ValueError("The DKIM domain must be a domain such as example.org, in plain ASCII (xn--...).")
        return cls(selector, domain, _key(_pem(key_file_or_pem)))

    @property
    def record_name(self) -> str:
        """Where the DNS has to show the record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text of the TXT record, in one piece; DNS takes it in strings of at most 255 characters."""
        public = self.key.public_key()
        if isinstance(self.key, Ed25519PrivateKey):
            return f"v=DKIM1; k=ed25519; p={_base64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}"
        return f"v=DKIM1; k=rsa; p={_base64(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}"

    def sign(self, payload: bytes, signed_at: datetime) -> bytes:
        """The letter with its signature in front."""
        if signed_at.tzinfo is None:
            raise ValueError("signed_at needs a time zone")
        if not is_clean(payload):
            raise ValueError("A letter must be ASCII with CRLF at the end of every line.")
        head, _, body = payload.partition(b"\r\n\r\n")
        headers = _headers(head)
        names = _names([name for name, _ in headers])
        unsigned = self._unsigned(names, signed_at, hashlib.sha256(relaxed_body(body)).digest())
        chosen = _chosen(headers, names) + relaxed_header(unsigned)
        return unsigned + _folded_signature(_base64(self._signature(chosen))) + b"\r\n" + payload

    def _unsigned(self, names: list[str], signed_at: datetime, body_hash: bytes) -> bytes:
        lines = [
            f"DKIM-Signature: v=1; a={self._algorithm}-sha256; c=relaxed/relaxed;",
            f" d={self.domain};",
            f" s={self.selector}; t={int(signed_at.timestamp())};",
            f" h={_folded_names(names)};",
            f" bh={_base64(body_hash)};",
            " b=",
        ]
        return "\r\n".join(lines).encode("ascii")

    @property
    def _algorithm(self) -> str:
        return "ed25519" if isinstance(self.key, Ed25519PrivateKey) else "rsa"

    def _signature(self, chosen: bytes) -> bytes:
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(hashlib.sha256(chosen).digest())  # the hash and not the text: RFC 8463, 3
        return self.key.sign(chosen, PKCS1v15(), SHA256())


# --- The key ------------------------------------------------------------------------------------------------------


def _pem(key_file_or_pem: str) -> bytes:
    if "-----BEGIN" in key_file_or_pem:
        return key_file_or_pem.encode()
    try:
        return Path(key_file_or_pem).read_bytes()
    except (OSError, ValueError) as trouble:  # ValueError: what no file can be called
        why = getattr(trouble, "strerror", None) or "it is no name of a file"
        raise ValueError(f"The DKIM key cannot be read from {key_file_or_pem!a}: {why}.") from None


def _key(pem: bytes) -> Key:
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("The DKIM key is locked with a passphrase; store it without one.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("The DKIM key is not a private key as PEM (-----BEGIN PRIVATE KEY-----).") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("The DKIM key must be an RSA or an Ed25519 key.")
    if isinstance(key, RSAPrivateKey) and not FEWEST_BITS <= key.key_size <= MOST_BITS:
        raise ValueError(f"The DKIM key has {key.key_size} bits; make one of {FEWEST_BITS} to {MOST_BITS}.")
    return key


# --- What is signed -----------------------------------------------------------------------------------------------


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4: one space for many, none at the end of a line, no empty lines at the end."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:  # in halves: quick however many there are, and a glance where there are none
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").removesuffix(b" ").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def relaxed_header(line: bytes) -> bytes:
    """RFC 6376, 3.4.2, without the CRLF at its end."""
    name, _, value = line.partition(b":")
    return name.strip(b" \t").lower() + b":" + re.sub(rb"[ \t\r\n]+", b" ", value).strip(b" ")


def _headers(head: bytes) -> list[tuple[str, bytes]]:
    """Each with its name in small letters and its lines as they are, from top to bottom."""
    lines = re.split(rb"\r\n(?![ \t])", head)
    return [(line.partition(b":")[0].strip(b" \t").lower().decode("ascii"), line) for line in lines]


def _names(present: list[str]) -> list[str]:
    """What goes into h=."""
    if present.count("from") != 1:
        raise ValueError("A letter needs exactly one From to be signed.")
    return [name for name in SIGNED for _ in range(present.count(name.lower()) + (name in SEALED))]


def _chosen(headers: list[tuple[str, bytes]], names: list[str]) -> bytes:
    """In the order of the names, the lowest of a name first. A name that is left over stands for nothing."""
    left = headers[::-1]
    chosen = []
    for name in names:
        found = next((header for header in left if header[0] == name.lower()), None)
        if found:
            left.remove(found)
            chosen.append(relaxed_header(found[1]) + b"\r\n")
    return b"".join(chosen)


# --- How it is written --------------------------------------------------------------------------------------------


def _folded_names(names: list[str]) -> str:
    lines = [names[0]]
    for name in names[1:]:
        if len(lines[-1]) + len(name) < WIDTH - len(" h=;"):
            lines[-1] += f":{name}"
        else:
            lines.append(name)
    return ":\r\n  ".join(lines)


def _folded_signature(signature: str) -> bytes:
    width = WIDTH - len(" b=")
    return "\r\n ".join(signature[at : at + width] for at in range(0, len(signature), width)).encode("ascii")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
