"""What is counted of whole days and months; the worker fills it. Facts are no more walked through, and need fewer indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

WORK = ("received_on", "unit_id", "decided_as", "way", "hops", "first_routed_on", "journaled_on", "seconds")
DETOURS = (
    "received_on", "hops", "days_lost", "terms_days", "unit_id", "first_unit_id", "first_routed_on", "mailbox",
)  # fmt: skip
JUDGED = ("judged_on", "suggestion_right", "unit_id", "suggested_unit_id", "mailbox")
JOURNALED = ("journal_minutes", "received_on", "unit_id", "mailbox")


def upgrade() -> None:
    op.create_table(
        "counted_day",
        sa.Column("question", sa.String(length=80), nullable=False),
        sa.Column("month", sa.Boolean(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("good_from", sa.Date(), nullable=True),
        sa.Column("good_until", sa.Date(), nullable=True),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("question", "month", "first", name=op.f("pk_counted_day")),
    )
    op.create_index("ix_counted_day_good_until", "counted_day", ["good_until"])
    op.drop_index("ix_enquiry_facts_work", "enquiry_facts")
    op.drop_index("ix_enquiry_facts_detours", "enquiry_facts")
    op.drop_index("ix_enquiry_facts_judged_on", "enquiry_facts")
    op.create_index("ix_enquiry_facts_judged_on", "enquiry_facts", ["judged_on"])
    op.create_index("ix_enquiry_facts_journal_minutes", "enquiry_facts", JOURNALED)


def downgrade() -> None:
    op.drop_index("ix_enquiry_facts_journal_minutes", "enquiry_facts")
    op.drop_index("ix_enquiry_facts_judged_on", "enquiry_facts")
    op.create_index("ix_enquiry_facts_judged_on", "enquiry_facts", JUDGED)
    op.create_index("ix_enquiry_facts_detours", "enquiry_facts", DETOURS)
    op.create_index("ix_enquiry_facts_work", "enquiry_facts", WORK)
    op.drop_table("counted_day")
