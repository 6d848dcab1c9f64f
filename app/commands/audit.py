"""`sluse verify-audit`: a check of the audit log's integrity."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from app import database
from app.config import Settings
from app.services.platform import audit, log_triggers


def verify_audit(settings: Settings, heads: str | None) -> int:
    """Name the first broken row and each missing protection.

    Returns:
        1 where there is any, 0 for a whole log, 2 where the file of heads holds none.
    """
    files = [settings.audit_heads, *([Path(heads)] if heads else [])]
    if heads is not None and not audit.read_heads(Path(heads)):
        print(f"No head stands in {heads}: nothing was compared.", file=sys.stderr)  # noqa: T201
        return 2
    written = [head for file in files for head in audit.read_heads(file)]
    with database.opened(settings.database_url) as engine, database.read(engine) as session:
        broken = audit.first_break(session, written)
        missing = log_triggers.unprotected(session)
        head = audit.head(session, datetime.now(UTC))
    if broken is not None:
        print(f"BROKEN at row {broken.number}: {broken.why}.", file=sys.stderr)  # noqa: T201
    for name in missing:
        print(f"UNPROTECTED: the trigger {name} is gone, off, or not what it should be.", file=sys.stderr)  # noqa: T201
    if broken is None:
        count = f"{len(written)} written head{'' if len(written) == 1 else 's'}"
        print(f"Every row follows the one before it, and {count} agree. Head: {head}")  # noqa: T201
    return 1 if broken or missing else 0
