"""Which mailboxes somebody has paused, how far behind each is, and what lies there that was never taken in."""

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
    op.create_table(
        "reconciliation",
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("take_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_reconciliation")),
    )
    op.create_table(
        "missing_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address"], ["reconciliation.address"], name=op.f("fk_missing_mail_address_reconciliation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missing_mail")),
    )
    op.create_index(op.f("ix_missing_mail_address"), "missing_mail", ["address"])


def downgrade() -> None:
    op.drop_index(op.f("ix_missing_mail_address"), table_name="missing_mail")
    op.drop_table("missing_mail")
    op.drop_table("reconciliation")
    with op.batch_alter_table("mailbox_state") as table:
        table.drop_column("paused_by")
        table.drop_column("paused_at")
        table.drop_column("behind_since")
