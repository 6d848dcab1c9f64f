"""Which address an answer comes back by, and what people were seen to do with a mail whose answer was not seen."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SEEN = ("replied", "forwarded", "flagged", "read", "gone", "draft_gone", "thanked")


def upgrade() -> None:
    op.create_table(
        "reply_tag",
        sa.Column("tag", sa.String(40), primary_key=True),
        sa.Column("enquiry_id", sa.Integer(), sa.ForeignKey("enquiry.id"), nullable=False),
        sa.Column("routing_no", sa.Integer(), nullable=False),
    )
    op.create_index("ix_reply_tag_enquiry_id", "reply_tag", ["enquiry_id"])
    op.create_table(
        "answer_trace",
        sa.Column("enquiry_id", sa.Integer(), sa.ForeignKey("enquiry.id"), primary_key=True),
        sa.Column("routing_no", sa.Integer(), primary_key=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in SEEN),
    )


def downgrade() -> None:
    op.drop_table("answer_trace")
    op.drop_index("ix_reply_tag_enquiry_id", "reply_tag")
    op.drop_table("reply_tag")
