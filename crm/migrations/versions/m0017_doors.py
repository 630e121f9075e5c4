"""What a candidate does on their own page."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "door_link",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("minted_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name="fk_door_link_candidate_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_door_link_letter_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_door_link"),
        sa.UniqueConstraint("token_hash", name="uq_door_link_token_hash"),
    )
    op.create_index("ix_door_link_candidate_id", "door_link", ["candidate_id"])
    op.create_index("ix_door_link_letter_id", "door_link", ["letter_id"])

    op.create_table(
        "news",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=True),
        sa.Column("colleague_id", sa.String(length=20), nullable=True),
        sa.Column("forward_id", sa.String(length=20), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_news_user_id"),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name="fk_news_candidate_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["colleague_id"], ["colleague.id"], name="fk_news_colleague_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["forward_id"], ["forward.id"], name="fk_news_forward_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_news"),
    )
    op.create_index("ix_news_user_id", "news", ["user_id", "seen_at"])
    for column in ("candidate_id", "colleague_id", "forward_id"):
        op.create_index(f"ix_news_{column}", "news", [column])

    op.create_table(
        "code",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.String(length=20), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("network_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("passed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_code_letter_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_code"),
    )
    op.create_index("ix_code_subject_id", "code", ["subject_id", "purpose"])
    op.create_index("ix_code_asked_at", "code", ["asked_at"])
    op.create_index("ix_code_letter_id", "code", ["letter_id"])
    op.add_column("candidate", sa.Column("language", sa.String(length=5), nullable=False, server_default=sa.text("''")))
    op.add_column("candidate", sa.Column("left_at", Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column("candidate", "left_at")
    op.drop_column("candidate", "language")
    op.drop_table("code")
    op.drop_table("news")
    op.drop_table("door_link")
