"""The candidate's permission: for what, on which evidence, until when."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import events, forward_parts, shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock

PURPOSES = ("keep", "contact", "forward", "introduce")
PURPOSE_WORDS = {
    "keep": "keep the record", "contact": "be contacted", "forward": "forward the resume",
    "introduce": "be introduced without a name",
}  # fmt: skip
BASES = ("consent", "application")
"""What a permission rests on: what they said, or that they applied."""
CHANNELS = ("link", "phone", "mail", "in_person", "form")
CHANNEL_WORDS = {
    "link": "on their own page", "phone": "on the phone", "mail": "by mail", "in_person": "in person",
    "form": "on a form",
}  # fmt: skip
"""How it was said; none where that was not noted."""


class Consent(Base):
    """`company` is whom the resume may go to, `recipient` the one address there; empty means any, but for what their
    rules say.
    """

    __tablename__ = "consent"
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    purpose: Mapped[str] = mapped_column(String(10))
    company: Mapped[str] = mapped_column(default="")
    recipient: Mapped[str] = mapped_column(default="")
    blind: Mapped[bool] = mapped_column(default=False)
    """It covers only what does not say who they are."""
    attachment: Mapped[bool] = mapped_column(default=True)
    """Whether the file itself may go, which nobody can recall; else only a link to it."""
    parts: Mapped[list[str]] = mapped_column(default=list)
    """What they were asked about, some of forward_parts.PARTS; none where nothing was named, and all of it may go."""
    position: Mapped[str] = mapped_column(default="")
    """That they were asked about; empty is any."""
    basis: Mapped[str] = mapped_column(String(12), default="consent")
    channel: Mapped[str] = mapped_column(String(10), default="")
    text_version: Mapped[str] = mapped_column(String(40), default="")
    """Of the words that they said yes to, where those were ours."""
    evidence: Mapped[str]
    given_on: Mapped[date]
    until: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)
    letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    """That told them of what was put on record in their name."""
    by: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def is_valid(self) -> bool:
        return self.withdrawn_at is None and (self.until is None or self.until >= clock.today())

    @property
    def is_their_own(self) -> bool:
        """Given by the candidate by their link, to a question of `by`; else `by` wrote it down."""
        return self.channel == "link"

    @property
    def names_whom(self) -> bool:
        """It was said of somebody, and not of anybody."""
        return bool(self.company or self.recipient)

    def covers(self, company: str, address: str = "", *, blind: bool = False, attached: bool = False) -> bool:
        """Without an address: whoever works there."""
        return (
            self.is_valid
            and (not self.company or shape.key(self.company) == shape.key(company))
            and self.recipient in {"", address or self.recipient}
            and (blind or not self.blind)
            and (self.attachment or not attached)
        )

    @property
    def asked_words(self) -> str:
        """What they were asked about, where it was something and not all: "headline, resume to read; for Lead"."""
        shown = ", ".join(forward_parts.PART_WORDS[part] for part in self.parts if part != "note")
        return "; ".join(filter(None, (shown, self.position and f"for {self.position}")))

    @property
    def channel_words(self) -> str:
        return CHANNEL_WORDS.get(self.channel, "")


def of(candidate: Candidate) -> Select[Consent]:
    return of_candidate(candidate.id)


def of_candidate(candidate_id: str) -> Select[Consent]:
    return select(Consent).where(Consent.candidate_id == candidate_id).order_by(Consent.recorded_at.desc())


def find(candidate: Candidate, consent_id: str) -> Consent:
    consent = db.session.get(Consent, consent_id)
    if consent is None or consent.candidate_id != candidate.id:
        raise Missing
    return consent


def to_introduce(candidate_id: str, *, lock: bool = False) -> Consent | None:
    """The standing permission to tell of them without saying who they are."""
    return next((consent for consent in _given(candidate_id, "introduce", lock=lock) if consent.is_valid), None)


def forbids_contact(candidate_id: str, *, lock: bool = False) -> bool:
    """Whether they once said how they may be contacted, and none of it holds any more. Who never was asked may be
    written to about what they applied for; but not who was brought over from elsewhere, where nobody knows.
    """
    if found := list(_given(candidate_id, "contact", lock=lock)):
        return not any(consent.is_valid for consent in found)
    candidate = db.session.get(Candidate, candidate_id)
    return candidate is not None and candidate.basis_needed


def no_basis(candidate: Candidate) -> str:
    """In words, of somebody of whom `forbids_contact` is true."""
    if candidate.basis_needed:
        return (
            f"{candidate.full_name} was brought over from elsewhere: record first on what basis they may be contacted."
        )
    return f"{candidate.full_name} took back the permission to be contacted, or it has run out."


def record(
    candidate: Candidate, *, purpose: str, evidence: str, by: User, company: str = "",
    given_on: date | None = None, until: date | None = None, recipient: str = "", blind: bool = False,
    attachment: bool = True, basis: str = "consent", channel: str = "", text_version: str = "",
    parts: Iterable[str] = (), position: str = "",
) -> Consent:  # fmt: skip
    """`evidence` says where the yes is: "mail of 3 November", "said so on the phone". By the channel `link` the
    candidate gave it themselves, to a question of `by`.
    """
    today = clock.today()
    consent = Consent(
        candidate_id=candidate.id,
        purpose=shape.one_of(purpose, PURPOSES, "purpose"),
        company=shape.line(company, "company"),
        recipient=shape.email(recipient, "recipient") if recipient else "",
        blind=blind,
        attachment=attachment,
        parts=list(parts),
        position=position,
        basis=shape.one_of(basis, BASES, "basis"),
        channel=shape.one_of(channel, (*CHANNELS, ""), "channel"),
        text_version=text_version,
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
    if purpose != "forward" and (recipient or blind):
        raise Refused("Only a yes to a forward names a recipient, or how the resume goes.", field="purpose")
    if same := _same(consent):
        return same
    db.session.add(consent)
    db.session.flush()
    text = f"recorded the yes to {what(consent)}: {consent.evidence}"
    events.record("consent.recorded", by=None if consent.is_their_own else by, subject_id=candidate.id, text=text)
    return consent


def withdraw(consent: Consent, *, by: User | None) -> Consent:
    """Takes the same lock as handing a letter over: after this commit nothing more leaves on this permission.

    What was recorded twice, for the same purpose and company, is withdrawn together; with a company, whoever is there.
    `by` is None for the candidate, by link.
    """
    twins = select(Consent).where(Consent.candidate_id == consent.candidate_id, Consent.purpose == consent.purpose)
    for twin in db.session.scalars(twins.order_by(Consent.id).with_for_update()):
        if shape.key(twin.company) == shape.key(consent.company) and consent.recipient in {"", twin.recipient}:
            twin.withdrawn_at = twin.withdrawn_at or clock.now()
    text = f"withdrew the yes to {what(consent)}"
    events.record("consent.withdrawn", by=by, subject_id=consent.candidate_id, text=text)
    return consent


def take_back_by_link(consent_id: str) -> None:
    """By the candidate: just this one, and none that was given elsewhere."""
    consent = db.session.get(Consent, consent_id, with_for_update=True)
    if consent is None or consent.withdrawn_at is not None:
        return
    consent.withdrawn_at = clock.now()
    text = f"took back the yes to {what(consent)}"
    events.record("consent.withdrawn", by=None, subject_id=consent.candidate_id, text=text)


def what(consent: Consent) -> str:
    """ "forward the resume to Acme" """
    where = f" to {consent.company}" if consent.company else ""
    return f"{PURPOSE_WORDS[consent.purpose]}{where}{' without a name' if consent.blind else ''}"


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
    return next((one for one in found if _scope(one) == _scope(consent)), None)


def _scope(one: Consent) -> tuple[object, ...]:
    return one.until, one.recipient, one.blind, one.attachment, one.parts, one.position
