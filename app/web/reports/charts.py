"""Coordinates of charts, as a template needs them. For drawing an SVG; their meaning is not known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.decision_times import EDGES, DecisionTimes
from app.domain.figures import Share
from app.queries.learning.progress import Reliability
from app.queries.reports.figures import DayFigures, ModelMilestone, Week

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 12, 28
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 120, 28, 4


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid and what it stands for."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's stack in a chart. Automatic is below, manual above it, aside on top; each is (y, height)."""

    x: float
    width: float
    day: date
    automatic: tuple[float, float]
    manual: tuple[float, float]
    aside: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bars:
    bars: list[Bar]
    ticks: list[Tick]


@dataclass(frozen=True, slots=True)
class Columns:
    """One plain column a week, each (x, y, height)."""

    columns: list[tuple[float, float, float]]
    width: float
    ticks: list[Tick]


@dataclass(frozen=True, slots=True)
class Mark:
    """A numbered line down through a chart of weeks. Its number is explained below the chart."""

    x: float
    number: int
    text: str
    day: date


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    day: date


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through points with its uncertainty. `points`, line and band are SVG coordinate lists."""

    points: list[Point]
    line: str
    band: str
    ticks: list[Tick]


@dataclass(frozen=True, slots=True)
class DeadlineShare:
    """A bin of confidences as a dot. Where its share stands, its interval's ends, and how large a dot its n makes."""

    x: float
    y: float
    low: float
    high: float
    radius: float


@dataclass(frozen=True, slots=True)
class Diagram:
    """The diagram of confidences and shares.

    Confidence goes to the right, share upwards; `line` is where every confidence is kept.
    """

    points: list[DeadlineShare]
    line: tuple[float, float, float, float]
    ticks: list[Tick]
    across: list[tuple[float, float]]
    """(x, confidence) below the diagram."""


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top, 1)


def _nice(top: int) -> int:
    """Return the next round number at or above `top`. So the grid has round lines."""
    steps = (4, 8, 12, 20, 40, 60, 80, 100, 120, 160, 200, 400, 600, 800, 1000, 2000, 4000, 8000)
    return next((step for step in steps if step >= top), -(-top // 4000) * 4000)


def day_bars(days: Sequence[DayFigures]) -> Bars:
    top = _nice(max((d.received for d in days), default=0))
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(days))
    bars = []
    for n, day in enumerate(days):
        stack = []
        below = 0
        for part in (day.automatic, day.manual, day.aside):
            y = _y(below + part, top)
            stack.append((y, round(_y(below, top) - y, 1)))
            below += part
        bars.append(Bar(round(LEFT + n * slot + slot * 0.15, 1), round(slot * 0.7, 1), day.day, *stack))
    return Bars(bars, [Tick(_y(top * q / 4, top), top * q / 4) for q in range(5)])


def week_columns(counts: Sequence[int]) -> Columns:
    top = _nice(max(counts, default=0))
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(counts))
    columns = [
        (round(LEFT + (n + 0.15) * slot, 1), _y(count, top), round(HEIGHT - BOTTOM - _y(count, top), 1))
        for n, count in enumerate(counts)
    ]
    return Columns(columns, round(slot * 0.7, 1), [Tick(_y(top * q / 4, top), top * q / 4) for q in range(5)])


def pace_columns(found: DecisionTimes) -> list[tuple[tuple[float, float, float], int]]:
    """Return a column for each bin of seconds. Each is as wide as the others, and comes with the end of its bin."""
    return list(zip(week_columns(found.bins()).columns, EDGES, strict=True))


def marks(milestones: Sequence[ModelMilestone], weeks: int) -> list[Mark]:
    """Return the milestones' places on a chart of weeks."""
    slot = (WIDTH - LEFT - RIGHT) / max(1, weeks)
    return [Mark(round(LEFT + (m.week + 0.5) * slot, 1), n, m.text, m.day) for n, m in enumerate(milestones, 1)]


def accuracy_trend(weeks: Sequence[Week]) -> Trend:
    """Draw the accuracy by week. Weeks without a judged suggestion are left out of the line."""
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(weeks))
    points, upper, lower = [], [], []
    for n, week in enumerate(weeks):
        if week.share.value is None or week.share.interval is None:
            continue
        x = round(LEFT + (n + 0.5) * slot, 1)
        points.append(Point(x, _y(week.share.value, 1), week.last))
        low, high = week.share.interval
        upper.append(f"{x},{_y(high, 1)}")
        lower.append(f"{x},{_y(low, 1)}")
    line = " ".join(f"{p.x},{p.y}" for p in points)
    return Trend(points, line, " ".join([*upper, *reversed(lower)]), [Tick(_y(q / 4, 1), q / 4) for q in range(5)])


def _x(value: float) -> float:
    """Return the x of a share from 0 to 1."""
    return round(LEFT + (WIDTH - LEFT - RIGHT) * value, 1)


def reliability(found: Reliability) -> Diagram:
    """Draw the reliability diagram.

    A dot's area goes with its bin's n, so that a far-off dot of three mails does not frighten anybody.
    """
    most = max((b.n for b in found.bins), default=1)
    points = [
        DeadlineShare(_x(b.confidence), _y(b.share, 1), _y(b.interval[0], 1), _y(b.interval[1], 1), _radius(b.n / most))
        for b in found.bins
    ]
    quarters = [q / 4 for q in range(5)]
    line = (_x(0), _y(0, 1), _x(1), _y(1, 1))
    return Diagram(points, line, [Tick(_y(q, 1), q) for q in quarters], [(_x(q), q) for q in quarters])


def _radius(part: float) -> float:
    return round(3 + 7 * part**0.5, 1)


def spark(shares: Sequence[Share]) -> list[tuple[float, float]]:
    """Return the points of a small line chart. No larger than a word; shares without evidence are left out."""
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / max(1, len(shares) - 1)
    tall = SPARK_HEIGHT - 2 * SPARK_EDGE
    values = [(n, share.value) for n, share in enumerate(shares)]
    return [
        (round(SPARK_EDGE + n * step, 1), round(SPARK_EDGE + tall * (1 - value), 1))
        for n, value in values
        if value is not None
    ]


def stages(tops: Sequence[int]) -> list[str]:
    """Return the names of a learning curve's stages. "1-10", "11-25", …, "201-"."""
    starts = [1, *(top + 1 for top in tops)]
    return [f"{start}–{end}" for start, end in zip(starts, [*map(str, tops), ""], strict=True)]
