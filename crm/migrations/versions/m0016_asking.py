"""What asking a candidate puts on record: the question, how a yes came, and the rules they gave."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
NAMES = {
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
TEXTS: tuple[tuple[str, sa.types.TypeEngine[str]], ...] = (
    ("recipient", sa.Text()),
    ("basis", sa.String(length=12)),
    ("channel", sa.String(length=10)),
    ("text_version", sa.String(length=40)),
)

PLAIN: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("blind", sa.Boolean()),
    ("parts", sa.JSON()),
    ("position", sa.Text()),
)


def upgrade() -> None:
    with op.batch_alter_table("consent", naming_convention=NAMES) as consent:
        for name, kind in TEXTS:
            given = "consent" if name == "basis" else ""
            consent.add_column(sa.Column(name, kind, nullable=False, server_default=given))
        consent.add_column(sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false()))
        consent.add_column(sa.Column("parts", sa.JSON(), nullable=False, server_default="[]"))
        consent.add_column(sa.Column("position", sa.Text(), nullable=False, server_default=""))
        consent.add_column(sa.Column("letter_id", sa.String(length=20), nullable=True))
        consent.create_foreign_key("fk_consent_letter_id", "letter", ["letter_id"], ["id"], ondelete="SET NULL")
        consent.create_index("ix_consent_letter_id", ["letter_id"])
    with op.batch_alter_table("consent", naming_convention=NAMES) as consent:
        for name, kind in TEXTS:
            consent.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
        for name, plain in PLAIN:
            consent.alter_column(name, existing_type=plain, existing_nullable=False, server_default=None)
    _make_rules()
    _make_questions()


def _make_rules() -> None:
    op.create_table(
        "forwarding_rule",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("company_key", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=False),
        sa.Column("lifted_by_id", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name="fk_forwarding_rule_candidate_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name="fk_forwarding_rule_by_id"),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["user.id"], name="fk_forwarding_rule_lifted_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_forwarding_rule"),
    )
    op.create_index("ix_forwarding_rule_candidate_id", "forwarding_rule", ["candidate_id"])


def _make_questions() -> None:
    op.create_table(
        "forward_question",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("forward_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.Column("reminder_id", sa.String(length=20), nullable=True),
        sa.Column("confirmation_id", sa.String(length=20), nullable=True),
        sa.Column("answer", sa.String(length=6), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("lapsed_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("consent_id", sa.String(length=20), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["forward_id"], ["forward.id"], name="fk_forward_question_forward_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name="fk_forward_question_candidate_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name="fk_forward_question_by_id"),
        *(
            sa.ForeignKeyConstraint([name], ["letter.id"], name=f"fk_forward_question_{name}", ondelete="SET NULL")
            for name in ("letter_id", "reminder_id", "confirmation_id")
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name="fk_forward_question_consent_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_forward_question"),
        sa.UniqueConstraint("forward_id", name="uq_forward_question_forward_id"),
    )
    for name in ("candidate_id", "letter_id", "reminder_id", "confirmation_id", "consent_id"):
        op.create_index(f"ix_forward_question_{name}", "forward_question", [name])
    op.create_index("ix_forward_question_answered_until", "forward_question", ["answered_at", "until"])


def downgrade() -> None:
    """Rules and narrower permissions were not known then: what is left must not be wider than it was given. Where
    somebody gave a rule, no permission to forward is left to go past it.
    """
    ruled = "purpose = 'forward' AND candidate_id IN (SELECT candidate_id FROM forwarding_rule WHERE lifted_at IS NULL)"
    narrow = f"recipient <> '' OR position <> '' OR CAST(parts AS TEXT) <> '[]' OR blind = :yes OR ({ruled})"
    withdrawn = f"UPDATE consent SET withdrawn_at = CURRENT_TIMESTAMP WHERE withdrawn_at IS NULL AND ({narrow})"
    op.execute(sa.text(withdrawn).bindparams(yes=True))
    op.execute(sa.text("DELETE FROM consent WHERE purpose = 'introduce'"))
    op.drop_table("forward_question")
    op.drop_table("forwarding_rule")
    with op.batch_alter_table("consent", naming_convention=NAMES) as consent:
        consent.drop_index("ix_consent_letter_id")
        consent.drop_constraint("fk_consent_letter_id", type_="foreignkey")
        for name in (*(name for name, _ in TEXTS), *(name for name, _ in PLAIN), "letter_id"):
            consent.drop_column(name)
