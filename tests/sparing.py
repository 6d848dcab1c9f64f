"""Spare thousands of tests what none of them tests: hashing's cost, the disk's, and making the same thing anew for each.

Servers that a test starts as processes of their own pay the real price of everything.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from app import database
from app.services.platform import passwords

AS_SERVED = database._prepare_sqlite
"""How a connection to SQLite is prepared outside tests."""
STATEMENTS = 4_000
"""Compiled statements that are kept for the tests that follow; the house and the workflow engine have fewer."""


def everything(patch: pytest.MonkeyPatch) -> None:
    """Patch a process of tests."""
    patch.setattr(passwords, "_hasher", PasswordHasher.from_parameters(CHEAPEST))
    patch.setattr(os, "fsync", lambda _number: None)
    patch.setattr(database, "_prepare_sqlite", _without_waiting_for_the_disk)
    patch.setattr(database, "create_engine", _compiling_once())
    patch.setattr(Rule, "_compile_builder", _built_once(Rule._compile_builder))


def _without_waiting_for_the_disk(connection: Any, record: object) -> None:
    """What was committed survives the process, as always, but not the machine's own fall."""
    AS_SERVED(connection, record)
    connection.execute("PRAGMA synchronous=OFF")


def _compiling_once() -> Callable[..., Engine]:
    """Let all engines share a dialect and what was compiled for it: each test has an engine, all say the same to it."""
    dialects: dict[type[Dialect], Dialect] = {}
    compiled: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    def create(url: str, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        own = engine.dialect
        engine.dialect = dialects.get(type(own), own)
        engine.update_execution_options(compiled_cache=compiled)
        # By its first connection a dialect has learned what the database can do.
        event.listen(engine, "connect", lambda *_: dialects.setdefault(type(own), own))
        return engine

    return create


def _built_once(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """Compile the builder of a route's addresses when the first is built, for every test's application; two in three never are."""
    made: dict[tuple[object, ...], Any] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)

        def build(bound: Rule, **values: Any) -> Any:
            if key not in made:
                made[key] = compile_builder(rule, append_unknown)
            return made[key](bound, **values)

        return build

    return compiled
