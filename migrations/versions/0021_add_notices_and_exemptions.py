"""Answers known by their Message-ID; what units are told at once; what is not to be set aside again."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MESSAGE_ID = re.compile(rb"^message-id:\s*<?[ \t]*([^<>\s]{1,900})[ \t]*>?", re.IGNORECASE | re.MULTILINE)
BATCH = 500
reply = sa.table(
    "reply",
    sa.column("raw_mail_id", sa.Integer),
    sa.column("enquiry_id", sa.Integer),
    sa.column("message_id", sa.String),
)
raw_mail = sa.table("raw_mail", sa.column("id", sa.Integer), sa.column("content", sa.LargeBinary))


def upgrade() -> None:
    with op.batch_alter_table("reply") as table:
        table.add_column(sa.Column("message_id", sa.String(length=998), nullable=True))
        table.add_column(sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_reply_message_id", "reply", ["message_id"])
    op.create_table(
        "unit_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_unit_notice_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["about_id"], ["enquiry.id"], name=op.f("fk_unit_notice_about_id_enquiry")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_notice_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_notice")),
    )
    op.create_index("ix_unit_notice_enquiry_id", "unit_notice", ["enquiry_id"])
    op.create_table(
        "exemption",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("sender_address", sa.String(length=320), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_exemption_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_exemption")),
    )
    op.create_index("ix_exemption_sender_address_reason", "exemption", ["sender_address", "reason"])
    _learn_message_ids()


def _learn_message_ids() -> None:
    """The Message-IDs of the answers that are kept already, from their own bytes."""
    connection = op.get_bind()
    ids = list(connection.scalars(sa.select(reply.c.raw_mail_id).distinct().order_by(reply.c.raw_mail_id)))
    for start in range(0, len(ids), BATCH):
        contents = sa.select(raw_mail.c.id, raw_mail.c.content).where(raw_mail.c.id.in_(ids[start : start + BATCH]))
        for raw_id, content in connection.execute(contents).all():
            head = bytes(content[:65_536]).partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
            found = MESSAGE_ID.search(head)
            if found is not None:
                name = f"<{found.group(1).decode(errors='replace')}>"
                connection.execute(sa.update(reply).where(reply.c.raw_mail_id == raw_id).values(message_id=name))


def downgrade() -> None:
    op.drop_table("exemption")
    op.drop_table("unit_notice")
    op.drop_index("ix_reply_message_id", "reply")
    with op.batch_alter_table("reply") as table:
        table.drop_column("bounced_at")
        table.drop_column("message_id")
