"""The period and the part of the house that a page of figures shows, as they stand in its address.

?periode=2026-K4&mod=aar&omraade=2&center=3&enhed=17&postkasse=byen@town.example.org
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import format_date, get_locale
from flask_babel import gettext as _

from app.domain import period
from app.domain.period import Kind, Period, PeriodError
from app.queries.reports.scope import Scope

SCOPE = {"omraade": "area_id", "center": "centre_id", "enhed": "unit_id"}
FIELDS = ("periode", "mod", *SCOPE, "postkasse")
YEAR = "aar"
"""Compare with the same period a year before; else with the period before."""
USUAL = Kind.MONTH


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice of a page of figures: a period, what it is compared with, and a part of the house.

    `refused` is what was written as a period and is none: the usual one is shown instead, and the page says so.
    `named`: somebody chose the period. Else each page shows its own usual one.
    """

    period: Period
    against_year: bool
    scope: Scope
    today: date
    refused: str = ""
    named: bool = True

    @property
    def shown(self) -> Period:
        """Return the part of the period that has passed."""
        return self.period.so_far(self.today)

    @property
    def compared(self) -> Period:
        """Return as many days of the period it is compared with."""
        other = self.period.year_before() if self.against_year else self.period.before()
        return self.period.compared(other, self.today)

    @property
    def given(self) -> dict[str, Any]:
        """Return the fields of the address."""
        found: dict[str, Any] = {"periode": self.period.word, "mod": YEAR if self.against_year else None}
        found |= {field: getattr(self.scope, name) for field, name in SCOPE.items()}
        found["postkasse"] = self.scope.mailbox or None
        return {field: value for field, value in found.items() if value is not None}

    def link(self, endpoint: str, **changed: Any) -> str:
        """Return the address of a page of figures that shows the same but for what is changed."""
        fields = {name: value for name, value in (self.given | changed).items() if value is not None}
        return url_for(endpoint, **fields)

    def mails(self, figure: str, *, others: bool = False, **changed: Any) -> str:
        """Return the address of the list of the mails behind a figure."""
        given = self.given | {"periode": self.shown.word, "mod": None, "tal": f"-{figure}" if others else figure}
        return url_for("enquiries.index", **{k: v for k, v in (given | changed).items() if v is not None})


def read(args: Mapping[str, str], today: date, default: Period | None = None) -> Selection:
    """Read what an address asks for; the page's usual period, or the month of yesterday, where it names none."""
    word = args.get("periode", "").strip()[:40]
    default = default or usual(today)
    try:
        chosen, refused = (period.read(word) if word else default), ""
    except PeriodError:
        chosen, refused = default, word
    return Selection(chosen, args.get("mod") == YEAR, scope_of(args), today, refused, bool(word))


def usual(today: date) -> Period:
    """Return the period of a page that names none."""
    return period.around(today - timedelta(days=1), USUAL)


def scope_of(args: Mapping[str, str]) -> Scope:
    """Read the part of the house that an address names. What is no number narrows nothing."""
    numbers = {name: int(found) for field, name in SCOPE.items() if _is_key(found := args.get(field, ""))}
    return Scope(**numbers, mailbox=args.get("postkasse", "").strip()[:320])


def _is_key(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 10


def name(chosen: Period) -> str:
    """Return a period as people write it: november 2026, 3. kvartal 2026, uge 48, 2026."""
    first, danish = chosen.first, str(get_locale()) == "da"
    match chosen.kind:
        case Kind.YEAR:
            return str(first.year)
        case Kind.QUARTER:
            return _("%(number)s. kvartal %(year)s", number=period.quarter_of(first), year=first.year)
        case Kind.MONTH:
            return str(format_date(first, "MMMM y"))
        case Kind.WEEK:
            found = first.isocalendar()
            return _("uge %(number)s, %(year)s", number=found.week, year=found.year)
    pattern = "d. MMM y" if danish else "d MMM y"
    if chosen.days == 1:
        return str(format_date(first, pattern))
    return f"{format_date(first, pattern)} – {format_date(chosen.last, pattern)}"


def short(part: Period) -> str:
    """Return a step of a chart as its label: 4.11., uge 48, nov."""
    if part.kind is Kind.MONTH:
        return str(format_date(part.first, "MMM")).removesuffix(".")
    if part.kind is Kind.WEEK:
        return _("uge %(number)s", number=part.first.isocalendar().week)
    return f"{part.first.day}.{part.first.month}."


def spoken(part: Period) -> str:
    """Return a step of a chart as it stands in a sentence: 4. november, 1. juli – 5. juli, uge 48, november."""
    if part.kind is Kind.MONTH:
        return str(format_date(part.first, "MMMM"))
    if part.kind is Kind.WEEK:
        return short(part)
    pattern = "d. MMMM" if str(get_locale()) == "da" else "d MMMM"
    first, last = (str(format_date(day, pattern)) for day in (part.first, part.last))
    return first if part.days == 1 else f"{first} – {last}"


def step(parts: Sequence[Period]) -> str:
    """Return what the steps of a chart are: a day, a week, a month."""
    longest = max(part.days for part in parts)
    return _("pr. dag") if longest == 1 else _("pr. uge") if longest <= 7 else _("pr. måned")
