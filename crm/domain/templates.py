"""Templates of letters: the starting set, a company's own words for it, and what people write for themselves.

The starting set is in starting_letters.py. A row takes the place of one of it once somebody changes its words; when
that row is deleted, the words it began with are back.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Index, Select, String, UniqueConstraint, and_, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import events, leaks, policy, shape
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.personal_letters import LONGEST_SUBJECT, LONGEST_TEXT
from crm.domain.starting_letters import STARTERS
from crm.domain.users import Team, TeamMember, User
from crm.kit import clock, tokens

SHARED = ("private", "team", "company")
PURPOSES = ("note", "thanks", "useful", "intro")
"""What a letter of it counts as; see personal_letters.TOUCHES."""
MOST_OF_ONE = 200
LONGEST_NAME = 80
THE_COMPANYS = "key <> '' AND shared = 'company' AND deleted_at IS NULL"


class LetterTemplate(Base):
    __tablename__ = "letter_template"
    __table_args__ = (
        Index(
            "ix_letter_template_the_companys", "key", unique=True,
            sqlite_where=text(THE_COMPANYS), postgresql_where=text(THE_COMPANYS),
        ),
    )  # fmt: skip
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(20), default="")
    """Of the one in the starting set that it takes the place of; empty for others."""
    name: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    purpose: Mapped[str] = mapped_column(String(10), default="note")
    shared: Mapped[str] = mapped_column(String(10), default="private")
    owner_id: Mapped[str | None] = to("user.id")
    """Nobody's, where it stands for the starting set as it came."""
    team_id: Mapped[str | None] = to("team.id", ondelete="SET NULL")
    number: Mapped[int] = mapped_column(default=0)
    """Of the version that it shows."""
    shared_from: Mapped[int] = mapped_column(default=0)
    """The first version that those it is shared with may read; what it said before that is its owner's alone."""
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    deleted_at: Mapped[datetime | None]
    owner: Mapped[User | None] = relationship(lazy="raise_on_sql")
    team: Mapped[Team | None] = relationship(lazy="raise_on_sql")

    @property
    def is_as_it_came(self) -> bool:
        return self.owner_id is None

    def may_be_changed(self, by: User) -> bool:
        return policy.may("restrict", self, by=by)


class TemplateVersion(Base):
    """Its words as they were saved; no version is ever changed or dropped before its template is."""

    __tablename__ = "template_version"
    __table_args__ = (UniqueConstraint("template_id", "number"),)
    id: Mapped[Id]
    template_id: Mapped[str] = to("letter_template.id", index=False, ondelete="CASCADE")
    number: Mapped[int]
    name: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str | None] = to("user.id")
    """Nobody's, where it is the starting set as it came."""
    by: Mapped[User | None] = relationship(lazy="raise_on_sql")


# --- queries


def visible_to(user: User) -> ColumnElement[bool]:
    mine = select(TeamMember.team_id).where(TeamMember.user_id == user.id)
    ours = and_(LetterTemplate.shared == "team", LetterTemplate.team_id.in_(mine))
    shown = or_(LetterTemplate.shared == "company", LetterTemplate.owner_id == user.id, ours)
    return and_(LetterTemplate.deleted_at.is_(None), shown)


def listed(user: User) -> list[LetterTemplate]:
    """The starting set first, one of each, then what people wrote, by name."""
    rows = _rows(user)
    others = sorted((row for row in rows if row.key not in STARTERS), key=lambda row: shape.key(row.name))
    return [*_first_of_each(rows, user), *others]


def find(template_id: str, *, seen_by: User, among: Iterable[LetterTemplate] = ()) -> LetterTemplate:
    """By its id, or by the key of one in the starting set; without asking where it is among those that are listed."""
    listed = (one for one in among if template_id in (one.id, one.key))
    if found := next(listed, None):
        return found
    if template_id in STARTERS:
        return of_kind(template_id, seen_by=seen_by)
    found = db.session.scalar(_whole().where(LetterTemplate.id == template_id, visible_to(seen_by)))
    if found is None:
        raise Missing
    return found


def find_deleted(template_id: str, *, by: User) -> LetterTemplate:
    found = db.session.scalar(_whole().where(LetterTemplate.id == template_id, LetterTemplate.deleted_at.is_not(None)))
    if found is None or not found.may_be_changed(by):
        raise Missing
    return found


def of_kind(key: str, *, seen_by: User) -> LetterTemplate:
    """One of the starting set: one's own words for it, else the company's, else those that it came with."""
    if key not in STARTERS:
        raise Missing
    rows = db.session.scalars(_whole().where(LetterTemplate.key == key, visible_to(seen_by)))
    return _chosen(key, list(rows), seen_by)


def versions_of(template: LetterTemplate, *, seen_by: User) -> list[TemplateVersion]:
    """Newest first."""
    newest = _versions(template, seen_by).order_by(TemplateVersion.number.desc())
    return list(db.session.scalars(newest.limit(MOST_OF_ONE)))


def version(template: LetterTemplate, number: int, *, seen_by: User) -> TemplateVersion:
    found = db.session.scalar(_versions(template, seen_by).where(TemplateVersion.number == number))
    if found is None:
        raise Missing
    return found


# --- verbs


def add(
    *, name: str, subject: str, text: str, by: User, purpose: str = "note", shared: str = "private",
    team_id: str | None = None, intent: str = "",
) -> LetterTemplate:  # fmt: skip
    """The same intent twice, as a double click sends it, is one template."""
    intended = tokens.digest(f"template {by.id} {intent}")[:20] if intent else None
    if intended and (there := db.session.get(LetterTemplate, intended)):
        return there
    template = LetterTemplate(id=intended, owner=by, owner_id=by.id, team=None)
    return _written(template, name, subject, text, purpose, shared, team_id, by=by)


def change(
    template: LetterTemplate, *, by: User, name: str | None = None, subject: str | None = None, text: str | None = None,
    purpose: str | None = None, shared: str | None = None, team_id: str | None = None, seen: int | None = None,
) -> LetterTemplate:  # fmt: skip
    """None leaves a field as it is. `seen`: the version that the writer began from. Changing one of the starting set
    makes a row that takes its place: for everybody, where the writer may, else for the writer alone.
    """
    words = (
        template.name if name is None else name,
        template.subject if subject is None else subject,
        template.text if text is None else text,
    )
    _refuse_if_overtaken(template, words, seen)
    purpose, shared = purpose or template.purpose, shared or template.shared
    team_id = template.team_id if team_id is None else team_id
    try:
        with db.session.begin_nested():
            return _changed(template, words, purpose, shared, team_id, by=by)
    except IntegrityError as error:  # somebody else gave the company its own at the same moment
        there = _the_companys(template.key)
        if there is None:
            raise
        if words == (there.name, there.subject, there.text):
            return there
        raise Refused(_taken(there), field="shared") from error


def bring_back(template: LetterTemplate, number: int, *, by: User) -> LetterTemplate:
    """The words of an earlier version, as a new one."""
    was = version(template, number, seen_by=by)
    return change(template, name=was.name, subject=was.subject, text=was.text, by=by)


def delete(template: LetterTemplate, *, by: User) -> LetterTemplate:
    if template.is_as_it_came:
        raise Refused("This one belongs to the starting set. Change its words, or leave it unused.")
    if not template.may_be_changed(by):
        raise Denied
    template.deleted_at = template.deleted_at or clock.now()
    events.record("template.deleted", by=by, subject_id=template.id, text="deleted a template")
    return template


def restore(template: LetterTemplate, *, by: User) -> LetterTemplate:
    if template.key and template.shared == "company" and (there := _the_companys(template.key)):
        raise Refused(f"“{there.name}” has taken its place meanwhile. Change that one.")
    if template.shared != "private":
        _guard(template, by=by)
    try:
        with db.session.begin_nested():
            template.deleted_at = None
    except IntegrityError as error:  # at the same moment
        raise Refused("Another one has taken its place meanwhile. Change that one.") from error
    events.record("template.restored", by=by, subject_id=template.id, text="brought a template back")
    return template


# --- parts


def _changed(
    template: LetterTemplate, words: tuple[str, str, str], purpose: str, shared: str, team_id: str | None, *, by: User
) -> LetterTemplate:
    if template.key and not template.may_be_changed(by):
        template, shared = _own_copy(template, by), "private"
    elif template.is_as_it_came:
        ours = _written(_own_copy(template, by), *words, purpose, shared, team_id, by=by)
        ours.shared_from = 0  # everybody knows the words it came with
        return ours
    elif not template.may_be_changed(by):
        raise Denied
    return _written(template, *words, purpose, shared, team_id, by=by)


def _versions(template: LetterTemplate, seen_by: User) -> Select[TemplateVersion]:
    query = select(TemplateVersion).where(TemplateVersion.template_id == template.id)
    if template.owner_id != seen_by.id:
        query = query.where(TemplateVersion.number >= template.shared_from)
    return query.options(joinedload(TemplateVersion.by))


def _whole() -> Select[LetterTemplate]:
    return select(LetterTemplate).options(joinedload(LetterTemplate.owner), joinedload(LetterTemplate.team))


def _rows(user: User) -> list[LetterTemplate]:
    return list(db.session.scalars(_whole().where(visible_to(user))))


def _first_of_each(rows: list[LetterTemplate], user: User) -> Iterator[LetterTemplate]:
    for key in STARTERS:
        yield _chosen(key, [row for row in rows if row.key == key], user)


def _chosen(key: str, rows: list[LetterTemplate], user: User) -> LetterTemplate:
    newest = sorted(rows, key=lambda row: (row.owner_id == user.id and row.shared == "private", row.shared == "company",
                                           row.changed_at, row.id))  # fmt: skip
    return newest[-1] if newest else _as_it_came(key)


def _as_it_came(key: str) -> LetterTemplate:
    """Not a row: its id is its key."""
    words = STARTERS[key]
    return LetterTemplate(
        id=key, key=key, name=words.name, subject=words.subject, text=words.text, purpose=words.purpose,
        shared="company", owner_id=None, team_id=None, number=0, deleted_at=None,
    )  # fmt: skip


def _the_companys(key: str) -> LetterTemplate | None:
    there = (LetterTemplate.key == key, LetterTemplate.shared == "company", LetterTemplate.deleted_at.is_(None))
    return db.session.scalar(_whole().where(*there))


def _own_copy(came: LetterTemplate, by: User) -> LetterTemplate:
    """With the words it came with as its first version, so that they can be looked at and brought back."""
    copy = LetterTemplate(
        id=tokens.new_id(), key=came.key, name=came.name, subject=came.subject, text=came.text, purpose=came.purpose,
        owner=by, owner_id=by.id, team=None,
    )  # fmt: skip
    _keep_version(copy, None)
    return copy


def _refuse_if_overtaken(template: LetterTemplate, words: tuple[str, str, str], seen: int | None) -> None:
    """The same words again, as a double click sends them, are no change."""
    is_other = words != (template.name, template.subject, template.text)
    if seen is not None and seen < template.number and is_other:
        raise Refused("Somebody has changed it since you opened it. Look at the versions first, then save yours again.")


def _written(
    template: LetterTemplate, name: str, subject: str, text: str, purpose: str, shared: str, team_id: str | None, *,
    by: User,
) -> LetterTemplate:  # fmt: skip
    words, readers = (template.name, template.subject, template.text), (template.shared, template.team_id)
    template.name = shape.line(name, "name", needed=True, most=LONGEST_NAME, name="A name")
    template.subject = shape.line(subject, "subject", needed=True, most=LONGEST_SUBJECT, name="A subject")
    template.text = shape.text(text, "text", needed=True, most=LONGEST_TEXT, name="The text")
    template.purpose = shape.one_of(purpose, PURPOSES, "purpose")
    _share(template, shared, team_id, by=by)
    if (template.name, template.subject, template.text) != words:
        _keep_version(template, by)
    if (template.shared, template.team_id) != readers and readers[0]:
        template.shared_from = template.number
    template.changed_at = clock.now()
    events.record("template.saved", by=by, subject_id=template.id, text="saved a template")
    return template


def _share(template: LetterTemplate, shared: str, team_id: str | None, *, by: User) -> None:
    """What others are to read tells of no sealed role; what is one's own is checked when a letter is made of it."""
    template.shared = shape.one_of(shared, SHARED, "shared")
    kept = template.team if template.team is not None and template.team.id == team_id else None
    team = kept or next((team for team in by.teams if team.id == team_id), None)
    template.team, template.team_id = (team, team.id) if shared == "team" and team else (None, None)
    if shared == "team" and team is None:
        raise Refused("Choose one of your own teams.", field="team_id")
    if shared != "private":
        _guard(template, by=by)
    if shared == "company" and template.key and (there := _the_companys(template.key)) and there.id != template.id:
        raise Refused(_taken(there), field="shared")


def _guard(template: LetterTemplate, *, by: User) -> None:
    leaks.refuse({"name": template.name, "subject": template.subject, "text": template.text}, by=by)


def _taken(there: LetterTemplate) -> str:
    return f"“{there.name}” is the company’s already. Change that one."


def _keep_version(template: LetterTemplate, by: User | None) -> None:
    template.number = (template.number or 0) + 1
    db.session.add(template)
    db.session.flush()
    db.session.add(
        TemplateVersion(
            template_id=template.id, number=template.number, name=template.name, subject=template.subject,
            text=template.text, by=by,
        )
    )  # fmt: skip
