"""Pools, saved searches, and acts on many at once."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def _references(table: str, *columns: tuple[str, str, str | None]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
        for column, target, ondelete in columns
    ]


def upgrade() -> None:
    op.create_table(
        "pool",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(length=20), nullable=False),
        sa.Column("visibility", sa.String(length=10), nullable=False),
        sa.Column("team_id", sa.String(length=20), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        *_references("pool", ("owner_id", "user.id", None), ("team_id", "team.id", None)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        sa.UniqueConstraint("owner_id", "key", name=op.f("uq_pool_owner_id_key")),
    )
    op.create_index(op.f("ix_pool_team_id"), "pool", ["team_id"])
    op.create_table(
        "pool_member",
        sa.Column("pool_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        *_references("pool_member", ("pool_id", "pool.id", "CASCADE"), ("candidate_id", "candidate.id", "CASCADE"),
                     ("by_id", "user.id", None)),
        sa.PrimaryKeyConstraint("pool_id", "candidate_id", name=op.f("pk_pool_member")),
    )  # fmt: skip
    op.create_index(op.f("ix_pool_member_candidate_id"), "pool_member", ["candidate_id"])
    _saved_searches()
    _bulk_acts()
    op.add_column("user", sa.Column("columns", sa.JSON(), nullable=False, server_default="[]"))


def _saved_searches() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(length=20), nullable=False),
        sa.Column("visibility", sa.String(length=10), nullable=False),
        sa.Column("team_id", sa.String(length=20), nullable=True),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        *_references("saved_search", ("owner_id", "user.id", None), ("team_id", "team.id", None)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("owner_id", "key", name=op.f("uq_saved_search_owner_id_key")),
    )
    op.create_index(op.f("ix_saved_search_team_id"), "saved_search", ["team_id"])
    op.create_table(
        "search_seen",
        sa.Column("search_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        *_references("search_seen", ("search_id", "saved_search.id", "CASCADE"),
                     ("candidate_id", "candidate.id", "CASCADE")),
        sa.PrimaryKeyConstraint("search_id", "candidate_id", name=op.f("pk_search_seen")),
    )  # fmt: skip
    op.create_index(op.f("ix_search_seen_candidate_id"), "search_seen", ["candidate_id"])


def _bulk_acts() -> None:
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("everybody", sa.Boolean(), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("gathered_to", sa.String(length=20), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("total", "done", "left_out", "put_back", "kept")),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("worked_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        *_references("bulk_act", ("by_id", "user.id", None)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
        sa.UniqueConstraint("by_id", "intent", name=op.f("uq_bulk_act_by_id_intent")),
    )
    op.create_index("ix_bulk_act_state", "bulk_act", ["state", "worked_at"])
    op.create_table(
        "bulk_row",
        sa.Column("act_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        *_references("bulk_row", ("act_id", "bulk_act.id", "CASCADE"), ("candidate_id", "candidate.id", "CASCADE")),
        sa.PrimaryKeyConstraint("act_id", "candidate_id", name=op.f("pk_bulk_row")),
    )
    op.create_index(op.f("ix_bulk_row_candidate_id"), "bulk_row", ["candidate_id"])
    op.create_index("ix_bulk_row_act_state", "bulk_row", ["act_id", "state", "candidate_id"])


def downgrade() -> None:
    with op.batch_alter_table("user") as user:
        user.drop_column("columns")
    for table in ("bulk_row", "bulk_act", "search_seen", "saved_search", "pool_member", "pool"):
        op.drop_table(table)
