"""Which letters were begun to be sent, and what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_attempts",
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("letter", sa.String(length=50), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=True),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job", sa.String(length=100), nullable=True),
        sa.Column("fate", sa.String(length=20), nullable=False),
        sa.Column("decided_by", sa.String(length=320), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_sending_attempts_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_sending_attempts")),
    )
    op.create_index(op.f("ix_sending_attempts_enquiry_id"), "sending_attempts", ["enquiry_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sending_attempts_enquiry_id"), table_name="sending_attempts")
    op.drop_table("sending_attempts")
