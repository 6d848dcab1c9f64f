"""Keep the rows and events of a played year, and write them into the database many at a time.

Rows are objects of the models that no session knows: the same functions make them as the services use.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, inspect, select, text, update
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.base import DomainEvent
from app.models.base import Base
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.services.platform import events

READ_ONCE = frozenset({"subject", "text", "html", "sender_name", "sender_address", "citizen_name", "citizen_address"})
"""Columns of an enquiry that stay as they were read: the index of words need not be made anew for them."""


class Ledger:
    """The rows that the play has made or changed since it last wrote."""

    def __init__(self, session: Session) -> None:
        self._ids: dict[str, int] = {}
        self._new: dict[int, Base] = {}
        self._changed: dict[int, Base] = {}
        self._log: list[Event] = []
        self._head = events.head(session)
        for mapper in Base.registry.mappers:
            table = mapper.local_table
            if isinstance(table, Table) and "id" in table.columns:
                self._ids[table.name] = session.scalar(select(func.max(table.c.id))) or 0

    def number(self, row: Base) -> int:
        """Give a new row its id, the next of its table, and keep it."""
        name = row.__tablename__
        self._ids[name] += 1
        row.id = self._ids[name]  # type: ignore[attr-defined]
        self.add(row)
        return self._ids[name]

    def add(self, row: Base) -> None:
        """Keep a new row."""
        self._new[id(row)] = row

    def touch(self, row: Base) -> None:
        """Keep that a row was changed, where it has been written before."""
        if id(row) not in self._new:
            self._changed[id(row)] = row

    def record(self, content: DomainEvent, *, by: Actor, now: datetime, enquiry_id: int | None = None) -> Event:
        """Append an event to the log, chained to the newest."""
        event = events.after(self._head, content, by=by, now=now, enquiry_id=enquiry_id)
        self._head = (event.id, event.hash)
        self._log.append(event)
        return event

    def write(self, session: Session) -> None:
        """Write everything kept. New rows come first, in an order in which each finds what it refers to."""
        new = _by_table(self._new.values())
        new[Event.__tablename__] = list(self._log)
        for table in Base.metadata.sorted_tables:
            if rows := new.get(table.name):
                session.execute(insert(table), [values(row) for row in rows])
        for name, rows in _by_table(self._changed.values()).items():
            session.execute(_change(Base.metadata.tables[name]), [_changes(row) for row in rows])
        self._new, self._changed, self._log = {}, {}, []

    def follow(self, session: Session) -> None:
        """Go on after what others have written into the log."""
        self._head = events.head(session)

    def end(self, session: Session) -> None:
        """Let the database go on with ids after ours. SQLite does so by itself."""
        if session.get_bind().dialect.name == "sqlite":
            return
        for name, highest in self._ids.items():
            sequence = session.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": f'"{name}"'})
            if sequence and highest:
                session.execute(text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})


def values(row: Base) -> dict[str, Any]:
    """Return a row as columns. What was not set has the model's default."""
    held = row.__dict__
    return {
        name: held[key] if key in held else default(None) if callable(default) else default
        for name, key, default in _columns(type(row))
    }


@cache
def _columns(model: type[Base]) -> list[tuple[str, str, Any]]:
    """Return of each column its name, the field's, and its default."""
    found = [(prop.columns[0], prop.key) for prop in inspect(model).column_attrs]
    return [(column.name, key, column.default.arg if column.default else None) for column, key in found]


def _by_table(rows: Iterable[Base]) -> dict[str, list[Base]]:
    found: dict[str, list[Base]] = defaultdict(list)
    for row in rows:
        found[row.__tablename__].append(row)
    return found


@cache
def _kept(table: Table) -> list[str]:
    fixed = READ_ONCE if table.name == Enquiry.__tablename__ else frozenset[str]()
    return [column.name for column in table.columns if not column.primary_key and column.name not in fixed]


@cache
def _change(table: Table) -> Any:
    [key] = table.primary_key.columns
    return update(table).where(key == bindparam("key_")).values({name: bindparam(f"_{name}") for name in _kept(table)})


def _changes(row: Base) -> dict[str, Any]:
    table = Base.metadata.tables[row.__tablename__]
    [key] = table.primary_key.columns
    found = values(row)
    return {"key_": found[key.name]} | {f"_{name}": found[name] for name in _kept(table)}
