"""Proposes who a resume belongs to and how to reach them. A person confirms; nothing is better than a guess."""

from dataclasses import dataclass

from crm.kit import contacts_mails, contacts_names, contacts_phones, contacts_places
from crm.kit.reading import Line, Reading


@dataclass(frozen=True)
class Contacts:
    full_name: str | None = None
    email: str | None = None
    phone: str | None = None
    location: str | None = None
    headline: str | None = None


def find(reading: Reading) -> Contacts:
    lines = reading.lines
    mails = contacts_mails.find("\n".join(line.text for line in lines))
    phones = contacts_phones.find(lines, mirrored=_is_mirrored(lines))
    reached = contacts_places.mail_lines(lines) | {phone.line for phone in phones[:1]}
    name = contacts_names.find(lines, mails, reached)
    near = reached | {name.line} if name else reached
    full_name = name.name if name else None
    return Contacts(
        full_name=full_name,
        email=_best(mails, full_name),
        phone=phones[0].text if phones else None,
        location=contacts_places.location(lines, near),
        headline=contacts_places.headline(lines, full_name, name.line if name else None),
    )


def _best(mails: list[str], name: str | None) -> str | None:
    """The one most like the name, else the first."""
    likeness = [contacts_mails.likeness(name or "", mail.partition("@")[0]) for mail in mails]
    return mails[likeness.index(max(likeness))] if mails else None


def _is_mirrored(lines: tuple[Line, ...]) -> bool:
    """Set right to left although it is written left to right: full stops stand at the wrong end of the lines."""
    texts = [line.text.strip() for line in lines if len(line.text.strip()) > 2]
    wrong = sum(text[0] in ".,;" and text[1].isalpha() for text in texts)
    return wrong >= 2 and wrong > sum(text[-1] in ".;" for text in texts)
