"""Waves of alike mails, and labels that do not teach."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "likeness",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_likeness_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_likeness")),
    )
    op.create_index(op.f("ix_likeness_at"), "likeness", ["at"])
    op.create_table(
        "likeness_band",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enquiry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_likeness_band_enquiry_id_enquiry")),
        sa.PrimaryKeyConstraint("band", "enquiry_id", name=op.f("pk_likeness_band")),
    )
    op.create_index("ix_likeness_band_enquiry_id", "likeness_band", ["enquiry_id"])
    op.create_table(
        "wave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["enquiry.id"], name=op.f("fk_wave_lead_id_enquiry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
    )
    op.create_table(
        "wave_member",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_wave_member_enquiry_id_enquiry")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_member_wave_id_wave")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_wave_member")),
    )
    op.create_index("ix_wave_member_wave_id_enquiry_id", "wave_member", ["wave_id", "enquiry_id"])
    op.add_column("label", sa.Column("taught", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("label", "taught")
    for table in ("wave_member", "wave", "likeness_band", "likeness"):
        op.drop_table(table)
