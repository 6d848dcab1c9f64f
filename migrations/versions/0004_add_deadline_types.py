"""Types of deadline with two clocks, and interim replies."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TYPES = (
    {"name": "Tilbagemeldingsgaranti", "feedback_days": 10, "answer_days": 30, "working": True, "retired": False},
    {"name": "Aktindsigt", "feedback_days": None, "answer_days": 7, "working": True, "retired": False},
)
REFERENCES = ("enquiry", "rule")


def upgrade() -> None:
    types = op.create_table(
        "deadline_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("feedback_days", sa.Integer(), nullable=True),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_type")),
        sa.UniqueConstraint("name", name=op.f("uq_deadline_type_name")),
    )
    op.bulk_insert(types, list(TYPES))
    op.create_table(
        "interim_reply",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("caseworker", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_interim_reply_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_interim_reply_unit_id_unit")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_interim_reply")),
        sa.UniqueConstraint("message_id", name=op.f("uq_interim_reply_message_id")),
    )
    for table in REFERENCES:
        name = f"fk_{table}_deadline_type_id_deadline_type"
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN deadline_type_id INTEGER CONSTRAINT {name} REFERENCES deadline_type (id)"
        )
    op.add_column("enquiry", sa.Column("feedback_due_on", sa.Date(), nullable=True))
    op.add_column("enquiry", sa.Column("answer_due_on", sa.Date(), nullable=True))
    op.add_column("enquiry", sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deadline", sa.Column("feedback_due_on", sa.Date(), nullable=True))
    # A deadline that runs is not moved: the one day there was stands for both clocks.
    op.execute("UPDATE enquiry SET feedback_due_on = due_on, answer_due_on = due_on, feedback_at = answered_at")


def downgrade() -> None:
    op.drop_column("deadline", "feedback_due_on")
    for column in ("feedback_at", "answer_due_on", "feedback_due_on"):
        op.drop_column("enquiry", column)
    for table in REFERENCES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN deadline_type_id")
    op.drop_table("interim_reply")
    op.drop_table("deadline_type")
