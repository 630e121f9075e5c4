"""Mail that comes back, addresses that are not written to, and what holds all letters up."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailbox_cursor",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_mailbox_cursor")),
    )
    op.create_table(
        "sending",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paused_since", Moment(), nullable=True),
        sa.Column("paused_until", Moment(), nullable=True),
        sa.Column("paused_reply", sa.Text(), nullable=False),
        sa.Column("frozen_since", Moment(), nullable=True),
        sa.Column("frozen_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
    )
    op.create_table(
        "suppression",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_suppression")),
    )
    op.create_table(
        "arrival",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.Column("candidate_id", sa.String(length=20), nullable=True),
        sa.Column("user_id", sa.String(length=20), nullable=True),
        sa.Column("from_address", sa.Text(), nullable=False),
        sa.Column("from_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_arrival_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_arrival_letter_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_arrival_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("identity", name=op.f("uq_arrival_identity")),
    )
    op.create_index(op.f("ix_arrival_candidate_id"), "arrival", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_arrival_letter_id"), "arrival", ["letter_id"], unique=False)
    op.create_index(op.f("ix_arrival_message_id"), "arrival", ["message_id"], unique=False)
    op.create_index(op.f("ix_arrival_user_id"), "arrival", ["user_id"], unique=False)
    op.create_table(
        "unsubscribe_link",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("minted_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_unsubscribe_link_letter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsubscribe_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_unsubscribe_link_token_hash")),
    )
    op.create_index(op.f("ix_unsubscribe_link_letter_id"), "unsubscribe_link", ["letter_id"], unique=False)
    op.create_table(
        "enclosure",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("arrival_id", sa.String(length=20), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=True),
        sa.Column("dropped_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["arrival_id"], ["arrival.id"], name=op.f("fk_enclosure_arrival_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enclosure")),
        sa.UniqueConstraint("file_key", name=op.f("uq_enclosure_file_key")),
    )
    op.create_index(op.f("ix_enclosure_arrival_id"), "enclosure", ["arrival_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_enclosure_arrival_id"), table_name="enclosure")
    op.drop_table("enclosure")
    op.drop_index(op.f("ix_unsubscribe_link_letter_id"), table_name="unsubscribe_link")
    op.drop_table("unsubscribe_link")
    op.drop_index(op.f("ix_arrival_user_id"), table_name="arrival")
    op.drop_index(op.f("ix_arrival_message_id"), table_name="arrival")
    op.drop_index(op.f("ix_arrival_letter_id"), table_name="arrival")
    op.drop_index(op.f("ix_arrival_candidate_id"), table_name="arrival")
    op.drop_table("arrival")
    op.drop_table("suppression")
    op.drop_table("sending")
    op.drop_table("mailbox_cursor")
