"""Records that may be of the same person. They are only named: nothing is merged, a person decides.

What speaks for it is weighed in the open: the weights of the reasons add up to the score. A name that is nearly alike
counts only together with something else; one that is the same is always told, for somebody to look.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rapidfuzz import fuzz
from sqlalchemy import Index, Select, and_, exists, literal, or_, select, text, true, union_all, update
from sqlalchemy.orm import Mapped, mapped_column, selectinload

from crm.db import Base, db, to
from crm.domain import search, shape
from crm.domain.candidates import Candidate, Email, Phone, visible_to
from crm.domain.errors import Missing, Refused
from crm.domain.search import Entry
from crm.domain.users import User
from crm.kit import addresses, clock

SAME_MAIL, SAME_PHONE, SAME_LINK, SAME_NAME, ALIKE_NAME = 60, 50, 60, 40, 30
SAME_EMPLOYER, SAME_PLACE, SAME_WORK = 20, 10, 10
NAMED = ("the same name", "nearly the same name")
ENOUGH = 40
ALIKE = 88
"""Of rapidfuzz's hundred: one letter in ten."""
MOST_ALIKE = 50
"""That are looked at for one name."""
AT_ONCE = 100
"""Records that the worker looks at in one transaction."""
MOST_IN_A_QUERY = 200


class DuplicatePair(Base):
    """Two records, the older first. Once somebody has said that they are two people, it is not asked again."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        Index("ix_duplicate_pair_open", "score", "found_at", "older_id", "newer_id",
              sqlite_where=text("apart_at IS NULL"), postgresql_where=text("apart_at IS NULL")),
    )  # fmt: skip
    older_id: Mapped[str] = to("candidate.id", primary_key=True, index=False, ondelete="CASCADE")
    newer_id: Mapped[str] = to("candidate.id", primary_key=True, ondelete="CASCADE")
    score: Mapped[int]
    why: Mapped[str]
    found_at: Mapped[datetime] = mapped_column(default=clock.now)
    apart_at: Mapped[datetime | None]
    apart_by_id: Mapped[str | None] = to("user.id", index=False)


@dataclass(frozen=True)
class Person:
    """What is compared of somebody, on record or not yet."""

    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    """As digits, the way shape of candidates keeps them."""
    links: tuple[str, ...] = ()
    employer: str = ""
    location: str = ""
    headline: str = ""
    mailboxes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mailboxes", frozenset(map(addresses.normal, self.emails)))


@dataclass(frozen=True)
class Likeness:
    """Somebody on record who may be the same; `why` in words: "the same mail address and the same name"."""

    candidate_id: str
    name: str
    why: str
    score: int
    is_named_so: bool = False
    """Their names are the same, or nearly."""


@dataclass(frozen=True)
class Pair:
    """Two records on the list of those to be looked at."""

    older: Candidate
    newer: Candidate
    score: int
    why: str
    found_at: datetime


# --- queries


def of(candidate: Candidate, *, seen_by: User, limit: int = 5) -> list[Candidate]:
    """Others who may be the same person, the likeliest first; without those that were said to be somebody else."""
    found = among([_known(candidate)], seen_by=seen_by, closely=True, but=candidate.id)[0]
    apart = _apart_from(candidate.id)
    ids = [one.candidate_id for one in found if one.candidate_id not in apart][:limit]
    people = {one.id: one for one in _loaded(ids, None)}
    return [people[one] for one in ids]


def among(
    people: Sequence[Person], *, seen_by: User | None, closely: bool = False, but: str = ""
) -> list[list[Likeness]]:
    """For each of them, who on record may be the same, the likeliest first; by a few queries, however many they are.

    `seen_by` None asks about everybody, for the worker. `closely`: names that are only alike, too, by a query for each.
    """
    near = _near(people, seen_by, closely)
    return [
        sorted((like for one in near[number] if one.id != but and (like := _likeness(person, one))), key=_first)
        for number, person in enumerate(people)
    ]


def waiting(*, seen_by: User) -> Select[DuplicatePair]:
    """Pairs of which both are seen, and that nobody has decided on; cut by score and when they were found."""
    seen = (
        exists().where(Candidate.id == one, visible_to(seen_by))
        for one in (DuplicatePair.older_id, DuplicatePair.newer_id)
    )
    return select(DuplicatePair).where(DuplicatePair.apart_at.is_(None), *seen)


def shown(pairs: Iterable[DuplicatePair]) -> list[Pair]:
    """With both records, by one query more."""
    pairs = list(pairs)
    ids = {one for pair in pairs for one in (pair.older_id, pair.newer_id)}
    query = select(Candidate).where(Candidate.id.in_(ids)).options(selectinload(Candidate.emails))
    people = {one.id: one for one in db.session.scalars(query)} if ids else {}
    return [Pair(people[p.older_id], people[p.newer_id], p.score, p.why, p.found_at) for p in pairs]


def why(one: Candidate, other: Candidate) -> str:
    """In words, what speaks for one person; nothing where nothing does."""
    like = _likeness(_known(one), other)
    return like.why if like else ""


# --- verbs


def keep_apart(one: Candidate, other: Candidate, *, by: User) -> DuplicatePair:
    """These are two people: not asked again."""
    if one.id == other.id:
        raise Refused("That is the same record. Choose two.")
    pair = _pair(one.id, other.id) or _paired(one, other, Likeness(other.id, other.full_name, why(one, other), 0))
    pair.apart_at, pair.apart_by_id = pair.apart_at or clock.now(), by.id
    return pair


def keep_apart_as(gone_id: str, kept: Candidate) -> None:
    """Who was said to be somebody else than a record that is merged is somebody else than the one that stays."""
    for other in db.session.scalars(select(Candidate).where(Candidate.id.in_(_apart_from(gone_id) - {kept.id}))):
        if _pair(kept.id, other.id) is None:
            _paired(kept, other, Likeness(other.id, other.full_name, "", 0)).apart_at = clock.now()


def ask_again(one: Candidate, other: Candidate) -> DuplicatePair:
    """Undo of keep_apart."""
    pair = _pair(one.id, other.id)
    if pair is None:
        raise Missing
    pair.apart_at = pair.apart_by_id = None
    return pair


def look(now: datetime) -> int:
    """By the worker: whether those who are new, or whose name or address changed, are somebody who is there already.

    The name alone makes no pair: among many people it is nobody's, and whoever saves a record is told of it.
    """
    unlooked = select(Candidate).where(Candidate.compared_at.is_(None), Candidate.deleted_at.is_(None))
    some = unlooked.order_by(Candidate.id).limit(AT_ONCE).with_for_update(skip_locked=True)
    people = list(db.session.scalars(some.options(selectinload(Candidate.emails), selectinload(Candidate.phones))))
    likes = among([_known(one) for one in people], seen_by=None, closely=True)
    ids = [one.id for one in people]
    known = _pairs_of(ids)
    for candidate, found in zip(people, likes, strict=True):
        for like in found:
            if like.candidate_id != candidate.id and like.score > SAME_NAME:
                _put(candidate, like, known)
    db.session.execute(update(Candidate).where(Candidate.id.in_(ids)).values(compared_at=now))
    return len(people)


# --- who is compared


def _known(candidate: Candidate) -> Person:
    return Person(
        name=candidate.full_name,
        emails=tuple(one.address for one in candidate.emails),
        phones=tuple(one.digits for one in candidate.phones),
        links=tuple(candidate.links),
        employer=candidate.employer,
        location=candidate.location,
        headline=candidate.headline,
    )


def _near(people: Sequence[Person], user: User | None, closely: bool) -> dict[int, list[Candidate]]:
    """By the place in the list, those on record who share an address, a number or a name."""
    wanted = [
        _by_value([person.mailboxes for person in people]),
        _by_value([person.phones for person in people]),
        _by_value([_keys(person.name) for person in people]),
    ]
    shared = defaultdict[str, set[int]](set)
    for which, value, candidate_id in _sharing(*map(list, wanted)):
        shared[candidate_id] |= wanted[which][value]
    for number, person in enumerate(people if closely else ()):
        for candidate_id in (*_alike(person.name), *_with_link(person.links)):
            shared[candidate_id].add(number)
    found = defaultdict[int, list[Candidate]](list)
    for candidate in _loaded(list(shared), user):
        for number in shared[candidate.id]:
            found[number].append(candidate)
    return found


def _by_value(values: Sequence[Iterable[str]]) -> dict[str, set[int]]:
    """Whose value it is, by the place in the list."""
    owners = defaultdict[str, set[int]](set)
    for number, theirs in enumerate(values):
        for value in theirs:
            owners[value].add(number)
    return owners


def _keys(name: str) -> set[str]:
    """As it stands, and with what is behind the comma before it."""
    family, comma, given = name.partition(",")
    turned = f"{given} {family}" if comma else name
    return {key for key in (shape.key(name), shape.key(turned)) if key}


def _sharing(boxes: list[str], numbers: list[str], keys: list[str]) -> Iterable[tuple[int, str, str]]:
    """Which of the three lists, the value in it, and who has it; by one query for a few hundred of them."""
    listed = and_(Candidate.deleted_at.is_(None), Candidate.archived_at.is_(None))
    archived = Candidate.archived_at.is_not(None)  # said, as the indexes of names are in two parts
    whose = (
        (0, Email.mailbox, Email.candidate_id, true()), (1, Phone.digits, Phone.candidate_id, true()),
        (2, Candidate.name_key, Candidate.id, listed), (2, Candidate.name_key, Candidate.id, archived),
    )  # fmt: skip
    for start in range(0, max(map(len, (boxes, numbers, keys))), MOST_IN_A_QUERY):
        some = [values[start : start + MOST_IN_A_QUERY] for values in (boxes, numbers, keys)]
        each = [
            select(literal(which).label("which"), column.label("value"), owner.label("owner")).where(
                column.in_(some[which]), those
            )
            for which, column, owner, those in whose
            if some[which]
        ]
        yield from ((row[0], row[1], row[2]) for row in db.session.execute(union_all(*each)))


def _alike(name: str) -> Iterable[str]:
    """Whoever has the first and the last word of the name in theirs, or a letter of it differently."""
    words = search.terms(name)
    if len(words) < 2:
        return []
    named = search.hits(f"{words[0]} {words[-1]}", kind="candidate", in_title=True, slips=True)
    return db.session.scalars(named.with_only_columns(Entry.subject_id).limit(MOST_ALIKE))


def _with_link(links: Sequence[str]) -> Iterable[str]:
    """Whoever has all the words of such an address on record."""
    for link in links:
        if search.terms(_bare(link)):
            named = search.hits(_bare(link), kind="candidate").with_only_columns(Entry.subject_id)
            yield from db.session.scalars(named.limit(MOST_ALIKE))


def _loaded(ids: list[str], user: User | None) -> Iterable[Candidate]:
    seen = visible_to(user) if user is not None else Candidate.deleted_at.is_(None)
    for start in range(0, len(ids), MOST_IN_A_QUERY):
        query = select(Candidate).where(Candidate.id.in_(ids[start : start + MOST_IN_A_QUERY]), seen)
        both = (selectinload(Candidate.emails), selectinload(Candidate.phones))
        yield from db.session.scalars(query.order_by(Candidate.created_at, Candidate.id).options(*both))


# --- how alike they are


def _likeness(person: Person, other: Candidate) -> Likeness | None:
    reasons = list(_reasons(person, _known(other)))
    score = sum(weight for _, weight in reasons)
    if score < ENOUGH or not any(weight >= ALIKE_NAME for _, weight in reasons):
        return None
    said = [words for words, _ in reasons]
    why = " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))
    return Likeness(other.id, other.full_name, why, score, is_named_so=any(words in NAMED for words in said))


def _reasons(one: Person, other: Person) -> Iterable[tuple[str, int]]:
    if one.mailboxes & other.mailboxes:
        yield "the same mail address", SAME_MAIL
    if set(one.phones) & set(other.phones):
        yield "the same phone", SAME_PHONE
    if set(map(_bare, one.links)) & set(map(_bare, other.links)):
        yield "the same link", SAME_LINK
    if _keys(one.name) & _keys(other.name):
        yield NAMED[0], SAME_NAME
    elif fuzz.token_sort_ratio(shape.key(one.name), shape.key(other.name)) >= ALIKE:
        yield NAMED[1], ALIKE_NAME
    for words, mine, theirs, weight in (
        ("the same employer", one.employer, other.employer, SAME_EMPLOYER),
        ("the same place", one.location, other.location, SAME_PLACE),
        ("the same work", one.headline, other.headline, SAME_WORK),
    ):
        if mine and shape.key(mine) == shape.key(theirs):
            yield words, weight


def _bare(link: str) -> str:
    """http or https, with www or without, and what a site adds behind the question mark: the same page."""
    return link.lower().split("?")[0].split("://")[-1].removeprefix("www.").rstrip("/")


def _first(like: Likeness) -> tuple[int, str]:
    return -like.score, like.candidate_id


# --- pairs


def _pairs_of(ids: list[str]) -> dict[frozenset[str], DuplicatePair]:
    query = select(DuplicatePair).where(or_(DuplicatePair.older_id.in_(ids), DuplicatePair.newer_id.in_(ids)))
    return {frozenset((pair.older_id, pair.newer_id)): pair for pair in db.session.scalars(query)}


def _put(candidate: Candidate, like: Likeness, known: dict[frozenset[str], DuplicatePair]) -> None:
    """Found again, a pair says what speaks for it now; a decision stands."""
    both = frozenset((candidate.id, like.candidate_id))
    if both in known:
        known[both].score, known[both].why = like.score, like.why
    else:
        known[both] = _paired(candidate, db.session.get_one(Candidate, like.candidate_id), like)


def _paired(one: Candidate, other: Candidate, like: Likeness) -> DuplicatePair:
    older, newer = sorted((one, other), key=lambda person: (person.created_at, person.id))
    pair = DuplicatePair(older_id=older.id, newer_id=newer.id, score=like.score, why=like.why)
    db.session.add(pair)
    return pair


def _pair(one_id: str, other_id: str) -> DuplicatePair | None:
    both = (one_id, other_id)
    theirs = DuplicatePair.older_id.in_(both) & DuplicatePair.newer_id.in_(both)
    return db.session.scalar(select(DuplicatePair).where(theirs))


def _apart_from(candidate_id: str) -> set[str]:
    mine = or_(DuplicatePair.older_id == candidate_id, DuplicatePair.newer_id == candidate_id)
    rows = db.session.execute(
        select(DuplicatePair.older_id, DuplicatePair.newer_id).where(mine, DuplicatePair.apart_at.is_not(None))
    )
    return {one for row in rows for one in row} - {candidate_id}
