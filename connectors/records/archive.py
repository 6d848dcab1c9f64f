"""The embedded records system. A case is a folder, documents are files, readable without any program of ours.

    arkiv/2026/2026-000123/sag.json
    arkiv/2026/2026-000123/01 Støj fra nr. 14.eml     the document
    arkiv/2026/2026-000123/01.json                    its journal entry; a document without one does not count

A case is found by its key through `nøgler/`: written before the case, believed only if the case is there. Beside the keys
lies the last number of each year with the key it was given to, so that a crash between the two loses no number.
"""

import hashlib
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors import durable
from connectors.errors import ConnectorError
from connectors.records.system import FiledDocument, NewCase, NewDocument

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
CASE, KEYS = "sag.json", "nøgler"
NUMBER = re.compile(r"([0-9]{4})-([0-9]{6,9})")
ENTRY = re.compile(r"([0-9]{2,6})\.json")
"""A journal entry. A citizen's own data.json is filed as "01 data.json" and is none."""


class ArchiveRecords:
    """A RecordsSystem over `root`. Killed at any moment and asked again, it gives each key one case or one document."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open_case(self, case: NewCase) -> str:
        with durable.locked(self._root):
            number = self._number_of(case.key) or self._reserved(case)
            if not self._exists(number):
                self._create(number, case)
            return number

    def find_case(self, key: str) -> str | None:
        with durable.locked(self._root):
            number = self._number_of(key)
            return number if number is not None and self._exists(number) else None

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
            entries = self._entries(case_number)
            known = _by_key(entries)
            if document.key in known:
                return known[document.key]
            return self._file(case_number, max(entries, default=0) + 1, document)

    def find_document(self, case_number: str, key: str) -> str | None:
        with durable.locked(self._root):
            self._case(case_number)
            return _by_key(self._entries(case_number)).get(key)

    def read_document(self, case_number: str, number: str) -> FiledDocument | None:
        with durable.locked(self._root):
            self._case(case_number)
            entries = self._entries(case_number).values()
        entry = next((each for each in entries if each.get("dokumentnummer") == number), None)
        if entry is None:
            return None
        try:
            content = (self._folder(case_number) / str(entry["fil"])).read_bytes()
        except OSError as error:
            raise ConnectorError(f"document {number} cannot be read: {error.strerror}", retryable=False) from error
        return FiledDocument(str(entry["oprindeligt filnavn"]), content)

    def close_case(self, case_number: str, on: date) -> None:
        with durable.locked(self._root):
            case = self._case(case_number)
            if case["lukket"] is None:
                durable.write_json(self._folder(case_number) / CASE, case | {"lukket": on.isoformat()})

    def reopen_case(self, case_number: str) -> None:
        with durable.locked(self._root):
            case = self._case(case_number)
            if case["lukket"] is not None:
                reopened = [*case.get("tidligere lukket", []), case["lukket"]]
                durable.write_json(
                    self._folder(case_number) / CASE, case | {"lukket": None, "tidligere lukket": reopened}
                )

    def _create(self, number: str, case: NewCase) -> None:
        """The folder appears with its journal entry in it, by one rename."""
        folder = self._folder(number)
        durable.make_directory(folder.parent)
        draft = folder.with_name(f".{number}.tmp")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        durable.write_json(draft / CASE, _case_entry(number, case))
        draft.rename(folder)
        durable.sync_directory(folder.parent)

    def _file(self, case_number: str, position: int, document: NewDocument) -> str:
        """File content, then journal entry, then its name.

        After a crash `_entries` gives it the name, or it never was.
        """
        folder, number = self._folder(case_number), f"{case_number}-{position:02d}"
        stem = durable.safe_name(Path(document.filename).stem)
        name = f"{position:02d} {stem}{durable.safe_ending(document.filename)}"
        draft = _draft(folder, position)
        durable.write_draft(draft, document.content)
        durable.write_json(folder / f"{position:02d}.json", _document_entry(number, name, document))
        draft.rename(folder / name)
        durable.sync_directory(folder)
        return number

    def _entries(self, case_number: str) -> dict[int, dict[str, Any]]:
        """Position → journal entry. The last document gets its name here, if a crash came between."""
        folder = self._folder(case_number)
        found = {}
        for path in folder.iterdir():
            if match := ENTRY.fullmatch(path.name):
                found[int(match.group(1))] = durable.read_json(path) or {}
        last = max(found, default=0)
        if last and (draft := _draft(folder, last)).exists():
            draft.rename(folder / str(found[last]["fil"]))
            durable.sync_directory(folder)
        return found

    def _reserved(self, case: NewCase) -> str:
        """The number for a new key, written down before the case is made."""
        durable.make_directory(self._keys())
        year = case.received_at.astimezone(COPENHAGEN).year
        counter = self._keys() / f"løbenummer-{year}.json"
        last = self._last(year, durable.read_json(counter))
        if number := self._number_of(case.key):  # a crash came between the number and the key
            return number
        number = f"{year}-{last + 1:06d}"
        durable.write_json(counter, {"sidste": last + 1, "nøgle": case.key})
        self._give(case.key, number)
        return number

    def _last(self, year: int, counter: dict[str, Any] | None) -> int:
        """Return the last number given out in a year.

        Looked up in the folders where nothing says so, or says too little.
        """
        if counter is not None:
            last, key = int(counter["sidste"]), str(counter["nøgle"])
            if self._number_of(key) is None:
                self._give(key, f"{year}-{last:06d}")
            if not self._exists(f"{year}-{last + 1:06d}"):
                return last
        used = [path.name for path in self._root.glob(f"{year}/{year}-*")] + self._newest_number()
        numbers = (NUMBER.fullmatch(each) for each in used)
        return max((int(n.group(2)) for n in numbers if n and int(n.group(1)) == year), default=0)

    def _newest_number(self) -> list[str]:
        """Under the lock, only the very last key can be without its case."""
        keys = (path for path in self._keys().iterdir() if re.fullmatch(r"[0-9a-f]{40}\.json", path.name))
        newest = max(keys, key=lambda path: path.stat().st_mtime_ns, default=None)
        return [str((durable.read_json(newest) or {}).get("sag", ""))] if newest else []

    def _give(self, key: str, number: str) -> None:
        durable.write_json(self._key_file(key), {"nøgle": key, "sag": number})

    def _exists(self, number: str) -> bool:
        return (self._folder(number) / CASE).exists()

    def _folder(self, number: str) -> Path:
        match = NUMBER.fullmatch(number)
        if not match:
            raise ConnectorError(f"{number!r} is no case number", retryable=False)
        return self._root / match.group(1) / number

    def _case(self, number: str) -> dict[str, Any]:
        found = durable.read_json(self._folder(number) / CASE)
        if found is None:
            raise ConnectorError(f"there is no case {number}", retryable=False)
        return found

    def _keys(self) -> Path:
        return self._root / KEYS

    def _key_file(self, key: str) -> Path:
        return self._keys() / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def _number_of(self, key: str) -> str | None:
        entry = durable.read_json(self._key_file(key))
        return str(entry["sag"]) if entry else None


def _draft(folder: Path, position: int) -> Path:
    return folder / f".{position:02d}.tmp"


def _by_key(entries: dict[int, dict[str, Any]]) -> dict[str, str]:
    """Key → document number."""
    return {str(entry["nøgle"]): str(entry["dokumentnummer"]) for entry in entries.values() if "nøgle" in entry}


def _case_entry(number: str, case: NewCase) -> dict[str, Any]:
    return {
        "sagsnummer": number,
        "titel": case.title,
        "emnekode": case.subject_code,
        "enhed": case.unit,
        "tidligere enheder": [],
        "modtaget": case.received_at.astimezone(COPENHAGEN).isoformat(timespec="seconds"),
        "lukket": None,
        "nøgle": case.key,
    }


def _document_entry(number: str, name: str, document: NewDocument) -> dict[str, Any]:
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
