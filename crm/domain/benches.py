"""The bench of a role: who is called first if the hire falls through, in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import ScalarSelect, Select, UniqueConstraint, func, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, contains_eager, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import cadences, candidates, events, policy, roles, shape, stand_ins
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.roles import Role, visible_to
from crm.domain.users import User
from crm.kit import clock, tokens

MOST_PLACES = 50


class Place(Base):
    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("role_id", "candidate_id"),)
    id: Mapped[Id]
    role_id: Mapped[str] = to("role.id", index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    position: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    good_until: Mapped[date | None]
    removed_at: Mapped[datetime | None]
    """Off the bench; the row stays, so that this can be undone, and that a person is on a bench once."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    role: Mapped[Role] = relationship(lazy="raise_on_sql")

    @property
    def is_good(self) -> bool:
        return self.good_until is None or self.good_until >= clock.today()


@dataclass(frozen=True)
class Seat:
    """A place as it is given."""

    candidate: Candidate
    reason: str = ""
    good_until: date | None = None


def of(role: Role, *, seen_by: User) -> list[Place]:
    return list(db.session.scalars(_in_order(seen_by.is_admin), {"role": role.id, "user": seen_by.id}))


@cache
def _in_order(is_admin: bool) -> Select[Place]:
    seen = candidates.visible_to(stand_ins.user(is_admin=is_admin))
    return (
        select(Place)
        .join(Place.candidate)
        .options(contains_eager(Place.candidate))
        .where(Place.role_id == stand_ins.role().id, Place.removed_at.is_(None), seen)
        .order_by(Place.position, Place.id)
    )


def find(role: Role, candidate_id: str, *, seen_by: User) -> Place:
    for place in of(role, seen_by=seen_by):
        if place.candidate_id == candidate_id:
            return place
    raise Missing


def counts(role_ids: list[str], *, seen_by: User) -> dict[str, int]:
    """How many the viewer sees on each bench, by one query."""
    rows = db.session.execute(
        select(Place.role_id, func.count())
        .join(Place.candidate)
        .where(Place.role_id.in_(role_ids), Place.removed_at.is_(None), candidates.visible_to(seen_by))
        .group_by(Place.role_id)
    )
    return dict(rows.all())


def count_of(role_id: InstrumentedAttribute[str], *, seen_by: User) -> ScalarSelect[int]:
    """The same, as a column of another query."""
    return (
        select(func.count())
        .select_from(Place)
        .join(Place.candidate)
        .where(Place.role_id == role_id, Place.removed_at.is_(None), candidates.visible_to(seen_by))
        .scalar_subquery()
    )


def with_candidate(candidate: Candidate, *, seen_by: User) -> list[Place]:
    """Every bench that the candidate is on, of roles that the viewer may know of."""
    return list(
        db.session.scalars(
            select(Place)
            .join(Place.role)
            .options(contains_eager(Place.role))
            .where(Place.candidate_id == candidate.id, Place.removed_at.is_(None), visible_to(seen_by))
            .order_by(Role.changed_at.desc())
        )
    )


def mark(candidate_ids: Iterable[str]) -> str:
    """Of an order, to know it again."""
    return tokens.digest(" ".join(candidate_ids))[:16]


# --- verbs


def put(role: Role, seats: list[Seat], *, by: User) -> list[Place]:
    """The bench in this order from now on. People whom the user may not see keep the places they have."""
    policy.require("close", role, by=by)
    roles.lock(role)
    _check(seats)
    given = [seat.candidate.id for seat in seats]
    seen = {place.candidate_id for place in of(role, seen_by=by)}
    whole = list(db.session.scalars(select(Place).where(Place.role_id == role.id).order_by(Place.position, Place.id)))
    hidden = {index: place for index, place in enumerate(place for place in whole if place.removed_at is None)
              if place.candidate_id not in {*seen, *given}}  # fmt: skip
    for place in whole:
        if place.candidate_id in seen - set(given):
            place.removed_at = clock.now()
    known = {place.candidate_id: place for place in whole}
    places = [_seat(role, seat, known.get(seat.candidate.id)) for seat in seats]
    _number(places, hidden)
    db.session.flush()
    for candidate in (seat.candidate for seat in seats if seat.candidate.id not in seen):
        cadences.begin(candidate)
    events.record("bench.put", by=by, subject_id=role.id, role_id=role.id, text="put the bench in order")
    return places


def add(role: Role, candidate: Candidate, *, by: User, reason: str = "", good_until: date | None = None) -> Place:
    """At the end of the bench; who is on it already stays where they are."""
    seats = _seats(role, by)
    if candidate.id not in {seat.candidate.id for seat in seats}:
        seats.append(Seat(candidate, reason, good_until))
    put(role, seats, by=by)
    return find(role, candidate.id, seen_by=by)


def change(place: Place, role: Role, *, by: User, reason: str, good_until: date | None) -> Place:
    policy.require("close", role, by=by)
    place.reason = shape.text(reason, "reason", most=shape.SENTENCE)
    place.good_until = good_until
    return place


def move(role: Role, candidate_id: str, to: int, *, by: User) -> None:
    """`to` is counted from 1 among those whom the user sees; beyond the ends it is the end."""
    seats = _seats(role, by)
    moved = next((seat for seat in seats if seat.candidate.id == candidate_id), None)
    if moved is None:
        raise Missing
    seats.remove(moved)
    seats.insert(max(0, to - 1), moved)
    put(role, seats, by=by)


def order(role: Role, candidate_ids: list[str], *, by: User, seen: str = "") -> None:
    """The same people in another order. Who was added in the meantime comes last; who was removed stays away. `seen`:
    the mark of the bench that was ordered; another one is refused.
    """
    wanted = {candidate_id: number for number, candidate_id in enumerate(candidate_ids)}
    seats = _seats(role, by)
    if seen and seen != mark([seat.candidate.id for seat in seats]):
        raise Refused("Somebody changed this bench in the meantime. This is how it stands now.")
    put(role, sorted(seats, key=lambda seat: wanted.get(seat.candidate.id, len(wanted))), by=by)


def restore(role: Role, candidate_id: str, *, by: User) -> None:
    """Back to the place from which they were removed; who is on the bench already stays where they are."""
    removed = db.session.scalar(
        select(Place)
        .join(Place.candidate)
        .options(contains_eager(Place.candidate))
        .where(Place.role_id == role.id, Place.candidate_id == candidate_id, candidates.visible_to(by))
    )
    if removed is None:
        raise Missing
    if removed.removed_at is not None:
        seats = _seats(role, by)
        seats.insert(removed.position - 1, Seat(removed.candidate, removed.reason, removed.good_until))
        put(role, seats, by=by)


def remove(role: Role, candidate_id: str, *, by: User) -> None:
    """Somebody who is gone from the bench already is no error: two tabs may both remove them."""
    put(role, [seat for seat in _seats(role, by) if seat.candidate.id != candidate_id], by=by)


# --- parts


def _seats(role: Role, by: User) -> list[Seat]:
    """As they are now and stay until the transaction ends."""
    roles.lock(role)
    return [Seat(place.candidate, place.reason, place.good_until) for place in of(role, seen_by=by)]


def _seat(role: Role, seat: Seat, place: Place | None) -> Place:
    if place is None:
        place = Place(role=role, role_id=role.id, candidate=seat.candidate, candidate_id=seat.candidate.id)
        db.session.add(place)
    place.reason = shape.text(seat.reason, "reason", most=shape.SENTENCE)
    place.good_until = seat.good_until
    place.removed_at = None
    return place


def _number(places: list[Place], hidden: dict[int, Place]) -> None:
    """`hidden`: by the index that each has on the whole bench, ascending."""
    whole = list(places)
    for index, place in hidden.items():
        whole.insert(index, place)
    for number, place in enumerate(whole, 1):
        place.position = number


def _check(seats: list[Seat]) -> None:
    given = [seat.candidate.id for seat in seats]
    if len(given) > MOST_PLACES:
        raise Refused(f"A bench has at most {MOST_PLACES} places.")
    if len(set(given)) < len(given):
        raise Refused("Somebody is on this bench twice.", field="candidate_id")
