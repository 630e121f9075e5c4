"""Proposes who a resume belongs to and how to reach them. A person confirms; nothing is better than a guess."""

from dataclasses import dataclass

from crm.kit import contacts_mails, contacts_names, contacts_phones, contacts_places, contacts_referees
from crm.kit.reading import Line, Reading


@dataclass(frozen=True)
class Contacts:
    full_name: str | None = None
    email: str | None = None
    phone: str | None = None
    location: str | None = None
    headline: str | None = None


def find(reading: Reading) -> Contacts:
    lines, mirrored = reading.lines, _is_mirrored(reading.lines)
    apart = contacts_referees.lines(lines)
    mails, theirs = _mails(lines, apart)
    reached = contacts_places.mail_lines(lines) - apart
    reached |= {phone.line for phone in contacts_phones.find(lines, mails, apart, mirrored=mirrored)[:1]}
    name = contacts_names.find(lines, mails, reached, apart)
    full_name = name.name if name else None
    mails += [mail for mail in theirs if _likeness(mail, full_name) > 0]
    phones = contacts_phones.find(lines, mails, apart, mirrored=mirrored)
    reached |= {phone.line for phone in phones[:1]}
    return Contacts(
        full_name=full_name,
        email=max(mails, key=lambda mail: _likeness(mail, full_name), default=None),
        phone=phones[0].text if phones else None,
        location=contacts_places.location(lines, reached | {name.line} if name else reached),
        headline=contacts_places.headline(lines, full_name, name.line if name else None),
    )


def _mails(lines: tuple[Line, ...], apart: set[int]) -> tuple[list[str], list[str]]:
    """Those of the person, and those that stand only among the referees'."""
    found = contacts_mails.find("\n".join(line.text for line in lines))
    own = contacts_mails.find("\n".join("" if at in apart else line.text for at, line in enumerate(lines)))
    known = {mail.lower() for mail in own}
    mine = [mail for mail in found if mail.lower() in known]
    return (mine, [mail for mail in found if mail.lower() not in known]) if apart else (found, [])


def _likeness(mail: str, name: str | None) -> float:
    return contacts_mails.likeness(name or "", mail.partition("@")[0])


def _is_mirrored(lines: tuple[Line, ...]) -> bool:
    """Set right to left although it is written left to right: full stops stand at the wrong end of the lines."""
    texts = [line.text.strip() for line in lines if len(line.text.strip()) > 2]
    wrong = sum(text[0] in ".,;" and text[1].isalpha() for text in texts)
    return wrong >= 2 and wrong > sum(text[-1] in ".;" for text in texts)
