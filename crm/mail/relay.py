"""The address of the mail server that takes our letters, read once and with clear sentences."""

import re
import ssl
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

Tls = Literal["required", "optional", "none", "implicit"]


@dataclass(frozen=True)
class Relay:
    """The mail server that takes our letters.

    tls: `required` and `implicit` speak encrypted to a server whose certificate is right, or not at all. `optional`
    does so where the server offers it; on loopback any certificate will do. A password goes unencrypted only over
    loopback or with `none`.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = "required"

    @classmethod
    def parse(cls, url: str) -> Self:
        """`smtp://user:password@host:port?tls=required|optional|none` or `smtps://...`; else ValueError, a sentence."""
        if not url.isascii() or re.search(r"[\x00-\x20\x7f]", url):
            raise ValueError("The mail server's address must be plain ASCII without spaces; write others as %20.")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError("The mail server's address has no right port; in a password write / as %2F.") from None
        if parts.scheme not in ("smtp", "smtps") or parts.path not in ("", "/") or parts.fragment:
            raise ValueError("The mail server's address must look like smtp://user:password@host:587.")
        if port == 0 or not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*", host):
            raise ValueError("The mail server's address needs the name of a host, and a port other than 0.")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        _refuse_odd_sign_in(user, password)
        tls = tls_of("smtp", "mail server", parts.scheme, parts.query, host)
        return cls(host, port or _usual_port(parts.scheme, user), user, password, tls)

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)


def _refuse_odd_sign_in(user: str, password: str) -> None:
    if bool(user) != bool(password):
        raise ValueError("The mail server's address needs both a user and a password, or neither.")
    if not re.fullmatch(r"[\x20-\x7e]*", user + password):
        raise ValueError("The user and the password of the mail server must be plain ASCII.")


def _usual_port(scheme: str, user: str) -> int:
    return 465 if scheme == "smtps" else 587 if user else 25


def tls_of(plain: str, called: str, scheme: str, query: str, host: str) -> Tls:
    """From an address that begins with `plain` or, encrypted from the first word, with `plain` and an s."""
    match scheme, parse_qsl(query, keep_blank_values=True):
        case scheme, [] if scheme == f"{plain}s":
            return "implicit"
        case scheme, [] if scheme == plain:
            return "optional" if is_loopback(host) else "required"
        case scheme, [("tls", ("required" | "optional" | "none") as tls)] if scheme == plain:
            return tls
    raise ValueError(
        f"After the {called}'s address only ?tls=required, optional or none may stand (not with {plain}s)."
    )


def certificates(tls: Tls, host: str) -> ssl.SSLContext:
    """Whom we believe: any certificate where encryption is optional and the server is this machine, else right ones."""
    context = ssl.create_default_context()
    if tls == "optional" and is_loopback(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or bool(re.fullmatch(r"127\.\d+\.\d+\.\d+", host))
