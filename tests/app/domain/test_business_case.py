"""The founding paper's case comes out to the last krone, and so does its payback."""

from dataclasses import replace

from app.domain.business_case import FOUNDING


def test_the_founding_case_year_by_year() -> None:
    years = FOUNDING.years(8)
    assert [year.investment for year in years] == [1_327_000, 1_142_000, 0, 0, 0, 0, 0, 0]
    assert [year.positions for year in years] == [0, 0, 1, 3, 3, 3, 3, 3]
    assert [year.effect for year in years] == [0, 0, -425_000, *[-1_275_000] * 5]
    assert [year.running for year in years] == [0, 0, *[310_000] * 6]
    assert [year.net for year in years] == [0, 0, -115_000, *[-965_000] * 5]
    assert [year.accumulated for year in years] == [
        1_327_000, 2_469_000, 2_354_000, 1_389_000, 424_000, -541_000, -1_506_000, -2_471_000,
    ]  # fmt: skip
    assert FOUNDING.in_use == 6


def test_it_is_earned_back_in_its_sixth_year_only_if_the_effect_begins_in_the_third() -> None:
    assert FOUNDING.payback() == 6
    paid_back = {start: replace(FOUNDING, effect_from=start).payback() for start in range(1, 8)}
    assert [start for start, year in paid_back.items() if year == 6] == [FOUNDING.effect_from]


def test_what_saves_nothing_is_never_earned_back() -> None:
    assert replace(FOUNDING, saved=(0,)).payback() is None


def test_the_effect_of_a_year_of_effect() -> None:
    assert [FOUNDING.effect(year) for year in (0, 1, 2, 9)] == [0, 425_000, 1_275_000, 1_275_000]
