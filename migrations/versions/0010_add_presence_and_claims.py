"""Who is at work in triage, who has which mail, recalls; what the queue is ordered and narrowed by."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WAITING = ["state", "due_on", "id", "follows_id", "owner_id", "blind", "returns", "mailbox", "language"]
FIRST = {
    "sqlite": """UPDATE prediction SET unit_id =
        (SELECT unit.id FROM unit WHERE unit.id = json_extract(ranking, '$[0].unit_id'))""",
    "postgresql": """UPDATE prediction SET unit_id =
        (SELECT unit.id FROM unit WHERE unit.id = CAST(ranking -> 0 ->> 'unit_id' AS integer))""",
}
"""The unit at the head of each ranking that was written before."""
ORDER = ["enquiry_id", "confidence", "unit_id"]


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("absent_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("absent_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_presence_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "claim",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_claim_account_id_account")),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_claim_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_account_id"), "claim", ["account_id"])
    op.create_table(
        "recall",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_recall_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_recall_unit_id_unit")),
        sa.PrimaryKeyConstraint("enquiry_id", "hop", name=op.f("pk_recall")),
    )
    with op.batch_alter_table("prediction") as table:
        table.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_prediction_unit_id_unit", "unit", ["unit_id"], ["id"])
    op.execute(FIRST[op.get_bind().dialect.name])
    op.create_index("ix_prediction_enquiry_id_confidence_unit_id", "prediction", ORDER)
    op.create_index("ix_enquiry_waiting", "enquiry", WAITING)
    op.create_index("ix_event_by_id", "event", ["by", "id"])


def downgrade() -> None:
    op.drop_index("ix_event_by_id", "event")
    op.drop_index("ix_enquiry_waiting", "enquiry")
    op.drop_index("ix_prediction_enquiry_id_confidence_unit_id", "prediction")
    with op.batch_alter_table("prediction") as table:
        table.drop_constraint("fk_prediction_unit_id_unit", type_="foreignkey")
        table.drop_column("unit_id")
    op.drop_table("recall")
    op.drop_table("claim")
    op.drop_table("presence")
