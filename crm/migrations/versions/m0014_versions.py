"""From which version on a template is read by those it is shared with."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of what is shared already, what it says now is shown; nobody can tell any more when it was shared."""
    op.add_column(
        "letter_template", sa.Column("shared_from", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.execute(sa.text("UPDATE letter_template SET shared_from = number"))


def downgrade() -> None:
    op.drop_column("letter_template", "shared_from")
