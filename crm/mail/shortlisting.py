"""One letter to a colleague about several people, each with a link of their own."""

from collections.abc import Sequence

from crm.domain import forwards, shortlist_letters
from crm.domain.forwards import Forward, Plan
from crm.domain.outbox import Letter
from crm.domain.shortlist_letters import Selection
from crm.domain.shortlisting import Batch
from crm.domain.shortlists import Shortlist
from crm.domain.users import User
from crm.kit import words
from crm.mail.compose import Draft
from crm.mail.writing import PLACEHOLDER, Kind, Tokens, rendered, stop_link, url


def preview(batch: Batch, *, by: User) -> Draft:
    """As it will go out if everybody says yes, but for the links."""
    return _draft(batch, [(plan, PLACEHOLDER) for plan in batch.plans], by, Tokens(PLACEHOLDER, PLACEHOLDER))


def _write(_letter: Letter, selection: Selection, given: Tokens) -> Draft:
    going = shortlist_letters.going(selection)
    shortlist = selection.shortlist
    return _draft(shortlist, [(one, given.another(one.id)) for one in going], shortlist.by, given)


def _draft(about: Batch | Shortlist, links: Sequence[tuple[Plan | Forward, str]], by: User, given: Tokens) -> Draft:
    parts = rendered(
        "shortlist",
        to=about.colleague,
        to_company=about.company,
        people=[(one.candidate, one.note, url(f"/shared/{token}")) for one, token in links],
        count=words.several(len(links), "person", "people"),
        position=about.position,
        note=about.note,
        sender=by.name,
        until=words.day(min(one.until for one, _ in links)),
        stop=stop_link(given),
    )
    sender = forwards.sender_line(by)
    return Draft(sender_name=sender, to=about.to_address, to_name=about.colleague.name, reply_to=by.email, **parts)


KIND = Kind(
    shortlist_letters.for_delivery,
    _write,
    shortlist_letters.why_not,
    lambda _selection, _token: None,
    shortlist_letters.mint,
    shortlist_letters.is_as_written,
)
