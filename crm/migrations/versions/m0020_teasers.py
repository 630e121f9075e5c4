"""Introductions without a name, and several people at once in one letter."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
NAMES = {
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
SHORTLISTED = (("colleague_id", "colleague.id", None), ("letter_id", "letter.id", "SET NULL"),
               ("by_id", "user.id", None))  # fmt: skip
TEASED = (("candidate_id", "candidate.id", "CASCADE"), ("consent_id", "consent.id", None),
          ("forward_id", "forward.id", "SET NULL"), *SHORTLISTED)  # fmt: skip


def _references(table: str, columns: tuple[tuple[str, str, str | None], ...]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
        for column, target, ondelete in columns
    ]


def upgrade() -> None:
    op.create_table(
        "shortlist",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("colleague_id", sa.String(length=20), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("taken_back_at", Moment(), nullable=True),
        *_references("shortlist", SHORTLISTED),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlist")),
        sa.UniqueConstraint("by_id", "intent", name=op.f("uq_shortlist_by_id_intent")),
    )
    for column in ("colleague_id", "letter_id"):
        op.create_index(op.f(f"ix_shortlist_{column}"), "shortlist", [column])
    op.create_table(
        "teaser",
        sa.Column("id", sa.String(length=20), nullable=False),
        *(
            sa.Column(column, sa.String(length=20), nullable=column in {"forward_id", "letter_id"})
            for column, _, _ in TEASED
        ),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("strengths", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("answer_words", sa.Text(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("hindered_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        *_references("teaser", TEASED),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaser")),
        sa.UniqueConstraint("by_id", "intent", name=op.f("uq_teaser_by_id_intent")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_teaser_token_hash")),
    )
    for column in ("candidate_id", "colleague_id", "consent_id", "forward_id", "letter_id"):
        op.create_index(op.f(f"ix_teaser_{column}"), "teaser", [column])
    with op.batch_alter_table("forward", naming_convention=NAMES) as forward:
        forward.add_column(sa.Column("shortlist_id", sa.String(length=20), nullable=True))
        forward.add_column(sa.Column("left_out", sa.String(length=12), nullable=False, server_default=""))
        forward.create_foreign_key("fk_forward_shortlist_id", "shortlist", ["shortlist_id"], ["id"])
        forward.create_index("ix_forward_shortlist_id", ["shortlist_id"])


def downgrade() -> None:
    with op.batch_alter_table("forward", naming_convention=NAMES) as forward:
        forward.drop_index("ix_forward_shortlist_id")
        forward.drop_constraint("fk_forward_shortlist_id", type_="foreignkey")
        forward.drop_column("left_out")
        forward.drop_column("shortlist_id")
    for table in ("teaser", "shortlist"):
        op.drop_table(table)
