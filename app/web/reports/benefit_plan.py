"""Hold a year like the days measured against the same year of effect of the plan, in all that the two have in common."""

from dataclasses import dataclass

from flask_babel import format_decimal
from flask_babel import gettext as _

from app.domain.benefit import Assumptions, Yearly
from app.domain.business_case import BusinessCase
from app.domain.figures import lacking
from app.web.reports.benefit_texts import chance, kroner, standing, standing_net


@dataclass(frozen=True, slots=True)
class Measured:
    """What a year like the days shown is: what it saves, in positions too, and the positions its mails took before.

    `pays_back`: years of effect; None where never. `decisions`: those whose time is known.
    """

    year: Yearly
    positions: float
    before: float
    pays_back: float | None
    decisions: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a year stands against an amount of the plan, and the chance of reaching it."""

    goal: int
    standing: str
    chance: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing the plan and the measured year both have; `interval` is the measured one's, or ""."""

    name: str
    plan: str
    measured: str
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Against:
    """A year beside a year of the plan. `lacking`: measured decisions before a chance is told."""

    year_of_effect: int
    gross: Verdict
    net: Verdict
    lacking: int
    rows: list[Row]
    differences: list[str]
    too_little: str


def against(case: BusinessCase, number: int, measured: Measured, given: Assumptions) -> Against:
    """Compare with the plan's year of effect of that number."""
    year, net = measured.year, measured.year.less(given.running_yearly)
    goal, net_goal = case.effect(number), case.net(number)
    return Against(
        number,
        Verdict(goal, standing(year, goal), chance(year.chance(goal))),
        Verdict(net_goal, standing_net(net, net_goal), chance(net.chance(net_goal))),
        lacking(measured.decisions),
        _rows(case, number, measured, given),
        _differences(case, given),
        _too_little(case, measured.before),
    )


def _rows(case: BusinessCase, number: int, measured: Measured, given: Assumptions) -> list[Row]:
    year, net = measured.year, measured.year.less(given.running_yearly)
    return [
        Row(_("Sparet arbejde"), kroner(case.effect(number)), kroner(year.kroner), _interval(year)),
        Row(_("Sparede årsværk"), str(case.positions(number)), format_decimal(measured.positions, "0.00")),
        Row(_("Driftsudgifter"), kroner(case.running_yearly), kroner(given.running_yearly)),
        Row(_("Sparet efter driftsudgifter"), kroner(case.net(number)), kroner(net.kroner), _interval(net)),
        Row(_("Investering i alt"), kroner(case.invested), kroner(given.invested)),
        Row(_("Tjent hjem, regnet fra effekten begynder"), _planned_payback(case), _payback(measured, given)),
    ]


def _interval(year: Yearly) -> str:
    return _("95 %%: %(low)s–%(high)s", low=kroner(year.low), high=kroner(year.high))


def _planned_payback(case: BusinessCase) -> str:
    return _("i %(n)s. år med effekt (planens år %(year)s)", n=case.payback_in_effect(), year=case.payback())


def _payback(measured: Measured, given: Assumptions) -> str:
    if not given.invested:
        return "–"
    if measured.pays_back is None:
        return _("aldrig")
    return _("efter %(n)s år", n=format_decimal(measured.pays_back, "0.0"))


def _differences(case: BusinessCase, given: Assumptions) -> list[str]:
    """Return a sentence for each amount that the plan and the assumptions disagree about."""
    found = []
    if case.running_yearly != given.running_yearly:
        text = _(
            "Planen regnede med drift på %(plan)s om året, forudsætningerne siger %(given)s om året.",
            plan=kroner(case.running_yearly),
            given=kroner(given.running_yearly),
        )
        found.append(text)
    if case.invested != given.invested:
        text = _(
            "Planen regnede med investeringer på %(plan)s i alt, forudsætningerne siger %(given)s i alt.",
            plan=kroner(case.invested),
            given=kroner(given.invested),
        )
        found.append(text)
    return found


def _too_little(case: BusinessCase, before: float) -> str:
    """Say where all the work with the mails is less than what the plan would save of it."""
    more = case.out_of_reach(before)
    if more is None:
        return ""
    return _(
        "Planen regnede med, at arbejdet optog %(in_use)s årsværk. Efter forudsætningerne ville et år med de viste mails "
        "have taget %(before)s årsværk før Sluse, så planens besparelse på %(more)s årsværk kan ikke nås med så få mails.",
        in_use=case.in_use,
        before=format_decimal(before, "0.0"),
        more=more,
    )
