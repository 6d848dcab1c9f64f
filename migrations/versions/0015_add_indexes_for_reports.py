"""Reports over a year of labels and mails, counted from indexes alone."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_label_weekly", "label", ["at", "suggested_unit_id", "unit_id", "source", "revokes_id"]),
    ("ix_label_by_unit", "label", ["unit_id", "id", "suggested_unit_id", "revokes_id", "source"]),
    ("ix_enquiry_weekly", "enquiry", ["received_at", "imported", "automatic", "direct", "state", "reason"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table)
