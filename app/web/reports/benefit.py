"""The benefit: what was saved in time, positions and kroner, how sure that is, and how it stands against the plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain import benefit as domain
from app.domain.access import SEES_ALL, Role
from app.domain.benefit import YEAR, Assumptions, Saving, Source, Work, Yearly
from app.domain.business_case import FOUNDING, CaseYear
from app.domain.decision_times import DecisionKind
from app.domain.period import MOST_DAYS, Period
from app.errors import NotFoundError
from app.queries.reports import benefit as measured
from app.queries.reports.benefit import WorkOf
from app.web.platform.access import blueprint, container, me
from app.web.reports import charts, selection
from app.web.reports.benefit_plan import Against, Measured, against
from app.web.reports.benefit_texts import TEXTS, kroner, thousands, value
from app.web.reports.charts import Band, Chart, Table, Words
from app.web.reports.frame import frame
from app.web.reports.selection import Selection

bp = blueprint("benefit", __name__, SEES_ALL, url_prefix="/tal/gevinst")
EDITORS = (Role.MANAGER, Role.ADMINISTRATOR)
PLAN, NO_PLAN = "grundlag", "ingen"
CASE_YEARS = 8


@dataclass(frozen=True, slots=True)
class Money:
    """What was saved, with its 95 % interval: as seconds, positions in a year of such days, and kroner."""

    saving: Saving
    days: int
    given: Assumptions

    @property
    def hours(self) -> tuple[float, float, float]:
        return self._each(lambda seconds: seconds / 3600)

    @property
    def positions(self) -> tuple[float, float, float]:
        return self._each(lambda seconds: self.given.positions(seconds) * YEAR / self.days)

    @property
    def kroner(self) -> tuple[int, int, int]:
        return self._each(self.given.kroner)

    @property
    def band(self) -> Band:
        return Band(*self.kroner)

    def _each(self, of: Any) -> Any:
        return of(self.saving.seconds), of(self.saving.low), of(self.saving.high)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the benefit of a period; without assumptions what to enter, and why."""
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        framed, version = frame(db, now), measured.newest(db)
        given = version.given if version else Assumptions()
        since = _since_effect(given, framed["selection"].today)
        if since:
            framed["usual_periods"].append((_("siden effekten begyndte"), since))
        shows_plan = request.args.get("plan", PLAN if given.plan else NO_PLAN) == PLAN
        return render_template(
            "benefit/index.html",
            **framed,
            version=version,
            given=given,
            texts=TEXTS,
            value=value,
            kroner=kroner,
            may_edit=me().role in EDITORS,
            plan=FOUNDING if shows_plan else None,
            case=FOUNDING.years(CASE_YEARS),
            case_chart=_case_chart(FOUNDING.years(CASE_YEARS)),
            payback=FOUNDING.payback(),
            since=since,
            **({} if given.missing else _reckoned(db, framed["selection"], framed["scopes"], given, plan=shows_plan)),
        )


@bp.get("/forudsaetninger")
def assumptions() -> ResponseReturnValue:
    """Show the assumptions that hold, or an earlier version of them, and all versions."""
    number = request.args.get("version", type=int)
    with database.read(container().engine) as db:
        versions = measured.versions(db)
        shown = next((each for each in versions if number in (None, each.row.id)), None)
        if number is not None and shown is None:
            raise NotFoundError
        return render_template(
            "benefit/assumptions.html",
            versions=versions,
            shown=shown,
            given=shown.given if shown else Assumptions(),
            texts=TEXTS,
            value=value,
            kroner=kroner,
            may_edit=me().role in EDITORS,
        )


def _since_effect(given: Assumptions, today: date) -> Period | None:
    """Return the days from the effect's first until yesterday; None before there is one."""
    if given.effect_from is None or given.effect_from >= today:
        return None
    found = Period(given.effect_from, today - timedelta(days=1))
    return found if found.days <= MOST_DAYS else None


def _reckoned(db: Session, chosen: Selection, scopes: Any, given: Assumptions, *, plan: bool) -> dict[str, Any]:
    """Return all that the page says of the days shown; nothing where no decision's time is known."""
    parts, days = chosen.shown.parts(), chosen.shown.days
    found = measured.work(db, parts, chosen.scope)
    whole = measured.work(db, parts).all if chosen.scope else found.all
    saving = domain.saving(found.all, whole, given)
    if saving is None:
        return {"unmeasured": True}
    total = Money(saving, days, given)
    months = [_money(each, whole, part.days, given) for each, part in zip(found.by_part, parts, strict=True)]
    year = domain.yearly([(each.days, each.kroner[0]) for each in months], given.kroner(saving.error))
    running = given.running_of(days)
    net_year = year.kroner - given.running_yearly if year else 0
    pays_back = domain.payback_years(given.invested, net_year) if given.invested and not chosen.scope else None
    beside = None
    if plan and year and not chosen.scope:
        beside = _against(Money(saving, days, given), year, pays_back, whole, chosen.shown)
    return {
        "total": total,
        "before": _before(db, chosen, given),
        "sensitive": domain.sensitivity(found.all, whole, given),
        "work": found.all,
        "running": running,
        "net": total.kroner[0] - running,
        "year": year,
        "against": beside,
        "sources": domain.sources(saving, found.all, given),
        "Source": Source,
        "net_year": net_year,
        "pays_back": pays_back,
        "pays_back_range": _range(year, given) if year else None,
        "each_chart": _each_chart(months, parts, chosen.shown),
        "sum_chart": _sum_chart(found.by_part, whole, parts, chosen, given),
        "kinds": _kinds(found.all, whole),
        "areas": _areas(found, whole, scopes, chosen, given),
        "per_mail": _per_mail(saving, found.all),
    }


def _before(db: Session, chosen: Selection, given: Assumptions) -> int | None:
    """Return the kroner that the period it is compared with saved; None where that had no mails, or no times."""
    found = measured.work(db, [chosen.compared], chosen.scope).all
    whole = measured.work(db, [chosen.compared]).all if chosen.scope else found
    saving = domain.saving(found, whole, given) if found.mails else None
    return given.kroner(saving.seconds) if saving is not None else None


def _money(work: Work, whole: Work, days: int, given: Assumptions) -> Money:
    """Return the saving of a part. `whole` has times, or `_reckoned` had ended before."""
    return Money(domain.saving(work, whole, given) or Saving(0, 0, 0), days, given)


def _range(year: Yearly, given: Assumptions) -> tuple[float | None, float | None]:
    """Return the payback at the upper and the lower end of the year's interval."""
    slow, fast = (domain.payback_years(given.invested, end - given.running_yearly) for end in (year.low, year.high))
    return fast, slow


def _against(total: Money, year: Yearly, pays_back: float | None, whole: Work, shown: Period) -> Against | None:
    """Hold a year against the plan's; None where no effect was to be expected yet."""
    number = total.given.year_of_effect(shown.last)
    if not number:
        return None
    known = sum(whole.of(kind).measured for kind in DecisionKind)
    before = total.given.positions(total.saving.before) * YEAR / total.days
    measured = Measured(year, total.positions[0], before, pays_back, known)
    return against(FOUNDING, number, measured, total.given)


def _per_mail(saving: Saving, work: Work) -> tuple[float, float] | None:
    """Return the minutes before and after, of a mail."""
    return (saving.before / 60 / work.mails, saving.after / 60 / work.mails) if work.mails else None


def _kinds(work: Work, whole: Work) -> list[tuple[DecisionKind, int, Any, float]]:
    """Return (kind, decisions, times of all such, hours they took) of each kind that occurred."""
    found = []
    for kind in DecisionKind:
        if work.of(kind).n:
            seconds = domain.decision_seconds(Work(decided={kind: work.of(kind)}), whole)
            found.append((kind, work.of(kind).n, whole.of(kind), (seconds[0] if seconds else 0.0) / 3600))
    return found


def _areas(
    found: WorkOf, whole: Work, scopes: Any, chosen: Selection, given: Assumptions
) -> list[tuple[str, str, Work, Money]]:
    """Return (name, address of the page for it, its work, what it saved) of each area, by name, and last what is in none."""
    names = {each.id: each.name for each in scopes.areas}
    days = chosen.shown.days
    rows = [
        (names[key], chosen.link("benefit.index", omraade=key), work, _money(work, whole, days, given))
        for key, work in found.by_area.items()
        if key in names
    ]
    rest = [
        (_("uden enhed"), "", work, _money(work, whole, days, given))
        for key, work in found.by_area.items()
        if key not in names and (work.mails or any(work.of(kind).n for kind in DecisionKind))
    ]
    return sorted(rows, key=lambda row: row[0]) + rest


def _each_chart(months: Sequence[Money], parts: Sequence[Period], shown: Period) -> Chart:
    """Draw what each part of the period saved."""
    labels = [selection.short(part) for part in parts]
    best = max(range(len(parts)), key=lambda n: months[n].kroner[0])
    summary = _("Mest: %(amount)s (%(when)s).", when=labels[best], amount=kroner(months[best].kroner[0]))
    unit = _("1.000 kr. %(step)s, med %(n)s %%-interval", n=95, step=selection.step(parts))
    return _kroner_chart(_("Sparet tid i kroner"), unit, summary, labels, [each.band for each in months], shown)


def _sum_chart(
    works: Sequence[Work], whole: Work, parts: Sequence[Period], chosen: Selection, given: Assumptions
) -> Chart:
    """Draw what was saved from the period's first day on; of the whole house less the running costs."""
    bands, work, days = [], Work(), 0
    for each, part in zip(works, parts, strict=True):
        work, days = work + each, days + part.days
        less = 0 if chosen.scope else given.running_of(days)
        bands.append(Band(*(kr - less for kr in _money(work, whole, days, given).kroner)))
    summary = _("%(amount)s ved periodens slutning.", amount=kroner(round(bands[-1].value)))
    title = _("Sparet i alt") if chosen.scope else _("Sparet i alt efter driftsudgifter")
    labels = [selection.short(part) for part in parts]
    return _kroner_chart(title, _("1.000 kr., med %(n)s %%-interval", n=95), summary, labels, bands, chosen.shown)


def _kroner_chart(
    title: str, unit: str, summary: str, labels: Sequence[str], bands: Sequence[Band], shown: Period
) -> Chart:
    rows = [
        [label, kroner(round(b.value)), f"{kroner(round(b.low))} – {kroner(round(b.high))}"]
        for label, b in zip(labels, bands, strict=True)
    ]
    table = Table([_("Periode"), _("Sparet"), _("%(n)s %%-interval", n=95)], rows)
    return charts.balance(Words(title, unit, selection.name(shown), summary, table, labels), bands, thousands)


def _case_chart(years: Sequence[CaseYear]) -> Chart:
    """Draw the plan's accumulated result: above nought what is not earned back yet."""
    rows = [[str(each.number), format_decimal(each.accumulated)] for each in years]
    words = Words(
        _("Akkumuleret i planen"),
        _("1.000 kr. ved årets slutning; under 0 er pengene tjent hjem"),
        _("år 1 til %(n)s", n=len(years)),
        _("Investeringen er tjent hjem i år %(year)s.", year=FOUNDING.payback()),
        Table([_("År"), _("Akkumuleret, kr.")], rows),
        [_("år %(n)s", n=each.number) for each in years],
    )
    bands = [Band(each.accumulated, each.accumulated, each.accumulated) for each in years]
    return charts.balance(words, bands, thousands, ("manual", "auto"))
