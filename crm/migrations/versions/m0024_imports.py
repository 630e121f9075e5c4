"""Files of candidates brought over from elsewhere."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("candidate", sa.Column("basis_needed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "file_import",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
        sa.Column("day_first", sa.Boolean(), nullable=False),
        sa.Column("on_known", sa.String(length=8), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("last_row", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("made_roles", sa.JSON(), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("basis_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name="fk_file_import_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_file_import"),
    )
    op.create_index("ix_file_import_by_read", "file_import", ["by_id", "read_at"])
    op.create_index("ix_file_import_sha256", "file_import", ["sha256"])
    op.create_index("ix_file_import_state", "file_import", ["state"])
    op.create_table(
        "import_row",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("import_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["file_import.id"], name="fk_import_row_import_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name="fk_import_row_candidate_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_row"),
        sa.UniqueConstraint("import_id", "number", name="uq_import_row_import_id_number"),
    )
    op.create_index("ix_import_row_candidate_id", "import_row", ["candidate_id"])
    op.create_table(
        "import_problem",
        sa.Column("import_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leaves_out", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["file_import.id"], name="fk_import_problem_import_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", "position", name="pk_import_problem"),
    )
    op.create_table(
        "import_map",
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("day_first", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name="fk_import_map_by_id"),
        sa.PrimaryKeyConstraint("signature", name="pk_import_map"),
    )
    op.create_table(
        "erased_mailbox",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_erased_mailbox"),
    )


def downgrade() -> None:
    for table in ("erased_mailbox", "import_map", "import_problem", "import_row", "file_import"):
        op.drop_table(table)
    op.drop_column("candidate", "basis_needed")
