"""The order in which a person wants the queue; and the usual type of deadline no longer bears the name of one guarantee."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BEFORE, AFTER = "Tilbagemeldingsgaranti", "Almindelig henvendelse"


def upgrade() -> None:
    op.add_column("presence", sa.Column("queue_order", sa.String(length=20), nullable=True))
    _rename(BEFORE, AFTER)


def downgrade() -> None:
    op.drop_column("presence", "queue_order")
    _rename(AFTER, BEFORE)


def _rename(old: str, new: str) -> None:
    """Rename the type that the first installation made, unless people have used the name for one of their own."""
    kind = sa.table("deadline_type", sa.column("name", sa.String()))
    taken = op.get_bind().scalar(sa.select(sa.func.count()).select_from(kind).where(kind.c.name == new))
    if not taken:
        op.execute(kind.update().where(kind.c.name == old).values(name=new))
