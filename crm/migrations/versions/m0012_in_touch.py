"""The question whether one may keep in touch, and letters that rest on a decision."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
ASKED = (("candidate_id", "candidate.id", "CASCADE"), ("by_id", "user.id", None), ("role_id", "role.id", "SET NULL"),
         ("application_id", "application.id", "SET NULL"), ("letter_id", "letter.id", "SET NULL"))  # fmt: skip
RESTS = (("letter_id", "letter.id", "CASCADE"), ("application_id", "application.id", "CASCADE"),
         ("after_id", "letter.id", "SET NULL"))  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "keeping_question",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("role_id", sa.String(length=20), nullable=True),
        sa.Column("application_id", sa.String(length=20), nullable=True),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("answer", sa.String(length=3), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("consent_ids", sa.JSON(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_keeping_question_{column}"), ondelete=ondelete)
            for column, target, ondelete in ASKED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keeping_question")),
    )
    for column in ("candidate_id", "role_id", "application_id", "letter_id"):
        op.create_index(op.f(f"ix_keeping_question_{column}"), "keeping_question", [column])
    op.create_index("ix_keeping_question_by_answered", "keeping_question", ["by_id", "answered_at"])
    op.create_table(
        "keeping_link",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("question_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("minted_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["keeping_question.id"], name=op.f("fk_keeping_link_question_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keeping_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_keeping_link_token_hash")),
    )
    op.create_index(op.f("ix_keeping_link_question_id"), "keeping_link", ["question_id"])
    op.create_table(
        "decision_letter",
        *(sa.Column(column, sa.String(length=20), nullable=column == "after_id") for column, _, _ in RESTS),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_decision_letter_{column}"), ondelete=ondelete)
            for column, target, ondelete in RESTS
        ),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_decision_letter")),
    )
    for column in ("application_id", "after_id"):
        op.create_index(op.f(f"ix_decision_letter_{column}"), "decision_letter", [column])
    # In SQL: making the table anew, as SQLite would have it otherwise, takes with it what refers to its rows.
    op.execute("ALTER TABLE closing ADD COLUMN letters VARCHAR(4) NOT NULL DEFAULT 'none'")


def downgrade() -> None:
    op.execute("ALTER TABLE closing DROP COLUMN letters")
    for table in ("decision_letter", "keeping_link", "keeping_question"):
        op.drop_table(table)
