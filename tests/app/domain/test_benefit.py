"""What was saved and how sure that is: by hand, and against draws of the same measurements."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from statistics import NormalDist, fmean, stdev

import pytest

from app.domain import benefit
from app.domain.benefit import Assumptions, Given, Key, Line, Source, Timed, Work, Yearly
from app.domain.business_case import FOUNDING
from app.domain.decision_times import DecisionKind

VALUES = {
    Key.BEFORE: "10",
    Key.JOURNAL_BEFORE: "6",
    Key.JOURNAL_AFTER: "1.5",
    Key.MISROUTED_BEFORE: "20",
    Key.DETOUR: "5",
    Key.HOURS: "1400",
    Key.POSITION: "425000",
}
GIVEN = Assumptions(
    {key: Given(Decimal(number), "målt", date(2025, 1, 1)) for key, number in VALUES.items()},
    (Line("Drift", 50_000), Line("Licens", 23_000)),
    (Line("Projekt", 300_000),),
    date(2026, 3, 1),
)


def timed(seconds: list[float], n: int | None = None) -> Timed:
    return Timed(len(seconds) if n is None else n, len(seconds), sum(seconds), sum(each**2 for each in seconds))


def test_the_time_before_and_after_by_hand() -> None:
    decided = {DecisionKind.CONFIRMED: timed([10, 20, 30], n=6), DecisionKind.BLIND: timed([60, 60])}
    work = Work(100, 50, 4, decided)
    found = benefit.saving(work, work, GIVEN)
    assert found is not None
    assert found.before == 60 * (100 * 10 + 100 * 0.2 * 5 + 50 * 6)
    assert found.after == 60 * (50 * 1.5 + 4 * 5) + 6 * 20 + 2 * 60
    assert found.error == pytest.approx(6 * 10 / 3**0.5)
    hours = found.seconds / 3600
    assert GIVEN.kroner(found.seconds) == round(hours / 1400 * 425_000)


def test_what_each_entered_value_weighs() -> None:
    work = Work(100, 50, 4)
    found = benefit.sensitivity(work, work, GIVEN)
    rate = 425_000 / 1400 / 60
    saved = 100 * 10 + 100 * 0.2 * 5 + 50 * 6 - 50 * 1.5 - 4 * 5
    assert found[Key.BEFORE] == pytest.approx(100 * rate, abs=1)
    assert found[Key.JOURNAL_AFTER] == pytest.approx(-50 * 0.15 * rate, abs=1)
    assert found[Key.DETOUR] == pytest.approx((100 * 0.2 - 4) * 0.5 * rate, abs=1)
    assert found[Key.POSITION] == pytest.approx(saved * 0.1 * rate, abs=1)
    assert found[Key.HOURS] == pytest.approx(saved * (1 / 1.1 - 1) * rate, abs=1)


def test_a_kind_hardly_measured_takes_the_mean_of_the_others() -> None:
    known = {DecisionKind.CONFIRMED: timed([10, 20]), DecisionKind.BLIND: timed([40, 60, 50])}
    whole = Work(decided={**known, DecisionKind.ENDED: timed([500], n=4)})
    found = benefit.decision_seconds(Work(decided={DecisionKind.ENDED: Timed(4)}), whole)
    assert found is not None
    assert found[0] == pytest.approx(4 * (10 + 20 + 40 + 60 + 50) / 5)


def test_without_any_times_nothing_is_said_but_where_nobody_decided() -> None:
    work = Work(3, decided={DecisionKind.BLIND: Timed(2)})
    assert benefit.saving(work, work, GIVEN) is None
    automatic = benefit.saving(Work(3), Work(3), GIVEN)
    assert automatic is not None
    assert (automatic.after, automatic.error) == (0, 0)


def test_the_parts_add_up_to_the_whole() -> None:
    parts = [
        Work(7, 3, 1, {DecisionKind.CONFIRMED: timed([5, 9, 12])}),
        Work(4, 4, 0, {DecisionKind.CONFIRMED: timed([8]), DecisionKind.ENDED: timed([40, 20], n=3)}),
    ]
    whole = benefit.together(parts)
    found = [benefit.saving(each, whole, GIVEN) for each in (*parts, whole)]
    seconds = [each.seconds for each in found if each is not None]
    assert seconds[0] + seconds[1] == pytest.approx(seconds[2])


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Times are skewed as real ones are; 95 % of intervals should hold what such decisions take."""
    drawn, rounds = random.Random(72), 600
    kinds = {
        DecisionKind.CONFIRMED: (300, 2.0, 0.6),
        DecisionKind.CORRECTED: (90, 3.0, 0.5),
        DecisionKind.BLIND: (120, 2.6, 0.5),
    }
    truth = sum(n * 2.718281828459045 ** (mu + sigma**2 / 2) for n, mu, sigma in kinds.values())
    held, means, errors = 0, [], []
    for _ in range(rounds):
        decided = {k: timed([drawn.lognormvariate(m, s) for _ in range(n)]) for k, (n, m, s) in kinds.items()}
        found = benefit.decision_seconds(Work(decided=decided), Work(decided=decided))
        assert found is not None
        held += abs(found[0] - truth) <= benefit.Z * found[1]
        means.append(found[0])
        errors.append(found[1])
    assert 0.92 <= held / rounds <= 0.98
    assert fmean(errors) == pytest.approx(stdev(means), rel=0.1)


def test_the_year_of_days_that_vary_holds_the_truth() -> None:
    drawn, rounds, held = random.Random(43), 600, 0
    for _ in range(rounds):
        weeks = [(7, round(drawn.gauss(7_000, 1_500))) for _ in range(52)]
        found = benefit.yearly(weeks[:13], 0.0)
        assert found is not None
        held += found.low <= sum(kroner for _, kroner in weeks) * 365 / 364 <= found.high
    assert 0.9 <= held / rounds <= 0.99


def test_a_year_that_was_counted_whole_is_as_unsure_as_its_times() -> None:
    months = [(30, 10_000 + 1_000 * n) for n in range(12)]
    found = benefit.yearly([*months, (5, 2_000)], 3_000.0)
    assert found is not None
    assert (found.kroner, found.error) == (sum(kroner for _, kroner in months) + 2_000, 3_000)
    assert benefit.yearly(months[:2], 1.0) is None


def test_the_chance_of_reaching_a_goal_is_the_normal_distributions() -> None:
    year = Yearly(400_000, 50_000.0)
    for goal in (300_000, 400_000, 425_000, 1_275_000):
        assert year.chance(goal) == pytest.approx(1 - NormalDist(400_000, 50_000).cdf(goal))
    assert [replace(year, error=0.0).chance(goal) for goal in (400_000, 400_001)] == [1.0, 0.0]


def test_running_costs_and_payback() -> None:
    assert [GIVEN.running_of(days) for days in (365, 73, 1)] == [73_000, 14_600, 200]
    assert benefit.payback_years(GIVEN.invested, 150_000) == 2.0
    assert benefit.payback_years(GIVEN.invested, 0) is None


def test_years_of_effect_begin_on_their_day() -> None:
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2027, 2, 28), date(2027, 3, 1), date(2028, 12, 31)]
    assert [GIVEN.year_of_effect(day) for day in days] == [0, 1, 1, 2, 3]
    assert replace(GIVEN, effect_from=None).year_of_effect(days[-1]) == 0


def test_what_is_stored_is_read_back() -> None:
    assert benefit.read(GIVEN.stored()) == GIVEN
    assert benefit.read(Assumptions().stored()) == Assumptions()
    assert Assumptions().missing == list(Key)


def test_what_saves_adds_up_to_the_whole_saving() -> None:
    decided = {DecisionKind.CONFIRMED: timed([10, 20, 30], n=6)}
    work = Work(100, 50, 4, decided)
    saved = benefit.saving(work, work, GIVEN)
    assert saved is not None
    found = benefit.sources(saved, work, GIVEN)
    assert found[Source.JOURNALING] == GIVEN.kroner(60 * 50 * (6 - 1.5))
    assert found[Source.DETOURS] == GIVEN.kroner(60 * (100 * 0.2 - 4) * 5)
    assert found[Source.SORTING] == pytest.approx(GIVEN.kroner(60 * 100 * 10 - 6 * 20), abs=2)
    assert sum(found.values()) == GIVEN.kroner(saved.seconds)


def test_the_founding_case_is_net_of_its_running_costs() -> None:
    assert [FOUNDING.net(year) for year in (1, 2, 3)] == [115_000, 965_000, 965_000]
    assert (FOUNDING.running_yearly, FOUNDING.invested, FOUNDING.payback_in_effect()) == (310_000, 2_469_000, 4)
    assert [FOUNDING.out_of_reach(positions) for positions in (0.7, 2.0, 6.0)] == [1, 3, None]
    assert Yearly(200_000, 9.0).less(75_000) == Yearly(125_000, 9.0)
