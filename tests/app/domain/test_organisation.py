"""An organisation as a file: what a spreadsheet writes is read, what is wrong is named with its line."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.organisation import ImportProblem, UnitLine, read_csv, share, write_csv
from app.domain.routing import Mode

PARK = UnitLine(
    "Byens Drift",
    "Park",
    "park@x.example.org",
    "Grønt",
    "BD-10",
    "træer; og buske",
    "haver",
    Mode.AUTOMATIC,
    0.025,
    "ida@x.example.org",
    also_called="gartnerne, hundeskov",
)


def test_what_is_written_is_read_again() -> None:
    byg = UnitLine("Byggeri", "Byg", "byg@x.example.org", closed=True, guide="=SUM(A1)", mail_system="")
    units = [replace(PARK, mail_system="new"), byg]
    text = write_csv(units)
    assert text.startswith("\ufeffserviceområde;center;enhed;")
    assert ";2,5;" in text
    assert "'=SUM(A1)" in text
    assert read_csv(text) == ({2: units[0], 3: units[1]}, [])


def test_columns_in_any_order_with_commas_and_blank_lines() -> None:
    units, problems = read_csv("Postkasse,Enhed,Område,Noget andet\n\npark@x.example.org,Park,Byen,x\n")
    assert problems == []
    assert units == {3: UnitLine("Byen", "Park", "park@x.example.org")}


@pytest.mark.parametrize(
    ("titles", "cells", "read"),
    [
        ("område;enhed;postkasse", "Byen;Park;park@x.example.org", {}),
        ("Område;Enhed;Postkasse;Tilstand", "Byen;Park;park@x.example.org;Automatisk", {"mode": Mode.AUTOMATIC}),
        ("område;enhed;postkasse;fejlbudget", "Byen;Park;park@x.example.org;2,5", {"max_error": 0.025}),
        ("område;enhed;postkasse;lukket", "Byen;Park;park@x.example.org;lukket", {"closed": True}),
        ("område;enhed;postkasse;robottens rolle", "Byen;Park;park@x.example.org;forslag", {"mode": Mode.SUGGEST}),
        ("serviceområde;enhed;postkasse;nedlagt", "Byen;Park;park@x.example.org;nedlagt", {"closed": True}),
    ],
)
def test_a_file_with_the_former_titles_is_still_read(titles: str, cells: str, read: dict[str, Any]) -> None:
    assert read_csv(f"{titles}\n{cells}") == ({2: UnitLine("Byen", "Park", "park@x.example.org", **read)}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ImportProblem(1, "column_missing", "serviceområde, enhed, postkasse")),
        ("område;enhed\nx;y", ImportProblem(1, "column_missing", "postkasse")),
        ("område;enhed;postkasse\n\nx;;a@x.example.org", ImportProblem(3, "empty", "enhed")),
        ("område;enhed;postkasse\nx;y;ikke en adresse", ImportProblem(2, "no_address", "ikke en adresse")),
        ("område;enhed;postkasse;robottens rolle\nx;y;a@x.example.org;måske", ImportProblem(2, "no_mode", "måske")),
        ("område;enhed;postkasse;tilladt fejlandel\nx;y;a@x.example.org;mange", ImportProblem(2, "no_share", "mange")),
        ("område;enhed;postkasse\nx;y;a@x.example.org\nx;Y;b@x.example.org", ImportProblem(3, "twice", "Y")),
        ("område;enhed;postkasse\nx;\0;a@x.example.org", None),
    ],
)
def test_what_is_wrong_is_named(text: str, problem: ImportProblem | None) -> None:
    assert read_csv(text)[1] == ([problem] if problem else [])


@pytest.mark.parametrize(("text", "value"), [("", None), ("5", 0.05), ("2,5 %", 0.025), ("50", 0.5)])
def test_share(text: str, value: float | None) -> None:
    assert share(text) == value


@pytest.mark.parametrize("text", ["0", "51", "-1", "x", "nan"])
def test_no_share(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        share(text)
