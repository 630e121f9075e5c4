"""One letter to a colleague about several people, each with a link of their own."""

from collections.abc import Callable, Sequence
from functools import reduce

from crm.domain import forwards, identities, shortlist_letters
from crm.domain.forwards import Forward, Plan
from crm.domain.outbox import Letter
from crm.domain.shortlist_letters import Selection
from crm.domain.shortlisting import Batch
from crm.domain.shortlists import Shortlist
from crm.domain.users import User
from crm.kit import redaction, words
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
    telling = _telling([one for one, _ in links])
    parts = rendered(
        "shortlist",
        to=about.colleague,
        to_company=about.company,
        people=[(_who(one), telling(one.note), url(f"/shared/{token}")) for one, token in links],
        count=words.several(len(links), "person", "people"),
        position=telling(about.position),
        note=telling(about.note),
        sender=by.name,
        until=words.day(min(one.until for one, _ in links)),
        stop=stop_link(given),
    )
    sender = forwards.sender_line(by)
    return Draft(sender_name=sender, to=about.to_address, to_name=about.colleague.name, reply_to=by.email, **parts)


def _who(one: Plan | Forward) -> str:
    return "" if one.blind else one.candidate.full_name


def _telling(people: Sequence[Plan | Forward]) -> Callable[[str], str]:
    """For words that may tell of anybody in it: without what names those who are to stay unnamed."""
    unnamed = [identities.of(one.candidate) for one in people if one.blind]
    return lambda said: reduce(redaction.hide, unnamed, said)


KIND = Kind(
    shortlist_letters.for_delivery,
    _write,
    shortlist_letters.why_not,
    lambda _selection, _token: None,
    shortlist_letters.mint,
    shortlist_letters.is_as_written,
)
