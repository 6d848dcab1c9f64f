"""What people write about a version of the model; finding open alarms on every page."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("model_snapshot", sa.Column("note", sa.String(length=500), nullable=False, server_default=""))
    op.create_index("ix_alarm_seen_at", "alarm", ["seen_at"])


def downgrade() -> None:
    op.drop_index("ix_alarm_seen_at", "alarm")
    op.drop_column("model_snapshot", "note")
