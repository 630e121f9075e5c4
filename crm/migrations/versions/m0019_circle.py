"""What colleagues look for, by their own word; letters to them; what came of a forward; files of addresses."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
COLLEAGUE = ("looking_confirmed_at", "looking_by_them", "forwards_off_at", "import_id")


def upgrade() -> None:
    _imports()
    with op.batch_alter_table("colleague") as colleague:
        colleague.add_column(sa.Column("looking_confirmed_at", Moment(), nullable=True))
        colleague.add_column(sa.Column("looking_by_them", sa.Boolean(), nullable=False, server_default=sa.false()))
        colleague.add_column(sa.Column("forwards_off_at", Moment(), nullable=True))
        colleague.add_column(sa.Column("import_id", sa.String(length=20), nullable=True))
        colleague.create_foreign_key(
            op.f("fk_colleague_import_id"), "colleague_import", ["import_id"], ["id"], ondelete="SET NULL"
        )
        colleague.create_index(op.f("ix_colleague_import_id"), ["import_id"])
        colleague.create_index("ix_colleague_looking", ["looking_since"])
    with op.batch_alter_table("colleague") as colleague:
        colleague.alter_column("looking_by_them", existing_type=sa.Boolean(), server_default=None)
    _letters()
    _outcomes()


def downgrade() -> None:
    for table in ("forward_outcome", "needs_link", "colleague_letter"):
        op.drop_table(table)
    with op.batch_alter_table("colleague") as colleague:
        colleague.drop_index("ix_colleague_looking")
        colleague.drop_index(op.f("ix_colleague_import_id"))
        colleague.drop_constraint(op.f("fk_colleague_import_id"), type_="foreignkey")
        for column in COLLEAGUE:
            colleague.drop_column(column)
    op.drop_table("colleague_import")


def _imports() -> None:
    op.create_table(
        "colleague_import",
        _id(),
        _reference("by_id"),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("imported_at", Moment(), nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_colleague_import_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleague_import")),
    )
    op.create_index("ix_colleague_import_by_sha", "colleague_import", ["by_id", "sha256"])


def _letters() -> None:
    op.create_table(
        "colleague_letter",
        _reference("letter_id"),
        _reference("colleague_id"),
        _reference("forward_id", nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        _foreign("colleague_letter", "letter_id", "letter.id", "CASCADE"),
        _foreign("colleague_letter", "colleague_id", "colleague.id", "CASCADE"),
        _foreign("colleague_letter", "forward_id", "forward.id", "CASCADE"),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_colleague_letter")),
    )
    op.create_index(op.f("ix_colleague_letter_colleague_id"), "colleague_letter", ["colleague_id"])
    op.create_index(op.f("ix_colleague_letter_forward_id"), "colleague_letter", ["forward_id"])
    op.create_table(
        "needs_link",
        _id(),
        _reference("letter_id"),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("minted_at", Moment(), nullable=False),
        _foreign("needs_link", "letter_id", "letter.id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_needs_link_token_hash")),
    )
    op.create_index(op.f("ix_needs_link_letter_id"), "needs_link", ["letter_id"])


def _outcomes() -> None:
    op.create_table(
        "forward_outcome",
        _reference("forward_id"),
        sa.Column("said", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        _reference("by_id"),
        sa.Column("ask_again_on", sa.Date(), nullable=True),
        _foreign("forward_outcome", "forward_id", "forward.id", "CASCADE"),
        _foreign("forward_outcome", "by_id", "user.id"),
        sa.PrimaryKeyConstraint("forward_id", name=op.f("pk_forward_outcome")),
    )


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(length=20), nullable=False)


def _reference(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=20), nullable=nullable)


def _foreign(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
