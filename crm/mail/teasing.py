"""The letter that tells a colleague of somebody without a name."""

from crm.domain import forwards, teaser_letters
from crm.domain.outbox import Letter
from crm.domain.teasers import Teaser
from crm.domain.teasing import Proposal
from crm.domain.users import User
from crm.kit import words
from crm.mail.compose import Draft
from crm.mail.writing import PLACEHOLDER, Kind, Tokens, rendered, stop_link, url


def preview(proposal: Proposal, *, by: User) -> Draft:
    """The same letter as will go out, but for the link."""
    return _draft(proposal, by, Tokens(PLACEHOLDER, PLACEHOLDER))


def _write(_letter: Letter, teaser: Teaser, given: Tokens) -> Draft:
    return _draft(teaser, teaser.by, given)


def _draft(teaser: Proposal | Teaser, by: User, given: Tokens) -> Draft:
    """The template is handed nothing of the candidate's record."""
    parts = rendered(
        "teaser", to=teaser.colleague, headline=teaser.headline, strengths=teaser.strengths, said=teaser.words,
        position=teaser.position, sender=by.name, link=url(f"/teaser/{given.link}"), stop=stop_link(given),
        until=words.day(teaser.until),
    )  # fmt: skip
    sender = forwards.sender_line(by)
    return Draft(sender_name=sender, to=teaser.to_address, to_name=teaser.colleague.name, reply_to=by.email, **parts)


KIND = Kind(teaser_letters.for_delivery, _write, teaser_letters.why_not, teaser_letters.mint)
