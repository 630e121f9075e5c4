"""To a colleague: that a resume which had reached them is no longer open. It says nothing of why."""

from collections.abc import Mapping
from typing import Any

from crm.domain import forwards, revoking
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.revoking import Erased
from crm.kit import words
from crm.mail.compose import Draft
from crm.mail.writing import Kind, Tokens, rendered, stop_link


def _write_revoked(letter: Letter, about: Forward | Erased, given: Tokens) -> Draft:
    return _of_erased(letter, about, given) if isinstance(about, Erased) else _of(about, given)


def _of(forward: Forward, given: Tokens) -> Draft:
    by, carrier = forward.by, forward.carrier
    draft = rendered(
        "revoked",
        first_name=forward.colleague.first_name,
        erased=False,
        what=_what(forward),
        sent_on=words.day(carrier.in_doubt_at or carrier.created_at),
        attached=forward.deliver == "attachment",
        kept=revoking.may_be_kept(forward),
        sender=by.name,
        stop=stop_link(given),
    )
    return Draft(
        sender_name=forwards.sender_line(by),
        to=forward.to_address,
        to_name=forward.colleague.name,
        reply_to=by.email if by.is_active else "",
        **draft,
    )


def _of_erased(letter: Letter, erased: Erased, given: Tokens) -> Draft:
    by, first = erased.by, letter.to_name.split()[0] if letter.to_name.split() else ""
    draft = rendered("revoked", first_name=first, erased=True, kept=False, sender=by.name, stop=stop_link(given))
    reply_to = by.email if by.is_active else ""
    sender = forwards.sender_line(by)
    return Draft(sender_name=sender, to=letter.to_address, to_name=letter.to_name, reply_to=reply_to, **draft)


def _what(forward: Forward) -> str:
    if forward.blind:
        return "a resume without a name"
    return f"the resume of {forward.candidate.full_name}" if revoking.names(forward) else "a resume"


KINDS: Mapping[str, Kind[Any]] = {
    "revoked": Kind(revoking.for_delivery, _write_revoked, revoking.why_not, lambda _forward, _token: None),
}
