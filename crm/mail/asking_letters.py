"""To a candidate, about one forward: may it go, once more, and that they said yes. All lead to their own page."""

from datetime import date
from typing import Any

from flask_babel import gettext as _

from crm import language
from crm.domain import asking, forward_answers, forwards, merging, permissions, personal_letters
from crm.domain.asking import Asked
from crm.domain.consents import Consent
from crm.domain.forward_questions import OPEN_FOR
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.permissions import Noted
from crm.domain.plans import Plan
from crm.domain.users import User
from crm.kit import clock
from crm.mail.compose import Draft
from crm.mail.writing import PLACEHOLDER, Kind, Tokens, rendered, stop_link, url


def preview(plan: Plan, *, by: User) -> Draft:
    """The same letter as will go out, but for the link."""
    address = personal_letters.address_of(plan.candidate)
    return _written("forward_ask", plan, address, by, clock.today() + OPEN_FOR, Tokens(PLACEHOLDER, PLACEHOLDER))


def _write(letter: Letter, asked: Asked, given: Tokens) -> Draft:
    question = asked.question
    return _written(letter.kind, question.forward, letter.to_address, question.by, question.until, given)


def _written(kind: str, forward: Plan | Forward, address: str, by: User, until: date, given: Tokens) -> Draft:
    with language.speaking(forward.candidate.language):
        draft = _rendered(kind, forward, by, until, given)
    return Draft(
        sender_name=forwards.sender_line(by),
        to=address,
        to_name=forward.candidate.full_name,
        reply_to=by.email,
        **draft,
    )


def _rendered(kind: str, forward: Plan | Forward, by: User, until: date, given: Tokens) -> dict[str, Any]:
    return rendered(
        kind, first_name=merging.first_name(forward.candidate), to=forward.colleague, to_company=forward.company,
        forward=forward, position=forward_answers.position_of(forward, by), shown=asking.shown_words(forward, by),
        sender=by.name, until=language.day(until), open_until=language.day(forward.until),
        link=url(f"/door/{given.link}"), stop=stop_link(given),
        minutes=round(forward_answers.HELD.total_seconds() / 60),
    )  # fmt: skip


def _write_permission(letter: Letter, noted: Noted, given: Tokens) -> Draft:
    consent, by = noted.consent, noted.consent.by
    with language.speaking(noted.candidate.language):
        draft = rendered(
            "permission", first_name=merging.first_name(noted.candidate), sender=by.name,
            given_on=language.day(consent.given_on), said=permission_words(consent),
            link=url(f"/door/{given.link}/permission"), stop=stop_link(given),
        )  # fmt: skip
    return Draft(
        sender_name=forwards.sender_line(by), to=letter.to_address, to_name=noted.candidate.full_name,
        reply_to=by.email, **draft,
    )  # fmt: skip


def permission_words(consent: Consent) -> list[str]:
    """What somebody wrote down for them, a sentence for each thing, in the language that is spoken."""
    until = _("It holds until %(day)s.", day=language.day(consent.until)) if consent.until else ""
    how = _("You said so %(how)s.", how=language.told(consent.channel_words)) if consent.channel else ""
    return [one for one in (*_scope_words(consent), until or _("It holds until you take it back."), how) if one]


def _scope_words(consent: Consent) -> list[str]:
    if consent.purpose == "introduce":
        return [_("You may be introduced without your name; before anybody learns who you are, you are asked.")]
    if consent.recipient:
        to = _("Your resume may go to %(address)s and to nobody else.", address=consent.recipient)
    elif consent.company:
        to = _("Your resume may go to anybody at %(place)s.", place=consent.company)
    else:
        to = _("Your resume may go to any company but the one where you work.")
    file = _("The file itself may go with a mail, and nobody can recall that.")
    link = _("It goes only as a link, which you can close at any time.")
    return [to, _("Only without your name.") if consent.blind else "", file if consent.attachment else link]


KINDS: dict[str, Kind[Any]] = {
    "permission": Kind(permissions.for_delivery, _write_permission, permissions.why_not, permissions.mint),
    "forward_ask": Kind(asking.for_delivery, _write, asking.why_not, asking.mint),
    "forward_reminder": Kind(asking.for_delivery, _write, asking.why_not, asking.mint),
    "forward_yes": Kind(asking.for_delivery, _write, asking.why_not, asking.mint),
}
