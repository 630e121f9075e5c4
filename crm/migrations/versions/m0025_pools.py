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


def downgrade() -> None:
    for table in ("pool_member", "pool"):
        op.drop_table(table)
