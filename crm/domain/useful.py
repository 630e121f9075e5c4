"""Something useful: a link or a file with a note, sent to people who may be glad of it. Never the same twice."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, UniqueConstraint, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, aliased, joinedload, mapped_column, relationship, selectinload

from crm import config
from crm.db import Base, Id, after_rollback, db, to
from crm.domain import candidates, events, leaks, policy, resumes, shape, stand_ins, tags
from crm.domain.candidates import Candidate, Email
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.tags import CandidateTag, Tag
from crm.domain.users import User
from crm.kit import clock, files, pictures, sniff, tokens

VISIBILITY = ("company", "private")
MOST_AT_ONCE = 50
MOST_TAGS = 10
MOST_SHOWN = 200
LONGEST_NOTE = 2_000
KINDS = {"pdf": sniff.MEDIA_TYPES["pdf"], "txt": sniff.MEDIA_TYPES["txt"], **pictures.MEDIA_TYPES}
NOT_ONE = "A PDF, a picture (PNG or JPEG) or plain text can be sent. This file is none of them."
NEVER_CAME = ("cancelled", "failed", "blocked", "bounced")


class UsefulItem(Base):
    """`link` or `file_key`: one of the two."""

    __tablename__ = "useful_item"
    __table_args__ = (UniqueConstraint("by_id", "intent"), UniqueConstraint("file_key"))
    id: Mapped[Id]
    title: Mapped[str]
    link: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    file_key: Mapped[str | None] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64), default="")
    kind: Mapped[str] = mapped_column(String(4), default="")
    filename: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[str] = to("user.id", index=False)
    visibility: Mapped[str] = mapped_column(String(10), default="company")
    intent: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    tags: Mapped[list[Tag]] = relationship(secondary="useful_item_tag", lazy="raise_on_sql", order_by=Tag.key)

    @property
    def owner_id(self) -> str:
        return self.by_id

    @property
    def media_type(self) -> str:
        return KINDS[self.kind]

    @property
    def words(self) -> str:
        """As they stand in a letter."""
        what = f"{self.title}\n{self.link}" if self.link else f"{self.title} (attached)"
        return f"{self.note}\n\n{what}" if self.note else what


class UsefulItemTag(Base):
    __tablename__ = "useful_item_tag"
    item_id: Mapped[str] = to("useful_item.id", primary_key=True, index=False, ondelete="CASCADE")
    tag_id: Mapped[str] = to("tag.id", primary_key=True)


class UsefulSent(Base):
    """Who got what. A row whose letter never came is no obstacle to another try."""

    __tablename__ = "useful_sent"
    __table_args__ = (UniqueConstraint("item_id", "candidate_id"),)
    id: Mapped[Id]
    item_id: Mapped[str] = to("useful_item.id", index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    personal_letter_id: Mapped[str] = to("personal_letter.id", ondelete="CASCADE")
    by_id: Mapped[str] = to("user.id", index=False)
    batch: Mapped[str] = mapped_column(String(40))
    """Of one press of the button, so that it is taken back as a whole."""
    at: Mapped[datetime] = mapped_column(default=clock.now)


@dataclass(frozen=True)
class Upload:
    """A file that was checked and kept, before any transaction."""

    file_key: str
    sha256: str
    kind: str
    filename: str
    size: int


# --- queries


def visible_to(user: User) -> ColumnElement[bool]:
    return or_(UsefulItem.visibility == "company", UsefulItem.by_id == user.id)


def listed(user: User) -> Select[UsefulItem]:
    """Newest first, with who added it and its tags."""
    whole = (joinedload(UsefulItem.by, innerjoin=True), selectinload(UsefulItem.tags))
    query = select(UsefulItem).where(visible_to(user), UsefulItem.archived_at.is_(None)).options(*whole)
    return query.order_by(UsefulItem.created_at.desc(), UsefulItem.id.desc())


def find(item_id: str, *, seen_by: User) -> UsefulItem:
    """Also one that was put away."""
    query = select(UsefulItem).where(UsefulItem.id == item_id, visible_to(seen_by))
    item = db.session.scalar(query.options(joinedload(UsefulItem.by, innerjoin=True), selectinload(UsefulItem.tags)))
    if item is None:
        raise Missing
    return item


def counts(item_ids: list[str], *, seen_by: User) -> dict[str, int]:
    """To how many people each went, of those whom the user may see."""
    query = (
        select(UsefulSent.item_id, func.count())
        .join(Letter, Letter.personal_letter_id == UsefulSent.personal_letter_id)
        .join(Candidate, Candidate.id == UsefulSent.candidate_id)
        .where(UsefulSent.item_id.in_(item_ids), Letter.state.not_in(NEVER_CAME), candidates.visible_to(seen_by))
        .group_by(UsefulSent.item_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def who_may_get(item: UsefulItem, *, seen_by: User, tag: str | None = None, name: str = "") -> list[Candidate]:
    """People to choose from, by name; one more than MOST_AT_ONCE where there are more. `tag`: None is any of the item's
    own, where it has some; empty is whatever they carry.
    """
    has = came(select(UsefulSent.candidate_id)).where(UsefulSent.item_id == item.id)
    reachable = exists().where(Email.candidate_id == Candidate.id)
    query = candidates.listed(seen_by).where(reachable, Candidate.id.not_in(has))
    keys = [one.key for one in item.tags] if tag is None else [shape.key(tag)] if tag.strip() else []
    if keys:
        carrying = select(CandidateTag.candidate_id).join(Tag).where(Tag.key.in_(keys))
        query = query.where(Candidate.id.in_(carrying))
    if key := shape.key(shape.FORBIDDEN.sub("", name)):
        query = query.where(Candidate.name_key.contains(key, autoescape=True))
    return list(db.session.scalars(query.order_by(Candidate.name_key, Candidate.id).limit(MOST_AT_ONCE + 1)))


def for_people(candidate_ids: list[str], *, seen_by: User) -> dict[str, UsefulItem]:
    """What one could bring each of them, by one query: the newest with a tag of theirs that they have not got."""
    if not candidate_ids:
        return {}
    rows = db.session.execute(_for_people(), {"ids": candidate_ids, "user": seen_by.id})
    return {row[0]: row[1] for row in rows}


@cache
def _for_people() -> Select[str, UsefulItem]:
    got = came(select(UsefulSent.id)).where(
        UsefulSent.item_id == UsefulItem.id, UsefulSent.candidate_id == CandidateTag.candidate_id
    )
    return (
        select(CandidateTag.candidate_id, UsefulItem)
        .join(UsefulItemTag, UsefulItemTag.tag_id == CandidateTag.tag_id)
        .join(UsefulItem, UsefulItem.id == UsefulItemTag.item_id)
        .where(CandidateTag.candidate_id.in_(stand_ins.ids()), visible_to(stand_ins.user()))
        .where(UsefulItem.archived_at.is_(None), ~got.exists())
        .order_by(UsefulItem.created_at, UsefulItem.id)
    )


def by_tag(candidate: Candidate, *, seen_by: User) -> list[tuple[Tag, UsefulItem | None]]:
    """Their tags by name, each with the newest thing for it that they have not got; by one query."""
    rows = db.session.execute(_by_tag(), {"candidate": candidate.id, "user": seen_by.id})
    return [(row[0], row[1]) for row in rows]


@cache
def _by_tag() -> Select[Tag, UsefulItem]:
    candidate, user = stand_ins.candidate(), stand_ins.user()
    got = came(select(UsefulSent.id)).where(
        UsefulSent.item_id == UsefulItem.id, UsefulSent.candidate_id == candidate.id
    )
    newest = (
        select(UsefulItem.id)
        .join(UsefulItemTag, UsefulItemTag.item_id == UsefulItem.id)
        .where(UsefulItemTag.tag_id == Tag.id, visible_to(user), UsefulItem.archived_at.is_(None), ~got.exists())
        .order_by(UsefulItem.created_at.desc(), UsefulItem.id.desc())
        .limit(1)
        .correlate(Tag)
    )
    shown = aliased(UsefulItem)
    return (
        select(Tag, shown)
        .join(CandidateTag, CandidateTag.tag_id == Tag.id)
        .outerjoin(shown, shown.id == newest.scalar_subquery())
        .where(CandidateTag.candidate_id == candidate.id)
        .order_by(Tag.key)
    )


def content(item: UsefulItem) -> bytes:
    """Raises Missing where there is no file, or it is not the one that was added."""
    try:
        kept = resumes.store().read(item.file_key or "-")
    except files.Missing as error:
        raise Missing from error
    if files.sha256(kept) != item.sha256:
        raise Missing
    return kept


def file_keys() -> set[str]:
    return {key for key in db.session.scalars(select(UsefulItem.file_key)) if key}


# --- verbs


def receive(filename: str, content: bytes) -> Upload:
    """Checks the bytes and keeps them. Slow (it waits for the disk), so it comes before the transaction."""
    if not content:
        raise Refused("This file is empty.", field="file")
    most = config.current().upload_mb
    if len(content) > most * 1_000_000:
        raise Refused(f"This file is larger than {most} MB.", field="file")
    kind = pictures.kind_of(content) or _document(content)
    key = resumes.store().keep(content)
    after_rollback(lambda: resumes.forget([key]))
    called = shape.filename(filename, kind, otherwise="something useful")
    return Upload(key, files.sha256(content), kind, called, len(content))


def add(
    *, title: str, by: User, link: str = "", note: str = "", tag_names: list[str] | None = None,
    visibility: str = "company", upload: Upload | None = None, intent: str = "",
) -> UsefulItem:  # fmt: skip
    """The same intent twice, as a double click sends it, is one."""
    intent = shape.line(intent, "intent", most=40) or tokens.new_id()
    link = shape.link(link, "link")
    if bool(link) == (upload is not None):
        raise Refused("Give a link, or a file: one of the two.", field="link")
    names = [name for name in tag_names or [] if name.strip()]
    if len(names) > MOST_TAGS:
        raise Refused(f"There is room for {MOST_TAGS} tags.", field="tags")
    title = shape.signature(title, "title", name="A title")
    note = shape.text(note, "note", most=LONGEST_NOTE, name="The note")
    if visibility == "company":  # what is one's own is checked when a letter is made of it
        leaks.refuse({"title": title, "link": link, "note": note, "file": upload.filename if upload else ""}, by=by)
    item = UsefulItem(
        title=title, link=link, note=note, by=by, by_id=by.id, intent=intent,
        visibility=shape.one_of(visibility, VISIBILITY, "visibility"), **(vars(upload) if upload else {}),
    )  # fmt: skip
    item.tags = list({tag.id: tag for tag in map(_tag, names)}.values())
    try:
        with db.session.begin_nested():
            db.session.add(item)
    except IntegrityError:
        same = select(UsefulItem).where(UsefulItem.by_id == by.id, UsefulItem.intent == intent)
        found = db.session.scalars(same).one()
        if upload:
            resumes.forget([upload.file_key])
        return find(found.id, seen_by=by)
    events.record("useful.added", by=by, subject_id=item.id, text="added something useful")
    return item


def put_away(item: UsefulItem, *, by: User) -> UsefulItem:
    """Off the list; who got it keeps it."""
    policy.require("restrict", item, by=by)
    if item.archived_at is None:
        item.archived_at = clock.now()
        events.record("useful.put_away", by=by, subject_id=item.id, text="put something useful away")
    return item


def bring_back(item: UsefulItem, *, by: User) -> UsefulItem:
    policy.require("restrict", item, by=by)
    if item.archived_at is not None:
        item.archived_at = None
        events.record("useful.brought_back", by=by, subject_id=item.id, text="brought something useful back")
    return item


# --- parts


def came(query: Select[Any]) -> Select[Any]:
    """Only what reached somebody, or still may."""
    return query.join(Letter, Letter.personal_letter_id == UsefulSent.personal_letter_id).where(
        Letter.state.not_in(NEVER_CAME)
    )


def _tag(name: str) -> Tag:
    return tags.named(shape.line(name.strip().lstrip("# "), "tags", most=60, needed=True, name="A tag"))


def _document(content: bytes) -> str:
    try:
        kind = sniff.kind_of(content)
    except sniff.Unaccepted as error:
        raise Refused(NOT_ONE, field="file") from error
    if kind not in KINDS:
        raise Refused(NOT_ONE, field="file")
    return kind
