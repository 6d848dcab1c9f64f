"""The embedded records system: a folder a case, documents as files, readable without any program of ours.

    arkiv/2026/2026-000123/sag.json
    arkiv/2026/2026-000123/01 Støj fra nr. 14.eml     the document
    arkiv/2026/2026-000123/01.json                    its journal entry; a document without one does not count

A case is found by its key through `nøgler/`: written before the case, believed only if the case is there.
"""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors import durable
from connectors.errors import ConnectorError
from connectors.records.system import NewCase, NewDocument

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
CASE, KEYS = "sag.json", "nøgler"


class ArchiveRecords:
    """A RecordsSystem over `root`. Killed at any moment and asked again, it gives each key one case or one document."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open_case(self, case: NewCase) -> str:
        with durable.locked(self._root):
            number = self._number_of(case.key)
            if number is not None and self._folder(number).is_dir():
                return number
            number = number or self._next_number(case.received_at.astimezone(COPENHAGEN).year)
            self._keys().mkdir(exist_ok=True)
            durable.write_json(self._key_file(case.key), {"nøgle": case.key, "sag": number})
            self._create(number, case)
            return number

    def find_case(self, key: str) -> str | None:
        with durable.locked(self._root):
            number = self._number_of(key)
            return number if number is not None and self._folder(number).is_dir() else None

    def assign(self, case_number: str, unit: str) -> None:
        with durable.locked(self._root):
            case = self._case(case_number)
            if case["enhed"] != unit:
                case["tidligere enheder"].append(case["enhed"])
                case["enhed"] = unit
                durable.write_json(self._folder(case_number) / CASE, case)

    def add_document(self, case_number: str, document: NewDocument) -> str:
        with durable.locked(self._root):
            self._case(case_number)
            known = self._documents(case_number)
            if document.key in known:
                return known[document.key]
            position = len(known) + 1
            ending = Path(document.filename).suffix[:12]
            name = f"{position:02d} {durable.safe_name(Path(document.filename).stem)}{ending}"
            for stray in self._folder(case_number).glob(f"{position:02d} *"):
                stray.unlink()  # written by somebody who crashed before its entry; its own retry takes another number
            durable.write(self._folder(case_number) / name, document.content)
            number = f"{case_number}-{position:02d}"
            durable.write_json(self._folder(case_number) / f"{position:02d}.json", _entry(number, name, document))
            return number

    def find_document(self, case_number: str, key: str) -> str | None:
        with durable.locked(self._root):
            self._case(case_number)
            return self._documents(case_number).get(key)

    def close_case(self, case_number: str, on: date) -> None:
        with durable.locked(self._root):
            case = self._case(case_number)
            if case["lukket"] is None:
                durable.write_json(self._folder(case_number) / CASE, case | {"lukket": on.isoformat()})

    def _create(self, number: str, case: NewCase) -> None:
        """The folder appears with its journal entry in it, by one rename."""
        folder = self._folder(number)
        draft = folder.with_name(f".{number}.tmp")
        draft.mkdir(parents=True, exist_ok=True)
        entry: dict[str, Any] = {
            "sagsnummer": number,
            "titel": case.title,
            "emnekode": case.subject_code,
            "enhed": case.unit,
            "tidligere enheder": [],
            "modtaget": case.received_at.astimezone(COPENHAGEN).isoformat(timespec="seconds"),
            "lukket": None,
            "nøgle": case.key,
        }
        durable.write_json(draft / CASE, entry)
        draft.rename(folder)
        durable.sync_directory(folder.parent)

    def _next_number(self, year: int) -> str:
        """One more than any number given out, also those whose case was never made."""
        used = [path.name for path in self._root.glob(f"{year}/{year}-*")]
        used += [str((durable.read_json(path) or {}).get("sag", "")) for path in self._newest_keys(year)]
        last = max(
            (int(number[5:]) for number in used if number.startswith(f"{year}-") and number[5:].isdecimal()), default=0
        )
        return f"{year}-{last + 1:06d}"

    def _newest_keys(self, year: int) -> list[Path]:
        """Under the lock, only the very last key can be without its case."""
        keys = (
            sorted(self._keys().glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
            if self._keys().is_dir()
            else []
        )
        return keys[-1:]

    def _folder(self, number: str) -> Path:
        year, _, serial = number.partition("-")
        if not (year.isdecimal() and serial.isdecimal()):
            raise ConnectorError(f"{number!r} is no case number", retryable=False)
        return self._root / year / number

    def _case(self, number: str) -> dict[str, Any]:
        found = durable.read_json(self._folder(number) / CASE)
        if found is None:
            raise ConnectorError(f"there is no case {number}", retryable=False)
        return found

    def _documents(self, number: str) -> dict[str, str]:
        """Key → document number, of what has its journal entry."""
        entries = (
            durable.read_json(path) or {} for path in self._folder(number).glob("[0-9]*.json") if path.stem.isdecimal()
        )
        return {str(entry["nøgle"]): str(entry["dokumentnummer"]) for entry in entries if "nøgle" in entry}

    def _keys(self) -> Path:
        return self._root / KEYS

    def _key_file(self, key: str) -> Path:
        return self._keys() / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def _number_of(self, key: str) -> str | None:
        entry = durable.read_json(self._key_file(key))
        return str(entry["sag"]) if entry else None


def _entry(number: str, name: str, document: NewDocument) -> dict[str, Any]:
    return {
        "dokumentnummer": number,
        "titel": document.title,
        "fil": name,
        "oprindeligt filnavn": document.filename,
        "retning": document.direction,
        "dato": document.at.astimezone(COPENHAGEN).isoformat(timespec="seconds"),
        "sha256": hashlib.sha256(document.content).hexdigest(),
        "nøgle": document.key,
    }
