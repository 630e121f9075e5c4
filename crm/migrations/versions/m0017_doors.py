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


def downgrade() -> None:
    op.drop_table("door_link")
