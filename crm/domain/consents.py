"""The candidate's permission: for what, on which evidence, until when."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import events, shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock

PURPOSES = ("keep", "contact", "forward")
PURPOSE_WORDS = {"keep": "keep the record", "contact": "be contacted", "forward": "forward the resume"}


class Consent(Base):
    """`company` is whom the resume may go to; empty means any company."""

    __tablename__ = "consent"
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    purpose: Mapped[str] = mapped_column(String(10))
    company: Mapped[str] = mapped_column(default="")
    attachment: Mapped[bool] = mapped_column(default=True)
    """Whether the file itself may go, which nobody can recall; else only a link to it."""
    evidence: Mapped[str]
    given_on: Mapped[date]
    until: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)
    by: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def is_valid(self) -> bool:
        return self.withdrawn_at is None and (self.until is None or self.until >= clock.today())

    def covers(self, company: str) -> bool:
        return self.is_valid and (not self.company or shape.key(self.company) == shape.key(company))


def of(candidate: Candidate) -> Select[Consent]:
    return select(Consent).where(Consent.candidate_id == candidate.id).order_by(Consent.recorded_at.desc())


def find(candidate: Candidate, consent_id: str) -> Consent:
    consent = db.session.get(Consent, consent_id)
    if consent is None or consent.candidate_id != candidate.id:
        raise Missing
    return consent


def to_forward(candidate_id: str, company: str, *, lock: bool = False) -> Consent | None:
    """A valid permission that covers this company, the one that names it first.

    `lock` holds the rows until the transaction ends: withdrawing and handing over to the server exclude each other.
    """
    found = _given(candidate_id, "forward", lock=lock)
    covering = [consent for consent in found if consent.covers(company)]
    return min(covering, key=lambda consent: not consent.company, default=None)


def forbids_contact(candidate_id: str, *, lock: bool = False) -> bool:
    """Whether they once said how they may be contacted, and none of it holds any more. Who never was asked may be
    written to about what they applied for.
    """
    found = list(_given(candidate_id, "contact", lock=lock))
    return bool(found) and not any(consent.is_valid for consent in found)


def record(
    candidate: Candidate, *, purpose: str, evidence: str, by: User, company: str = "",
    given_on: date | None = None, until: date | None = None, by_link: bool = False,
) -> Consent:  # fmt: skip
    """`evidence` says where the yes is: "mail of 3 November", "said so on the phone". `by_link`: the candidate gave it
    themselves, to a question of `by`.
    """
    today = clock.today()
    consent = Consent(
        candidate_id=candidate.id,
        purpose=shape.one_of(purpose, PURPOSES, "purpose"),
        company=shape.line(company, "company"),
        evidence=shape.text(
            evidence, "evidence", needed=True, most=shape.SENTENCE, name="Where the yes is to be found"
        ),
        given_on=given_on or today,
        until=until,
        by=by,
        by_id=by.id,
    )
    if consent.given_on > today:
        raise Refused("That day has not come yet.", field="given_on")
    if until is not None and until < today:
        raise Refused("That day has passed already.", field="until")
    if same := _same(consent):
        return same
    db.session.add(consent)
    db.session.flush()
    where = f" to {consent.company}" if consent.company else ""
    text = f"recorded the yes to {PURPOSE_WORDS[purpose]}{where}: {consent.evidence}"
    events.record("consent.recorded", by=None if by_link else by, subject_id=candidate.id, text=text)
    return consent


def withdraw(consent: Consent, *, by: User) -> Consent:
    """Takes the same lock as handing a letter over: after this commit nothing more leaves on this permission.

    What was recorded twice, for the same purpose and company, is withdrawn together.
    """
    twins = select(Consent).where(Consent.candidate_id == consent.candidate_id, Consent.purpose == consent.purpose)
    for twin in db.session.scalars(twins.order_by(Consent.id).with_for_update()):
        if shape.key(twin.company) == shape.key(consent.company):
            twin.withdrawn_at = twin.withdrawn_at or clock.now()
    text = f"withdrew the yes to {PURPOSE_WORDS[consent.purpose]}"
    events.record("consent.withdrawn", by=by, subject_id=consent.candidate_id, text=text)
    return consent


def take_back_by_link(consent_id: str) -> None:
    """By the candidate: just this one, and none that was given elsewhere."""
    consent = db.session.get(Consent, consent_id, with_for_update=True)
    if consent is None or consent.withdrawn_at is not None:
        return
    consent.withdrawn_at = clock.now()
    text = f"took back the yes to {PURPOSE_WORDS[consent.purpose]}"
    events.record("consent.withdrawn", by=None, subject_id=consent.candidate_id, text=text)


_GIVEN = (
    select(Consent)
    .where(Consent.candidate_id == bindparam("candidate_id"), Consent.purpose == bindparam("purpose"))
    .order_by(Consent.id)
)
_GIVEN_LOCKED = _GIVEN.with_for_update()


def _given(candidate_id: str, purpose: str, *, lock: bool) -> Iterable[Consent]:
    asked = {"candidate_id": candidate_id, "purpose": purpose}
    return db.session.scalars(_GIVEN_LOCKED if lock else _GIVEN, asked)


def _same(consent: Consent) -> Consent | None:
    """A second click records nothing new."""
    known = select(Consent).where(
        Consent.candidate_id == consent.candidate_id,
        Consent.purpose == consent.purpose,
        Consent.company == consent.company,
        Consent.evidence == consent.evidence,
        Consent.given_on == consent.given_on,
        Consent.withdrawn_at.is_(None),
    )
    found = db.session.scalars(known)
    return next((one for one in found if one.until == consent.until), None)
