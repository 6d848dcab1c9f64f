"""Reply templates, shared paragraphs, acknowledgements; what does not belong to a unit."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paragraph",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paragraph")),
    )
    op.create_table(
        "reply_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("keywords", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_reply_template_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_template")),
    )
    op.create_index("ix_reply_template_kind_unit_id", "reply_template", ["kind", "unit_id"])
    op.create_table(
        "acknowledgement",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_acknowledgement_case_id_case")),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_acknowledgement_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_acknowledgement")),
    )
    op.create_index("ix_acknowledgement_recipient_at", "acknowledgement", ["recipient", "at"])
    op.create_index("ix_label_unit_id_source_id", "label", ["unit_id", "source", "id"])
    # Plain ALTER TABLE, also on SQLite: a table that others refer to cannot be copied while it holds rows.
    op.add_column("unit", sa.Column("guide_not", sa.String(), nullable=False, server_default=""))
    op.add_column("mailbox", sa.Column("acknowledge", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("enquiry", sa.Column("may_acknowledge", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("enquiry", "may_acknowledge")
    op.drop_column("mailbox", "acknowledge")
    op.drop_column("unit", "guide_not")
    op.drop_index("ix_label_unit_id_source_id", "label")
    op.drop_table("acknowledgement")
    op.drop_table("reply_template")
    op.drop_table("paragraph")
