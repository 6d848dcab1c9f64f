"""Describe a document of figures once; the page, the PDF and the spreadsheet are written from it and cannot differ.

Values stay numbers until they are written. How a value is written for people stands here as well, so that the page and the PDF
say it alike; the spreadsheet takes the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from flask_babel import format_date, format_decimal, get_locale
from flask_babel import gettext as _

from app.domain.figures import Share, lacking
from app.queries.reports.counted import Counted
from app.web.platform.filters import percent
from app.web.reports.benefit_texts import kroner
from app.web.reports.charts import Chart, Table
from app.web.reports.punctuality import duration

NONE = "–"


class Unit(StrEnum):
    """What a number counts."""

    COUNT = "count"
    DAYS = "days"
    MINUTES = "minutes"
    HOURS = "hours"
    POSITIONS = "positions"
    KRONER = "kroner"
    NUMBER = "number"
    """Something entered by people, in a unit that stands beside it."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure's value in one period.

    Attributes:
        value: None where it is not known.
        of: among how many; then `share`, `low` and `high` are shares.
        share: None where too little is behind it for a percentage (decision 0036).
        low, high: the ends of the 95 % interval: of the share, or of the value where there is no share.
    """

    value: float | int | None
    unit: Unit = Unit.COUNT
    of: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None


Cell = str | Amount | date | None


@dataclass(frozen=True, slots=True)
class Line:
    """A figure: its name, definition and denominator in words, and its value in the document's periods.

    Attributes:
        others: its value in each period that the document compares with, in the order of its columns; None where it has none.
        of: what a share of it is of, in words; "" where it has none.
        today: it stands as of today, whatever the period.
        changed: it differs from the period it is compared with by more than chance.
        behind: the address of the list of the mails behind it; "" where there is none.
    """

    key: str
    name: str
    definition: str
    of: str
    now: Amount
    others: Sequence[Amount | None] = ()
    today: bool = False
    changed: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of typed cells. The first cell of a row names it."""

    key: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def table(self) -> Table:
        """Return it as a chart's table."""
        return Table(self.head, [[written(cell) for cell in row] for row in self.rows])


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with the numbers it was drawn from."""

    chart: Chart
    grid: Grid


def picture(chart: Chart, grid: Grid) -> Picture:
    """Return a chart whose table is the grid's."""
    return Picture(replace(chart, table=grid.table()), grid)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document under its own heading."""

    key: str
    title: str
    text: Sequence[str] = ()
    lines: Sequence[Line] = ()
    pictures: Sequence[Picture] = ()
    grids: Sequence[Grid] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document: who made it of which data, and its sections.

    Attributes:
        facts: (name, value) of what the first page tells about it.
        summary: sentences on what changed.
        columns: what the columns of a section's figures are called: the period, and each that it is compared with.
    """

    title: str
    house: str
    period: str
    scope: str
    author: str
    made_at: datetime
    language: str
    facts: Sequence[tuple[str, str]]
    summary: Sequence[str]
    columns: Sequence[str]
    sections: Sequence[Section]
    notes: Sequence[str] = ()


def counted(found: Counted, max_error: float, unit: Unit = Unit.COUNT) -> Amount:
    """Return a counted figure as a value."""
    return Amount(found.count, unit) if found.of is None else share(found.share, max_error)


def share(found: Share, max_error: float) -> Amount:
    """Return a share as a value; without a percentage where too little is behind it."""
    if lacking(found.n, max_error) or found.interval is None:
        return Amount(found.right, of=found.n)
    low, high = found.interval
    return Amount(found.right, Unit.COUNT, found.n, found.value, max(0.0, low), min(1.0, high))


def written(cell: Cell) -> str:
    """Write a cell as people read it."""
    if cell is None:
        return NONE
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return str(format_date(cell, "d. MMM y" if str(get_locale()) == "da" else "d MMM y"))
    if cell.of is not None:
        return percent(cell.share, 1) if cell.share is not None else value(cell)
    ends = interval(cell)
    return f"{value(cell)} ({ends})" if ends else value(cell)


def value(amount: Amount | None) -> str:
    """Write a value, with what it is among."""
    if amount is None or amount.value is None:
        return NONE
    if amount.of == 0:
        return NONE
    if amount.of is not None:
        return _("%(right)s af %(n)s", right=format_decimal(amount.value), n=format_decimal(amount.of))
    return _number(amount.value, amount.unit)


def exact(amount: Amount) -> str:
    """Write a share as a percentage with its interval, or a value's interval; "" where it has neither."""
    ends = interval(amount)
    if amount.share is not None:
        return f"{percent(amount.share, 1)} ({ends})" if ends else percent(amount.share, 1)
    return f"({ends})" if ends else ""


def other(amount: Amount | None) -> str:
    """Write the value of another period: the percentage where there is one."""
    if amount is None:
        return NONE
    return percent(amount.share, 1) if amount.share is not None else value(amount)


def cells(line: Line) -> tuple[str, ...]:
    """Return a figure's columns: its value, its share with the interval, and its value in the other periods."""
    if line.today:
        return (_("%(value)s i dag", value=value(line.now)), exact(line.now), *("" for _each in line.others))
    return (value(line.now), exact(line.now), *(other(each) for each in line.others))


def interval(amount: Amount) -> str:
    """Write a 95 % interval; "" where there is none."""
    if amount.low is None or amount.high is None:
        return ""
    if amount.of is not None:
        return f"{percent(amount.low, 1)}–{percent(amount.high, 1)}"
    return _("%(low)s til %(high)s", low=_number(amount.low, amount.unit), high=_number(amount.high, amount.unit))


def _number(number: float, unit: Unit) -> str:
    match unit:
        case Unit.KRONER:
            return kroner(round(number))
        case Unit.HOURS:
            return str(format_decimal(number, "#,##0.0"))
        case Unit.POSITIONS:
            return str(format_decimal(number, "0.00"))
        case Unit.MINUTES:
            return duration(round(number))
        case Unit.NUMBER:
            return str(format_decimal(number, "#,##0.##"))
        case _:
            return str(format_decimal(number))
