"""The nightly file for analysts: made by the worker, whole or not at all, and the oldest ones dropped.

A file is written under another name, brought to the disk and renamed: who is killed on the way leaves nothing that looks like a
file, and it is made from its beginning at the next look. All rows are as of one moment, and a portion of them at a time is held.
"""

import csv
import gzip
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import extract, spreadsheet
from app.domain.actor import ROBOT
from app.domain.deadlines import COPENHAGEN, local_day
from app.domain.events.platform import ExtractMade
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.models.unit import Centre, ServiceArea, Unit
from app.services.platform import events, settings
from connectors.durable import sync_directory

HOUR = 2
"""Of the clock in Copenhagen, from which on the file of the day before is made."""
PORTION = 5_000
SCHEMA = "henvendelser.schema.json"
PART = ".part"
NAME = re.compile(r"henvendelser-(\d{4}-\d{2}-\d{2})\.csv\.gz", re.ASCII)


@dataclass(frozen=True, slots=True)
class Extract:
    """A file that is there: the enquiries as they stood in the night after `day`."""

    day: date
    path: Path
    size: int


def look(engine: Engine, folder: Path, nights: int, *, now: datetime) -> Extract | None:
    """Make the file of the day before where it is time, and drop the oldest. Return what was made.

    Nothing is made while facts are gone through again: half of them would be of another calendar.
    """
    day = local_day(now) - timedelta(days=1)
    if nights <= 0 or not may_be_made(now) or path_of(folder, day).exists():
        return None
    with database.read(engine) as session:
        if settings.get(session, settings.FACTS_POSITION) is None or settings.get(session, settings.FACTS_AGAIN):
            return None
    made = make(engine, folder, day, now=now)
    for old in there(folder)[nights:]:
        old.path.unlink(missing_ok=True)
    return made


def may_be_made(now: datetime) -> bool:
    """Tell whether the file of the day before is made at the next look: in the night, only from an hour on."""
    return now.astimezone(COPENHAGEN).hour >= HOUR


def there(folder: Path) -> list[Extract]:
    """Return the files that are there, the newest first."""
    found = [
        Extract(date.fromisoformat(match[1]), path, path.stat().st_size)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (match := NAME.fullmatch(path.name))
    ]
    return sorted(found, key=lambda each: each.day, reverse=True)


def path_of(folder: Path, day: date) -> Path:
    return folder / f"henvendelser-{day}.csv.gz"


def make(engine: Engine, folder: Path, day: date, *, now: datetime) -> Extract:
    """Write the file of a day, and the description of its columns beside it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob(f"*{PART}"):  # by one that was killed: who works holds the lease
        left.unlink(missing_ok=True)
    described = json.dumps(extract.schema(), ensure_ascii=False, indent=1).encode() + b"\n"
    _whole(folder / SCHEMA, lambda file: file.write(described))
    target, rows = path_of(folder, day), 0

    def fill(file: IO[bytes]) -> None:
        nonlocal rows
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            rows = _fill(engine, packed)

    def note() -> None:
        """Write into the log before the file has its name: one that lies there is told of, also after a kill in between."""
        with database.write(engine) as session:
            events.record(session, ExtractMade(day=day.isoformat(), rows=rows), by=ROBOT, now=now)

    _whole(target, fill, note)
    return Extract(day, target, target.stat().st_size)


def _whole(target: Path, fill: Any, before: Any = lambda: None) -> None:
    """Write a file so that it is there whole or not at all."""
    part = target.with_name(f".{target.name}{PART}")
    with part.open("wb") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())
    before()
    part.replace(target)
    sync_directory(target.parent)


def _fill(engine: Engine, packed: gzip.GzipFile) -> int:
    out = io.TextIOWrapper(packed, encoding="utf-8", newline="")
    writer, rows = csv.writer(out, lineterminator="\r\n"), 0
    writer.writerow([column.name for column in extract.COLUMNS])
    with database.read(engine) as session:
        for portion in _portions(session):
            writer.writerows(portion)
            rows += len(portion)
    out.flush()
    out.detach()
    return rows


def _portions(session: Session) -> Iterator[list[list[Any]]]:
    """Yield the rows, some at a time, by number."""
    units = _units(session)
    after = 0
    while found := session.execute(_select(after)).all():
        yield [_cells(row, units) for row in found]
        after = found[-1].enquiry_id


def _select(after: int) -> Any:
    columns = [column for column in Facts.__table__.columns if column.name not in ("seconds", "journal_minutes")]
    return select(*columns).where(Facts.enquiry_id > after).order_by(Facts.enquiry_id).limit(PORTION)


def _units(session: Session) -> dict[int | None, tuple[str, str, str]]:
    """Return (area, centre, name) of each unit, as no spreadsheet takes for a formula."""
    query = (
        select(Unit.id, ServiceArea.name, Centre.name, Unit.name)
        .join(ServiceArea, ServiceArea.id == Unit.area_id)
        .outerjoin(Centre, Centre.id == Unit.centre_id)
    )
    safe = spreadsheet.safe_cell
    found: dict[int | None, tuple[str, str, str]] = {
        number: (safe(area), safe(centre or ""), safe(name)) for number, area, centre, name in session.execute(query)
    }
    return found | {None: ("", "", "")}


@cache
def _safe(address: str) -> str:
    """Return the address of a mailbox, of which there are few, as no spreadsheet takes for a formula."""
    return spreadsheet.safe_cell(address)


def _cells(row: Any, units: Mapping[int | None, tuple[str, str, str]]) -> list[Any]:
    """Return the cells of a row, in the order of `extract.COLUMNS`."""
    right = row.suggestion_right
    return [
        row.enquiry_id,
        row.received_on,
        _safe(row.mailbox),
        row.state,
        row.way,
        row.reason,
        *units[row.unit_id],
        units[row.first_unit_id][2],
        row.first_routed_on,
        row.routed_on,
        row.hops,
        row.returns,
        row.days_lost,
        row.terms_days,
        row.due_on,
        row.feedback_due_on,
        row.feedback_on,
        row.answer_due_on,
        row.answered_on,
        row.closed_on,
        row.journaled_on,
        row.journal_days,
        row.decided_as,
        row.judged_on,
        units[row.suggested_unit_id][2],
        "" if right is None else "true" if right else "false",
    ]
