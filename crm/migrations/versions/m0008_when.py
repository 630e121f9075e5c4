"""How often to be in touch with whom, who may not be reminded of, and who wrote last."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("time_zone", sa.String(length=60), nullable=False, server_default="UTC"))


def downgrade() -> None:
    op.drop_column("user", "time_zone")
