"""To a colleague: what they look for, and thanks for how they took a forward. Both in a user's own words."""

from crm.domain import circle, forwards
from crm.domain.circle import ColleagueLetter
from crm.domain.colleagues import Colleague
from crm.domain.errors import Missing
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.mail.compose import Draft
from crm.mail.writing import PLACEHOLDER, Kind, Tokens, rendered, stop_link, url


def preview(kind: str, colleague: Colleague, text: str, *, by: User) -> Draft:
    """The same letter as will go out, but for the links."""
    return _written(kind, colleague, colleague.email, text, by, Tokens(PLACEHOLDER, PLACEHOLDER))


def _write(letter: Letter, about: ColleagueLetter, given: Tokens) -> Draft:
    if letter.by is None:
        raise Missing
    return _written(letter.kind, about.colleague, letter.to_address, about.text, letter.by, given)


def _written(kind: str, to: Colleague, address: str, text: str, by: User, given: Tokens) -> Draft:
    draft = rendered(kind, to=to, text=text, sender=by.name, link=url(f"/needs/{given.link}"), stop=stop_link(given))
    return Draft(sender_name=forwards.sender_line(by), to=address, to_name=to.name, reply_to=by.email, **draft)


KINDS = {
    "needs": Kind(circle.for_delivery, _write, circle.why_not, circle.mint),
    "thanks": Kind(circle.for_delivery, _write, circle.why_not, lambda _about, _token: None),
}
