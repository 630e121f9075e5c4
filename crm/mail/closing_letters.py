"""To a colleague: that a resume which had reached them is no longer open, or several of one letter. Nothing of why."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.domain import forwards, revoking
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.revoking import Erased
from crm.kit import words
from crm.mail.compose import Draft
from crm.mail.writing import Kind, Tokens, rendered, stop_link


def _write_revoked(letter: Letter, about: Sequence[Forward] | Erased, given: Tokens) -> Draft:
    return _of_erased(letter, about, given) if isinstance(about, Erased) else _of(about, given)


def _of(ended: Sequence[Forward], given: Tokens) -> Draft:
    forward = ended[0]
    by, carrier = forward.by, forward.carrier
    draft = rendered(
        "revoked",
        first_name=forward.colleague.first_name,
        erased=False,
        what=_what(forward) if len(ended) == 1 else _which(ended),
        several=len(ended) > 1,
        sent_on=words.day(carrier.in_doubt_at or carrier.created_at),
        attached=forward.deliver == "attachment",
        kept=any(map(revoking.may_be_kept, ended)),
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
    draft = rendered(
        "revoked", first_name=first, erased=True, several=False, kept=False, sender=by.name, stop=stop_link(given)
    )
    reply_to = by.email if by.is_active else ""
    sender = forwards.sender_line(by)
    return Draft(sender_name=sender, to=letter.to_address, to_name=letter.to_name, reply_to=reply_to, **draft)


def _what(forward: Forward) -> str:
    if forward.blind:
        return "a resume without a name"
    return f"the resume of {forward.candidate.full_name}" if revoking.names(forward) else "a resume"


def _which(ended: Sequence[Forward]) -> str:
    """ "the resumes of Ada Byron, Grace Hopper and one without a name" """
    named = [one.candidate.full_name for one in ended if revoking.names(one)]
    if not named:
        return words.several(len(ended), "resume")
    others = len(ended) - len(named)
    *first, last = [*named, *([f"{others} without a name" if others > 1 else "one without a name"] if others else [])]
    return f"the {'resumes' if len(named) > 1 else 'resume'} of {', '.join(first)} and {last}"


KINDS: Mapping[str, Kind[Any]] = {
    "revoked": Kind(revoking.for_delivery, _write_revoked, revoking.why_not, lambda _forward, _token: None),
}
