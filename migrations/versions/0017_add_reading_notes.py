"""What was mended while a mail was read, and what of it stayed unread."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COLUMNS = ("repairs", "unread")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("enquiry", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("enquiry", name)
