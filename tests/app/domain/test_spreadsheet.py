"""A file that a Danish spreadsheet opens by itself, and that runs nothing when it does."""

import pytest

from app.domain.spreadsheet import read_cell, safe_cell, write


def test_a_file_has_its_mark_semicolons_and_no_formula_in_any_row() -> None:
    assert write(("Nr.", "Emne"), [("1", "a;b"), ("2", "=1+1")]) == '\ufeffNr.;Emne\r\n1;"a;b"\r\n2;\'=1+1\r\n'


@pytest.mark.parametrize(
    "value",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "\ufe66x",
        " =1", "\u00a0=1", "\u3000\uff1d1", "\u200b=1", "\ufeff=1", "\u2212" + "1", "\u207a1", "\x00=1", "\u202e=1", "\tx",
    ],
)  # fmt: skip
def test_no_cell_is_a_formula_to_a_spreadsheet(value: str) -> None:
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize(
    "value", ["", "Park", "1-2", "a=b", "\u2013", "æøå", "12", " Vej", "'=1", "(-1)", "#1", "\u2014 ingen"]
)
def test_a_plain_cell_stays_as_it_is(value: str) -> None:
    assert safe_cell(value) == value


@pytest.mark.parametrize("value", ["=1+1", "'=1", "Park", "- ingen"])
def test_what_is_written_safely_is_read_as_it_was(value: str) -> None:
    assert read_cell(safe_cell(value)) == value.removeprefix("'")
