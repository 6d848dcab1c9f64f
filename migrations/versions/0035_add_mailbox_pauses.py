"""Which mailboxes somebody has paused, and how far behind each is."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mailbox_state") as table:
        table.add_column(sa.Column("behind_since", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("paused_by", sa.String(length=320), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("mailbox_state") as table:
        table.drop_column("paused_by")
        table.drop_column("paused_at")
        table.drop_column("behind_since")
