"""Draw the slice that `make test` looks at. `make verify` looks at the whole."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TypeVar

Each = TypeVar("Each")
NAME = "SLUSE_TEST_WHOLE"
WHOLE = bool(os.environ.get(NAME))
"""Whether every page is walked through in every way."""
EVERY_CASE = {
    "app/queries": "a case is a statement of its own",
    "app/services/learning/test_waking.py": "how the databases wake another process",
    "app/services/platform/test_audit.py": "what the database itself refuses, and its triggers",
    "app/web/learning/test_learning_page.py": "orders, which the database makes",
    "app/web/platform/test_audit_log.py": "conditions, which the database judges",
    "app/web/platform/test_hostile_values.py": "numbers, days and texts that a column cannot hold",
    "app/web/platform/test_incidents.py": "errors of the database",
    "app/web/platform/test_incoming.py": "numbers, days and texts that a column cannot hold",
    "architecture/test_migrations.py": "the tables themselves",
}
"""Tests, under `tests`, that keep every case on PostgreSQL, with the reason. Elsewhere a case varies what Python does with
what it is given, and all of them run on SQLite."""


def drawn(key: str, of: Sequence[Each]) -> Each:
    """Draw one by a seed: the same today and tomorrow, in every process."""
    return of[int.from_bytes(sha256(key.encode()).digest()[:4], "big") % len(of)]


def one_case_each(names: Iterable[str]) -> set[str]:
    """Name one case of each parametrised test, and every case where it is the database that is asked."""
    cases: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        cases[name if _every_case(name) else name.partition("[")[0]].append(name)
    return {drawn(test, alike) for test, alike in cases.items()}


def _every_case(name: str) -> bool:
    return name.removeprefix("tests/").startswith(tuple(EVERY_CASE))
