"""The archive and the deadline register: the contracts, failures before and after each effect, kills in the middle."""

import json
import random
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.deadlines.embedded import EmbeddedRegister
from connectors.deadlines.register import DeadlineRegister, NewDeadline
from connectors.errors import ConnectorError
from connectors.records.archive import ArchiveRecords
from connectors.records.system import Direction, NewCase, NewDocument, RecordsSystem
from tests.connectors.flaky import Flaky
from tests.connectors.gateway_contract import insist
from tests.connectors.test_folder import kill_until_done

NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # already 2027 in Copenhagen
MOMENTS = [(), ("before",), ("after",), ("after", "before", "after")]


def case(n: int = 1, at: datetime = NEW_YEAR) -> NewCase:
    return NewCase(f"case:{n}", "Støj / fra ..\\nr. 14", "Park", "01", at)


def document(n: int = 1, filename: str = "brev æ.txt") -> NewDocument:
    return NewDocument(f"document:{n}", "Et brev", filename, b"\0\xff", Direction.RECEIVED, NEW_YEAR)


class RecordsContract:
    @pytest.fixture
    def records(self) -> RecordsSystem:
        raise NotImplementedError

    @pytest.mark.parametrize("moments", MOMENTS)
    def test_each_key_one_case_one_document(self, records: RecordsSystem, moments: tuple[str, ...]) -> None:
        flaky = Flaky(records)
        for method in ("open_case", "add_document", "assign", "close_case"):
            flaky.fail(method, *moments)
        insist(lambda: flaky.open_case(case()))
        number = records.open_case(case())
        assert records.find_case("case:1") == number
        insist(lambda: flaky.add_document(number, document()))
        assert records.add_document(number, document()) == records.find_document(number, "document:1")
        insist(lambda: flaky.assign(number, "Vej"))
        insist(lambda: flaky.close_case(number, date(2027, 1, 4)))
        assert records.open_case(case(2)) != number

    def test_numbers_tell_the_year_in_copenhagen(self, records: RecordsSystem) -> None:
        assert records.open_case(case()) == "2027-000001"
        assert records.open_case(case(2)) == "2027-000002"
        assert records.open_case(case(3, datetime(2026, 6, 1, tzinfo=UTC))) == "2026-000001"

    def test_what_is_not_there(self, records: RecordsSystem) -> None:
        assert records.find_case("nothing") is None
        number = records.open_case(case())
        assert records.find_document(number, "nothing") is None
        for wrong in ("2027-999999", "../../etc", ""):
            with pytest.raises(ConnectorError) as raised:
                records.add_document(wrong, document())
            assert not raised.value.retryable

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "a" * 500 + ".pdf", "", ".", "con/..\\x\0y.eml", "\u202egnp.exe"]
    )
    def test_any_file_name(self, records: RecordsSystem, name: str) -> None:
        number = records.open_case(case())
        assert records.add_document(number, document(filename=name)).startswith(number)


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
        told = json.loads((folder / "sag.json").read_text())
        assert (told["enhed"], told["tidligere enheder"], told["lukket"]) == ("Vej", ["Park"], "2027-01-04")
        assert (folder / "01 brev æ.txt").read_bytes() == b"\0\xff"
        assert not list(tmp_path.rglob("*.tmp"))

    def test_a_document_without_its_entry_never_was(self, records: ArchiveRecords, tmp_path: Path) -> None:
        number = records.open_case(case())
        folder = tmp_path / "arkiv" / "2027" / number
        records.add_document(number, document(1, "first.txt"))
        (folder / "01.json").unlink()  # killed before the entry was written …
        records.add_document(number, document(2, "second.txt"))  # … and another was faster than the retry
        records.add_document(number, document(1, "first.txt"))
        assert sorted(path.name for path in folder.glob("*.txt")) == ["01 second.txt", "02 first.txt"]

    def test_an_attached_json_file_is_no_journal_entry(self, records: ArchiveRecords) -> None:
        number = records.open_case(case())
        records.add_document(number, document(1, "forged.json"))
        assert records.add_document(number, document(2)) == f"{number}-02"


class TestRegister:
    @pytest.fixture
    def register(self, tmp_path: Path) -> DeadlineRegister:
        return EmbeddedRegister(tmp_path)

    @pytest.mark.parametrize("moments", MOMENTS)
    def test_each_key_one_deadline(self, register: DeadlineRegister, tmp_path: Path, moments: tuple[str, ...]) -> None:
        flaky = Flaky(register)
        flaky.fail("register", *moments)
        flaky.fail("complete", *moments)
        insist(lambda: flaky.register(NewDeadline("k", "2026-000001", "Park", date(2026, 12, 7))))
        number = register.register(NewDeadline("k", "2026-000001", "Vej", date(2027, 1, 1)))
        assert register.find("k") == number
        assert register.find("other") is None
        insist(lambda: flaky.complete("k", date(2026, 12, 1)))
        register.complete("k", date(2026, 12, 2))
        (file,) = tmp_path.glob("F-*.json")
        told = json.loads(file.read_text())
        assert (told["enhed"], told["frist"], told["afsluttet"]) == ("Vej", "2026-12-07", "2026-12-01")

    def test_nothing_to_complete(self, register: DeadlineRegister) -> None:
        with pytest.raises(ConnectorError):
            register.complete("nothing", date(2026, 1, 1))


FILER = """
import sys
from pathlib import Path
from connectors.records.archive import ArchiveRecords
from tests.connectors.test_records import case, document
records = ArchiveRecords(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(25):
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
    assert sorted(keys) == sorted(f"case:{n}" for n in range(25))
    for folder in cases:
        entries = [json.loads(path.read_text()) for path in folder.glob("[0-9]*.json")]
        assert sorted(entry["nøgle"] for entry in entries) == [f"document:{k}" for k in range(3)]
        assert all((folder / entry["fil"]).read_bytes() == b"\0\xff" for entry in entries)
        files = {path.name for path in folder.iterdir() if path.suffix != ".json"}
        assert files == {entry["fil"] for entry in entries}, "a crash left something behind"
