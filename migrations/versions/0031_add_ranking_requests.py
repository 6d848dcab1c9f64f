"""Rankings that pages ask for and the learner makes."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ranking_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_ranking_request_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_request")),
        sa.UniqueConstraint("enquiry_id", name=op.f("uq_ranking_request_enquiry_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("ranking_request")
