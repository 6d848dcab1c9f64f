"""Gather what the follow-up says of the benefit: the saving with its interval, and beside it every assumption it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from app.domain import benefit as domain
from app.domain.benefit import Assumptions, Key, Saving, Work
from app.domain.period import Period
from app.queries.reports import benefit as measured
from app.queries.reports.benefit import Version
from app.web.reports import charts, document, selection
from app.web.reports.benefit import Money
from app.web.reports.benefit_texts import TEXTS, kroner, thousands
from app.web.reports.charts import Words
from app.web.reports.document import Amount, Cell, Grid, Line, Picture, Section, Unit
from app.web.reports.follow_up_charts import NO_TABLE
from app.web.reports.follow_up_gathering import Gathered


@dataclass(frozen=True)
class _Reckoned:
    """The benefit of one period, by its parts."""

    money: Money | None
    parts: Sequence[Money]
    whole: Work
    work: Work


def section(g: Gathered, version: Version | None) -> Section:
    """Return the section of the benefit; of a house without assumptions, what is missing."""
    title = _("Gevinst")
    given = version.given if version else Assumptions()
    if version is None or given.missing:
        names = "; ".join(str(TEXTS[key].name) for key in given.missing)
        text = _("Gevinsten kan ikke regnes ud, før forudsætningerne er skrevet. Der mangler: %(names)s.", names=names)
        return Section("benefit", title, [text], [g.line("sorted")])
    found = [_reckoned(g, period, given) for period in g.periods]
    if found[0].money is None:
        text = _("Der er truffet valg om mails fra perioden, men ingen tider er målt, så gevinsten kan ikke regnes ud.")
        return Section("benefit", title, [text], [g.line("sorted")], grids=[_assumptions(version)])
    text = [
        _(
            "Usikkerheden kommer af de målte tider. Forudsætningerne er regnet som sikre; de står nedenfor med kilde "
            "og dato "
            "(version %(n)s).",
            n=version.row.id,
        )
    ]
    if g.chosen.scope:
        text.append(_("Driftsudgifter er ikke delt ud på områder. Tiden pr. valg er hele husets."))
    return Section("benefit", title, text, _lines(g, found, given), [_each(g, found[0])], [_assumptions(version)])


def _reckoned(g: Gathered, period: Period, given: Assumptions) -> _Reckoned:
    parts = period.parts()
    found = measured.work(g.session, parts, g.chosen.scope)
    whole = measured.work(g.session, parts).all if g.chosen.scope else found.all
    saving = domain.saving(found.all, whole, given) if found.all.mails else None
    if saving is None:
        return _Reckoned(None, (), whole, found.all)
    each = [
        Money(domain.saving(work, whole, given) or Saving(0, 0, 0), part.days, given)
        for work, part in zip(found.by_part, parts, strict=True)
    ]
    return _Reckoned(Money(saving, period.days, given), each, whole, found.all)


def _lines(g: Gathered, found: Sequence[_Reckoned], given: Assumptions) -> list[Line]:
    lines = [
        g.line("sorted"),
        _line(
            "saved_hours",
            _("Timer sparet"),
            _("Tid før Sluse efter forudsætningerne, minus den målte tid."),
            [_amount(each.money.hours, Unit.HOURS) if each.money else None for each in found],
        ),
        _line(
            "saved_positions",
            _("Årsværk, omregnet til et år"),
            _("De sparede timer, hvis hele året var som perioden."),
            [_amount(each.money.positions, Unit.POSITIONS) if each.money else None for each in found],
        ),
        _line(
            "saved_kroner",
            _("Sparet arbejde"),
            _("De sparede timer i kroner, efter udgiften pr. årsværk."),
            [_amount(each.money.kroner, Unit.KRONER) if each.money else None for each in found],
        ),
    ]
    if g.chosen.scope:
        return lines
    running = [given.running_of(period.days) for period in g.periods]
    net = [each.money.kroner[0] - cost if each.money else None for each, cost in zip(found, running, strict=True)]
    return [
        *lines,
        _line(
            "running",
            _("Driftsudgifter"),
            _("De årlige driftsudgifter for periodens dage."),
            [Amount(cost, Unit.KRONER) for cost in running],
        ),
        _line(
            "net",
            _("Sparet efter driftsudgifter"),
            _("Sparet arbejde minus driftsudgifter."),
            [Amount(each, Unit.KRONER) for each in net],
        ),
        _line(
            "year",
            _("Sparet arbejde på et år"),
            _("Hvis hele året bliver som de viste dage, uger eller måneder."),
            [_year(each, given) for each in found],
        ),
    ]


def _line(key: str, name: str, definition: str, amounts: Sequence[Amount | None]) -> Line:
    now, *others = amounts
    return Line(key, name, definition, "", now or Amount(None), others)


def _amount(triple: tuple[float, float, float], unit: Unit) -> Amount:
    value, low, high = triple
    return Amount(value, unit, low=low, high=high)


def _year(found: _Reckoned, given: Assumptions) -> Amount | None:
    if found.money is None:
        return None
    year = domain.yearly([(each.days, each.kroner[0]) for each in found.parts], given.kroner(found.money.saving.error))
    return Amount(year.kroner, Unit.KRONER, low=year.low, high=year.high) if year else None


def _each(g: Gathered, found: _Reckoned) -> Picture:
    labels = [selection.short(part) for part in g.parts]
    best = max(range(len(labels)), key=lambda n: found.parts[n].kroner[0])
    summary = _("Mest: %(amount)s (%(when)s).", when=labels[best], amount=kroner(found.parts[best].kroner[0]))
    rows: list[list[Cell]] = [
        [label, _amount(each.kroner, Unit.KRONER)] for label, each in zip(labels, found.parts, strict=True)
    ]
    grid = Grid("saved", _("Sparet tid i kroner"), [_("Periode"), _("Sparet")], rows)
    unit = _("1.000 kr. %(step)s, med %(n)s %%-interval", n=95, step=selection.step(g.parts))
    words = Words(grid.title, unit, g.name, summary, NO_TABLE, labels)
    return document.picture(charts.balance(words, [each.band for each in found.parts], thousands), grid)


def _assumptions(version: Version) -> Grid:
    """Return the assumptions as they were entered, each with its source and day."""
    given = version.given
    rows: list[list[Cell]] = [
        [str(TEXTS[key].name), Amount(float(each.value), Unit.NUMBER), str(TEXTS[key].unit), each.source, each.on]
        for key in Key
        if (each := given.values.get(key)) is not None
    ]
    rows += [[line.name, Amount(line.kroner, Unit.NUMBER), _("kr. pr. år, drift"), "", None] for line in given.running]
    rows += [
        [line.name, Amount(line.kroner, Unit.NUMBER), _("kr. i alt, investering"), "", None]
        for line in given.investments
    ]
    rows.append([_("Effekten regnes fra"), given.effect_from, "", "", None])
    head = [_("Forudsætning"), _("Værdi"), _("Enhed"), _("Kilde"), _("Pr.")]
    return Grid("assumptions", _("Forudsætninger, version %(n)s", n=version.row.id), head, rows)
