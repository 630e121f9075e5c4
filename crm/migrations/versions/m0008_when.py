"""How often to be in touch with whom, who may not be reminded of, and who wrote last."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
EMPTY = sa.text("''")
NOTHING = sa.text("'{}'")
ON_THE_LIST = sa.text("deleted_at IS NULL AND archived_at IS NULL")
TOLD: tuple[sa.Column[Any], ...] = (
    sa.Column("next_chosen_at", Moment(), nullable=True),
    sa.Column("next_by_cadence", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("awaits_reply_since", Moment(), nullable=True),
    sa.Column("last_in_at", Moment(), nullable=True),
    sa.Column("last_out_at", Moment(), nullable=True),
    sa.Column("last_two_way_at", Moment(), nullable=True),
    sa.Column("target_days", sa.Integer(), nullable=True),
    sa.Column("latest_days", sa.Integer(), nullable=True),
    sa.Column("paused_at", Moment(), nullable=True),
    sa.Column("paused_until", sa.Date(), nullable=True),
    sa.Column("pause_why", sa.String(length=20), nullable=False, server_default=EMPTY),
    sa.Column("before_pause", sa.JSON(), nullable=False, server_default=NOTHING),
)
AT_ONCE = 1000
MOVED_BY = timedelta(days=90)
"""By every contact, until now."""

candidate = sa.table("candidate", sa.column("id"), sa.column("next_on"), sa.column("next_chosen_at", Moment()),
                     *(sa.column(name) for name in ("last_in_at", "last_out_at", "last_two_way_at")))  # fmt: skip
email = sa.table("candidate_email", sa.column("id"), sa.column("address"), sa.column("mailbox"))
touchpoint = sa.table(
    "touchpoint", sa.column("id"), sa.column("candidate_id"), sa.column("at", Moment()), sa.column("kind"),
    sa.column("direction"), sa.column("next_before"), sa.column("before", sa.JSON()), sa.column("moved_to", sa.Date()),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("user", sa.Column("time_zone", sa.String(length=60), nullable=False, server_default="UTC"))
    for column in TOLD:
        op.add_column("candidate", column._copy())
    op.add_column("application", sa.Column("decided_at", Moment(), nullable=True))
    op.add_column("candidate_email", sa.Column("mailbox", sa.Text(), nullable=False, server_default=EMPTY))
    op.add_column("touchpoint", sa.Column("before", sa.JSON(), nullable=False, server_default=NOTHING))
    op.add_column("touchpoint", sa.Column("moved_to", sa.Date(), nullable=True))
    op.create_table(
        "cadence",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("tag_id", sa.String(length=20), nullable=True),
        sa.Column("target_days", sa.Integer(), nullable=False),
        sa.Column("latest_days", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_cadence_by_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_cadence_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence")),
    )
    op.create_index(op.f("ix_cadence_tag_id"), "cadence", ["tag_id"])
    _fill_in()
    op.create_index(op.f("ix_candidate_email_mailbox"), "candidate_email", ["mailbox"])
    op.drop_index("ix_candidate_by_contact", "candidate")
    _index("ix_candidate_by_two_way", "last_two_way_at")
    op.drop_column("touchpoint", "next_before")


def downgrade() -> None:
    op.add_column("touchpoint", sa.Column("next_before", sa.Text(), nullable=False, server_default=EMPTY))
    op.drop_index("ix_candidate_by_two_way", "candidate")
    _index("ix_candidate_by_contact", "last_contact_at")
    op.drop_index(op.f("ix_candidate_email_mailbox"), "candidate_email")
    op.drop_table("cadence")
    for name in ("moved_to", "before"):
        op.drop_column("touchpoint", name)
    op.drop_column("candidate_email", "mailbox")
    for column in reversed(TOLD):
        op.drop_column("candidate", column.name)
    op.drop_column("application", "decided_at")
    op.drop_column("user", "time_zone")


def _index(name: str, column: str) -> None:
    op.create_index(name, "candidate", [column, "id"], sqlite_where=ON_THE_LIST, postgresql_where=ON_THE_LIST)


def _fill_in() -> None:
    """A date that stands there counts as chosen, or a hire of long ago would take it away now."""
    bind = op.get_bind()
    theirs, ours = touchpoint.c.direction == "in", touchpoint.c.direction == "out"
    both = sa.or_(theirs, touchpoint.c.kind.in_(("call", "meeting")))
    bind.execute(sa.update(candidate).values(
        last_in_at=_newest(theirs), last_out_at=_newest(ours), last_two_way_at=_newest(both)))  # fmt: skip
    bind.execute(sa.update(candidate).where(candidate.c.next_on.is_not(None)).values(next_chosen_at=sa.func.now()))
    rows = bind.execute(sa.select(email.c.id, email.c.address)).all()
    _each(sa.update(email).where(email.c.id == sa.bindparam("row")).values(mailbox=sa.bindparam("box")),
          [{"row": id_, "box": _mailbox(address)} for id_, address in rows])  # fmt: skip
    moved = sa.select(touchpoint.c.id, touchpoint.c.at, touchpoint.c.next_before).where(touchpoint.c.next_before != "")
    _each(sa.update(touchpoint).where(touchpoint.c.id == sa.bindparam("row"))
          .values(before=sa.bindparam("was"), moved_to=sa.bindparam("to")),
          [{"row": id_, "was": _before(told), "to": (at + MOVED_BY).date()}
           for id_, at, told in bind.execute(moved).all()])  # fmt: skip


def _mailbox(address: str) -> str:
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.split('+', 1)[0] or local}@{domain}"


def _newest(which: sa.ColumnElement[bool]) -> sa.ScalarSelect[object]:
    mine = sa.and_(touchpoint.c.candidate_id == candidate.c.id, touchpoint.c.kind != "note", which)
    return sa.select(sa.func.max(touchpoint.c.at)).where(mine).correlate(candidate).scalar_subquery()


def _before(told: str) -> dict[str, str]:
    on, _, why = told.partition(" ")
    return {"next_on": on, "next_why": why}


def _each(update: sa.Update, rows: list[dict[str, object]]) -> None:
    for since in range(0, len(rows), AT_ONCE):
        op.get_bind().execute(update, rows[since : since + AT_ONCE])
