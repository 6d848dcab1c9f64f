"""Add digests and journal days."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("enquiry_facts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("journal_days", sa.Integer(), nullable=True))
    # Facts follow from the audit log: without a position all of them are made anew, now with the days.
    op.execute("DELETE FROM setting WHERE \"key\" = 'facts_position'")
    op.create_table(
        "digest_subscription",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("also_empty", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_digest_subscription_account_id_account")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_area.id"], name=op.f("fk_digest_subscription_area_id_service_area")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_digest_subscription")),
    )


def downgrade() -> None:
    op.drop_table("digest_subscription")
    with op.batch_alter_table("enquiry_facts", schema=None) as batch_op:
        batch_op.drop_column("journal_days")
