"""What other programs may ask of figures and are told: the types that requests are read by and answers described with."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Group
from app.queries.reports.figure_rows import STEPS

DAY = r"2\d{3}-\d{2}-\d{2}".replace(r"\d", "[0-9]")
PERIOD = rf"^(2[0-9]{{3}}|2[0-9]{{3}}-(K[1-4]|U(0[1-9]|[1-4][0-9]|5[0-3])|0[1-9]|1[0-2])|{DAY}\.\.{DAY})$"
LARGEST = 2**31 - 1


def _number(value: object) -> object:
    """Read a number as it stands in an address: digits alone."""
    if isinstance(value, str) and re.fullmatch("[1-9][0-9]{0,9}", value):
        return int(value)
    raise ValueError("digits only")


def _listed(value: object) -> object:
    """Read keys of figures with commas between them, each once."""
    keys = value.split(",") if isinstance(value, str) else []
    if not keys or len(set(keys)) < len(keys) or not set(keys) <= set(BY_KEY):
        raise ValueError("keys of the catalogue, each once")
    return keys


Key = Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(_number)]
FigureKey = Annotated[str, Field(json_schema_extra={"enum": list(BY_KEY)})]


class FiguresQuery(BaseModel):
    """The parameters of a request for figures. What is none of them is refused, so that no typing error is overlooked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: Annotated[
        str,
        Field(
            pattern=PERIOD,
            description=(
                "A year, quarter, month, week or any days: 2026, 2026-K4, 2026-11, 2026-U48, 2026-10-05..2026-11-12. Without "
                "one, the month of yesterday. Of a period that has not ended, the days until today."
            ),
            examples=["2026-K4"],
        ),
    ] = ""
    area: Annotated[Key | None, Field(description="Only this service area, by its id in /api/v1/groups.")] = None
    centre: Annotated[Key | None, Field(description="Only this centre, by its id.")] = None
    unit: Annotated[Key | None, Field(description="Only this unit, by its id.")] = None
    mailbox: Annotated[
        str,
        Field(min_length=1, max_length=320, description="Only mails to this shared mailbox, by its address."),
    ] = ""
    by: Annotated[
        Group | None,
        Field(
            description="A row for each area, centre, unit or mailbox that has a mail in the period, beside one for what has none."
        ),
    ] = None
    figure: Annotated[
        list[FigureKey],
        Field(
            min_length=1,
            json_schema_extra={"uniqueItems": True},
            description="Only these figures, with commas between them.",
        ),
        BeforeValidator(_listed),
    ] = []


class SeriesQuery(FiguresQuery):
    """The parameters of a request for figures over time."""

    step: Annotated[
        Literal["day", "week", "month", "quarter", "year"],
        Field(
            description=(
                "What the period is divided into, at most 400 parts. Without it: days of a month, weeks of a quarter, "
                "months of what is longer."
            ),
        ),
    ] = ""  # type: ignore[assignment]


class NoQuery(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


assert set(STEPS) == {"day", "week", "month", "quarter", "year"}


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure of the catalogue in words."""

    key: Annotated[FigureKey, Field(description="The name that stays the same.")]
    name: Annotated[str, Field(description="Its name on the pages, in Danish.")]
    definition: Annotated[str, Field(description="What it counts, in Danish.")]
    share_of: Annotated[str | None, Field(description="What a share of it is of, in Danish; null where it has none.")]
    adds_up: Annotated[Literal["mails", "hops", "working days"], Field(description="What `count` is a number of.")]
    counted_on: Annotated[
        Literal["received", "answered", "judged", "today"],
        Field(
            description="The day on which a mail counts. What stands today is counted as of today, whatever the period."
        ),
    ]
    counts_for: Annotated[
        Literal["its unit", "its first unit", "the suggested unit"],
        Field(description="The unit that a mail counts for."),
    ]


NoShare = Literal["no denominator", "nothing counted", "too few"]


@dataclass(frozen=True, slots=True)
class Row:
    """A figure as it was counted, of a group where groups were asked for."""

    figure: FigureKey
    first: Annotated[date, Field(description="The first day that is counted.")]
    last: Annotated[date, Field(description="The last day that is counted.")]
    group_id: Annotated[str | None, Field(description="Null where no groups were asked for, and for what is in none.")]
    group_name: str | None
    count: Annotated[int, Field(ge=0)]
    of: Annotated[int | None, Field(ge=0, description="The denominator; null where a share says nothing.")]
    share: Annotated[float | None, Field(ge=0, le=1, description="count / of, where enough is behind it; else null.")]
    low: Annotated[float | None, Field(ge=0, le=1, description="The lower end of the share's 95 % interval (Wilson).")]
    high: Annotated[float | None, Field(ge=0, le=1, description="The upper end.")]
    no_share: Annotated[NoShare | None, Field(description="Why there is no share; null where there is one.")]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All figures that there are."""

    figures: list[Definition]


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """A part of the house that figures can be narrowed to."""

    kind: Group
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class GroupsAnswer:
    """All parts of the house."""

    groups: list[GroupAnswer]


@dataclass(frozen=True, slots=True)
class FiguresAnswer:
    """Figures with what they mean."""

    made_at: datetime
    first: Annotated[date, Field(description="The first day of the period.")]
    last: Annotated[date, Field(description="The last day that has come.")]
    by: Group | None
    enough: Annotated[int, Field(description="So many must be behind a share (`of`) for it to be told.")]
    figures: list[Definition]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    code: Annotated[str, Field(description="What programs may rely on.")]
    detail: Annotated[str, Field(description="A sentence for people, in Danish.")]


COLUMNS = (
    "figure",
    "name",
    "first",
    "last",
    "group_kind",
    "group_id",
    "group_name",
    "count",
    "of",
    "share",
    "low",
    "high",
    "no_share",
    "share_of",
    "definition",
)
"""Of the CSV answers."""
