"""A few letters with waits between them."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
RUNNING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "sequence_plan",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_sequence_plan_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence_plan")),
    )
    op.create_index(op.f("ix_sequence_plan_by_id"), "sequence_plan", ["by_id"])
    _create_sequence()
    _create_step()


def downgrade() -> None:
    op.drop_table("sequence_step")
    op.drop_table("sequence")
    op.drop_table("sequence_plan")


def _create_sequence() -> None:
    op.create_table(
        "sequence",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_why", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_sequence_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_sequence_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence")),
    )
    for column in ("candidate_id", "by_id", "batch"):
        op.create_index(op.f(f"ix_sequence_{column}"), "sequence", [column])
    op.create_index(
        "ix_sequence_running", "sequence", ["candidate_id"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING
    )


def _create_step() -> None:
    op.create_table(
        "sequence_step",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("sequence_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wait_days", sa.Integer(), nullable=False),
        sa.Column("chosen_on", sa.Date(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_sequence_step_sequence_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_sequence_step_letter_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence_step")),
    )
    for column in ("sequence_id", "letter_id"):
        op.create_index(op.f(f"ix_sequence_step_{column}"), "sequence_step", [column])
