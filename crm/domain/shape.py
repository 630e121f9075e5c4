"""What every verb asks of the words it is given: trimmed, within their length, no control characters."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from crm.domain.errors import Refused
from crm.kit import header_guard

LINE = 200
SENTENCE = 1_000
TEXT = 20_000
LONGEST_FILENAME = 120
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def line(value: str | None, field: str, *, most: int = LINE, needed: bool = False, name: str = "") -> str:
    """One line of text. `name` is what the field is called on the page, when it is not its own name."""
    cleaned = unicodedata.normalize("NFC", (value or "").replace("\t", " ")).strip()
    if "\n" in cleaned or "\r" in cleaned:
        raise Refused(f"{_called(field, name)} must be a single line.", field=field)
    return _checked(cleaned, field, most, needed, name)


def signature(value: str | None, field: str, *, most: int = LINE, name: str = "") -> str:
    """A name that stands in the header of a mail, as its sender or recipient."""
    cleaned = line(value, field, most=most, needed=True, name=name)
    if trouble := header_guard.problem(cleaned):
        raise Refused(f"{_called(field, name)} cannot stand in a mail: {trouble}", field=field)
    return cleaned


def text(value: str | None, field: str, *, most: int = TEXT, needed: bool = False, name: str = "") -> str:
    cleaned = unicodedata.normalize("NFC", (value or "").replace("\r\n", "\n").replace("\r", "\n")).strip()
    return _checked(cleaned, field, most, needed, name)


def one_of(value: str | None, words: tuple[str, ...], field: str) -> str:
    if value not in words:
        raise Refused(f"{_called(field, '')} must be one of: {', '.join(words)}.", field=field)
    return value


def email(value: str | None, field: str = "email") -> str:
    """The address in lower case: mail servers compare even the part before the @ without case, in practice."""
    cleaned = line(value, field, most=254, needed=True, name="The mail address")
    try:
        found = validate_email(cleaned, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise Refused(f"“{cleaned[:80]}” is not a mail address we can write to.", field=field) from error
    return f"{found.local_part}@{found.ascii_domain}".lower()


def link(value: str, field: str = "links") -> str:
    cleaned = line(value, field, most=500, name="A link")
    if cleaned and not re.match(r"https?://[^\s/]+", cleaned):
        if ":" in cleaned.split("/")[0] or "." not in cleaned:
            raise Refused(f"“{cleaned[:80]}” is not a web address.", field=field)
        cleaned = f"https://{cleaned}"
    return cleaned


def filename(value: str, kind: str, *, otherwise: str) -> str:
    """What to call a file when it is shown or sent: no folders, no control characters, its true kind's ending."""
    name = value.replace("\\", "/").split("/")[-1]
    name = FORBIDDEN.sub("", name).replace("\n", " ").replace("\r", " ").strip(" .") or otherwise
    name = name.encode("utf-8", "ignore").decode()
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return f"{stem[:LONGEST_FILENAME] or otherwise}.{kind}"


def key(name: str) -> str:
    """For sorting and comparing: no case, no accents, single spaces."""
    if name.isascii():
        return " ".join(name.lower().split())[:LINE]
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())[:LINE]


def _checked(cleaned: str, field: str, most: int, needed: bool, name: str) -> str:
    if needed and not cleaned:
        raise Refused(f"{_called(field, name)} is needed.", field=field)
    if len(cleaned) > most:
        raise Refused(f"{_called(field, name)} is longer than {most:,} characters.", field=field)
    if FORBIDDEN.search(cleaned):
        raise Refused(f"{_called(field, name)} contains characters that cannot be shown.", field=field)
    if any("\ud800" <= c <= "\udfff" for c in cleaned):
        raise Refused(f"{_called(field, name)} contains a broken character.", field=field)
    return cleaned


def _called(field: str, name: str) -> str:
    return name or field.replace("_", " ").capitalize()
