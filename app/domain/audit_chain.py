"""The hash chain of the audit log. The hash of each row covers the row and the hash of the one before it.

The bytes that are hashed are the same on every database and every version of Python: JSON in ASCII, keys in order, no
blanks, times in UTC with six digits of a second. To check the log without us, no more than this is needed.
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
    """Return the hash of a row. `before` is the hash of the row in front."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [before, number, moment, by, kind, enquiry_id, digest(data)]
    return sha256(_canonical(row)).hexdigest()


def digest(data: Mapping[str, Any]) -> str:
    """Return the hash of a row's data. The chain covers this, so that it holds without the words themselves."""
    return sha256(_canonical(plain(data))).hexdigest()


def plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data as a database gives them back. Names of choices are text, tuples are lists."""
    found: dict[str, Any] = json.loads(json.dumps(data))
    return found


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
