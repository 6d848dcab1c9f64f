"""What figures count of each enquiry; the worker fills it from the log."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enquiry_facts",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("mailbox", sa.String(length=320), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=50), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("first_unit_id", sa.Integer(), nullable=True),
        sa.Column("first_routed_on", sa.Date(), nullable=True),
        sa.Column("routed_on", sa.Date(), nullable=True),
        sa.Column("hops", sa.Integer(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("days_lost", sa.Integer(), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("feedback_due_on", sa.Date(), nullable=True),
        sa.Column("feedback_on", sa.Date(), nullable=True),
        sa.Column("answer_due_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("journaled_on", sa.Date(), nullable=True),
        sa.Column("journal_minutes", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("judged_on", sa.Date(), nullable=True),
        sa.Column("suggested_unit_id", sa.Integer(), nullable=True),
        sa.Column("suggestion_right", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_enquiry_facts_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["first_unit_id"], ["unit.id"], name=op.f("fk_enquiry_facts_first_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["suggested_unit_id"], ["unit.id"], name=op.f("fk_enquiry_facts_suggested_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_enquiry_facts_unit_id_unit")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_enquiry_facts")),
    )
    with op.batch_alter_table("enquiry_facts", schema=None) as batch_op:
        batch_op.create_index("ix_enquiry_facts_answered_on", ["answered_on"], unique=False)
        batch_op.create_index(
            "ix_enquiry_facts_detours",
            [
                "received_on",
                "hops",
                "days_lost",
                "terms_days",
                "unit_id",
                "first_unit_id",
                "first_routed_on",
                "mailbox",
            ],
            unique=False,
        )
        batch_op.create_index(
            "ix_enquiry_facts_judged_on",
            ["judged_on", "suggestion_right", "unit_id", "suggested_unit_id", "mailbox"],
            unique=False,
        )
        batch_op.create_index(
            "ix_enquiry_facts_received_on", ["received_on", "way", "state", "unit_id", "mailbox"], unique=False
        )
        batch_op.create_index("ix_enquiry_facts_state", ["state", "due_on"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("enquiry_facts", schema=None) as batch_op:
        batch_op.drop_index("ix_enquiry_facts_state")
        batch_op.drop_index("ix_enquiry_facts_received_on")
        batch_op.drop_index("ix_enquiry_facts_judged_on")
        batch_op.drop_index("ix_enquiry_facts_detours")
        batch_op.drop_index("ix_enquiry_facts_answered_on")

    op.drop_table("enquiry_facts")
