"""Two records of one person, and the way back; pairs that may be one, and who said that they are not."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("candidate", sa.Column("merged_into_id", sa.String(length=20), nullable=True))
    op.add_column("candidate", sa.Column("compared_at", Moment(), nullable=True))
    op.create_index("ix_candidate_merged_into_id", "candidate", ["merged_into_id"])
    where = sa.text("compared_at IS NULL AND deleted_at IS NULL")
    op.create_index("ix_candidate_uncompared", "candidate", ["id"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "merge",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("kept_id", sa.String(length=20), nullable=False),
        sa.Column("gone_id", sa.String(length=20), nullable=False),
        sa.Column("gone_name", sa.Text(), nullable=False),
        sa.Column("known_as", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name="fk_merge_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_merge"),
    )
    op.create_index("ix_merge_kept_id", "merge", ["kept_id"])
    op.create_index("ix_merge_gone_id", "merge", ["gone_id"])
    op.create_table(
        "duplicate_pair",
        sa.Column("older_id", sa.String(length=20), nullable=False),
        sa.Column("newer_id", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("apart_at", Moment(), nullable=True),
        sa.Column("apart_by_id", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["older_id"], ["candidate.id"], name="fk_duplicate_pair_older_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["newer_id"], ["candidate.id"], name="fk_duplicate_pair_newer_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["apart_by_id"], ["user.id"], name="fk_duplicate_pair_apart_by_id"),
        sa.PrimaryKeyConstraint("older_id", "newer_id", name="pk_duplicate_pair"),
    )
    op.create_index("ix_duplicate_pair_newer_id", "duplicate_pair", ["newer_id"])
    where = sa.text("apart_at IS NULL")
    columns = ["score", "found_at", "older_id", "newer_id"]
    op.create_index("ix_duplicate_pair_open", "duplicate_pair", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("duplicate_pair")
    op.drop_table("merge")
    op.drop_index("ix_candidate_uncompared", "candidate")
    op.drop_index("ix_candidate_merged_into_id", "candidate")
    op.drop_column("candidate", "compared_at")
    op.drop_column("candidate", "merged_into_id")
