"""The archive: the contract, and what only files can suffer: kills in the middle, lost and damaged ones."""

import json
import random
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from connectors.errors import ConnectorError
from connectors.records.archive import ArchiveRecords
from connectors.records.system import Direction, NewDocument
from tests.connectors.killing import kill_until_done
from tests.connectors.records_contract import NEW_YEAR, RecordsContract, case, document


class TestArchive(RecordsContract):
    @pytest.fixture
    def records(self, tmp_path: Path) -> ArchiveRecords:
        return ArchiveRecords(tmp_path / "arkiv")

    def test_it_can_be_read_without_us(self, records: ArchiveRecords, tmp_path: Path) -> None:
        number = records.open_case(case())
        records.add_document(number, document())
        records.assign(number, "Vej")
        records.close_case(number, date(2027, 1, 4))
        records.close_case(number, date(2027, 1, 5))
        folder = tmp_path / "arkiv" / "2027" / number
        shown = json.loads((folder / "sag.json").read_text())
        assert (shown["enhed"], shown["tidligere enheder"], shown["lukket"]) == ("Vej", ["Park"], "2027-01-04")
        assert (folder / "01 brev æ.txt").read_bytes() == b"\0\xff"
        assert not list(tmp_path.rglob("*.tmp"))

    def test_killed_before_the_entry_it_never_was(self, records: ArchiveRecords, tmp_path: Path) -> None:
        number = records.open_case(case())
        folder = tmp_path / "arkiv" / "2027" / number
        (folder / ".01.tmp").write_bytes(b"half of the fir")  # killed while it was written …
        records.add_document(number, document(2, "second.txt"))  # … and another was faster than the retry
        records.add_document(number, document(1, "first.txt"))
        assert sorted(path.name for path in folder.iterdir() if path.suffix != ".json") == [
            "01 second.txt",
            "02 first.txt",
        ]

    def test_killed_after_the_entry_it_gets_its_name(self, records: ArchiveRecords, tmp_path: Path) -> None:
        number = records.open_case(case())
        folder = tmp_path / "arkiv" / "2027" / number
        first = records.add_document(number, document(1, "first.txt"))
        (folder / "01 first.txt").rename(folder / ".01.tmp")
        assert records.add_document(number, document(1, "first.txt")) == first
        assert (folder / "01 first.txt").read_bytes() == b"\0\xff"
        assert not (folder / ".01.tmp").exists()

    def test_a_lost_entry_costs_no_document(self, records: ArchiveRecords, tmp_path: Path) -> None:
        number = records.open_case(case())
        folder = tmp_path / "arkiv" / "2027" / number
        records.add_document(number, document(1, "first.txt"))
        (folder / "01.json").unlink()
        records.add_document(number, document(2, "second.txt"))
        assert (folder / "01 first.txt").exists()

    @pytest.mark.parametrize("content", [b"not json", b"[]", '{"nøgle": "document:2", "dokumentnummer": "X"}'.encode()])
    def test_a_citizens_json_is_no_journal_entry(self, records: ArchiveRecords, content: bytes) -> None:
        number = records.open_case(case())
        records.add_document(number, NewDocument("document:1", "x", "data.json", content, Direction.RECEIVED, NEW_YEAR))
        assert records.find_document(number, "document:2") is None
        assert records.add_document(number, document(2)) == f"{number}-02"

    def test_a_damaged_entry_is_told_and_not_retried(self, records: ArchiveRecords, tmp_path: Path) -> None:
        number = records.open_case(case())
        (tmp_path / "arkiv" / "2027" / number / "sag.json").write_text("{")
        with pytest.raises(ConnectorError, match="damaged") as raised:
            records.assign(number, "Vej")
        assert not raised.value.retryable

    def test_killed_between_number_and_key(self, records: ArchiveRecords, tmp_path: Path) -> None:
        """The number that was given to a key stays its own, whoever comes next; no number is left out."""
        records.open_case(case(1))
        keys = tmp_path / "arkiv" / "nøgler"
        before = set(keys.iterdir())
        second = records.open_case(case(2))
        shutil.rmtree(tmp_path / "arkiv" / "2027" / second)
        (key,) = set(keys.iterdir()) - before
        key.unlink()
        assert records.open_case(case(3)) == "2027-000003"
        assert records.find_case("case:2") is None
        assert records.open_case(case(2)) == second == "2027-000002"

    @pytest.mark.parametrize("counter", [None, '{"sidste": 1, "nøgle": "case:0"}'])
    def test_a_lost_or_old_counter_gives_no_number_twice(
        self, records: ArchiveRecords, tmp_path: Path, counter: str | None
    ) -> None:
        numbers = [records.open_case(case(n)) for n in range(3)]
        path = tmp_path / "arkiv" / "nøgler" / "løbenummer-2027.json"
        path.unlink()
        if counter:
            path.write_text(counter)
        assert records.open_case(case(3)) not in numbers
        assert [records.open_case(case(n)) for n in range(3)] == numbers

    def test_many_at_once(self, records: ArchiveRecords, tmp_path: Path) -> None:
        """Eight threads, each with doors of its own, ask for the same five cases."""
        with ThreadPoolExecutor(8) as pool:
            ask = lambda n: ArchiveRecords(tmp_path / "arkiv").open_case(case(n % 5))  # noqa: E731
            numbers = list(pool.map(ask, range(40)))
        assert len(set(numbers)) == 5
        assert [numbers[n] for n in range(5)] * 8 == numbers


FILER = """
import sys
from pathlib import Path
from connectors.records.archive import ArchiveRecords
from tests.connectors.records_contract import case, document
records = ArchiveRecords(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(100):
    number = records.open_case(case(n))
    for k in range(3):
        records.add_document(number, document(k))
print("done", flush=True)
"""


def test_killed_while_filing(tmp_path: Path) -> None:
    killed = kill_until_done([sys.executable, "-c", FILER, str(tmp_path)], random.Random(5), most=12)
    assert killed >= 3
    cases = sorted(path.parent for path in tmp_path.glob("2027/2027-*/sag.json"))
    keys = [json.loads((folder / "sag.json").read_text())["nøgle"] for folder in cases]
    assert sorted(keys) == sorted(f"case:{n}" for n in range(100))
    for folder in cases:
        entries = [json.loads(path.read_text()) for path in folder.glob("[0-9][0-9].json")]
        assert sorted(entry["nøgle"] for entry in entries) == [f"document:{k}" for k in range(3)]
        assert all((folder / entry["fil"]).read_bytes() == b"\0\xff" for entry in entries)
        files = {path.name for path in folder.iterdir() if path.suffix != ".json"}
        assert files == {entry["fil"] for entry in entries}, "a crash left something behind"
