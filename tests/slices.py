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


PAGES = tuple(
    f"app/web/{subject}/" for subject in ("casework", "enquiries", "inbound", "learning", "organisation", "triage")
)
"""Tests of what a page shows. That its statements hold is what the walks over every route say, in `app/web/platform`, and the tests
of queries and services: PostgreSQL gets one test of each file of these."""


def drawn(key: str, of: Sequence[Each]) -> Each:
    """Draw one by a seed: the same today and tomorrow, in every process."""
    return of[int.from_bytes(sha256(key.encode()).digest()[:4], "big") % len(of)]


def one_case_each(names: Iterable[str]) -> set[str]:
    """Name one case of each parametrised test, and every case where it is the database that is asked."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[_alike(name)].append(name)
    return {drawn(key, each) for key, each in alike.items()}


def _alike(name: str) -> str:
    """Say of what a test is one of many."""
    path = name.removeprefix("tests/")
    if path.startswith(tuple(EVERY_CASE)):
        return name
    return name.partition("::" if path.startswith(PAGES) else "[")[0]
