"""What was decided when the guard window of a hire ended."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hire", sa.Column("guard_ended_at", Moment(), nullable=True))
    op.add_column("hire", sa.Column("guard_ended", sa.String(length=10), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("hire", "guard_ended")
    op.drop_column("hire", "guard_ended_at")
