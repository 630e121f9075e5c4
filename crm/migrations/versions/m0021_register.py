"""What exactly was forwarded, and the letter that tells a colleague when it ends."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
NAMES = {
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("forward_id", sa.String(length=20), nullable=False),
        sa.Column("consent_id", sa.String(length=20), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("deliver", sa.String(length=10), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["forward_id"], ["forward.id"], name="fk_disclosure_forward_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name="fk_disclosure_consent_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure"),
    )
    for column in ("forward_id", "consent_id", "message_id"):
        op.create_index(f"ix_disclosure_{column}", "disclosure", [column])
    with op.batch_alter_table("forward", naming_convention=NAMES) as forward:
        forward.add_column(sa.Column("revoked_letter_id", sa.String(length=20), nullable=True))
        forward.create_foreign_key(
            "fk_forward_revoked_letter_id", "letter", ["revoked_letter_id"], ["id"], ondelete="SET NULL"
        )
        forward.create_index("ix_forward_revoked_letter_id", ["revoked_letter_id"])


def downgrade() -> None:
    with op.batch_alter_table("forward", naming_convention=NAMES) as forward:
        forward.drop_index("ix_forward_revoked_letter_id")
        forward.drop_column("revoked_letter_id")
    op.drop_table("disclosure")
