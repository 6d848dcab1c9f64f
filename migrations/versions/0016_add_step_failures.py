"""How often each step of the robot's jobs has failed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "step_failure",
        sa.Column("workflow_id", sa.String(length=100), nullable=False),
        sa.Column("step", sa.String(length=50), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_step_failure_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("workflow_id", "step", name=op.f("pk_step_failure")),
    )
    op.create_index(op.f("ix_step_failure_enquiry_id"), "step_failure", ["enquiry_id"])


def downgrade() -> None:
    op.drop_table("step_failure")
