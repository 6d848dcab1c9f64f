"""Why a mail says something that was not read."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enquiry", sa.Column("words_missing", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("enquiry", "words_missing")
