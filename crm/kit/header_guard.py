"""What may stand in a mail header, and what is one plain mail address.

Python before 3.11.10 and 3.12.5 lets an encoded word (`=?utf-8?q?...?=`) bring line breaks, and so further headers,
into a letter. This guard does not lean on the library: it refuses the means, whatever the version. Answers are
sentences for the person who typed, or None when all is well.
"""

import re

import idna

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Refused rather than taken out: a name is shown and sent as it was typed, or not at all. The marks that right-to-left
# writing itself needs (U+200E, U+200F, U+061C) are not among them.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MORE_THAN_ONE = re.compile(r"[\s,;:<>()\[\]\\\"]|@.*@", re.DOTALL)
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"(?!.*\.[0-9]+\Z)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)*(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)


def problem(value: str) -> str | None:
    if _CONTROL.search(value):
        return "Line breaks and other control characters cannot be used here."
    if _DIRECTION.search(value):
        return "Invisible characters that turn the direction of writing cannot be used here."
    if "=?" in value:
        return "The characters “=?” cannot be used together here."
    return None


def address_problem(value: str) -> str | None:
    if not value:
        return "A mail address is needed here."
    if len(value) > LONGEST_ADDRESS:
        return f"A mail address has at most {LONGEST_ADDRESS} characters."
    return problem(value) or _not_one_address(value)


def wire_address(value: str) -> str:
    """The address in plain ASCII, as SMTP wants it; a domain like münchen.example becomes xn--mnchen-3ya.example."""
    if sentence := address_problem(value):
        raise ValueError(sentence)
    local, _, domain = value.partition("@")
    return f"{local}@{_domain_in_ascii(domain)}"


def _not_one_address(value: str) -> str | None:
    local, _, domain = value.partition("@")
    if _MORE_THAN_ONE.search(value) or not (local and domain):
        return "Exactly one plain mail address is needed here, like name@example.org."
    if not local.isascii():
        return "Addresses with letters beyond a to z before the @ cannot be reached by every mail server; use another."
    ascii_domain = _domain_in_ascii(domain)
    if not (ascii_domain and _LOCAL_PART.fullmatch(local) and len(local) <= LONGEST_LOCAL_PART):
        return "This is not a mail address; it should look like name@example.org."
    if len(local) + 1 + len(ascii_domain) > LONGEST_ADDRESS:
        return f"A mail address has at most {LONGEST_ADDRESS} characters."
    return None


def _domain_in_ascii(domain: str) -> str | None:
    try:
        plain = domain if domain.isascii() else idna.encode(domain.lower()).decode("ascii")
    except UnicodeError:
        return None
    return plain if _DOMAIN.fullmatch(plain) else None
