"""Something useful, introductions, gracious signals."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _something_useful()
    _introductions()
    _signals()


def downgrade() -> None:
    for table in (
        "signal",
        "introduction_letter",
        "introduction_side",
        "introduction",
        "useful_sent",
        "useful_item_tag",
        "useful_item",
    ):
        op.drop_table(table)


def _something_useful() -> None:
    op.create_table(
        "useful_item",
        _id(),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("file_key", sa.String(length=40), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _reference("by_id"),
        sa.Column("visibility", sa.String(length=10), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("archived_at", Moment(), nullable=True),
        *_keys("useful_item", by_id=("user.id", None)),
        sa.UniqueConstraint("by_id", "intent", name=op.f("uq_useful_item_by_id_intent")),
        sa.UniqueConstraint("file_key", name=op.f("uq_useful_item_file_key")),
    )
    op.create_table(
        "useful_item_tag",
        _reference("item_id"),
        _reference("tag_id"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["useful_item.id"], name=op.f("fk_useful_item_tag_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_useful_item_tag_tag_id")),
        sa.PrimaryKeyConstraint("item_id", "tag_id", name=op.f("pk_useful_item_tag")),
    )
    op.create_index(op.f("ix_useful_item_tag_tag_id"), "useful_item_tag", ["tag_id"])
    op.create_table(
        "useful_sent",
        _id(),
        _reference("item_id"),
        _reference("candidate_id"),
        _reference("personal_letter_id"),
        _reference("by_id"),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        *_keys(
            "useful_sent", item_id=("useful_item.id", "CASCADE"), candidate_id=("candidate.id", "CASCADE"),
            personal_letter_id=("personal_letter.id", "CASCADE"), by_id=("user.id", None),
        ),
        sa.UniqueConstraint("item_id", "candidate_id", name=op.f("uq_useful_sent_item_id_candidate_id")),
    )  # fmt: skip
    for column in ("candidate_id", "personal_letter_id"):
        op.create_index(op.f(f"ix_useful_sent_{column}"), "useful_sent", [column])


def _introductions() -> None:
    op.create_table(
        "introduction",
        _id(),
        _reference("candidate_id"),
        _reference("other_candidate_id", nullable=True),
        _reference("colleague_id", nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("names_colleague", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        _reference("by_id"),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("seen_at", Moment(), nullable=True),
        *_keys(
            "introduction", candidate_id=("candidate.id", "CASCADE"), other_candidate_id=("candidate.id", "CASCADE"),
            colleague_id=("colleague.id", "CASCADE"), by_id=("user.id", None),
        ),
        sa.UniqueConstraint("by_id", "intent", name=op.f("uq_introduction_by_id_intent")),
    )  # fmt: skip
    for column in ("candidate_id", "other_candidate_id", "colleague_id"):
        op.create_index(op.f(f"ix_introduction_{column}"), "introduction", [column])
    op.create_table(
        "introduction_side",
        _id(),
        _reference("introduction_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.String(length=3), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("shares", sa.Text(), nullable=False),
        _reference("ask_touchpoint_id", nullable=True),
        _reference("touchpoint_id", nullable=True),
        *_keys(
            "introduction_side", introduction_id=("introduction.id", "CASCADE"),
            ask_touchpoint_id=("touchpoint.id", "SET NULL"), touchpoint_id=("touchpoint.id", "SET NULL"),
        ),
        sa.UniqueConstraint("introduction_id", "position", name=op.f("uq_introduction_side_introduction_id_position")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_introduction_side_token_hash")),
    )  # fmt: skip
    for column in ("ask_touchpoint_id", "touchpoint_id"):
        op.create_index(op.f(f"ix_introduction_side_{column}"), "introduction_side", [column])
    op.create_table(
        "introduction_letter",
        _reference("letter_id"),
        _reference("side_id"),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_introduction_letter_letter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["side_id"], ["introduction_side.id"], name=op.f("fk_introduction_letter_side_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_introduction_letter")),
    )
    op.create_index(op.f("ix_introduction_letter_side_id"), "introduction_letter", ["side_id"])


def _signals() -> None:
    op.create_table(
        "signal",
        _id(),
        _reference("candidate_id"),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        _reference("by_id"),
        sa.Column("words", sa.Text(), nullable=False),
        _reference("arrival_id", nullable=True),
        *_keys(
            "signal", candidate_id=("candidate.id", "CASCADE"), by_id=("user.id", None),
            arrival_id=("arrival.id", "SET NULL"),
        ),
        sa.UniqueConstraint("candidate_id", "kind", "on", name=op.f("uq_signal_candidate_id_kind_on")),
    )  # fmt: skip
    op.create_index(op.f("ix_signal_arrival_id"), "signal", ["arrival_id"])


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(length=20), nullable=False)


def _reference(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=20), nullable=nullable)


def _keys(table: str, **references: tuple[str, str | None]) -> list[sa.Constraint]:
    foreign = [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
        for column, (target, ondelete) in references.items()
    ]
    return [*foreign, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]
