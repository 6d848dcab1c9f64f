"""Create versions of the benefit's assumptions, and what a decision was in the facts.

The facts are made anew from the log: with no position they begin from nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "benefit_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_version")),
    )
    with op.batch_alter_table("enquiry_facts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decided_as", sa.String(length=20), nullable=True))
        batch_op.create_index(
            "ix_enquiry_facts_work",
            [
                "received_on",
                "unit_id",
                "decided_as",
                "way",
                "hops",
                "first_routed_on",
                "journaled_on",
                "seconds",
            ],
            unique=False,
        )
    op.execute("DELETE FROM setting WHERE \"key\" IN ('facts_position', 'facts_again')")


def downgrade() -> None:
    with op.batch_alter_table("enquiry_facts", schema=None) as batch_op:
        batch_op.drop_index("ix_enquiry_facts_work")
        batch_op.drop_column("decided_as")
    op.drop_table("benefit_version")
