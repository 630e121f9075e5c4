"""Tokens for programs: shown once, stored as a hash, with a scope and an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, String, UniqueConstraint, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, is_sqlite, short_transaction, to
from crm.domain import events, shape
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, tokens

SCOPES = ("read", "write")
MOST_DAYS = 365
USED_EVERY = timedelta(minutes=5)


class ApiToken(Base):
    __tablename__ = "api_token"
    id: Mapped[Id]
    user_id: Mapped[str] = to("user.id", ondelete="CASCADE")
    name: Mapped[str] = mapped_column(default="")
    scope: Mapped[str] = mapped_column(String(5))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > clock.now()


class Answered(Base):
    """What a write with an Idempotency-Key answered, so that the same write again answers the same."""

    __tablename__ = "answered"
    __table_args__ = (UniqueConstraint("user_id", "key"),)
    id: Mapped[Id]
    user_id: Mapped[str] = to("user.id", index=False, ondelete="CASCADE")
    key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


@dataclass(frozen=True)
class Bearer:
    """Who a valid token belongs to, and what it may."""

    user_id: str
    token_id: str
    scope: str


def add(user: User, *, scope: str, by: User | None, name: str = "", days: int = 90) -> tuple[ApiToken, str]:
    """The row and the token itself, which is shown once and never again."""
    if not user.is_active:
        raise Refused(f"{user.name} can no longer sign in, so no token works for them.")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"A token lasts between 1 and {MOST_DAYS} days.", field="days")
    plain = f"fc_{tokens.new_link()}"
    token = ApiToken(
        user_id=user.id,
        scope=shape.one_of(scope, SCOPES, "scope"),
        name=shape.line(name, "label", most=80, name="What it is for"),
        token_hash=tokens.digest(plain),
        expires_at=clock.now() + timedelta(days=days),
    )
    db.session.add(token)
    db.session.flush()
    events.record("token.added", by=by, subject_id=user.id, text=f"an API token to {scope} for {user.name}")
    return token, plain


def of(user: User) -> Select[ApiToken]:
    return select(ApiToken).where(ApiToken.user_id == user.id).order_by(ApiToken.created_at.desc())


def valid_of(user: User) -> list[ApiToken]:
    return list(db.session.scalars(of(user).where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > clock.now())))


def revoke(token_id: str, *, by: User) -> ApiToken:
    """One's own, or as an administrator anybody's; twice is as good as once."""
    token = db.session.get(ApiToken, token_id)
    if token is None or (token.user_id != by.id and not by.is_admin):
        raise Missing
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        events.record("token.revoked", by=by, subject_id=token.user_id, text="revoked an API token")
    return token


def revoke_all(user: User) -> None:
    """When an account is disabled; enabling it again does not bring them back."""
    holding = update(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    db.session.execute(holding.values(revoked_at=clock.now()))


def bearer(plain: str) -> Bearer | None:
    """Read in its own transaction, before the unit of work; notes now and then that the token is used."""
    now = clock.now()
    with db.engine.connect() as connection:
        row = connection.execute(
            select(ApiToken.id, ApiToken.user_id, ApiToken.scope, ApiToken.used_at)
            .join(User, User.id == ApiToken.user_id)
            .where(
                ApiToken.token_hash == tokens.digest(plain),
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > now,
                User.disabled_at.is_(None),
            )
        ).one_or_none()
    if row is None:
        return None
    if row.used_at is None or row.used_at < now - USED_EVERY:
        with short_transaction() as session:
            session.execute(update(ApiToken).where(ApiToken.id == row.id).values(used_at=now))
    return Bearer(user_id=row.user_id, token_id=row.id, scope=row.scope)


def answered(user: User, key: str, request_hash: str) -> Answered | None:
    """The answer given before to this key. None: the key is new and taken, `remember` the answer before the end.

    Taking it comes before everything else of the request: whoever brings the same key meanwhile waits here until this
    transaction ends, and then finds its answer, or the key free again.
    """
    if _take(user, key, request_hash):
        return None
    known = db.session.scalars(select(Answered).where(Answered.user_id == user.id, Answered.key == key)).one()
    if known.request_hash != request_hash:
        raise Refused("This Idempotency-Key was used for another request.", field="Idempotency-Key")
    return known


def remember(user: User, key: str, *, status: int, body: str) -> None:
    mine = update(Answered).where(Answered.user_id == user.id, Answered.key == key)
    db.session.execute(mine.values(status=status, body=body))


def _take(user: User, key: str, request_hash: str) -> bool:
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    row = {"id": tokens.new_id(), "user_id": user.id, "key": key, "request_hash": request_hash, "status": 0, "body": "",
           "at": clock.now()}  # fmt: skip
    taken = insert(Answered).values(row).on_conflict_do_nothing(index_elements=[Answered.user_id, Answered.key])
    return db.session.scalar(taken.returning(Answered.id)) is not None
