"""What resumes say of the work, and whom somebody put aside for a role."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_profile_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_profile")),
    )
    op.create_index("ix_profile_field", "profile", ["field", "strength", "candidate_id"])
    op.create_table(
        "profile_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("profiles", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_profile_word")),
    )
    op.create_table(
        "dismissal",
        sa.Column("role_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_dismissal_role_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_dismissal_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_dismissal_by_id")),
        sa.PrimaryKeyConstraint("role_id", "candidate_id", name=op.f("pk_dismissal")),
    )
    op.create_index(op.f("ix_dismissal_candidate_id"), "dismissal", ["candidate_id"])


def downgrade() -> None:
    for table in ("dismissal", "profile_word", "profile"):
        op.drop_table(table)
