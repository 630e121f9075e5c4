"""The hire that fell through, and the call list that its bench becomes."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In SQL: making the table anew, as SQLite would have it otherwise, takes with it what refers to its rows.
    op.execute("ALTER TABLE hire ADD COLUMN fell_on DATE")
    op.execute("ALTER TABLE hire ADD COLUMN fell_why VARCHAR(10) NOT NULL DEFAULT ''")
    op.create_table(
        "call_list",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("role_id", sa.String(length=20), nullable=False),
        sa.Column("hire_id", sa.String(length=20), nullable=True),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("filled_on", sa.Date(), nullable=True),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("yes_at", Moment(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_call_list_role_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["hire_id"], ["hire.id"], name=op.f("fk_call_list_hire_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_call_list_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_list")),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("call_list_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("thinking_until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.Column("by_id", sa.String(length=20), nullable=True),
        sa.Column("touchpoint_id", sa.String(length=20), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("asked_id", sa.String(length=20), nullable=True),
        sa.Column("thanks_id", sa.String(length=20), nullable=True),
        sa.Column("thanked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_list_id"], ["call_list.id"], name=op.f("fk_call_call_list_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_call_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_call_by_id")),
        sa.ForeignKeyConstraint(
            ["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_call_touchpoint_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["asked_id"], ["letter.id"], name=op.f("fk_call_asked_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["thanks_id"], ["letter.id"], name=op.f("fk_call_thanks_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("call_list_id", "candidate_id", name=op.f("uq_call_call_list_id_candidate_id")),
    )
    for table, columns in {
        "call_list": ("role_id", "hire_id"),
        "call": ("candidate_id", "touchpoint_id", "asked_id", "thanks_id"),
    }.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    op.drop_table("call")
    op.drop_table("call_list")
    op.execute("ALTER TABLE hire DROP COLUMN fell_why")
    op.execute("ALTER TABLE hire DROP COLUMN fell_on")
