"""Speed and memory on invented mails: one core, sizes and machine printed."""

import time
from collections.abc import Sequence

import numpy as np

from learning.example import Example, TaughtLabel
from learning.features import prepare
from learning.model import Model
from tests.benchmark import plots, replay_log
from tests.benchmark.invented import mails
from tests.benchmark.machine import load, machine
from tests.benchmark.section import Section, table

KILOBYTE, UNITS = 1000, 50
TAUGHT, MEASURED, BATCH, LABELS = 6000, 1000, 10_000, 100_000
GROWTH_UNITS, GROWTH_SIZES = (25, 100, 400), (500, 1000, 5000, 20_000, 50_000)
GROWTH_TAUGHT, GROWTH_MEASURED = 2000, 40

Times = list[float]
"""Milliseconds."""


def make(*, play: bool = True) -> Section:
    section = Section("Speed and memory")
    print(f"     {machine()}; {load()}")
    section.say(
        f"Invented mails of {KILOBYTE} bytes, {UNITS} units, {TAUGHT:,} labels learned before, {MEASURED:,} measured; one process,"
        " one core. Predicting is cleaning, features, the ranking of five units and the words that spoke for each. Learning is"
        " measured with cleaning and features too, for the label log is replayed from the mails' texts.",
        f"When it began, {load()}.",
    )  # fmt: skip
    stream = list(mails(TAUGHT + MEASURED, UNITS, KILOBYTE))
    model = taught(stream[:TAUGHT])
    predict, learn = measured(model, stream[TAUGHT:])
    _judge(section, "predict with reasons", predict, 4, 12)
    _judge(section, "learn", learn, 8, 25)
    seconds = batch(model, [example for example, _ in mails(BATCH, UNITS, KILOBYTE, seed=12)])
    section.judge(f"{BATCH:,} mails in one batch", f"{seconds:.1f} s", "<= 30 s", seconds <= 30)
    _judge_long(section)
    _draw_growth(section)
    return section


def taught(lessons: Sequence[tuple[Example, str]]) -> Model:
    model = Model()
    for example, unit in lessons:
        model.learn(prepare(example), TaughtLabel(example.id, unit))
    return model


def measured(model: Model, lessons: Sequence[tuple[Example, str]]) -> tuple[Times, Times]:
    """(predicting, learning) of each mail, in turn as in life."""
    predict, learn = [], []
    for example, unit in lessons:
        began = time.perf_counter()
        model.rank(prepare(example))
        predict.append((time.perf_counter() - began) * 1e3)
        began = time.perf_counter()
        model.learn(prepare(example), TaughtLabel(example.id, unit))
        learn.append((time.perf_counter() - began) * 1e3)
    return predict, learn


def batch(model: Model, examples: Sequence[Example]) -> float:
    """Seconds for the rankings of all, from their texts."""
    began = time.perf_counter()
    found = model.rank_many([prepare(example) for example in examples])
    assert len(found) == len(examples)
    return time.perf_counter() - began


def _judge(section: Section, name: str, times: Times, half: float, most: float) -> None:
    p50, p99 = np.percentile(times, [50, 99])
    figure = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    section.judge(name, figure, f"p50 <= {half:g} ms, p99 <= {most:g} ms", p50 <= half and p99 <= most)


def _judge_long(section: Section) -> None:
    found = replay_log.elsewhere(LABELS, UNITS, KILOBYTE)
    size = f"snapshot of {found['snapshot_mb']:.0f} MB"
    section.judge(
        f"memory at {LABELS:,} labels", f"{found['mb']:.0f} MB, the whole process", "<= 400 MB", found["mb"] <= 400
    )
    section.judge("snapshot saved", f"{found['saved']:.2f} s, {size}", "<= 2 s", found["saved"] <= 2)
    section.judge("snapshot loaded", f"{found['loaded']:.2f} s, {size}", "<= 2 s", found["loaded"] <= 2)
    section.say(
        f"While a snapshot is saved and loaded beside the model, the process holds {found['mb_with_snapshot']:.0f} MB."
    )


def _draw_growth(section: Section) -> None:
    rows, predict, learn = [], {}, {}
    for units in GROWTH_UNITS:
        model = taught(list(mails(GROWTH_TAUGHT, units, KILOBYTE)))
        for size in GROWTH_SIZES:
            times = measured(model, list(mails(GROWTH_MEASURED, units, size, seed=13)))
            p, q = (float(np.median(each)) for each in times)
            predict.setdefault(units, []).append((size / 1e3, p))
            learn.setdefault(units, []).append((size / 1e3, q))
            rows.append([f"{units} units, {size / 1e3:g} kB", f"{p:.1f}", f"{q:.1f}"])
    drawn = [plots.Line(f"learn, {units} units", points, dots=True) for units, points in learn.items()]
    drawn += [plots.Line(f"predict, {units} units", points, dots=True) for units, points in predict.items()]
    across = plots.Axis("mail, kB", 0.5, 50, [0.5, 1, 5, 20, 50], log=True)
    most = max(y for line in drawn for _, y in line.points)
    ticks = [each for each in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if each <= most * 2.5]
    title = "Median time by length of the mail and number of units"
    section.draw(
        "growth", title, plots.lines(title, across, plots.Axis("ms", ticks[0], ticks[-1], ticks, log=True), drawn)
    )
    section.say(
        f"{GROWTH_TAUGHT:,} labels learned before, medians of {GROWTH_MEASURED}:",
        table(["", "predict, ms", "learn, ms"], rows),
    )
