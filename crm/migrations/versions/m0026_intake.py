"""Many resumes at once."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("held_until", Moment(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_intake_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
        sa.UniqueConstraint("identity", name=op.f("uq_intake_identity")),
    )
    op.create_index("ix_intake_by_id", "intake", ["by_id", "at"])
    op.create_table(
        "intake_file",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("intake_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("resume_id", sa.String(length=20), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("became", sa.String(length=4), nullable=False),
        sa.Column("made_id", sa.String(length=20), nullable=True),
        sa.Column("taken_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_intake_file_intake_id"),
                                ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["resume_id"], ["resume.id"], name=op.f("fk_intake_file_resume_id"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_file")),
        sa.UniqueConstraint("intake_id", "sha256", name=op.f("uq_intake_file_intake_id_sha256")),
        sa.UniqueConstraint("resume_id", name=op.f("uq_intake_file_resume_id")),
    )  # fmt: skip
    op.create_index("ix_resume_sha256", "resume", ["sha256"])


def downgrade() -> None:
    op.drop_index("ix_resume_sha256", table_name="resume")
    for table in ("intake_file", "intake"):
        op.drop_table(table)
