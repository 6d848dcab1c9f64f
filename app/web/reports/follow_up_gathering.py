"""Gather the figures of the quarterly follow-up, each in its periods.

All figures are those of the other pages, by the same queries. What they are compared with are the period before and the same
period a year ago, both as long as the part that has passed; neither where it lies before the first mail, and one where both are the
same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from app.domain.deadline_status import Today
from app.domain.period import Period
from app.queries.reports import counted
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted
from app.queries.reports.scope import ScopeChoices
from app.web.reports import document, figure_texts, selection
from app.web.reports.document import Amount, Line, Unit
from app.web.reports.selection import Selection

SORTING = ("received", "automatic", "automatic_by_rule", "manual", "undecided", "follow_ups", "direct", "aside")
STANDING = ("waiting", "with_units")
LAYERS = {
    "automatic": "auto",
    "manual": "manual",
    "undecided": "open",
    "follow_ups": "along",
    "direct": "along",
    "aside": "aside",
}
"""What mails became, and how a chart shows it."""
OF_ROBOT = ("automatic_misrouted", "automatic_returned")
OF_PEOPLE = ("manual_misrouted", "manual_returned")
DETOURS = ("misrouted", "many_hops", "returned", "hops", "days_lost", "days_given", "many_hops_days")
DEADLINES = (
    "feedback_met",
    "answer_met",
    "answered",
    "answered_late",
    "feedback_near",
    "feedback_overdue",
    "answer_near",
    "answer_overdue",
    "overdue",
)
JOURNALING = ("journaled_same_day", "journaled_in_1", "journaled_in_3", "journaled_later", "not_journaled")
OF_GROUPS = ("received", "automatic", "suggested_right", "misrouted", "days_lost", "answered_late", "overdue")
COUNTED = (
    *SORTING,
    "sorted",
    *STANDING,
    "suggested_right",
    *OF_ROBOT,
    *OF_PEOPLE,
    *DETOURS,
    *DEADLINES,
    *JOURNALING,
)
COURSE = (*LAYERS, "suggested_right", "misrouted", "days_lost", "feedback_met", "answer_met")
DAYS = ("days_lost", "days_given", "many_hops_days")
"""Figures that add up working days."""


@dataclass(frozen=True)
class Gathered:
    """What the sections are made of.

    Attributes:
        periods: the one shown, and those it is compared with.
        found: the figures of each of them.
        uncounted: the periods it would be compared with, had a mail come until then.
    """

    session: Session
    chosen: Selection
    today: Today
    scopes: ScopeChoices
    max_error: float
    periods: Sequence[Period]
    uncounted: Sequence[Period]
    found: Sequence[Mapping[str, Counted]]
    course: Sequence[Mapping[str, Counted]]
    changed: frozenset[str]

    @property
    def parts(self) -> tuple[Period, ...]:
        return self.periods[0].parts()

    @property
    def name(self) -> str:
        return selection.name(self.periods[0])

    def line(self, key: str) -> Line:
        """Return a figure of the catalogue."""
        text, today = figure_texts.TEXTS[key], BY_KEY[key].day is None
        unit = Unit.DAYS if key in DAYS else Unit.COUNT
        amounts = [document.counted(found[key], self.max_error, unit) if key in found else None for found in self.found]
        now, *others = amounts
        assert now is not None
        return Line(
            key,
            str(text.name),
            str(text.definition),
            str(text.of),
            now,
            others,
            today=today,
            changed=key in self.changed,
            behind=self.chosen.mails(key),
        )

    def lines(self, keys: Sequence[str]) -> list[Line]:
        return [self.line(key) for key in keys]

    def each(self, of: Callable[[Period], Amount | None]) -> list[Amount | None]:
        """Return a value of each period."""
        return [of(period) for period in self.periods]

    def only_today(self, value: int) -> list[Amount | None]:
        """Return what stands today, which has no value in the other periods."""
        return [Amount(value), *(None for _each in self.periods[1:])]


def gather(
    session: Session, chosen: Selection, scopes: ScopeChoices, today: Today, max_error: float, changed: frozenset[str]
) -> Gathered:
    """Count all figures of the catalogue that the document has. What stands today has no other period."""
    figures = [BY_KEY[key] for key in COUNTED]
    dated = [figure for figure in figures if figure.day is not None]
    compared, uncounted = _compared(session, chosen)
    found = counted.count(session, figures, chosen.shown, chosen.scope, today)
    others = [counted.count(session, dated, period, chosen.scope, today) for period in compared]
    course = counted.over_time(session, [BY_KEY[key] for key in COURSE], chosen.shown.parts(), chosen.scope, today)
    return Gathered(
        session,
        chosen,
        today,
        scopes,
        max_error,
        (chosen.shown, *compared),
        uncounted,
        (found, *others),
        course,
        changed,
    )


def _compared(session: Session, chosen: Selection) -> tuple[list[Period], list[Period]]:
    """Return what the period is compared with, and what it cannot be: the periods before the first mail.

    Of a year, the period before and that of a year ago are the same, and stand once.
    """
    wanted = dict.fromkeys(replace(chosen, against_year=year).compared for year in (False, True))
    began = counted.first_day(session)
    known = [period for period in wanted if began is not None and period.last >= began]
    return known, [period for period in wanted if period not in known]
