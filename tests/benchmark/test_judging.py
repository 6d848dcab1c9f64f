"""What the benchmark makes of a stream: pairs, limits, tables and plots."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from learning.model import Model
from tests.benchmark import document, out_of_scope, peers, plots, runs
from tests.benchmark.invented import mails
from tests.benchmark.judged_streams import stream
from tests.benchmark.limits import Kept, as_played, counted, kept, naive, ours
from tests.benchmark.paired import reduction
from tests.benchmark.runs import Run
from tests.benchmark.section import Section, keep, table
from tests.benchmark.section import kept as kept_section
from tests.benchmark.sets import Set
from tests.benchmark.streams import Stream, cached

INVENTED = Set("invented", "time", warm=100)


@pytest.fixture(scope="module")
def lessons():
    return list(mails(500, 5, 300))


@pytest.fixture(scope="module")
def full(lessons):
    return runs.played(Run(INVENTED, 11), lessons, Model)


def test_half_the_errors() -> None:
    theirs, mine = stream("w" * 100 + "r" * 900), stream("w" * 50 + "r" * 950)
    found = reduction([mine], [theirs])
    assert found.value == 0.5
    assert 0.35 < found.low < 0.45
    assert found.high == pytest.approx(1 - found.low)


def test_the_same_mail_in_another_shuffle_is_no_new_evidence() -> None:
    theirs, mine = stream("w" * 100 + "r" * 900), stream("w" * 50 + "r" * 950)
    once, five = reduction([mine], [theirs]), reduction([mine] * 5, [theirs] * 5)
    assert five == pytest.approx(once) or (five.value, five.low) == pytest.approx((once.value, once.low))


def test_streams_of_different_mails_are_not_compared() -> None:
    with pytest.raises(ValueError, match="different mails"):
        reduction([stream("rw")], [stream("rw", ids=["0", "2"])])


def test_no_difference_has_an_interval_around_zero() -> None:
    left, right = stream("wr" * 100), stream("rw" * 100)
    found = reduction([left], [right])
    assert found.low < found.value == 0 < found.high


def test_a_rule_run_afterwards_lets_through_what_the_rehearsal_did(full: Stream) -> None:
    assert sum(full.automatic) > 0
    assert kept(full, ours, 0.05) == as_played(full, 0.05)


def test_labels_that_come_late_move_the_limit_later(full: Stream) -> None:
    assert kept(full, naive, 0.05, delay=100).automatic < kept(full, naive, 0.05).automatic


def test_partial_feedback_is_recorded(lessons) -> None:
    found = runs.played(Run(INVENTED, 11, partial=True, budget=0.1), lessons, Model)
    assert sum(found.known) < len(found) == len(found.weight)
    assert any(weight > 1 for weight in found.weight)
    assert not any(weight for weight, alone in zip(found.weight, found.automatic, strict=True) if alone)


def test_beyond_chance_or_not() -> None:
    lucky, bad = (Kept(1000, 500, wrong, 0, 500, 250, 0) for wrong in (30, 50))
    assert not lucky.beyond(0.05)
    assert bad.beyond(0.05)
    assert Kept(10, 0, 0, 0, 5, 0, 0).error is None


def test_strangers_are_counted() -> None:
    found = stream("rrwss")
    assert out_of_scope.through(found) == (2, 2)
    assert found.accuracy == 2 / 3
    assert counted(found, found.automatic, 0.05).wrong == 2


def test_a_peer_is_asked_before_it_is_told() -> None:
    class Parrot:
        """Says what it was told last."""

        shown = ""

        def predict(self, text: str) -> tuple[str | None, float]:
            return self.shown, 0.5

        def learn(self, text: str, label: str) -> None:
            self.shown = label

    found = peers.recorded(Parrot(), [("", unit) for unit in "aabbb"], list("12345"), 1)
    assert (found.suggested, found.right) == (list("aabb"), [True, False, True, True])
    assert found.ids == list("2345")


def test_a_stream_is_made_once_by_the_same_sources(tmp_path: Path) -> None:
    made = []

    def make() -> Stream:
        made.append(1)
        return stream("rws")

    first = cached("name", "sources", make, tmp_path)
    assert cached("name", "sources", make, tmp_path) == first
    cached("name", "others", make, tmp_path)
    assert len(made) == 2


def test_chapter_and_plots_are_written(tmp_path: Path) -> None:
    section = Section("A chapter")
    section.judge("name", "0.5", "<= 1", reached=True)
    section.judge("other", "2", "<= 1", reached=False)
    section.say(table(["a", "b"], [["x", "1"]]))
    across, up = plots.axis("n", [0, 7]), plots.axis("share", [0.61, 0.93], zero=False)
    section.draw(
        "drawn", "a line", plots.lines("a < b", across, up, [plots.Line("we", [(0, 0.61), (7, 0.93)], dots=True)])
    )
    keep("part", "sources", section, tmp_path)
    assert kept_section("part", "sources", tmp_path) == section
    assert kept_section("part", "others", tmp_path) is None
    document.write({"part": section, "missing": None}, tmp_path)
    said = (tmp_path / "benchmark.md").read_text("utf-8")
    for expected in (
        "| ok | name | 0.5 | <= 1 |",
        "| **MISS** | other",
        "missing | not run",
        "| x | 1 |",
        "benchmark/drawn.svg",
    ):
        assert expected in said
    drawn = ElementTree.fromstring((tmp_path / "benchmark" / "drawn.svg").read_text("utf-8"))
    (line,) = drawn.iter("{http://www.w3.org/2000/svg}polyline")
    (left, bottom), (right, top) = (map(float, point.split(",")) for point in line.attrib["points"].split())
    assert left < right
    assert top < bottom
