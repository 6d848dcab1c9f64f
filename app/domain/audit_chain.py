"""The chain of the audit log: the hash of each row covers the row and the hash of the one before it.

The bytes that are hashed are the same on every database and every version of Python: JSON in ASCII, keys in order, no blanks,
times in UTC with six digits of a second. Whoever wants to check the log without us needs no more than this.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

START = "0" * 64
"""What stands before the first row."""


def link(
    before: str, number: int, at: datetime, by: str, kind: str, enquiry_id: int | None, data: Mapping[str, Any]
) -> str:
    """Return the hash of a row that follows a row with the hash `before`."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [before, number, moment, by, kind, enquiry_id, digest(data)]
    return sha256(_canonical(row)).hexdigest()


def digest(data: Mapping[str, Any]) -> str:
    """Return the hash of what a row tells; the chain covers this, so that it holds without the words themselves."""
    return sha256(_canonical(plain(data))).hexdigest()


def plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data as they come back from a database: names of choices as text, tuples as lists."""
    found: dict[str, Any] = json.loads(json.dumps(data))
    return found


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
