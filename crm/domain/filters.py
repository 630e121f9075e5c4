"""What a list can be narrowed by: fields with values, the same for the list, the search box, saved searches and acts
on many. Several values of one field: any of them; `-field`: none of them; several fields: all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from crm.db import db, is_sqlite
from crm.domain import cadences, candidates, pools, roles, search, shape, tags
from crm.domain.applications import STAGES, Application
from crm.domain.candidates import Candidate
from crm.domain.consents import PURPOSES, Consent
from crm.domain.errors import Refused
from crm.domain.pools import Pool, PoolMember
from crm.domain.roles import Role
from crm.domain.tags import CandidateTag, Tag
from crm.domain.users import User
from crm.domain.warmth import COOLING_FOR, WARM_FOR, WARMTHS
from crm.kit import clock, query_words

FIELDS = (
    "tag", "stage", "warmth", "role", "consent", "pool", "owner", "source", "location", "employer", "due", "mine",
    "archived",
)  # fmt: skip
FLAGS = ("due", "mine", "archived")
NO = frozenset(("no", "0", "false", "off"))
MANY = 1_000
"""From here on it is quicker to ask each person on the list in turn than to collect all that fit first."""
MOST_ROLES = 50
MOST_VALUES = 40
TOO_MANY = "These are more filters than one list can have. Take some off."
PERMITTED = {
    "keep": "May be kept", "contact": "May be contacted", "forward": "May be forwarded",
    "introduce": "May be introduced",
}  # fmt: skip
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Chip:
    """One filter as it stands above the list; `label` is what the value is called."""

    field: str
    value: str
    label: str
    excluded: bool = False

    @property
    def key(self) -> str:
        """Of the pair."""
        return f"-{self.field}" if self.excluded else self.field


@dataclass(frozen=True)
class Filters:
    """The same people twice: `paged` in the form that is cut into pages, `counted` in the form that is counted.
    `troubles` say in a sentence each what nobody can fit.
    """

    paged: list[ColumnElement[bool]]
    counted: list[ColumnElement[bool]]
    chips: list[Chip]
    troubles: list[str]


@dataclass
class _One:
    """A field with all of its values, looked up. `members` gives candidate ids; else `plain` is the condition."""

    plain: ColumnElement[bool] | None = None
    members: Select[Any] | None = None
    holder: InstrumentedAttribute[Any] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    why: str = ""


def conditions(pairs: Pairs, *, seen_by: User) -> list[ColumnElement[bool]]:
    """On Candidate, with who may be seen. An unknown field or value, or one that may not be seen, fits nobody."""
    return [candidates.visible_to(seen_by), *read(pairs, seen_by=seen_by).paged]


def troubles(pairs: Pairs, *, seen_by: User) -> list[str]:
    return read(pairs, seen_by=seen_by).troubles


def pairs_of(address: str) -> list[tuple[str, str]]:
    """The filters in what follows the ? of a list's address; `q`, the words, is left out."""
    said = [(key, value.strip()[: shape.LINE]) for key, value in _asked(address) if key.lstrip("-") in FIELDS]
    return [(key, value) for key, value in said if value]


def words_of(address: str) -> str:
    return next((value for key, value in _asked(address) if key == "q"), "")


def order_of(address: str) -> str:
    return next((value for key, value in _asked(address) if key == "sort"), "")


def names_archive(pairs: Pairs) -> bool:
    """Whether they say something of the archive; else a list leaves it out."""
    return any(key.lstrip("-") == "archived" for key, _ in pairs)


def read(pairs: Pairs, *, seen_by: User) -> Filters:
    """Few statements however many filters: one for each of tag, pool, role and owner that is named, and one more."""
    grouped = _grouped(pairs)
    known = {key: _look_up(key.lstrip("-"), values, seen_by) for key, values in grouped.items()}
    many = _are_many(known)
    paged: list[ColumnElement[bool]] = []
    counted: list[ColumnElement[bool]] = []
    chips, sentences = [], []
    for key, one in known.items():
        excluded = key.startswith("-")
        for made, by_each in ((paged, key in many), (counted, False)):
            made.append(_negated(_condition(one, by_each)) if excluded else _condition(one, by_each))
        chips += [Chip(key.lstrip("-"), value, one.labels.get(value, value), excluded) for value in grouped[key]]
        sentences += [f"{one.why} “{value}”." for value in one.unknown]
    return Filters(paged, counted, chips, sentences)


# --- parts


def _asked(address: str) -> list[tuple[str, str]]:
    """Raises Refused where there are more than anybody types: without them it would be a list of everybody."""
    try:
        return parse_qsl(address, max_num_fields=2 * MOST_VALUES)
    except ValueError as error:
        raise Refused(TOO_MANY, field="search") from error


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    """A flag that says no is the flag left out; what is given twice counts once."""
    grouped: dict[str, list[str]] = {}
    for given, value in list(pairs)[:MOST_VALUES]:
        key, cleaned = _flag(given, value.replace("\x00", "").strip()[: shape.LINE])
        values = grouped.setdefault(key, [])
        if cleaned not in values:
            values.append(cleaned)
    return grouped


def _flag(key: str, value: str) -> tuple[str, str]:
    name = key.lstrip("-")
    if name not in FLAGS:
        return key, value
    return f"{'-' if key.startswith('-') != (value.casefold() in NO) else ''}{name}", "yes"


def _look_up(name: str, values: list[str], user: User) -> _One:
    asked = _ASK.get(name)
    return asked(values, user) if asked else _One(unknown=list(values), why=f"There is no filter {name[:40]}:")


def _condition(one: _One, by_each: bool) -> ColumnElement[bool]:
    if one.members is None or one.holder is None:
        return one.plain if one.plain is not None else false()
    fits = exists(one.members.where(Candidate.id == one.holder)) if by_each else Candidate.id.in_(one.members)
    return or_(fits, one.plain) if one.plain is not None else fits


def _negated(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """What is not known of somebody does not fit either, so they stay."""
    return ~func.coalesce(condition, false())


def _are_many(known: dict[str, _One]) -> set[str]:
    asked = {key: one.members for key, one in known.items() if one.members is not None}
    if not asked:
        return set()
    found = db.session.execute(select(*(_probe(members) for members in asked.values()))).one()
    return {key for key, count in zip(asked, found, strict=True) if count > MANY}


def _probe(members: Select[Any]) -> ColumnElement[int]:
    return select(func.count()).select_from(members.limit(MANY + 1).subquery()).scalar_subquery()


def _tag(values: list[str], user: User) -> _One:
    keys = {value: shape.key(value.lstrip("# ")) for value in values}
    found = {tag.key: tag for tag in db.session.scalars(tags.known_to(user).where(Tag.key.in_(set(keys.values()))))}
    return _One(
        members=select(CandidateTag.candidate_id).where(CandidateTag.tag_id.in_([tag.id for tag in found.values()])),
        holder=CandidateTag.candidate_id,
        labels={value: f"# {found[key].name}" for value, key in keys.items() if key in found},
        unknown=[value for value, key in keys.items() if key not in found],
        why="Nobody carries the tag",
    )


def _words(known: tuple[str, ...], values: list[str]) -> tuple[dict[str, str], list[str]]:
    """Values by their word, and those that are none."""
    said = {value: value.casefold() for value in values}
    return {value: word for value, word in said.items() if word in known}, [
        v for v, w in said.items() if w not in known
    ]


def _stage(values: list[str], user: User) -> _One:
    found, unknown = _words(STAGES, values)
    members = select(Application.candidate_id).join(Role, Role.id == Application.role_id).where(roles.visible_to(user))
    return _One(
        members=members.where(Application.stage.in_(set(found.values()))),
        holder=Application.candidate_id,
        labels={value: word.capitalize() for value, word in found.items()},
        unknown=unknown,
        why=f"A stage is one of {', '.join(STAGES)}, not",
    )


def _warmth(values: list[str], _user: User) -> _One:
    found, unknown = _words(WARMTHS, values)
    return _One(
        plain=or_(false(), *(is_warm(word) for word in found.values())),
        labels={value: word.capitalize() for value, word in found.items()},
        unknown=unknown,
        why=f"Warmth is one of {', '.join(WARMTHS)}, not",
    )


def _role(values: list[str], user: User) -> _One:
    """By id, or by the words of its title."""
    found = {value: _roles(value, user) for value in values}
    ids = [role.id for some in found.values() for role in some]
    return _One(
        members=select(Application.candidate_id).where(Application.role_id.in_(ids)),
        holder=Application.candidate_id,
        labels={value: some[0].title if len(some) == 1 else value for value, some in found.items() if some},
        unknown=[value for value, some in found.items() if not some],
        why="There is no role",
    )


def _roles(value: str, user: User) -> list[Role]:
    one = db.session.scalar(select(Role).where(Role.id == value, roles.visible_to(user)))
    if one is not None or not search.terms(value):
        return [one] if one else []
    hits = search.hits(value, kind="role", in_title=True, begun=True)
    named = hits.join(Role, Role.id == search.Entry.subject_id).where(roles.visible_to(user))
    ids = list(db.session.scalars(named.with_only_columns(Role.id).limit(MOST_ROLES)))
    return list(db.session.scalars(select(Role).where(Role.id.in_(ids)).order_by(Role.id)))


def _consent(values: list[str], _user: User) -> _One:
    found, unknown = _words(PURPOSES, values)
    live = and_(Consent.withdrawn_at.is_(None), or_(Consent.until.is_(None), Consent.until >= clock.today()))
    return _One(
        members=select(Consent.candidate_id).where(Consent.purpose.in_(set(found.values())), live),
        holder=Consent.candidate_id,
        labels={value: PERMITTED[word] for value, word in found.items()},
        unknown=unknown,
        why=f"A permission is one of {', '.join(PURPOSES)}, not",
    )


def _pool(values: list[str], user: User) -> _One:
    """By id or name. Whoever fits the search of a pool is looked for with the eyes of who asks."""
    found = pools.named(values, seen_by=user)
    by_value = {value: [pool for pool in found if pool.id == value or pool.key == shape.key(value)] for value in values}
    searched = [_searched(pool, user) for pool in found if pool.search]
    return _One(
        members=pools.members([pool.id for pool in found]),
        holder=PoolMember.candidate_id,
        plain=or_(*searched) if searched else None,
        labels={value: some[0].name for value, some in by_value.items() if some},
        unknown=[value for value, some in by_value.items() if not some],
        why="There is no pool",
    )


def _searched(pool: Pool, user: User) -> ColumnElement[bool]:
    """A pool stands on no other pool, so this ends."""
    asked = query_words.parse(words_of(pool.search), fields=FIELDS)
    pairs = [pair for pair in (*pairs_of(pool.search), *asked.fields) if pair[0].lstrip("-") != "pool"]
    fits = [*read(pairs, seen_by=user).counted]
    if asked.has_words:
        hits = search.hits(asked, kinds=("candidate",)).order_by(None).with_only_columns(search.Entry.subject_id)
        fits.append(Candidate.id.in_(hits))
    return and_(*fits, Candidate.id.not_in(pools.members([pool.id], left_out=True))) if fits else false()


def _owner(values: list[str], user: User) -> _One:
    """By id, mail address, name, first name; `me`."""
    everybody = list(db.session.execute(select(User.id, User.name, User.email)))
    found = {value: [one for one in everybody if _is_called(one, value, user)] for value in values}
    return _One(
        plain=Candidate.owner_id.in_({one.id for some in found.values() for one in some}),
        labels={value: some[0].name if len(some) == 1 else value for value, some in found.items() if some},
        unknown=[value for value, some in found.items() if not some],
        why="Nobody here is called",
    )


def _is_called(one: Any, value: str, user: User) -> bool:
    name, key = shape.key(one.name), shape.key(value)
    if key == "me":
        return bool(one.id == user.id)
    return bool(key) and (one.id == value or key in {name, name.split(" ")[0], one.email})


def _line(column: InstrumentedAttribute[str]) -> Callable[[list[str], User], _One]:
    def asked(values: list[str], _user: User) -> _One:
        return _One(
            plain=or_(false(), *(_contains(column, value) for value in values if value)),
            labels={value: f"{column.key.capitalize()}: {value}" for value in values},
            unknown=[value for value in values if not value],
            why=f"Say a word after {column.key}:, not",
        )

    return asked


def _contains(column: InstrumentedAttribute[str], value: str) -> ColumnElement[bool]:
    """Both databases fold only the letters A to Z here, so that they answer the same; other letters are tried in small,
    in capitals and with a capital first.
    """
    folded = func.lower(column if is_sqlite() else column.collate("C"))
    tried = {value.lower(), value.upper(), value.title(), value.capitalize()}
    return or_(*(folded.contains(_small(one), autoescape=True) for one in sorted(tried)))


def _small(value: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in value)


def is_warm(warmth: str) -> ColumnElement[bool]:
    """The same answer as Candidate.warmth, for the database."""
    last, now = Candidate.last_two_way_at, clock.now()
    if warmth == "warm":
        return and_(last.is_not(None), last > now - WARM_FOR)
    if warmth == "cooling":
        return and_(last.is_not(None), last <= now - WARM_FOR, last > now - COOLING_FOR)
    return or_(last.is_(None), last <= now - COOLING_FOR)


def _due(_values: list[str], _user: User) -> _One:
    return _One(plain=and_(Candidate.next_on <= clock.today(), cadences.remindable()), labels={"yes": "Due"})


def _mine(_values: list[str], user: User) -> _One:
    return _One(plain=Candidate.owner_id == user.id, labels={"yes": "Mine"})


def _archived(_values: list[str], _user: User) -> _One:
    return _One(plain=Candidate.archived_at.is_not(None), labels={"yes": "Archive"})


_ASK: dict[str, Callable[[list[str], User], _One]] = {
    "tag": _tag, "stage": _stage, "warmth": _warmth, "role": _role, "consent": _consent, "pool": _pool,
    "owner": _owner, "source": _line(Candidate.source), "location": _line(Candidate.location),
    "employer": _line(Candidate.employer), "due": _due, "mine": _mine, "archived": _archived,
}  # fmt: skip
