"""What every records system must do. A REST interface and the robot at a screen will have to pass the same suite."""

from datetime import UTC, date, datetime

import pytest

from connectors.errors import ConnectorError
from connectors.records.system import Direction, FiledDocument, NewCase, NewDocument, RecordsSystem
from tests.connectors.flaky import Flaky
from tests.connectors.gateway_contract import insist

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
        "name",
        [
            "../../etc/passwd",
            "a" * 500 + ".pdf",
            "",
            ".",
            "con/..\\x\0y.eml",
            "\u202egnp.exe",
            "a.b\0c",
            "字" * 200,
            "\U0001d400" * 99 + ".x",
            "data.json",
        ],
    )
    def test_any_file_name(self, records: RecordsSystem, name: str) -> None:
        number = records.open_case(case())
        assert records.add_document(number, document(filename=name)).startswith(number)

    def test_a_document_is_read_as_it_was_filed(self, records: RecordsSystem) -> None:
        number, other = records.open_case(case()), records.open_case(case(2))
        first, second = (
            records.add_document(number, document(n, name)) for n, name in ((1, "brev æ.txt"), (2, "../x/ø"))
        )
        assert records.read_document(number, first) == FiledDocument("brev æ.txt", b"\0\xff")
        assert records.read_document(number, second) == FiledDocument("../x/ø", b"\0\xff")
        assert records.read_document(other, first) is None
        assert records.read_document(number, "2026-1-99") is None
        with pytest.raises(ConnectorError):
            records.read_document("2026-999999", first)
