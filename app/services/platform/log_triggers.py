"""The triggers that keep log and labels append-only.

Their wanted text stands here word for word, to be compared with the one in the database.

A trigger of the same name that refuses nothing protects nothing, so the name alone is not asked for.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

TAKEN = {
    "event": "id = NEW.id",
    "label": "id = NEW.id OR revokes_id = NEW.revokes_id",
    "lesson": "position = NEW.position OR label_id = NEW.label_id",
}
"""Table → what makes a row of SQLite's REPLACE push another one out, which fires no trigger of deletion."""
FOUND = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname, replace(pg_get_triggerdef(pg_trigger.oid), ' ON public.', ' ON ') || ' ' || trim(prosrc) "
        "FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE tgenabled IN ('O', 'A')"
    ),
}


def unprotected(session: Session) -> list[str]:
    """Name the triggers that are missing, switched off or changed."""
    dialect = session.get_bind().dialect.name
    found: dict[str, str] = dict(session.execute(text(FOUND[dialect])).all())
    return [name for name, wanted in wanted_triggers(dialect).items() if found.get(name) != wanted]


def wanted_triggers(dialect: str) -> dict[str, str]:
    """Name → definition, as the database tells it."""
    made = _sqlite if dialect == "sqlite" else _postgresql
    return {name: definition for table in TAKEN for name, definition in made(table).items()}


def _sqlite(table: str) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    taken = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {TAKEN[table]})"  # noqa: S608 - text to compare with
    return {
        f"{table}_no_update": f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"{table}_no_replace": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {taken} {refuse}",
    }


def _postgresql(table: str) -> dict[str, str]:
    refuse = f"EXECUTE FUNCTION {table}_append_only() BEGIN RAISE EXCEPTION '{table} is append-only'; END"
    changed, emptied = f"{table}_append_only", f"{table}_no_truncate"
    return {
        changed: f"CREATE TRIGGER {changed} BEFORE DELETE OR UPDATE ON {table} FOR EACH ROW {refuse}",
        emptied: f"CREATE TRIGGER {emptied} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    }
