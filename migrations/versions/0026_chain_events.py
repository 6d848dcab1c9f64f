"""Chain the rows of the audit log, and close the ways round its triggers: REPLACE and TRUNCATE."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TAKEN = {
    "event": "id = NEW.id",
    "label": "id = NEW.id OR revokes_id = NEW.revokes_id",
    "lesson": "position = NEW.position OR label_id = NEW.label_id",
}
"""What makes a row of SQLite's REPLACE push another one out, which fires no trigger of deletion."""
PORTION = 2000
EVENT = sa.table(
    "event",
    sa.column("id", sa.Integer),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("by", sa.String),
    sa.column("kind", sa.String),
    sa.column("enquiry_id", sa.Integer),
    sa.column("data", sa.JSON),
    sa.column("hash", sa.String),
)


def upgrade() -> None:
    op.add_column("event", sa.Column("hash", sa.String(length=64), server_default="", nullable=False))
    _allow_changes()
    # What strangers typed as their name when they did not get in was kept as it was, whatever it was.
    op.execute("UPDATE event SET by = '' WHERE kind = 'login_failed' AND by NOT IN (SELECT email FROM account)")
    _chain()
    _forbid_changes()
    for table, taken in TAKEN.items():
        if _is_sqlite():
            op.execute(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
            )


def downgrade() -> None:
    for table in TAKEN:
        op.execute(
            f"DROP TRIGGER {table}_no_replace" if _is_sqlite() else f"DROP TRIGGER {table}_no_truncate ON {table}"
        )
    if not _is_sqlite():
        op.execute("SELECT setval('event_id_seq', coalesce((SELECT max(id) FROM event), 0) + 1, false)")
    op.drop_column("event", "hash")


def _chain() -> None:
    """Give every row its hash, a portion at a time."""
    connection, last, before = op.get_bind(), 0, "0" * 64
    update = sa.update(EVENT).where(EVENT.c.id == sa.bindparam("number")).values(hash=sa.bindparam("made"))
    while rows := connection.execute(
        sa.select(EVENT).where(EVENT.c.id > last).order_by(EVENT.c.id).limit(PORTION)
    ).all():
        made = []
        for row in rows:
            before, last = _link(before, row), row.id
            made.append({"number": row.id, "made": before})
        connection.execute(update, made)


def _link(before: str, row: Any) -> str:
    """The hash of a row, as app/domain/audit_chain.py has it."""
    at: datetime = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
    told = sha256(_canonical(row.data)).hexdigest()
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return sha256(_canonical([before, row.id, moment, row.by, row.kind, row.enquiry_id, told])).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _allow_changes() -> None:
    if _is_sqlite():
        op.execute("DROP TRIGGER event_no_update")
    else:
        op.execute("ALTER TABLE event DISABLE TRIGGER event_append_only")


def _forbid_changes() -> None:
    if _is_sqlite():
        op.execute(
            "CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END"
        )
    else:
        op.execute("ALTER TABLE event ENABLE TRIGGER event_append_only")
