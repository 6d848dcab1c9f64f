"""Rules and classes of senders, centres, direct mailboxes, and what recognition remembers of a mail."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFERENCES = (
    ("unit", "centre_id", "centre"),
    ("unit", "owner_id", "account"),
    ("mailbox", "unit_id", "unit"),
    ("enquiry", "relates_id", "enquiry"),
    ("enquiry", "resembles_id", "enquiry"),
    ("decision", "rule_id", "rule"),
)
"""(table, column, table it refers to)."""


def upgrade() -> None:
    op.create_table(
        "centre",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["service_area.id"], name=op.f("fk_centre_area_id_service_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre")),
        sa.UniqueConstraint("area_id", "name", name=op.f("uq_centre_area_id_name")),
    )
    op.create_table(
        "sender_class",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("senders", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_class")),
        sa.UniqueConstraint("name", name=op.f("uq_sender_class_name")),
    )
    op.create_table(
        "rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("sender_class_id", sa.Integer(), nullable=True),
        sa.Column("mailbox", sa.String(length=320), nullable=False),
        sa.Column("foreign_language", sa.Boolean(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sender_class_id"], ["sender_class.id"], name=op.f("fk_rule_sender_class_id_sender_class")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_rule_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
    )
    op.add_column("unit", sa.Column("max_error", sa.Double(), nullable=True))
    op.add_column("unit", sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("enquiry", sa.Column("direct", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("enquiry", sa.Column("fingerprint", sa.String(length=32), nullable=True))
    op.add_column("enquiry", sa.Column("language", sa.String(length=3), nullable=True))
    for column in ("fingerprint", "sender_address", "subject"):
        op.create_index(op.f(f"ix_enquiry_{column}"), "enquiry", [column])
    for table, column, target in REFERENCES:
        name = f"fk_{table}_{column}_{target}"
        # Written out, because neither database then has to make the table anew.
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES {target} (id)")


def downgrade() -> None:
    for table, column, _target in reversed(REFERENCES):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for column in ("fingerprint", "sender_address", "subject"):
        op.drop_index(op.f(f"ix_enquiry_{column}"), "enquiry")
    for column in ("language", "fingerprint", "direct"):
        op.drop_column("enquiry", column)
    for column in ("closed", "max_error"):
        op.drop_column("unit", column)
    op.drop_table("rule")
    op.drop_table("sender_class")
    op.drop_table("centre")
