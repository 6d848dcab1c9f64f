"""The evaluation: what is shown when, what is counted, and that the project's model beats a plain one."""

from dataclasses import dataclass, field

import pytest

from learning.baselines import RiverBaseline
from learning.example import Example, Ranking, Suggestion
from learning.feedback import Partial
from learning.interval import wilson
from learning.labelled import load
from learning.model import Model
from learning.rehearsal import rehearse
from tests.shared import SETS, needs


def confident(ranking, limit):
    return limit is not None and ranking.confidence >= limit


@dataclass
class Scripted:
    """Answers as told, and writes down what happens to it in which order."""

    answers: dict[str, tuple[str, float]]
    diary: list[tuple[str, str]] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def learn(self, prepared, label):
        assert prepared.id == label.id
        self.weights.append(label.weight)
        self.diary.append(("learn", prepared.id))

    def rank(self, prepared, top=5, out_of_scope_share=0.0):
        self.diary.append(("rank", prepared.id))
        self.shown.append(out_of_scope_share)
        unit, confidence = self.answers[prepared.id]
        rest = (Suggestion("other", 0.0), Suggestion("a", 0.0), Suggestion("fourth", 0.0))
        return Ranking((Suggestion(unit, confidence), *rest))


def mails(count):
    return [(Example(str(n), "", f"mail {n}"), "a") for n in range(count)]


@pytest.mark.parametrize(
    ("delay", "diary"),
    [
        (0, "L0 L1 R2 L2 R3 L3 R4 L4"),
        (2, "L0 L1 R2 R3 R4 L2"),
        (9, "L0 L1 R2 R3 R4"),
    ],
)
def test_predicts_before_it_learns_and_labels_come_late(delay, diary):
    model = Scripted({str(n): ("a", 0.5) for n in range(5)})
    rehearse(model, mails(5), automatic=confident, warm=2, delay=delay)
    assert " ".join(verb[0].upper() + mail for verb, mail in model.diary) == diary


def test_figures_of_a_known_course():
    """400 mails: right at 0.9 for three of four, else wrong at 0.1. 150 right ones prove the limit, after 200 mails."""
    model = Scripted({str(n): ("a", 0.9) if n % 4 else ("b", 0.1) for n in range(400)})
    shown = []
    result = rehearse(model, mails(400), automatic=confident, progress=lambda *done: shown.append(done)).to_json()
    assert result["scored"] == 400
    assert result["accuracy"] == 0.75
    assert result["top3"] == 1.0
    assert result["auto_share"] == 150 / 400
    assert result["late_auto_share"] == 0.75
    assert result["auto_precision"] == 1.0
    assert (result["auto_precision_low"], result["auto_precision_high"]) == wilson(150, 150)
    # In hindsight 300 right ones, and no wrong one: they all share a confidence that is too low.
    assert result["oracle_auto_share"] == result["late_oracle_auto_share"] == 0.75
    assert (result["out_of_scope"], result["out_of_scope_auto_share"]) == (0, None)
    assert shown[:2] == [(50, 400), (100, 400)]


def test_limit_waits_for_delayed_labels():
    model = Scripted({str(n): ("a", 0.9) for n in range(300)})
    prompt, late = (rehearse(model, mails(300), automatic=confident, delay=delay) for delay in (0, 70))
    assert prompt.auto_share == 150 / 300
    assert late.auto_share == 100 / 300


def test_strangers_teach_nothing_and_count_as_wrong():
    """Every fifth mail belongs to no unit, and they are the less confident ones."""
    model = Scripted({str(n): ("a", 0.9 if n % 5 else 0.4) for n in range(1000)})
    stream = [(example, unit if n % 5 else None) for n, (example, unit) in enumerate(mails(1000))]
    result = rehearse(model, stream, automatic=confident, warm=100)
    assert not {int(mail) % 5 for verb, mail in model.diary if verb == "learn"} & {0}
    assert (result.out_of_scope, result.out_of_scope_auto_share) == (180, 0.0)
    assert (result.accuracy, result.top3, result.auto_precision) == (1.0, 1.0, 1.0)
    assert result.late_auto_share == 0.8
    assert model.shown[0] == pytest.approx((20 + 0.5) / 150)  # of the warm start
    assert model.shown[-1] == pytest.approx(0.2, abs=0.01)


def test_strangers_are_estimated_from_what_humans_see():
    """Partial feedback: a confident mail is seen when the coin says so, and then stands for all that were not."""
    model = Scripted({str(n): ("a", 0.9 if n % 5 else 0.4) for n in range(3000)})
    stream = [(example, unit if n % 5 else None) for n, (example, unit) in enumerate(mails(3000))]
    result = rehearse(model, stream, automatic=confident, feedback=Partial(seed=3))
    assert result.auto_share > 0.6
    assert model.shown[-1] == pytest.approx(0.2, abs=0.04)


def test_a_label_carries_the_weight_of_its_mail():
    model = Scripted({str(n): ("a" if n % 50 else "b", 0.9) for n in range(1500)})
    rehearse(model, mails(1500), automatic=confident, feedback=Partial(seed=3))
    assert set(model.weights) >= {0.0, 1.0, 20.0}
    assert max(model.weights) == 20.0


def test_policy_decides():
    model = Scripted({str(n): ("a", 0.9) for n in range(60)})
    assert rehearse(model, mails(60), automatic=lambda ranking, limit: True).auto_share == 1.0
    never = rehearse(model, mails(60), automatic=lambda ranking, limit: False)
    assert (never.auto_share, never.auto_precision) == (0.0, None)


def test_times_are_the_stopwatchs():
    ticks = iter(range(10**6))
    model = Scripted({str(n): ("a", 0.9) for n in range(10)})
    result = rehearse(model, mails(10), automatic=confident, stopwatch=lambda: next(ticks))
    assert result.ms_predict_p50 == result.ms_learn_p99 == 1000.0
    assert result.ms_per_mail == 1000.0 * (4 * 10 + 1) / 10


def test_result_has_the_benchmarks_fields():
    result = rehearse(Model(), mails(3), automatic=confident).to_json()
    assert list(result)[:9] == [
        "peer", "scored", "accuracy", "auto_share", "auto_precision", "auto_precision_low", "auto_precision_high",
        "oracle_auto_share", "ms_per_mail",
    ]  # fmt: skip
    assert result["peak_rss_mb"] > 10


def test_nothing_to_rehearse():
    assert rehearse(Model(), [], automatic=confident).scored == 0


@pytest.mark.parametrize(
    ("right", "n", "interval"),
    [(0, 0, (0.0, 1.0)), (10, 10, (0.7225, 1.0)), (95, 100, (0.8882, 0.9785)), (0, 20, (0.0, 0.1611))],
)
def test_wilson(right, n, interval):
    assert wilson(right, n) == pytest.approx(interval, abs=2e-4)


@needs(SETS / "xsid_da.jsonl.gz")
def test_beats_the_yardstick_on_danish_requests():
    data = load(SETS / "xsid_da.jsonl.gz", order="shuffle", seed=11)
    ours = rehearse(Model(), data, automatic=confident, warm=100)
    plain = rehearse(RiverBaseline(), data, automatic=confident, warm=100, peer="river")
    assert ours.accuracy >= 0.955
    assert ours.accuracy > plain.accuracy + 0.03
