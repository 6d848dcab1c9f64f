"""Plots as plain SVG: lines over a grid, readable on a light and on a dark page, with the numbers in the tables beside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 190, 30, 44
COLOURS = ("#0b6e6e", "#c2410c", "#6d28d9", "#4d7c0f", "#0369a1", "#a16207", "#be185d", "#475569")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "", "6 3", "2 3", "8 3 2 3")
"""Lines differ in dash as well as in colour."""


@dataclass(frozen=True, slots=True)
class Line:
    """One named line of (x, y); `dots` marks each point, `heavy` makes it stand out."""

    name: str
    points: Sequence[tuple[float, float]]
    heavy: bool = False
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with a grid line at each tick."""

    title: str
    low: float
    high: float
    ticks: Sequence[float]
    log: bool = False

    def place(self, value: float) -> float:
        """0 at `low`, 1 at `high`; what lies outside is drawn at the edge."""
        if self.log:
            low, high, value = math.log(self.low), math.log(self.high), math.log(max(value, self.low))
        else:
            low, high = self.low, self.high
        return min(1.0, max(0.0, (value - low) / ((high - low) or 1.0)))


def axis(title: str, values: Sequence[float], *, zero: bool = True) -> Axis:
    """A linear axis with four to eight round ticks that holds all values."""
    low, high = (0.0 if zero else min(values, default=0.0)), max(values, default=1.0)
    raw = ((high - low) or 1.0) / 5
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw)
    first = math.floor(low / step)
    ticks = [round(step * n, 10) for n in range(first, math.ceil(high / step - 1e-9) + 1)]
    return Axis(title, ticks[0], ticks[-1] if len(ticks) > 1 else ticks[0] + step, ticks)


def lines(title: str, across: Axis, up: Axis, drawn: Sequence[Line]) -> str:
    """A line chart as one SVG document."""
    parts = [_head(title), *_grid(across, up)]
    for n, line in enumerate(drawn):
        parts += _line(line, across, up, COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)])
        parts += _legend(line, n)
    return "\n".join([*parts, "</svg>", ""])


def _x(across: Axis, value: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * across.place(value), 1)


def _y(up: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * up.place(value), 1)


def _head(title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif"'
        f' font-size="12">\n<title>{escape(title)}</title>\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold" fill="#111">{escape(title)}</text>'
    )


def _grid(across: Axis, up: Axis) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    found = []
    for tick in up.ticks:
        y = _y(up, tick)
        found.append(f'<line x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}" stroke="#e2e2e2"/>')
        found.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end" fill="#444">{tick:g}</text>')
    for tick in across.ticks:
        x = _x(across, tick)
        found.append(f'<line x1="{x}" y1="{bottom}" x2="{x}" y2="{bottom + 4}" stroke="#444"/>')
        found.append(f'<text x="{x}" y="{bottom + 17}" text-anchor="middle" fill="#444">{tick:g}</text>')
    middle = (LEFT + right) / 2
    found.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle" fill="#111">{escape(across.title)}</text>')
    turned = f'transform="rotate(-90 14 {(TOP + bottom) / 2})"'
    found.append(
        f'<text x="14" y="{(TOP + bottom) / 2}" text-anchor="middle" fill="#111" {turned}>{escape(up.title)}</text>'
    )
    return found


def _line(line: Line, across: Axis, up: Axis, colour: str, dash: str) -> list[str]:
    places = [(_x(across, x), _y(up, y)) for x, y in line.points]
    points = " ".join(f"{x},{y}" for x, y in places)
    dashed = f' stroke-dasharray="{dash}"' if dash and not line.heavy else ""
    width = 2.8 if line.heavy else 1.6
    found = [f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>']
    if line.dots:
        found += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places]
    return found


def _legend(line: Line, n: int) -> list[str]:
    x, y = WIDTH - RIGHT + 14, TOP + 8 + 18 * n
    colour, dash = COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash and not line.heavy else ""
    width = 2.8 if line.heavy else 1.6
    return [
        f'<line x1="{x}" y1="{y}" x2="{x + 22}" y2="{y}" stroke="{colour}" stroke-width="{width}"{dashed}/>',
        f'<text x="{x + 28}" y="{y + 4}" fill="#111">{escape(line.name)}</text>',
    ]
