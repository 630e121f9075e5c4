"""Labels on candidates: applied and removed in place."""

from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, to
from crm.domain import cadences, events, search, shape, stand_ins
from crm.domain.cadences import Cadence
from crm.domain.candidates import Candidate, visible_to
from crm.domain.errors import Missing
from crm.domain.users import User
from crm.kit import clock


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[Id]
    name: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)


class CandidateTag(Base):
    __tablename__ = "candidate_tag"
    candidate_id: Mapped[str] = to("candidate.id", primary_key=True, index=False, ondelete="CASCADE")
    tag_id: Mapped[str] = to("tag.id", primary_key=True)
    by_id: Mapped[str] = to("user.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)


_NAMES = (
    select(CandidateTag.candidate_id, Tag.name)
    .join(Tag, Tag.id == CandidateTag.tag_id)
    .where(CandidateTag.candidate_id.in_(stand_ins.ids()))
    .order_by(Tag.key)
)


def of(candidate_ids: list[str]) -> dict[str, list[Tag]]:
    """The tags of several candidates with one query, in alphabetical order."""
    found: dict[str, list[Tag]] = {candidate_id: [] for candidate_id in candidate_ids}
    rows = db.session.execute(
        select(CandidateTag.candidate_id, Tag)
        .join(Tag, Tag.id == CandidateTag.tag_id)
        .where(CandidateTag.candidate_id.in_(candidate_ids))
        .order_by(Tag.key)
    )
    for candidate_id, tag in rows:
        found[candidate_id].append(tag)
    return found


def names(candidate_ids: list[str]) -> dict[str, list[str]]:
    """The same as words only, for lists."""
    found: dict[str, list[str]] = {candidate_id: [] for candidate_id in candidate_ids}
    for candidate_id, name in db.session.execute(_NAMES, {"ids": candidate_ids}):
        found[candidate_id].append(name)
    return found


def known_to(user: User) -> Select[Tag]:
    """Only tags on somebody whom the user may see: a tag's name can give a hidden person away."""
    carried = select(CandidateTag.tag_id).join(Candidate, Candidate.id == CandidateTag.candidate_id)
    return select(Tag).where(exists(carried.where(CandidateTag.tag_id == Tag.id, visible_to(user)))).order_by(Tag.key)


def cadences_known_to(user: User) -> list[tuple[Cadence, str]]:
    """The defaults that are set, with the tag's name; those of tags only where the viewer knows the tag."""
    known = set(db.session.scalars(known_to(user).with_only_columns(Tag.id)))
    return [(one, name) for one, name in cadences.defaults() if one.tag_id is None or one.tag_id in known]


def find(tag_id: str, *, seen_by: User) -> Tag:
    tag = db.session.scalar(known_to(seen_by).where(Tag.id == tag_id))
    if tag is None:
        raise Missing
    return tag


def known_as(name: str, *, seen_by: User) -> Tag | None:
    """The tag of this name, if the viewer knows of it."""
    return db.session.scalar(known_to(seen_by).where(Tag.key == shape.key(name.lstrip("# "))))


def starting_with(text: str, *, seen_by: User, limit: int = 20) -> list[Tag]:
    return list(
        db.session.scalars(known_to(seen_by).where(Tag.key.startswith(shape.key(text), autoescape=True)).limit(limit))
    )


def apply(candidate: Candidate, name: str, *, by: User) -> Tag:
    """A tag that the candidate carries already stays as it is."""
    tag = named(shape.line(name.lstrip("# "), "name", most=60, needed=True, name="A tag"))
    if db.session.get(CandidateTag, (candidate.id, tag.id)) is None:
        db.session.add(CandidateTag(candidate_id=candidate.id, tag_id=tag.id, by_id=by.id))
        events.record("tag.applied", by=by, subject_id=candidate.id, text=f"tagged “{tag.name}”")
        index(candidate)
        cadences.begin(candidate)
    return tag


def remove(candidate: Candidate, tag_id: str, *, by: User) -> Tag | None:
    """A tag that is gone already is no error, and None: two tabs may both remove it."""
    carried = db.session.get(CandidateTag, (candidate.id, tag_id))
    tag = db.session.get(Tag, tag_id)
    if carried is None or tag is None:
        return None
    db.session.delete(carried)
    events.record("tag.removed", by=by, subject_id=candidate.id, text=f"removed the tag “{tag.name}”")
    index(candidate)
    return tag


def named(name: str) -> Tag:
    """The tag of this name, made if there is none; should somebody have been quicker, theirs."""
    known = select(Tag).where(Tag.key == shape.key(name))
    tag = db.session.scalar(known)
    if tag is not None:
        return tag
    tag = Tag(name=name, key=shape.key(name))
    try:
        with db.session.begin_nested():
            db.session.add(tag)
    except IntegrityError:
        return db.session.scalars(known).one()
    return tag


def index(candidate: Candidate) -> None:
    db.session.flush()
    names = [tag.name for tag in of([candidate.id])[candidate.id]]
    search.put("candidate", candidate.id, tags=" · ".join(names))
