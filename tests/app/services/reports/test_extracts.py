"""The night's file for analysts: every enquiry once, typed as described, nothing of a person, whole whatever happens."""

import csv
import gzip
import json
import multiprocessing
import os
import signal
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import database
from app.domain import extract
from app.domain.events.platform import ExtractMade
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.event import Event
from app.models.unit import Unit
from app.services.platform import settings
from app.services.reports import extracts
from tests.app.queries.reports.test_punctuality import filled
from tests.town import Town

NIGHT = datetime(2026, 11, 24, 3, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def look(town: Town, folder: Path, nights: int = 3, now: datetime = NIGHT) -> Any:
    return extracts.look(town.container.engine, folder, nights, now=now)


def typed(value: str, column: extract.Column) -> Any:
    """Read a cell as its column's type says."""
    if column.type == "string":
        return value
    if not value:
        return None
    readers: dict[str, Any] = {
        "integer": int,
        "date": date.fromisoformat,
        "boolean": {"true": True, "false": False}.get,
    }
    return readers[column.type](value)


def test_each_enquiry_is_there_once_with_what_its_facts_say(town: Town, tmp_path: Path) -> None:
    filled(town)
    with database.write(town.container.engine) as session:
        session.scalars(select(Unit)).first().name = "=cmd|' /C calc'!A0"  # type: ignore[union-attr]
    made = look(town, tmp_path / "a" / "b")
    found = rows(made.path)
    with database.read(town.container.engine) as session:
        facts = {row.enquiry_id: row for row in session.scalars(select(EnquiryFactsRow))}
        names = {None: ""} | {unit.id: unit.name for unit in session.scalars(select(Unit))}
        areas = {None: ""} | {unit.id: unit.area.name for unit in session.scalars(select(Unit))}
    assert [int(row["enquiry"]) for row in found] == sorted(facts)
    assert list(found[0]) == [column.name for column in extract.COLUMNS]
    named = {"term_days": "terms_days"}
    for row in found:
        fact = facts[int(row["enquiry"])]
        for column in extract.COLUMNS:
            value, expected = typed(row[column.name], column), None
            match column.name:
                case "enquiry":
                    expected = fact.enquiry_id
                case "area":
                    expected = areas[fact.unit_id]
                case "centre":
                    expected = value
                case "unit" | "first_unit" | "suggested_unit":
                    name = names[getattr(fact, f"{column.name}_id")]
                    expected = f"'{name}" if name.startswith("=") else name
                case other:
                    expected = getattr(fact, named.get(other, other))
                    expected = expected if expected is not None or column.type != "string" else ""
            assert value == expected, column.name
            assert not column.values or value in (*column.values, "", True, False, None)
    assert any(row["unit"].startswith("'=") for row in found)
    assert {row["answered_on"] for row in found} > {""}


def test_nothing_of_a_person_and_no_time_of_day_is_in_it(town: Town, tmp_path: Path) -> None:
    filled(town)
    path = look(town, tmp_path).path
    with gzip.open(path, "rt", encoding="utf-8") as file:
        text = file.read()
    for word in ("Eksempelsen", "borger", "Sag 1", "Noget", "visitator", "Karla", ":"):
        assert word not in text, word
    assert {column.name for column in extract.COLUMNS}.isdisjoint({"seconds", "journal_minutes", "subject", "case"})


def test_the_columns_are_described_beside_it(town: Town, tmp_path: Path) -> None:
    filled(town)
    look(town, tmp_path)
    described = json.loads((tmp_path / extracts.SCHEMA).read_text("utf-8"))
    assert [field["name"] for field in described["fields"]] == [column.name for column in extract.COLUMNS]
    assert all(field["description"] and field["type"] for field in described["fields"])
    assert described["primaryKey"] == "enquiry"


def test_it_is_made_once_a_night_and_the_oldest_are_dropped(town: Town, tmp_path: Path) -> None:
    filled(town)
    assert look(town, tmp_path, nights=0) is None
    assert look(town, tmp_path, now=datetime(2026, 11, 24, 0, 59, tzinfo=UTC)) is None, (
        "before two o'clock in Copenhagen"
    )
    assert look(town, tmp_path).day == MONDAY
    assert look(town, tmp_path) is None
    for n in range(1, 5):
        assert look(town, tmp_path, now=NIGHT + timedelta(days=n)).day == MONDAY + timedelta(days=n)
    assert [each.day for each in extracts.there(tmp_path)] == [MONDAY + timedelta(days=n) for n in (4, 3, 2)]
    with database.read(town.container.engine) as session:
        told = session.scalars(select(Event).where(Event.kind == ExtractMade.kind).order_by(Event.id)).all()
    assert [each.data["rows"] for each in told] == [12] * 5
    assert told[0].data["day"] == "2026-11-23"


def test_it_waits_while_facts_are_made_again(town: Town, tmp_path: Path) -> None:
    filled(town)
    with database.write(town.container.engine) as session:
        settings.put(session, settings.FACTS_AGAIN, 5)
    assert look(town, tmp_path) is None


def test_the_same_rows_make_the_same_bytes(town: Town, tmp_path: Path) -> None:
    filled(town)
    first = look(town, tmp_path / "one").path.read_bytes()
    assert look(town, tmp_path / "other").path.read_bytes() == first


def test_a_fault_on_the_way_leaves_nothing_that_looks_like_a_file(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(town)
    monkeypatch.setattr(extracts, "PORTION", 4)
    cells, seen = extracts._cells, iter(range(100))

    def failing(row: Any, units: Any) -> Any:
        if next(seen) == 9:
            raise OSError("the disk is full")
        return cells(row, units)

    monkeypatch.setattr(extracts, "_cells", failing)
    folder = tmp_path / "udtraek"
    with pytest.raises(OSError, match="full"):
        look(town, folder)
    assert extracts.there(folder) == []
    monkeypatch.setattr(extracts, "_cells", cells)
    assert len(rows(look(town, folder).path)) == 12
    assert sorted(path.name for path in folder.iterdir()) == ["henvendelser-2026-11-23.csv.gz", extracts.SCHEMA]


def _slowly(url: str, folder: Path) -> None:
    """Make the file in a process that is to be killed: each portion takes a moment."""
    fill = extracts._cells

    def slow(row: Any, units: Any) -> Any:
        time.sleep(0.05)
        return fill(row, units)

    extracts._cells, extracts.PORTION = slow, 2
    with database.opened(url) as engine:
        extracts.look(engine, folder, 3, now=NIGHT)


@pytest.mark.parametrize("after", [0.0, 0.15, 0.4])
def test_a_kill_in_the_middle_leaves_no_half_file_and_the_next_look_makes_a_whole_one(
    town: Town, tmp_path: Path, after: float
) -> None:
    filled(town)
    url = town.container.settings.database_url
    child = multiprocessing.get_context("spawn").Process(target=_slowly, args=(url, tmp_path))
    child.start()
    part = tmp_path / ".henvendelser-2026-11-23.csv.gz.part"
    until = time.monotonic() + 60
    while not part.exists() and child.is_alive() and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(after)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert part.exists()
    assert extracts.there(tmp_path) == [], "what is there under its name is whole"
    made = look(town, tmp_path)
    assert len(rows(made.path)) == 12
    assert not part.exists()
