"""A forward comes before its letter, and before the yes: it waits for the one to have the other."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
NAMES = {
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
CARRIED = "UPDATE forward SET letter_id = (SELECT letter.id FROM letter WHERE letter.forward_id = forward.id)"
CARRIES = "UPDATE letter SET forward_id = (SELECT forward.id FROM forward WHERE forward.letter_id = letter.id)"


def upgrade() -> None:
    with op.batch_alter_table("forward", naming_convention=NAMES) as forward:
        forward.alter_column("consent_id", existing_type=sa.String(length=20), nullable=True)
        forward.add_column(sa.Column("letter_id", sa.String(length=20), nullable=True))
        forward.add_column(sa.Column("refused_at", Moment(), nullable=True))
        forward.add_column(sa.Column("lapsed_at", Moment(), nullable=True))
        forward.create_foreign_key("fk_forward_letter_id", "letter", ["letter_id"], ["id"], ondelete="SET NULL")
        forward.create_index("ix_forward_letter_id", ["letter_id"])
    op.execute(sa.text(CARRIED))
    with op.batch_alter_table("letter", naming_convention=NAMES) as letter:
        letter.drop_index("ix_letter_forward_id")
        letter.drop_constraint("fk_letter_forward_id", type_="foreignkey")
        letter.drop_column("forward_id")


def downgrade() -> None:
    """What still waits for the yes was not known then."""
    with op.batch_alter_table("letter", naming_convention=NAMES) as letter:
        letter.add_column(sa.Column("forward_id", sa.String(length=20), nullable=True))
        letter.create_foreign_key("fk_letter_forward_id", "forward", ["forward_id"], ["id"], ondelete="CASCADE")
        letter.create_index("ix_letter_forward_id", ["forward_id"])
    op.execute(sa.text(CARRIES))
    op.execute(
        sa.text("DELETE FROM forward_link WHERE forward_id IN (SELECT id FROM forward WHERE consent_id IS NULL)")
    )
    op.execute(sa.text("DELETE FROM forward WHERE consent_id IS NULL"))
    with op.batch_alter_table("forward", naming_convention=NAMES) as forward:
        forward.drop_index("ix_forward_letter_id")
        forward.drop_constraint("fk_forward_letter_id", type_="foreignkey")
        for column in ("letter_id", "refused_at", "lapsed_at"):
            forward.drop_column(column)
        forward.alter_column("consent_id", existing_type=sa.String(length=20), nullable=False)
