"""What a colleague sees and does by the link: the chosen parts, more time, the file only where they agreed to it."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
SEEN_SO_FAR = sa.text("""'["headline", "location", "resume", "file", "note"]'""")
"""What every link showed until now, and keeps showing."""


def upgrade() -> None:
    op.add_column("forward", sa.Column("parts", sa.JSON(), nullable=False, server_default=SEEN_SO_FAR))
    op.add_column("forward", sa.Column("sensitive", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("forward", sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("forward", sa.Column("downloaded_at", Moment(), nullable=True))
    op.add_column("forward", sa.Column("more_asked_at", Moment(), nullable=True))
    op.add_column("consent", sa.Column("attachment", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    for column in ("more_asked_at", "downloaded_at", "blind", "sensitive", "parts"):
        op.drop_column("forward", column)
    only_links = "UPDATE consent SET withdrawn_at = CURRENT_TIMESTAMP WHERE withdrawn_at IS NULL AND attachment = :no"
    op.execute(sa.text(only_links).bindparams(no=False))  # a yes to a link is none to the file, which nobody recalls
    op.drop_column("consent", "attachment")
