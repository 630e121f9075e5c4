"""Colleagues: whom resumes are forwarded to, here or at other companies. The whole company shares one address book."""

from datetime import datetime

from sqlalchemy import Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, to
from crm.domain import events, search, shape
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock
from crm.kit.header_guard import problem


class Colleague(Base):
    __tablename__ = "colleague"
    __table_args__ = (Index("ix_colleague_by_name", "name_key", "id"),)
    id: Mapped[Id]
    name: Mapped[str]
    name_key: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    company: Mapped[str]
    relation: Mapped[str] = mapped_column(default="")
    looking_for: Mapped[str] = mapped_column(default="")
    looking_since: Mapped[datetime | None]
    added_by_id: Mapped[str] = to("user.id", index=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


def find(colleague_id: str) -> Colleague:
    colleague = db.session.get(Colleague, colleague_id)
    if colleague is None:
        raise Missing
    return colleague


def by_email(address: str) -> Colleague | None:
    return db.session.scalar(select(Colleague).where(Colleague.email == address.strip().lower()))


def listed() -> Select[Colleague]:
    return select(Colleague).order_by(Colleague.name_key, Colleague.id)


def starting_with(text: str, *, limit: int = 10) -> list[Colleague]:
    key = shape.key(text)
    return list(
        db.session.scalars(
            listed()
            .where(
                Colleague.name_key.contains(key, autoescape=True) | Colleague.email.startswith(key, autoescape=True)
            )
            .limit(limit)
        )
    )


def add(
    *, name: str, email: str, company: str, by: User, relation: str = "", looking_for: str = ""
) -> Colleague:
    address = shape.email(email)
    if by_email(address):
        raise Refused(f"{address} is in the address book already.", field="email")
    colleague = Colleague(email=address, added_by_id=by.id, looking_for="")
    db.session.add(colleague)
    _write(colleague, name, company, relation, looking_for)
    events.record("colleague.added", by=by, subject_id=colleague.id, text=f"{colleague.name} at {colleague.company}")
    return colleague


def find_or_add(*, email: str, name: str, company: str, by: User) -> Colleague:
    """The colleague with this address; what is on record for them stays as it is."""
    known = by_email(shape.email(email, "to"))
    if known:
        return known
    name = name.strip() or email.split("@")[0].replace(".", " ").replace("_", " ").title()
    if not company.strip():
        raise Refused("Say at which company they are.", field="company")
    return add(name=name, email=email, company=company, by=by)


def change(
    colleague: Colleague, *, by: User, name: str, email: str, company: str, relation: str, looking_for: str
) -> Colleague:
    address = shape.email(email)
    other = by_email(address)
    if other is not None and other.id != colleague.id:
        raise Refused(f"{other.name} has this address already.", field="email")
    colleague.email = address
    _write(colleague, name, company, relation, looking_for)
    events.record("colleague.changed", by=by, subject_id=colleague.id, text=f"changed {colleague.name}")
    return colleague


def _write(colleague: Colleague, name: str, company: str, relation: str, looking_for: str) -> None:
    colleague.name = _fit_for_a_header(shape.line(name, "name", needed=True, name="A name"), "name")
    colleague.name_key = shape.key(colleague.name)
    colleague.company = shape.line(company, "company", needed=True, name="The company")
    colleague.relation = shape.line(relation, "relation")
    wanted = shape.text(looking_for, "looking_for", most=shape.SENTENCE)
    if wanted != colleague.looking_for:
        colleague.looking_for, colleague.looking_since = wanted, clock.now()
    colleague.changed_at = clock.now()
    db.session.flush()
    search.put(
        "colleague", colleague.id, title=colleague.name, person=f"{colleague.company} · {colleague.email} · {wanted}"
    )


def _fit_for_a_header(name: str, field: str) -> str:
    """A colleague's name stands in a mail's To line."""
    if trouble := problem(name):
        raise Refused(f"This name cannot stand in a mail: {trouble}", field=field)
    return name
