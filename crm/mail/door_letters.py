"""Letters that lead to the candidate's own page, and codes that open what a link alone does not."""

from typing import Any

from flask_babel import gettext as _

from crm import language
from crm.domain import codes, door_letters, forwards, merging, personal_letters, workspace
from crm.domain.candidates import Candidate
from crm.domain.codes import Code
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.users import User
from crm.mail.compose import Draft
from crm.mail.writing import Kind, Tokens, rendered, stop_link, url


def _write_code(letter: Letter, code: Code, given: Tokens) -> Draft:
    """In two groups of three, as it is read out."""
    six = codes.digits(given.link)
    with language.speaking(code.language):
        words = rendered("code", code=f"{six[:3]} {six[3:]}", purpose=code.purpose)
    return Draft(sender_name=workspace.name(), to=letter.to_address, to_name=letter.to_name, **words)


def first_words(candidate: Candidate, *, by: User) -> tuple[str, str]:
    """Subject and text of a letter that sends their page, in their language, to be changed before it goes."""
    name, company = merging.first_name(candidate), workspace.name()
    with language.speaking(candidate.language):
        subject = _("Your page at %(company)s", company=company)
        text = _(
            "Hello %(name)s,\n\nthis is a page of your own here: on it you can tell us where you stand, see who has "
            "your resume, and take anything back. Nothing happens by itself, and you need no account.\n\n%(by)s",
            name=name, by=by.name,
        )  # fmt: skip
    return subject, text


def _write_door(letter: Letter, personal: PersonalLetter, given: Tokens) -> Draft:
    with language.speaking(personal.candidate.language):
        words = rendered("door", personal=personal, link=url(f"/door/{given.link}"), stop=stop_link(given))
    return Draft(
        sender_name=forwards.sender_line(personal.by), to=letter.to_address, to_name=letter.to_name,
        reply_to=personal.by.email, **words,
    )  # fmt: skip


KINDS: dict[str, Kind[Any]] = {
    "code": Kind(codes.for_delivery, _write_code, codes.why_not, codes.mint),
    "door": Kind(personal_letters.for_delivery, _write_door, personal_letters.why_not, door_letters.mint),
}
