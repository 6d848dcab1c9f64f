"""Reports over a year of labels and mails, counted from indexes alone."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_label_weekly", "label", ["at", "suggested_unit_id", "unit_id", "source"]),
    ("ix_label_source", "label", ["source"]),
    ("ix_label_taught", "label", ["taught"]),
    ("ix_label_tally", "label", ["unit_id", "suggested_unit_id", "source"]),
    ("ix_label_by_unit", "label", ["unit_id", "id", "suggested_unit_id"]),
    ("ix_decision_reason_at_unit_id", "decision", ["reason", "at", "unit_id"]),
    ("ix_enquiry_weekly", "enquiry", ["received_at", "imported", "automatic", "direct", "state", "reason"]),
)
REFERENCES = ("split_from_id", "follows_id", "relates_id", "resembles_id")


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.drop_index("ix_decision_reason_at", "decision")
    for name in REFERENCES:
        index, rows = f"ix_enquiry_{name}", sa.text(f"{name} IS NOT NULL")
        op.drop_index(index, "enquiry")
        op.create_index(index, "enquiry", [name], sqlite_where=rows, postgresql_where=rows)


def downgrade() -> None:
    for name in REFERENCES:
        op.drop_index(f"ix_enquiry_{name}", "enquiry")
        op.create_index(f"ix_enquiry_{name}", "enquiry", [name])
    op.create_index("ix_decision_reason_at", "decision", ["reason", "at"])
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table)
