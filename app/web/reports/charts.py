"""The small vocabulary of charts: columns, lines with their uncertainty, dots with intervals, reliability, a calendar.

A chart is drawn by one macro (templates/reports/_charts.html) from plain shapes. Across, places are shares of the width in
percent, and downwards pixels, so that a chart fills its column and its letters are as large as in any other. Title, unit and period
stand in the picture; a sentence and a table beside it say the same. What is counted is not known here.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

TOP, BOTTOM = 52, 212
"""Pixels: between them lies the plot, above it title and unit, below it the labels."""
HEIGHT = 236
ACROSS = 1000
"""Units across in which lines and bands are written."""
MOST_LABELS = 6
ROW = 38
"""Pixels for each row of dots."""
SHADES = 5
Numbers = Callable[[float], str]
"""How a chart writes its numbers."""


class Rect(NamedTuple):
    """A rectangle: `x` and `width` in percent, `y` and `height` in pixels; `look` names its colour."""

    x: float
    y: float
    width: float
    height: float
    look: str
    tip: str = ""


class Dot(NamedTuple):
    x: float
    y: float
    radius: float
    tip: str = ""


class Segment(NamedTuple):
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    look: str


class Label(NamedTuple):
    """Some words: `at` is start, middle or end."""

    x: float
    y: float
    text: str
    at: str = "middle"


class Path(NamedTuple):
    """A line or a band through points, as SVG writes them; across in thousandths."""

    points: str
    look: str


class Key(NamedTuple):
    """What a colour stands for."""

    look: str
    name: str


class Series(NamedTuple):
    """One layer of stacked columns."""

    name: str
    look: str
    values: Sequence[float]


class Band(NamedTuple):
    """A value with its interval; None where nothing is known."""

    value: float
    low: float
    high: float


class Mark(NamedTuple):
    """A remark on the axis of time: `part` is its place among the parts shown, from 0."""

    part: int
    number: int
    text: str


@dataclass(frozen=True)
class Table:
    """The chart's figures. All cells are text as people read it."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """A picture with all that is said in and beside it."""

    title: str
    unit: str
    period: str
    summary: str
    table: Table
    height: int = HEIGHT
    axis: bool = True
    """Whether numbers stand left of it."""
    legend: Sequence[Key] = ()
    rects: Sequence[Rect] = ()
    paths: Sequence[Path] = ()
    segments: Sequence[Segment] = ()
    dots: Sequence[Dot] = ()
    labels: Sequence[Label] = ()
    ticks: Sequence[tuple[float, str]] = ()
    """(y, what stands there)."""


@dataclass(frozen=True)
class Words:
    """The words of a chart, from whoever knows what it shows."""

    title: str
    unit: str
    period: str
    summary: str
    table: Table
    labels: Sequence[str] = ()
    """One for each part across; those there is room for are shown."""
    marks: Sequence[Mark] = field(default_factory=tuple)


def columns(words: Words, series: Sequence[Series], number: Numbers) -> Chart:
    """Draw columns, one above the other where there are several series."""
    count = len(series[0].values) if series else 0
    top = nice(max((sum(each.values[n] for each in series) for n in range(count)), default=0))
    rects = [rect for n in range(count) for rect in _stack(series, n, count, top)]
    legend = [Key(each.look, each.name) for each in series] if len(series) > 1 else []
    return _chart(words, count, top, number, rects=rects, legend=legend)


def balance(
    words: Words, values: Sequence[Band], number: Numbers, looks: tuple[str, str] = ("auto", "manual")
) -> Chart:
    """Draw columns above and below nought, each with its interval; `looks` are those of above and below."""
    count, step = len(values), _step(max([1.0, *(max(abs(b.low), abs(b.high)) for b in values)]))
    down = max(0, math.ceil(max((-b.low for b in values), default=0.0) / step))
    up = max(0 if down else 1, math.ceil(max((b.high for b in values), default=0.0) / step))

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value / step + down) / (up + down), 1)

    grid = [n * step for n in range(-down, up + 1)]
    segments = [Segment(0, y(value), 100, y(value), "grid" if value else "nought") for value in grid]
    segments += [
        Segment(_middle(n, count), y(b.low), _middle(n, count), y(b.high), "whisker over")
        for n, b in enumerate(values)
        if b.low < b.high
    ]
    rects = [
        Rect(
            round(100 * (n + 0.15) / count, 3), min(y(b.value), y(0)), round(70 / count, 3),
            round(abs(y(b.value) - y(0)), 1), looks[b.value < 0],
        )
        for n, b in enumerate(values)
    ]  # fmt: skip
    return Chart(
        words.title, words.unit, words.period, words.summary, words.table, segments=segments, rects=rects,
        labels=_thinned([Label(_middle(n, count), BOTTOM + 18, text) for n, text in enumerate(words.labels)]),
        ticks=[(y(value) + 4, number(value)) for value in grid],
    )  # fmt: skip


def lines(words: Words, courses: Sequence[tuple[Key, Sequence[Band | None]]], number: Numbers, top: float = 1) -> Chart:
    """Draw lines with their uncertainty. A part without a value leaves a gap that the line passes over."""
    count = max((len(each) for _, each in courses), default=0)
    paths = [path for key, course in courses for path in _course(key.look, course, count, top)]
    dots = [
        Dot(_middle(n, count), _y(point.value, top), 3 if count < 20 else 2)
        for _, course in courses
        for n, point in enumerate(course)
        if point is not None
    ]
    legend = [key for key, _ in courses] if len(courses) > 1 else []
    return _chart(words, count, top, number, paths=paths, dots=dots, legend=legend)


def dots(
    words: Words, rows: Sequence[tuple[str, Band | None]], number: Numbers, top: float = 1, limit: float | None = None
) -> Chart:
    """Draw a dot with its interval for each of several names, one below the other; `limit` is a line through all."""
    found = [(n, row) for n, (_, row) in enumerate(rows) if row is not None]
    bottom = TOP + ROW * len(rows)
    names = [Label(0, TOP + ROW * n + 12, name, "start") for n, (name, _) in enumerate(rows)]
    ends = [Label(100 * q / 4, bottom + 18, number(top * q / 4), _at(q)) for q in range(5)]
    segments = [Segment(100 * q / 4, TOP, 100 * q / 4, bottom, "grid") for q in range(5)]
    segments += [Segment(_x(row.low, top), _row(n), _x(row.high, top), _row(n), "whisker") for n, row in found]
    if limit is not None:
        segments.append(Segment(_x(limit, top), TOP, _x(limit, top), bottom, "mark"))
    return Chart(
        words.title, words.unit, words.period, words.summary, words.table, bottom + 26, axis=False,
        segments=segments, dots=[Dot(_x(row.value, top), _row(n), 5) for n, row in found], labels=[*names, *ends],
    )  # fmt: skip


def reliability(words: Words, bins: Sequence[tuple[float, Band, int]], number: Numbers) -> Chart:
    """Draw how often each confidence held; on the diagonal every one is kept.

    A bin is (confidence, share with its interval, mails). A dot's area goes with its mails, so that a far-off
    dot of three frightens nobody.
    """
    most = max((n for _, _, n in bins), default=1)
    segments = [Segment(0, BOTTOM, 100, TOP, "mark")]
    segments += [Segment(100 * c, _y(b.low, 1), 100 * c, _y(b.high, 1), "whisker") for c, b, _ in bins]
    found = [Dot(100 * c, _y(b.value, 1), round(3 + 7 * (n / most) ** 0.5, 1)) for c, b, n in bins]
    across = [Label(100 * q / 4, BOTTOM + 18, number(q / 4), _at(q)) for q in range(5)]
    made = _chart(words, 0, 1, number, segments=segments, dots=found)
    return Chart(**(vars(made) | {"labels": across}))


def calendar(words: Words, counts: Sequence[tuple[date, int]], weekdays: Sequence[str], months: Sequence[str]) -> Chart:
    """Draw days as squares, a column a week, the darker the more.

    `weekdays` are seven letters from Monday, `months` twelve short names.
    """
    if not counts:
        return _chart(words, 0, 1, str)
    monday = counts[0][0] - timedelta(days=counts[0][0].weekday())
    weeks = (counts[-1][0] - monday).days // 7 + 1
    size = (BOTTOM - TOP) / 7
    most = max(count for _, count in counts) or 1
    rects = [
        Rect(
            round(100 * ((day - monday).days // 7) / weeks, 3), TOP + day.weekday() * size, round(84 / weeks, 3), size - 2,
            f"heat-{_shade(count, most)}", f"{day.day}.{day.month}.: {count}",
        )
        for day, count in counts
    ]  # fmt: skip
    starts = [next(days) for _, days in groupby((day for day, _ in counts), key=lambda day: (day.year, day.month))]
    across = _thinned(
        [Label(100 * ((d - monday).days // 7) / weeks, BOTTOM + 18, months[d.month - 1], "start") for d in starts]
    )
    ticks = [(TOP + n * size + size * 0.7, letter) for n, letter in enumerate(weekdays) if n % 2 == 0]
    return Chart(
        words.title, words.unit, words.period, words.summary, words.table,
        rects=rects, labels=across, ticks=[(y, text) for y, text in ticks],
    )  # fmt: skip


def spark(values: Sequence[float | None]) -> str:
    """Return the points of a line no larger than a word, in a box of 120 by 28; what is not known is left out."""
    step = 112 / max(1, len(values) - 1)
    return " ".join(
        f"{4 + n * step:.1f},{4 + 20 * (1 - value):.1f}" for n, value in enumerate(values) if value is not None
    )


def nice(top: float) -> float:
    """Return the next round number at or above `top`, so that the grid's quarters are round as well."""
    size = 1.0
    while size * 40 < top:
        size *= 10
    return next(step * size for step in (4, 8, 12, 16, 20, 24, 32, 40) if step * size >= top)


def _step(most: float) -> float:
    """Return a round distance of lines of which at most five reach `most`."""
    size = 10.0 ** math.floor(math.log10(most / 5))
    return next(size * n for n in (1, 2, 5, 10) if size * n * 5 >= most)


def _chart(words: Words, count: int, top: float, number: Numbers, **shapes: Any) -> Chart:
    """Draw what all charts of parts have: grid, labels, remarks."""
    segments = [Segment(0, _y(top * q / 4, top), 100, _y(top * q / 4, top), "grid") for q in range(5)]
    marks = [Segment(_middle(m.part, count), TOP, _middle(m.part, count), BOTTOM, "mark") for m in words.marks]
    numbers = [Label(_middle(m.part, count), TOP - 4, str(m.number)) for m in words.marks]
    across = _thinned([Label(_middle(n, count), BOTTOM + 18, text) for n, text in enumerate(words.labels)])
    more = shapes.pop("segments", ())
    return Chart(
        words.title, words.unit, words.period, words.summary, words.table,
        segments=[*segments, *more, *marks], labels=[*across, *numbers],
        ticks=[(_y(top * q / 4, top) + 4, number(top * q / 4)) for q in range(5)], **shapes,
    )  # fmt: skip


def _stack(series: Sequence[Series], n: int, count: int, top: float) -> list[Rect]:
    found, below = [], 0.0
    for each in series:
        high, low = _y(below + each.values[n], top), _y(below, top)
        if each.values[n]:
            found.append(
                Rect(round(100 * (n + 0.15) / count, 3), high, round(70 / count, 3), round(low - high, 1), each.look)
            )
        below += each.values[n]
    return found


def _course(look: str, course: Sequence[Band | None], count: int, top: float) -> list[Path]:
    known = [(round(_middle(n, count) * ACROSS / 100, 1), point) for n, point in enumerate(course) if point is not None]
    if not known:
        return []
    upper = [f"{x},{_y(point.high, top)}" for x, point in known]
    lower = [f"{x},{_y(point.low, top)}" for x, point in reversed(known)]
    return [
        Path(" ".join([*upper, *lower]), f"band {look}"),
        Path(" ".join(f"{x},{_y(point.value, top)}" for x, point in known), f"line {look}"),
    ]


def _thinned(labels: Sequence[Label]) -> list[Label]:
    """Return the labels that there is room for: every second, third … so that they stand at equal distances."""
    step = -(-len(labels) // MOST_LABELS) if labels else 1
    return [label for n, label in enumerate(labels) if n % step == 0]


def _shade(count: int, most: int) -> int:
    return 0 if not count else 1 + min(SHADES - 2, int((SHADES - 1) * count / (most + 1)))


def _y(value: float, top: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * min(value, top) / top, 1)


def _x(value: float, top: float) -> float:
    return round(100 * min(value, top) / top, 2)


def _middle(n: float, count: int) -> float:
    return round(100 * (n + 0.5) / max(1, count), 3)


def _row(n: int) -> float:
    return TOP + ROW * n + 24


def _at(quarter: int) -> str:
    return "start" if quarter == 0 else "end" if quarter == 4 else "middle"
