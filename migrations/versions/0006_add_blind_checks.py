"""Blind checks of automatic routing, and the breaker of a unit."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enquiry", sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("decision", sa.Column("sampled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("decision", sa.Column("probability", sa.Double(), nullable=True))
    op.create_index("ix_decision_reason_at", "decision", ["reason", "at"])
    op.add_column("unit", sa.Column("tripped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("unit", sa.Column("armed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("armed_at", "tripped_at"):
        op.drop_column("unit", column)
    op.drop_index("ix_decision_reason_at", "decision")
    for column in ("probability", "sampled"):
        op.drop_column("decision", column)
    op.drop_column("enquiry", "blind")
