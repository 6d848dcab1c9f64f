"""Hints that a person has closed; what a unit has answered lately, found without reading all it ever answered."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_hint",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_closed_hint_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "code", name=op.f("pk_closed_hint")),
    )
    op.create_index("ix_enquiry_unit_id_answered_at", "enquiry", ["unit_id", "answered_at"])


def downgrade() -> None:
    op.drop_index("ix_enquiry_unit_id_answered_at", "enquiry")
    op.drop_table("closed_hint")
