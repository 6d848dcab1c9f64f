"""In which mail system a mailbox is, where a municipality has more than one."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("unit", "mailbox"):
        op.add_column(table, sa.Column("mail_system", sa.String(length=30), nullable=False, server_default=""))


def downgrade() -> None:
    for table in ("unit", "mailbox"):
        op.drop_column(table, "mail_system")
