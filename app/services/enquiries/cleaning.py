"""Cleaning of database files after an erasure.

Erased text must not remain in SQLite's working file (WAL) or in PostgreSQL's dead rows.
"""

import time
from datetime import datetime

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.models.erasure import Erasure

log = structlog.get_logger()
PATIENCE_MS = 500
"""How long one attempt waits for who reads; a page that renders takes less."""
VACUUMED = (
    "enquiry",
    "raw_mail",
    "attachment",
    "note",
    "reply",
    "interim_reply",
    "acknowledgement",
    "referral",
    "case_document",
    "prediction",
    "decision",
    "model_snapshot",
    "step_failure",
    "exemption",
    "search_index",
)


def clean(engine: Engine) -> bool:
    """Empty the working file into the database. Return False while somebody reads from it.

    Deleted text has been overwritten in the database itself (`secure_delete`), but its pages as they were stand in the
    WAL until it is emptied, which SQLite never does by itself while the server runs.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_MS}")  # nosemgrep: sql-from-text
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            connection.exec_driver_sql("PRAGMA busy_timeout=30000")
            return not busy
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM {', '.join(VACUUMED)}")  # nosemgrep: sql-from-text
    return True


def pending(session: Session) -> bool:
    """Tell whether an erasure still waits for cleaning."""
    return session.scalar(select(Erasure.id).where(Erasure.cleaned_at.is_(None)).limit(1)) is not None


def go_on(engine: Engine, *, now: datetime, tries: int = 1) -> bool:
    """Clean after waiting erasures, and write it down. Return whether nothing waits any more.

    Where a reader holds the working file it is tried again, here and by the worker every few seconds.
    """
    with database.read(engine) as session:
        waiting = list(session.scalars(select(Erasure.id).where(Erasure.cleaned_at.is_(None))))
    if not waiting:
        return True
    for _ in range(tries):
        if clean(engine):
            with database.write(engine) as session:
                for number in waiting:
                    session.get_one(Erasure, number).cleaned_at = now
            return True
        time.sleep(0.1)
    log.warning("erasure_not_cleaned", why="somebody reads from the database's working file; it is tried again")
    return False
