"""Who somebody is at the identity provider, and which of its groups give access."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("issuer", sa.String(length=500), nullable=True))
    op.add_column("account", sa.Column("subject", sa.String(length=255), nullable=True))
    op.create_index(op.f("ix_account_issuer_subject"), "account", ["issuer", "subject"], unique=True)
    op.add_column("user_session", sa.Column("provider_token", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "group_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_name", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_group_rule_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_rule")),
        sa.UniqueConstraint("group_name", name=op.f("uq_group_rule_group_name")),
    )


def downgrade() -> None:
    op.drop_table("group_rule")
    op.drop_column("user_session", "provider_token")
    op.drop_index(op.f("ix_account_issuer_subject"), table_name="account")
    op.drop_column("account", "subject")
    op.drop_column("account", "issuer")
