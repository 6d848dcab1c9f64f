"""Sign-ins that can be ended, invitations, and a second factor."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=60), nullable=False),
        sa.Column("provider_session", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_user_session_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_user_session_key_hash")),
    )
    op.create_index(op.f("ix_user_session_account_id"), "user_session", ["account_id"])
    op.create_index(op.f("ix_user_session_provider_session"), "user_session", ["provider_session"])
    op.add_column("account", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("invitation_hash", sa.String(length=64), nullable=True))
    op.add_column("account", sa.Column("invited_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("factor_secret", sa.String(length=300), nullable=True))
    op.add_column("account", sa.Column("factor_used", sa.Integer(), server_default="0", nullable=False))
    op.create_index(op.f("ix_account_invitation_hash"), "account", ["invitation_hash"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_account_invitation_hash"), table_name="account")
    for column in ("factor_used", "factor_secret", "invited_until", "invitation_hash", "seen_at"):
        op.drop_column("account", column)
    op.drop_table("user_session")
