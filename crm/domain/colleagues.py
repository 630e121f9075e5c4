"""Colleagues: whom resumes are forwarded to, here or at other companies. The whole company shares one address book."""

from datetime import datetime, timedelta

from sqlalchemy import Index, Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, to
from crm.domain import events, search, shape
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, words
from crm.kit.header_guard import address_problem, problem

STILL_RIGHT_FOR = timedelta(days=90)


class Colleague(Base):
    __tablename__ = "colleague"
    __table_args__ = (Index("ix_colleague_by_name", "name_key", "id"), Index("ix_colleague_looking", "looking_since"))
    id: Mapped[Id]
    name: Mapped[str]
    name_key: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    company: Mapped[str]
    relation: Mapped[str] = mapped_column(default="")
    looking_for: Mapped[str] = mapped_column(default="")
    looking_since: Mapped[datetime | None]
    looking_confirmed_at: Mapped[datetime | None]
    """When it was last said that it still holds; see `looking_by_them` for by whom."""
    looking_by_them: Mapped[bool] = mapped_column(default=False)
    """In their own words, by their own link; what a user wrote down is never shown to them."""
    forwards_off_at: Mapped[datetime | None]
    """Since when they want no more resumes."""
    import_id: Mapped[str | None] = to("colleague_import.id", ondelete="SET NULL")
    added_by_id: Mapped[str] = to("user.id", index=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def is_kept(self) -> bool:
        """In the address book; one who was only typed in is not, until something is sent to them."""
        return self.id is not None

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    @property
    def may_be_outdated(self) -> bool:
        """What they look for was said so long ago that somebody should ask again."""
        said = self.looking_confirmed_at or self.looking_since
        return bool(self.looking_for) and said is not None and clock.now() - said > STILL_RIGHT_FOR


# --- queries


def find(colleague_id: str) -> Colleague:
    colleague = db.session.get(Colleague, colleague_id)
    if colleague is None:
        raise Missing
    return colleague


def by_email(address: str) -> Colleague | None:
    return db.session.scalar(select(Colleague).where(Colleague.email == address.strip().lower()))


def listed(words: str = "") -> Select[Colleague]:
    """The address book by name; with `words`, those whose name, company or address has them."""
    query = select(Colleague).order_by(Colleague.name_key, Colleague.id)
    key = shape.key(shape.FORBIDDEN.sub("", words))
    if not key:
        return query
    has = [column.contains(key, autoescape=True) for column in (Colleague.name_key, Colleague.email)]
    return query.where(or_(*has, func.lower(Colleague.company).contains(key, autoescape=True)))


def suggested(words: str, *, limit: int = 8) -> list[Colleague]:
    words = shape.FORBIDDEN.sub("", words).strip()
    return list(db.session.scalars(listed(words).limit(limit))) if words else []


def named(words: str) -> Colleague | None:
    """The one with this address or this name; None when there is none, or several of that name."""
    words = shape.FORBIDDEN.sub("", words)
    if "@" in words:
        return by_email(words)
    same_name = select(Colleague).where(Colleague.name_key == shape.key(words)).limit(2)
    found = list(db.session.scalars(same_name))
    return found[0] if len(found) == 1 else None


# --- verbs


def add(*, name: str, email: str, company: str, by: User, relation: str = "", looking_for: str = "") -> Colleague:
    colleague = Colleague(added_by_id=by.id, looking_for="")
    _write(colleague, name=name, email=email, company=company, relation=relation, looking_for=looking_for)
    if by_email(colleague.email):
        raise Refused(f"{colleague.email} is in the address book already.", field="email")
    return keep(colleague, by=by)


def check(*, name: str, email: str, company: str) -> None:
    """Raises Refused where they could not be added; nothing is kept."""
    _write(Colleague(looking_for=""), name=name, email=email, company=company)


def known_or_new(*, email: str, name: str, company: str, by: User) -> Colleague:
    """The colleague with this address, as on record; else a new one who is not in the address book yet: see keep()."""
    known = by_email(shape.email(email))
    if known is not None:
        _refuse_other_company(known, company)
        return known
    colleague = Colleague(added_by_id=by.id, looking_for="")
    _write(colleague, name=name.strip() or _name_in(email), email=email, company=company)
    return colleague


def _refuse_other_company(known: Colleague, company: str) -> None:
    if company.strip() and shape.key(company) != shape.key(known.company):
        raise Refused(
            f"{known.name} is on record at {known.company}. Change that first if it is no longer so.", field="company"
        )


def keep(colleague: Colleague, *, by: User) -> Colleague:
    """Puts a new one into the address book; should somebody have been quicker, it is theirs."""
    if colleague.is_kept:
        return colleague
    try:
        with db.session.begin_nested():
            db.session.add(colleague)
    except IntegrityError:
        return db.session.scalars(select(Colleague).where(Colleague.email == colleague.email)).one()
    _index(colleague)
    events.record("colleague.added", by=by, subject_id=colleague.id, text=f"{colleague.name} at {colleague.company}")
    return colleague


def change(
    colleague: Colleague, *, by: User, name: str, email: str, company: str, relation: str, looking_for: str
) -> Colleague:
    other = by_email(shape.email(email))
    if other is not None and other.id != colleague.id:
        raise Refused(f"{other.name} has this address already.", field="email")
    _write(colleague, name=name, email=email, company=company, relation=relation, looking_for=looking_for)
    db.session.flush()
    _index(colleague)
    events.record("colleague.changed", by=by, subject_id=colleague.id, text=f"changed {colleague.name}")
    return colleague


def look_for(colleague: Colleague, words: str, *, by_them: bool) -> Colleague:
    """What they look for now. The same words again say that they still hold."""
    wanted, now = _wanted(words), clock.now()
    if wanted != colleague.looking_for:
        colleague.looking_for, colleague.looking_since = wanted, now
    colleague.looking_by_them, colleague.looking_confirmed_at = by_them, now if wanted else None
    if colleague.is_kept:
        _index(colleague)
    return colleague


def refuse_closed(colleague: Colleague, *, field: str = "to") -> None:
    """For verbs that would bring them somebody: raises Refused where they asked for no more."""
    if colleague.forwards_off_at is not None:
        on = words.day(colleague.forwards_off_at)
        raise Refused(f"{colleague.name} asked for no more resumes on {on}.", field=field)


# --- parts


def _write(
    colleague: Colleague, *, name: str, email: str, company: str, relation: str = "", looking_for: str = ""
) -> None:
    name = _fit_for_a_header(shape.line(name, "name", needed=True, name="A name"))
    address = _reachable(shape.email(email))
    company = shape.line(company, "company", needed=True, name="The company")
    relation = shape.line(relation, "relation")
    if _wanted(looking_for) != colleague.looking_for:
        look_for(colleague, looking_for, by_them=False)
    colleague.name, colleague.name_key, colleague.email = name, shape.key(name), address
    colleague.company, colleague.relation = company, relation
    colleague.changed_at = clock.now()


def _wanted(words: str) -> str:
    return shape.text(words, "looking_for", most=shape.SENTENCE, name="What they are looking for")


def _index(colleague: Colleague) -> None:
    facts = (colleague.company, colleague.email, colleague.looking_for)
    search.put("colleague", colleague.id, title=colleague.name, person=" · ".join(fact for fact in facts if fact))


def _name_in(email: str) -> str:
    """carol.devereux@... is most likely called Carol Devereux."""
    return " ".join(email.split("@", 1)[0].replace(".", " ").replace("_", " ").split()).title()


def _fit_for_a_header(name: str) -> str:
    """A colleague's name stands in a mail's To line."""
    if trouble := problem(name):
        raise Refused(f"This name cannot stand in a mail: {trouble}", field="name")
    return name


def _reachable(address: str) -> str:
    if trouble := address_problem(address):
        raise Refused(trouble, field="email")
    return address
