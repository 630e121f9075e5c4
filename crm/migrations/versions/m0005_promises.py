"""What was promised to candidates."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
REFERENCES = (("candidate_id", "candidate.id", "CASCADE"), ("touchpoint_id", "touchpoint.id", "SET NULL"),
              ("kept_with_id", "touchpoint.id", "SET NULL"), ("by_id", "user.id", None),
              ("settled_by_id", "user.id", None), ("apology_id", "letter.id", "SET NULL"))  # fmt: skip
OPEN = sa.text("settled_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("touchpoint_id", sa.String(length=20), nullable=True),
        sa.Column("kept_with_id", sa.String(length=20), nullable=True),
        sa.Column("earlier", sa.JSON(), nullable=False),
        sa.Column("dated_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("settled_by_id", sa.String(length=20), nullable=True),
        sa.Column("apologised_at", Moment(), nullable=True),
        sa.Column("apology_id", sa.String(length=20), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_promise_{column}"), ondelete=ondelete)
            for column, target, ondelete in REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    for column in ("candidate_id", "touchpoint_id", "kept_with_id", "apology_id"):
        op.create_index(op.f(f"ix_promise_{column}"), "promise", [column])
    op.create_index("ix_promise_due", "promise", ["due_on", "by_id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_table("promise")
