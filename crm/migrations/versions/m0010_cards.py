"""The morning card and the calendar."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
SETTINGS = (("card_rhythm", sa.String(length=6), "weekly"), ("card_weekday", sa.Integer(), "0"),
            ("card_hour", sa.Integer(), "7"), ("card_people", sa.Integer(), "3"))  # fmt: skip


def upgrade() -> None:
    for name, kind, usual in SETTINGS:
        op.add_column("user", sa.Column(name, kind, nullable=False, server_default=usual))
    op.add_column("user", sa.Column("card_set_at", Moment(), nullable=True))
    op.create_table(
        "card",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("for_on", sa.Date(), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_card_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_card_letter_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("user_id", "for_on", name=op.f("uq_card_user_id_for_on")),
    )
    op.create_index(op.f("ix_card_letter_id"), "card", ["letter_id"])
    op.create_index("ix_card_made_at", "card", ["made_at"])
    op.create_table(
        "card_link",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("card_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=8), nullable=False),
        sa.Column("is_owners", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_link_card_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_card_link_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_card_link_token_hash")),
    )
    op.create_index(op.f("ix_card_link_card_id"), "card_link", ["card_id"])
    op.create_index(op.f("ix_card_link_candidate_id"), "card_link", ["candidate_id"])
    op.create_table(
        "calendar_link",
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_calendar_link_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_link_token_hash")),
    )


def downgrade() -> None:
    for table in ("calendar_link", "card_link", "card"):
        op.drop_table(table)
    for name in ("card_set_at", *(setting for setting, _, _ in SETTINGS)):
        op.drop_column("user", name)
