"""Templates of letters, and drafts."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
THE_COMPANYS = sa.text("key <> '' AND shared = 'company' AND deleted_at IS NULL")


def upgrade() -> None:
    _make_templates()
    _make_versions()
    _make_drafts()
    op.add_column("personal_letter", sa.Column("handed_at", Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column("personal_letter", "handed_at")
    for table in ("letter_draft", "template_version", "letter_template"):
        op.drop_table(table)


def _make_templates() -> None:
    op.create_table(
        "letter_template",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("shared", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.String(length=20), nullable=True),
        sa.Column("team_id", sa.String(length=20), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_letter_template_owner_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_letter_template_team_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_template")),
    )
    for column in ("owner_id", "team_id"):
        op.create_index(op.f(f"ix_letter_template_{column}"), "letter_template", [column])
    op.create_index(
        "ix_letter_template_the_companys", "letter_template", ["key"], unique=True, sqlite_where=THE_COMPANYS,
        postgresql_where=THE_COMPANYS,
    )  # fmt: skip


def _make_versions() -> None:
    op.create_table(
        "template_version",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("template_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["template_id"], ["letter_template.id"], name=op.f("fk_template_version_template_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_template_version_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_version")),
        sa.UniqueConstraint("template_id", "number", name=op.f("uq_template_version_template_id_number")),
    )
    op.create_index(op.f("ix_template_version_by_id"), "template_version", ["by_id"])


def _make_drafts() -> None:
    references = (("candidate_id", "candidate.id", "CASCADE"), ("by_id", "user.id", None),
                  ("role_id", "role.id", "SET NULL"), ("promise_id", "promise.id", "SET NULL"))  # fmt: skip
    op.create_table(
        "letter_draft",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("role_id", sa.String(length=20), nullable=True),
        sa.Column("promise_id", sa.String(length=20), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_letter_draft_{column}"), ondelete=ondelete)
            for column, target, ondelete in references
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_draft")),
        sa.UniqueConstraint("candidate_id", "by_id", name=op.f("uq_letter_draft_candidate_id_by_id")),
    )
    for column in ("by_id", "role_id", "promise_id"):
        op.create_index(op.f(f"ix_letter_draft_{column}"), "letter_draft", [column])
