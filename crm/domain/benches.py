"""The bench of a role: who is called first if the hire falls through, in order."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import candidates, events, shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.roles import Role, visible_to
from crm.domain.users import User
from crm.kit import clock

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
    closing_id: Mapped[str | None] = to("closing.id", ondelete="CASCADE")
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
    return list(
        db.session.scalars(
            select(Place)
            .join(Place.candidate)
            .options(contains_eager(Place.candidate))
            .where(Place.role_id == role.id, candidates.visible_to(seen_by))
            .order_by(Place.position)
        )
    )


def with_candidate(candidate: Candidate, *, seen_by: User) -> list[Place]:
    """Every bench that the candidate is on, of roles that the viewer may know of."""
    return list(
        db.session.scalars(
            select(Place)
            .join(Place.role)
            .options(contains_eager(Place.role))
            .where(Place.candidate_id == candidate.id, visible_to(seen_by))
            .order_by(Role.changed_at.desc())
        )
    )


def put(role: Role, seats: list[Seat], *, by: User, closing_id: str | None = None) -> list[Place]:
    """The bench in this order from now on. Places whose candidate the user may not see stay where they are, at the end."""
    _check(seats)
    given = [seat.candidate.id for seat in seats]
    seen = {place.candidate_id for place in of(role, seen_by=by)}
    db.session.execute(delete(Place).where(Place.role_id == role.id, Place.candidate_id.in_(seen - set(given))))
    kept = {place.candidate_id: place for place in db.session.scalars(select(Place).where(Place.role_id == role.id))}
    places = [_seat(role, seat, kept.pop(seat.candidate.id, None), number, closing_id)
              for number, seat in enumerate(seats, 1)]  # fmt: skip
    for number, hidden in enumerate(kept.values(), len(seats) + 1):
        hidden.position = number
    db.session.flush()
    events.record("bench.put", by=by, subject_id=role.id, role_id=role.id, text=f"{len(seats)} on the bench")
    return places


def _seat(role: Role, seat: Seat, place: Place | None, number: int, closing_id: str | None) -> Place:
    if place is None:
        place = Place(role=role, role_id=role.id, candidate=seat.candidate, candidate_id=seat.candidate.id,
                      closing_id=closing_id)  # fmt: skip
        db.session.add(place)
    place.position = number
    place.reason = shape.line(seat.reason, "reason", most=shape.SENTENCE)
    place.good_until = seat.good_until
    return place


def _check(seats: list[Seat]) -> None:
    given = [seat.candidate.id for seat in seats]
    if len(given) > MOST_PLACES:
        raise Refused(f"A bench has at most {MOST_PLACES} places.")
    if len(set(given)) < len(given):
        raise Refused("Somebody is on this bench twice.", field="candidate_id")
