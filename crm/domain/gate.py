"""Whether a resume may go: the one place that decides. Asked by whoever plans a forward, by the worker before it writes
and again before the last dot, and by the page behind the link.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, exists, func, select

from crm.db import db
from crm.domain import forward_parts, forwarding_rules, shape
from crm.domain.candidates import Candidate, Email
from crm.domain.consents import Consent
from crm.domain.forwarding_rules import ForwardingRule
from crm.kit import companies, domains

WORDS = ("", "ask", "employer", "never", "blind_only", "gone")
BLOCKED = {"ask": "consent", "employer": "employer", "never": "never", "blind_only": "blind_only", "gone": "revoked"}
"""What a letter is blocked by, in words of outbox.BLOCKED_WORDS."""


@dataclass(frozen=True)
class Gate:
    """`word` is one of WORDS: empty where it is open, "ask" where only a permission is missing. `sentence` is for the
    office.
    """

    word: str
    sentence: str
    consent: Consent | None

    @property
    def is_open(self) -> bool:
        return not self.word

    @property
    def blocks(self) -> str:
        return BLOCKED.get(self.word, "")


def of(
    candidate: Candidate, *, company: str, address: str, blind: bool = False, attached: bool = False,
    parts: Iterable[str] = (), position: str = "", named: bool = False, lock: bool = False,
) -> Gate:  # fmt: skip
    """`parts` and `position` are those of the forward: a yes to a question covers what the question named. `named`:
    only a yes that names the recipient or the company counts, since they were promised to be asked.

    `lock` holds the permissions until the transaction ends: withdrawing and handing over to the server exclude each
    other. Who gives a rule locks the letters, see withdrawals.py.
    """
    name = candidate.full_name
    if candidate.is_deleted:
        return Gate("gone", "This record was deleted; nothing is forwarded.", None)
    if is_restricted(candidate):
        return Gate("gone", f"{name} restricted what may be done with the record; nothing is forwarded.", None)
    given, rules, own = _said(candidate.id, lock)
    if where := works_there(candidate, company, address, own=own):
        return Gate("employer", f"{where} Nothing is forwarded there.{_and_if_not(candidate, company, address)}", None)
    counts = [one for one in given if one.names_whom] if named else given
    covering = [one for one in counts if one.covers(company, address, blind=blind, attached=attached)]
    return _by_rules(name, rules, company, address, blind) or _by_permission(
        name, covering, company, attached, lambda one: _beyond(one, parts, position)
    )


def is_restricted(candidate: Candidate) -> bool:
    return candidate.is_paused and candidate.pause_why == "restricted"


def is_employer(candidate: Candidate, company: str, address: str) -> bool:
    """By the company's name, and by the domain of the address: somebody may be filed under another name."""
    return forwarding_rules.is_company(candidate.employer, company, address)


def works_there(candidate: Candidate, company: str, address: str, *, own: Iterable[str]) -> str:
    """Why this counts as where they work, in a sentence, or nothing. `own`: their mail addresses; one at a company
    is as good as its name on the record.
    """
    if is_employer(candidate, company, address):
        return f"{candidate.full_name} works at {candidate.employer}."
    theirs = domains.registered(address.rpartition("@")[2])
    for one in own:
        at = domains.registered(one.rpartition("@")[2])
        if at and (at == theirs or companies.is_at(company, one)):
            return f"{candidate.full_name} has a mail address at {at}, so this counts as where they work."
    return ""


def _and_if_not(candidate: Candidate, company: str, address: str) -> str:
    by_address = not is_employer(candidate, company, address)
    return " If they have left, take that address off their record." if by_address else ""


def _by_rules(name: str, rules: list[ForwardingRule], company: str, address: str, blind: bool) -> Gate | None:
    about = {rule.kind: rule for rule in rules if rule.is_about(company, address)}
    if rule := about.get("never"):
        return Gate("never", f"{name} asked that nothing is forwarded to {rule.company}.", None)
    if "blind_only" in about and not blind:
        return Gate("blind_only", f"{name} may be shown {about['blind_only'].words.replace('their', 'a')}.", None)
    return None


def _by_permission(
    name: str, covering: list[Consent], company: str, attached: bool, beyond: Callable[[Consent], list[str]]
) -> Gate:
    enough = [one for one in covering if not beyond(one)]
    consent = min(enough, key=lambda one: (not one.recipient, not one.company), default=None)
    if consent is not None:
        return Gate("", "", consent)
    if covering:
        least: list[str] = min((beyond(one) for one in covering), key=len)
        return Gate("ask", f"{name} agreed to a forward to {company}, but not to this: {', '.join(least)}.", None)
    how = " with the file attached" if attached else ""
    return Gate("ask", f"{name} has not agreed to a forward to {company}{how}.", None)


def _beyond(consent: Consent, parts: Iterable[str], position: str) -> list[str]:
    """What of a forward they were not asked about, in words."""
    more = forward_parts.beyond(consent.parts, parts) if consent.parts else []
    other = bool(consent.position) and shape.key(consent.position) != shape.key(position)
    return [*more, *([f"for {position}" if position else "without a position"] if other else [])]


def _said(candidate_id: str, lock: bool) -> tuple[list[Consent], list[ForwardingRule], list[str]]:
    """What they gave, and their addresses: by one statement for those who gave a permission and no rule, since every
    letter waits for it twice.
    """
    rows = db.session.execute(_ASKED_LOCKED if lock else _ASKED, {"candidate_id": candidate_id}).all()
    has_rules, own = rows[0][1:] if rows else (True, db.session.scalar(_OWN, {"candidate_id": candidate_id}))
    rules = list(forwarding_rules.standing(candidate_id)) if has_rules else []
    return [row[0] for row in rows], rules, (own or "").split()


_HAS_RULES = exists().where(
    ForwardingRule.candidate_id == bindparam("candidate_id"), ForwardingRule.lifted_at.is_(None)
)
_OWN = select(func.aggregate_strings(Email.address, " ")).where(Email.candidate_id == bindparam("candidate_id"))
_ASKED = (
    select(Consent, _HAS_RULES, _OWN.scalar_subquery())
    .where(Consent.candidate_id == bindparam("candidate_id"), Consent.purpose == "forward")
    .order_by(Consent.id)
)
_ASKED_LOCKED = _ASKED.with_for_update(of=Consent)
