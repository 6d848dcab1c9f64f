"""Amendments: labels that count as another unit's, or not at all."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_position", sa.Integer(), nullable=False),
        sa.Column("lifts_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["lifts_id"], ["amendment.id"], name=op.f("fk_amendment_lifts_id_amendment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("lifts_id", name=op.f("uq_amendment_lifts_id")),
    )
    op.create_table(
        "amended_label",
        sa.Column("amendment_id", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["amendment.id"], name=op.f("fk_amended_label_amendment_id_amendment")
        ),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_amended_label_label_id_label")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_amended_label_unit_id_unit")),
        sa.PrimaryKeyConstraint("amendment_id", "label_id", name=op.f("pk_amended_label")),
    )
    op.create_index("ix_amended_label_label_id", "amended_label", ["label_id"])
    # A snapshot is a cache: without knowing what it holds it is worth nothing.
    op.execute("DELETE FROM model_snapshot")
    op.add_column("model_snapshot", sa.Column("amendment_id", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.execute("DELETE FROM model_snapshot")
    op.drop_column("model_snapshot", "amendment_id")
    op.drop_table("amended_label")
    op.drop_table("amendment")
