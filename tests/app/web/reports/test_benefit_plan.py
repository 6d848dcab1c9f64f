"""A measured year beside the plan's: gross and net can stand differently, and the page says why."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from app.domain.benefit import Assumptions, Line, Yearly
from app.domain.business_case import FOUNDING
from app.web.reports.benefit_plan import Measured, against

GIVEN = Assumptions({}, (Line("Drift", 75_000),), (Line("Projekt", 450_000),), date(2026, 3, 1))
MEASURED = Measured(Yearly(267_825, 10_000), 0.63, 0.68, 450_000 / 192_825, 500)


@pytest.fixture(autouse=True)
def asked(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def plain(text: object) -> str:
    return str(text).replace("\xa0", " ")


def test_a_year_behind_the_plan_before_running_costs_is_ahead_after_them() -> None:
    found = against(FOUNDING, 1, MEASURED, GIVEN)
    assert (found.gross.goal, found.net.goal, found.lacking) == (425_000, 115_000, 0)
    assert "Før driftsudgifter er gevinsten bag efter planen." in plain(found.gross.standing)
    assert "Efter driftsudgifter når gevinsten planen." in plain(found.net.standing)
    assert (found.gross.chance, found.net.chance) == ("under 1 %", "over 99 %")


def test_each_row_stands_beside_the_plans() -> None:
    found = against(FOUNDING, 1, MEASURED, GIVEN)
    assert [(plain(row.name), plain(row.plan), plain(row.measured)) for row in found.rows] == [
        ("Sparet arbejde", "425.000 kr.", "267.825 kr."),
        ("Sparede årsværk", "1", "0,63"),
        ("Driftsudgifter", "310.000 kr.", "75.000 kr."),
        ("Sparet efter driftsudgifter", "115.000 kr.", "192.825 kr."),
        ("Investering i alt", "2.469.000 kr.", "450.000 kr."),
        ("Tjent hjem, regnet fra effekten begynder", "i 4. år med effekt (planens år 6)", "efter 2,3 år"),
    ]
    never = against(FOUNDING, 1, replace(MEASURED, pays_back=None), GIVEN)
    assert plain(never.rows[-1].measured) == "aldrig"
    assert against(FOUNDING, 1, MEASURED, replace(GIVEN, investments=())).rows[-1].measured == "–"


def test_what_the_plan_and_the_assumptions_disagree_about_is_named() -> None:
    assert [plain(text) for text in against(FOUNDING, 1, MEASURED, GIVEN).differences] == [
        "Planen regnede med drift på 310.000 kr. om året, forudsætningerne siger 75.000 kr. om året.",
        "Planen regnede med investeringer på 2.469.000 kr. i alt, forudsætningerne siger 450.000 kr. i alt.",
    ]
    same = replace(GIVEN, running=(Line("Drift", 310_000),), investments=(Line("Projekt", 2_469_000),))
    assert against(FOUNDING, 1, MEASURED, same).differences == []


def test_a_plan_that_the_mails_are_too_few_for_is_told() -> None:
    assert "0,7 årsværk før Sluse, så planens besparelse på 1 årsværk kan ikke nås" in plain(
        against(FOUNDING, 1, MEASURED, GIVEN).too_little
    )
    assert "besparelse på 3 årsværk" in plain(against(FOUNDING, 1, replace(MEASURED, before=2.0), GIVEN).too_little)
    assert against(FOUNDING, 1, replace(MEASURED, before=6.0), GIVEN).too_little == ""
