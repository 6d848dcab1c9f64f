"""What people call a unit besides its name, for the search."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("unit", sa.Column("also_called", sa.String(length=500), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("unit", "also_called")
