"""What a candidate said once for all forwards: never to this company, only without my name."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Index, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import events, shape
from crm.domain.candidates import Candidate
from crm.domain.consents import CHANNEL_WORDS, CHANNELS
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, companies

KINDS = ("never", "blind_only")


class ForwardingRule(Base):
    """`company` is empty where it holds for every company."""

    __tablename__ = "forwarding_rule"
    __table_args__ = (Index("ix_forwarding_rule_candidate_id", "candidate_id"),)
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", index=False, ondelete="CASCADE")
    kind: Mapped[str] = mapped_column(String(10))
    company: Mapped[str] = mapped_column(default="")
    company_key: Mapped[str] = mapped_column(default="")
    given_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str | None] = to("user.id", index=False)
    """None where the candidate gave it themselves."""
    channel: Mapped[str] = mapped_column(String(10), default="")
    evidence: Mapped[str] = mapped_column(default="")
    lifted_at: Mapped[datetime | None]
    lifted_why: Mapped[str] = mapped_column(default="")
    lifted_by_id: Mapped[str | None] = to("user.id", index=False)
    by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=by_id)

    @property
    def is_valid(self) -> bool:
        return self.lifted_at is None

    @property
    def words(self) -> str:
        """ "never to Acme" """
        where = f" to {self.company}" if self.company else ""
        return f"never{where or ' to anybody'}" if self.kind == "never" else f"only without their name{where}"

    @property
    def channel_words(self) -> str:
        return CHANNEL_WORDS.get(self.channel, "")

    def is_about(self, company: str, address: str) -> bool:
        return not self.company or is_company(self.company, company, address)


# --- companies by their names and domains


def is_company(named: str, company: str, address: str) -> bool:
    """Whether a company, by the name that somebody gave it, is this one: by its name, or by the domain of an address
    there, since somebody may be filed under another name.
    """
    return companies.is_same(named, company) or companies.is_at(named, address)


def _says_something(company: str) -> bool:
    return re.search(r"\w", company) is not None


# --- queries


def of(candidate_id: str) -> Select[ForwardingRule]:
    """Newest first, with those that were lifted."""
    query = select(ForwardingRule).where(ForwardingRule.candidate_id == candidate_id)
    return query.order_by(ForwardingRule.recorded_at.desc(), ForwardingRule.id.desc())


def standing(candidate_id: str) -> Sequence[ForwardingRule]:
    """Those that hold."""
    return db.session.scalars(of(candidate_id).where(ForwardingRule.lifted_at.is_(None))).all()


def standing_of(candidate_id: str) -> Select[ForwardingRule]:
    """Those that hold."""
    return of(candidate_id).where(ForwardingRule.lifted_at.is_(None))


def is_blind_only(candidate_id: str, company: str, address: str) -> bool:
    """Whether they may be shown there only without their name."""
    return any(one.kind == "blind_only" and one.is_about(company, address) for one in standing(candidate_id))


def find(candidate: Candidate, rule_id: str) -> ForwardingRule:
    rule = db.session.get(ForwardingRule, rule_id)
    if rule is None or rule.candidate_id != candidate.id:
        raise Missing
    return rule


# --- verbs; what still waits is stopped by withdrawals.give_rule


def add(
    candidate_id: str, *, kind: str, company: str = "", by: User | None, channel: str = "", evidence: str = "",
    given_on: date | None = None,
) -> ForwardingRule:  # fmt: skip
    """`by` is None for the candidate, by link. The same rule again is one."""
    rule = ForwardingRule(
        candidate_id=candidate_id, kind=shape.one_of(kind, KINDS, "kind"), company=shape.line(company, "company"),
        given_on=given_on or clock.today(), by_id=by.id if by else None,
        channel=shape.one_of(channel, (*CHANNELS, ""), "channel") if by else "link",
        evidence=shape.text(evidence, "evidence", most=shape.SENTENCE, name="Where they said so"),
    )  # fmt: skip
    if rule.kind == "never" and not rule.company:
        raise Refused("Say which company. For no forwards at all, withdraw the permissions.", field="company")
    if rule.company and not _says_something(rule.company):
        raise Refused("That is no company's name.", field="company")
    if rule.given_on > clock.today():
        raise Refused("That day has not come yet.", field="given_on")
    rule.company_key = companies.key(rule.company)
    for known in standing(candidate_id):
        if (known.kind, known.company_key) == (rule.kind, rule.company_key):
            return known
    db.session.add(rule)
    db.session.flush()
    events.record("rule.given", by=by, subject_id=candidate_id, text=f"forwards go {rule.words}")
    return rule


def lift(rule: ForwardingRule, *, by: User | None, why: str = "") -> ForwardingRule:
    """By the candidate, on their own page; or by a user to whom they said so, who writes down where."""
    said = shape.text(why, "why", needed=by is not None, most=shape.SENTENCE, name="Why it no longer holds")
    if rule.lifted_at is None:
        rule.lifted_at, rule.lifted_why, rule.lifted_by_id = clock.now(), said, by.id if by else None
        text = f"forwards no longer go {rule.words}{': ' + said if said else ''}"
        events.record("rule.lifted", by=by, subject_id=rule.candidate_id, text=text)
    return rule
