"""Rows into tables as fast as each database takes them: SQLite by executemany, PostgreSQL by COPY."""

from collections.abc import Iterable, Sequence
from enum import Enum
from types import TracebackType
from typing import Any

from sqlalchemy import Engine, Table

from app.models import Base

FAST_SQLITE = ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-200000", "temp_store=MEMORY")


class Bulk:
    """One connection that fills tables. Values: times as UTC text, JSON as text; columns left out get the model's default."""

    def __init__(self, engine: Engine) -> None:
        self._postgresql = engine.dialect.name == "postgresql"
        self._raw: Any = engine.raw_connection()
        self._filled: dict[str, Table] = {}

    def __enter__(self) -> "Bulk":
        cursor = self._raw.cursor()
        if self._postgresql:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("SET timezone = 'UTC'")
        else:
            for pragma in FAST_SQLITE:
                cursor.execute(f"PRAGMA {pragma}")
        return self

    def insert(self, model: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows to a model's table."""
        table: Table = model.__table__  # type: ignore[assignment]
        fixed = _defaults(table, columns)
        self._filled[table.name] = table
        names, added = (*columns, *fixed), tuple(fixed.values())
        self._write(table.name, names, ((*row, *added) for row in rows))

    def _write(self, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        quoted = ", ".join(f'"{name}"' for name in names)
        cursor = self._raw.cursor()
        if self._postgresql:
            with cursor.copy(f'COPY "{table}" ({quoted}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join("?" * len(names))
            cursor.executemany(f'INSERT INTO "{table}" ({quoted}) VALUES ({places})', rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cursor = self._raw.cursor()
        for name, table in self._filled.items() if self._postgresql and kind is None else ():
            if "id" in table.columns:
                cursor.execute(f"""SELECT setval(pg_get_serial_sequence('"{name}"', 'id'), max(id)) FROM "{name}" """)
        if self._postgresql:
            cursor.execute("RESET session_replication_role")
        self._raw.commit() if kind is None else self._raw.rollback()
        if self._postgresql and kind is None:
            cursor.execute("ANALYZE")
            self._raw.commit()
        else:  # what was switched off belongs to this connection alone
            self._raw.invalidate()
        self._raw.close()


def _defaults(table: Table, given: Sequence[str]) -> dict[str, Any]:
    """What the model itself would have written into columns that no row speaks of."""
    found = {c.name: c.default.arg for c in table.columns if c.default is not None and c.default.is_scalar}
    return {n: value.value if isinstance(value, Enum) else value for n, value in found.items() if n not in given}
