"""What was decided when the guard window of a hire ended, and whose next date that set."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hire", sa.Column("guard_ended_at", Moment(), nullable=True))
    op.add_column("hire", sa.Column("guard_ended", sa.String(length=10), nullable=False, server_default=""))
    op.create_table(
        "kept_warm",
        sa.Column("hire_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("before_on", sa.Date(), nullable=True),
        sa.Column("before_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hire_id"], ["hire.id"], name=op.f("fk_kept_warm_hire_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_kept_warm_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hire_id", "candidate_id", name=op.f("pk_kept_warm")),
    )
    op.create_index(op.f("ix_kept_warm_candidate_id"), "kept_warm", ["candidate_id"])


def downgrade() -> None:
    op.drop_table("kept_warm")
    op.drop_column("hire", "guard_ended")
    op.drop_column("hire", "guard_ended_at")
