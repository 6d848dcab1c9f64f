"""Bars: what is asked for is judged as the acceptance says it, and a miss is told."""

import pytest

from tests.benchmark import accuracy, budget, peers
from tests.benchmark.budget import Cell
from tests.benchmark.judged_streams import stream
from tests.benchmark.limits import Kept
from tests.benchmark.section import Section
from tests.benchmark.sets import Set

CHOSEN = Set("banking77", "shuffle", warm=0)
DANISH = Set("xsid_da", "shuffle", warm=0, danish=True)


def wrong(count: int):
    """A thousand mails, so many of them wrong."""
    return stream("w" * count + "r" * (1000 - count))


@pytest.mark.parametrize(("errors", "reached"), [(80, True), (95, False), (120, False)])
def test_ten_percent_fewer_errors_than_the_best_peer(errors: int, reached: bool) -> None:
    section = Section("")
    theirs = {"banking77": {"floor": {11: wrong(100)}, "vw": {11: wrong(300)}}}
    accuracy._say_reduction(section, [CHOSEN], theirs, {"banking77": {11: wrong(errors)}})
    (bar,) = section.bars
    assert bar.reached is reached
    assert "than floor" in bar.figure
    assert bar.status == "part"  # one seed of five, two peers of five


def test_a_bar_is_judged_when_all_its_runs_were_played() -> None:
    for seeds, status in (((11,), "part"), (CHOSEN.seeds, "ok")):
        section = Section("")
        theirs = {"banking77": {peer: dict.fromkeys(seeds, wrong(100)) for peer in peers.NAMES}}
        accuracy._say_reduction(section, [CHOSEN], theirs, {"banking77": dict.fromkeys(seeds, wrong(80))})
        assert section.bars[0].status == status


def test_no_run_at_all_is_no_pass() -> None:
    section = Section("")
    budget._judge_kept(section, [], "partial")
    assert not section.bars
    budget._judge_kept(section, [cell("Sluse", 0)], "partial")
    assert section.bars[0].figure.startswith("nothing went alone")
    assert {bar.status for bar in section.bars} == {"part"}


def test_a_danish_set_asks_for_the_fewest_errors_only() -> None:
    section = Section("")
    accuracy._say_reduction(section, [DANISH], {"xsid_da": {"vw": {11: wrong(100)}}}, {"xsid_da": {11: wrong(99)}})
    assert section.bars[0].reached


def test_only_seeds_that_all_have_played_are_compared() -> None:
    theirs = {"floor": {11: wrong(100), 23: wrong(100)}, "vw": {11: wrong(90)}}
    assert accuracy.common(theirs, {11: wrong(50), 23: wrong(50)}) == [11]
    assert accuracy.best(theirs, [11]) == "vw"


def test_late_labels_are_compared_with_early_ones() -> None:
    section, names = Section(""), ("a", "b", "c", "d")
    here = [Set(name, "shuffle", warm=0) for name in names]
    theirs = {name: {"floor": {11: wrong(100)}} for name in names}
    late = {name: {11: wrong(errors)} for name, errors in zip(names, (90, 99, 100, 101), strict=True)}
    accuracy._say_delay(section, here, theirs, late)
    assert [(bar.figure, bar.reached) for bar in section.bars] == [("2 sets (0 of 12 runs)", False)]


def cell(who: str, automatic: int, *, errors: int = 0, late: int = 0, oracle: int = 500, rule: str = "full") -> Cell:
    return Cell(CHOSEN, 0.05, who, rule, [Kept(1000, automatic, errors, 900, 500, late, oracle)])


def test_share_above_every_peer_and_near_the_oracle() -> None:
    section = Section("")
    budget._judge_share(section, [cell("Sluse", 700, late=410), cell("floor", 690), cell("river NB", 100)])
    budget._judge_share(section, [cell("Sluse", 700, late=390), cell("floor", 710), cell("river NB", 100)])
    assert [bar.reached for bar in section.bars] == [True, True, False, False]


def test_mean_error_and_runs_beyond_chance() -> None:
    section = Section("")
    budget._judge_kept(section, [cell("Sluse", 500, errors=20)] * 19 + [cell("Sluse", 500, errors=60)], "full")
    mean, beyond = section.bars
    assert mean.figure.startswith("0.0440")
    assert mean.reached
    assert beyond.figure == "1 beyond, 5.0% (20 of 36 runs)"
    assert beyond.reached
    budget._judge_kept(section, [cell("Sluse", 500, errors=60)], "full")
    assert not section.bars[-1].reached


def test_the_naive_rule_stands_beside_ours() -> None:
    section = Section("")
    budget._say_set(section, CHOSEN, [cell("floor", 700, errors=35), cell("floor", 800, errors=80, rule="naive")])
    row = section.text[2].splitlines()[2]
    assert row.startswith("| floor | 5% | 0.700 | 0.950 | 0/1 | 0.800 | 0.900 | 1/1 | 0.900 |")
