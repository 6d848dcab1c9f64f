"""The charts and sentences of the page of accuracy."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask_babel import format_date, format_decimal, get_locale, ngettext
from flask_babel import gettext as _

from app.domain.events.base import DomainEvent
from app.domain.events.learning import (
    BreakerRearmed,
    BreakerTripped,
    ErrorBudgetChanged,
    LabelsAmended,
    VersionDescribed,
)
from app.domain.events.organisation import ReorganisationUndone, Reorganised
from app.domain.events.platform import MilestoneNoted
from app.domain.figures import Share, fewest, lacking
from app.domain.period import Period
from app.domain.recovery import WEEKS, Recovery, total
from app.queries.reports.accuracy import UnitAccuracy, Versions
from app.queries.reports.counted import Counted
from app.queries.reports.remarks import Remark
from app.web.learning.learning_charts import band, row
from app.web.platform.filters import percent
from app.web.reports import charts, selection
from app.web.reports.charts import Chart, Key, Mark, Series, Table, Words

MOST_UNITS = 20
"""Units in the picture, the worst first; the table beside it has them all."""


class Annotation(NamedTuple):
    """What happened in one part of the period: its mark on the axis, and its words for the list below."""

    mark: Mark
    events: tuple[tuple[str, str], ...]
    """(day, words) of each."""


def annotations(remarks: Sequence[Remark], parts: Sequence[Period]) -> list[Annotation]:
    """Number the parts of a period in which something happened, and say what."""
    by_part = defaultdict[int, list[tuple[str, str]]](list)
    for each in remarks:
        part = next((n for n, part in enumerate(parts) if part.first <= each.day <= part.last), None)
        if part is not None:
            by_part[part].append((_day(each), remark_words(each.content)))
    return [
        Annotation(Mark(part, number, "; ".join(text for _day, text in events)), tuple(events))
        for number, (part, events) in enumerate(sorted(by_part.items()), 1)
    ]


def remark_words(content: DomainEvent) -> str:
    """Return what happened, in words."""
    match content:
        case MilestoneNoted(text=text):
            return text
        case Reorganised():
            return _("Organisationsændring")
        case ReorganisationUndone():
            return _("Organisationsændring fortrudt")
        case BreakerTripped(name=name):
            return _("Automatisk fordeling slået fra: %(name)s", name=name)
        case BreakerRearmed(name=name):
            return _("Automatisk fordeling slået til igen: %(name)s", name=name)
        case ErrorBudgetChanged(before=before, after=after):
            return _("Tilladt fejlandel: %(before)s → %(after)s", before=percent(before, 1), after=percent(after, 1))
        case VersionDescribed(note=note):
            return _("Version af modellen: %(note)s", note=note)
        case LabelsAmended(note=note):
            return _("Modellen gik tilbage til en tidligere version: %(note)s", note=note)
    raise AssertionError(content)


def course(
    found: Sequence[Mapping[str, Counted]], parts: Sequence[Period], period: Period, annotations: Sequence[Annotation]
) -> Chart:
    """Draw how right the first suggestions were, part by part, with what bent the curve."""
    shares = [each["suggested_right"].share for each in found]
    labels = [selection.short(part) for part in parts]
    rows = [[label, *row(share)] for label, share in zip(labels, shares, strict=True)]
    head = [_("Periode"), _("Rigtige"), _("Bedømte"), _("Andel"), _("95 pct.-interval")]
    title = _("Første forslag var rigtigt")
    unit = _("andel %(step)s, 95 pct.-interval", step=selection.step(parts))
    marks = [each.mark for each in annotations]
    words = Words(title, unit, selection.name(period), _in_all(total(shares)), Table(head, rows), labels, marks)
    return charts.lines(words, [(Key("auto", title), [band(share) for share in shares])], percent)


def _in_all(share: Share) -> str:
    if not share.n:
        return _("Ingen bedømte forslag.")
    return _("%(right)s af %(n)s i alt.", right=format_decimal(share.right), n=format_decimal(share.n))


def lost(
    found: Sequence[Mapping[str, Counted]], parts: Sequence[Period], period: Period, annotations: Sequence[Annotation]
) -> Chart:
    """Draw the working days that mails lost on detours, by the day they came."""
    labels = [selection.short(part) for part in parts]
    days = [each["days_lost"].count for each in found]
    rows = [
        [
            label,
            format_decimal(each["misrouted"].count),
            format_decimal(each["days_lost"].count),
            _part_of_deadline(each["days_lost"].count, each["days_given"].count),
        ]
        for label, each in zip(labels, found, strict=True)
    ]
    head = [_("Periode"), _("Mails med omvej"), _("Arbejdsdage tabt"), _("Del af fristen")]
    summary = (
        _("%(days)s arbejdsdage tabt i alt.", days=format_decimal(sum(days)))
        if sum(days)
        else _("Ingen dage tabt på omveje.")
    )
    title = _("Arbejdsdage tabt på omveje")
    unit = _("arbejdsdage %(step)s", step=selection.step(parts))
    marks = [each.mark for each in annotations]
    words = Words(title, unit, selection.name(period), summary, Table(head, rows), labels, marks)
    return charts.columns(words, [Series(title, "manual", days)], format_decimal)


def _part_of_deadline(lost: int, given: int) -> str:
    return few(Share(lost, given)) if given else "–"


def units(rows: Sequence[UnitAccuracy], period: Period, max_error: float) -> Chart:
    """Draw how right the first suggestions were for each unit, the worst first."""
    known = [each for each in rows if each.figures["suggested_right"].of]
    worst = sorted(known, key=lambda each: worst_first(each, "suggested_right"))[:MOST_UNITS]
    shares = [(each.name, each.figures["suggested_right"].share) for each in worst]
    head = [_("Enhed"), _("Rigtige"), _("Bedømte"), _("Andel"), _("95 pct.-interval")]
    table = Table(head, [[name, *row(share)] for name, share in shares])
    title, unit = _("Første forslag var rigtigt, enhed for enhed"), _("andel, 95 pct.-interval")
    words = Words(title, unit, selection.name(period), _lowest(known, fewest(max_error)), table)
    return charts.dots(words, [(name, band(share)) for name, share in shares], percent)


def _lowest(known: Sequence[UnitAccuracy], least: int) -> str:
    """Say which unit lies lowest: in percent of those with `least` judged or more, in counts of the others."""
    shares = [(each.name, each.figures["suggested_right"].share) for each in known]
    if not shares:
        return _("Ingen bedømte forslag.")
    enough = [(share.right / share.n, name) for name, share in shares if share.n >= least]
    lowest, unit = min(enough, default=(1.0, ""))
    beginning = (
        _(
            "Blandt enheder med mindst %(least)s bedømte forslag ligger %(unit)s lavest, med %(share)s.",
            least=format_decimal(least),
            unit=unit,
            share=percent(lowest, 1),
        )
        if enough
        else _("Ingen enhed har de mindst %(least)s bedømte forslag, en procent kræver.", least=format_decimal(least))
    )
    below = [(name, share) for name, share in shares if share.n < least and share.right < lowest * share.n]
    return f"{beginning} {_lowest_of_few(below)}".strip()


def _lowest_of_few(below: Sequence[tuple[str, Share]]) -> str:
    """Name the unit whose interval ends lowest: by its share alone, one with none of one right would be the worst."""
    if not below:
        return ""
    name, share = min(below, key=lambda each: ((each[1].interval or (0.0, 1.0))[1], each[0].casefold()))
    return _(
        "Af enheder med færre ligger %(unit)s klarest lavt: %(right)s af %(n)s forslag var rigtige.",
        unit=name,
        right=format_decimal(share.right),
        n=format_decimal(share.n),
    )


def worst_first(row: UnitAccuracy, key: str) -> tuple[bool, float, str]:
    """Return a key by which the smallest share comes first, and units of which too little is known last."""
    share = row.figures[key].share
    return lacking(share.n) > 0, share.value if share.value is not None else 1.0, row.name.casefold()


def few(share: Share) -> str:
    """Return a share as a percentage, or as so many of so many where those are few."""
    if lacking(share.n):
        return _("%(right)s af %(n)s", right=format_decimal(share.right), n=format_decimal(share.n))
    return percent(share.value, 1)


def recovery(found: Recovery) -> str:
    """Return the sentence that says what something cost in accuracy, and for how long."""
    day = format_date(found.day, "d. MMMM y" if str(get_locale()) == "da" else "d MMMM y")
    if lacking(found.before.n):
        return _(
            "%(what)s (%(day)s): i de fire uger før blev %(n)s forslag bedømt, for få til at sammenligne med.",
            what=remark_words(found.what),
            day=day,
            n=format_decimal(found.before.n),
        )
    low, high = found.before.interval or (0.0, 1.0)
    beginning = _(
        "%(what)s (%(day)s): i de fire uger før var %(share)s af første forslag rigtige (95 %%: %(low)s–%(high)s).",
        what=remark_words(found.what),
        day=day,
        share=percent(found.before.value, 1),
        low=percent(low, 1),
        high=percent(high, 1),
    )
    return f"{beginning} {_after(found)}"


def _after(found: Recovery) -> str:
    """Return the share after it and whether chance explains it; only of a fall that it does not, how long it lasted."""
    if not found.known:
        return _("Det er for tidligt at sige, hvad den kostede.")
    after = ngettext(
        "I ugen efter var det %(share)s.",
        "I de %(num)s uger efter var det %(share)s.",
        min(WEEKS, len(found.weeks)),
        share=few(found.after),
    )
    within = _("Forskellen er ikke større, end tilfældigheder kan forklare.")
    if not found.beyond_chance:
        return f"{after} {within}"
    beyond = _("Forskellen er større, end tilfældigheder kan forklare.")
    return f"{after} {beyond} {_weeks(found) if found.fell else ''}".strip()


def _weeks(found: Recovery) -> str:
    if found.back:
        return ngettext(
            "Efter %(num)s uge var andelen tilbage i intervallet: i ugerne derefter, højst fire, var den %(share)s.",
            "Efter %(num)s uger var andelen tilbage i intervallet: i ugerne derefter, højst fire, var den %(share)s.",
            found.weeks_below,
            share=few(found.afterwards),
        )
    return ngettext(
        "Efter %(num)s uge er andelen endnu ikke tilbage i intervallet.",
        "Efter %(num)s uger er andelen endnu ikke tilbage i intervallet.",
        len(found.weeks),
    )


def versions(found: Versions) -> str:
    """Return the sentence that says what the model's new versions did to accuracy."""
    if not found.count:
        return _("Ingen ny version af modellen blev gemt i perioden.")
    beginning = ngettext(
        "%(num)s ny version af modellen blev gemt i perioden.",
        "%(num)s nye versioner af modellen blev gemt i perioden.",
        found.count,
    )
    if not found.compared:
        return (
            f"{beginning} {_('For få forslag er bedømt omkring dem til at sige, om andelen af rigtige ændrede sig.')}"
        )
    text = _("For %(compared)s kan de fire uger før og efter sammenlignes:", compared=format_decimal(found.compared))
    return f"{beginning} {text} {_changed(found)}"


def _changed(found: Versions) -> str:
    if not found.changed:
        return _("andelen af rigtige ændrede sig ikke mere ved nogen af dem, end tilfældigheder kan forklare.")
    return _(
        "ved %(changed)s ændrede andelen af rigtige sig mere, end tilfældigheder kan forklare.",
        changed=format_decimal(found.changed),
    )


def over_budget(share: float | None, interval: tuple[float, float], checks: int, wrong: int, max_error: float) -> str:
    """Return the sentence that says that more was wrong than is allowed; "" where it was not."""
    if share is None or share >= 1 - max_error:
        return ""
    low, high = interval
    bounds = {"low": percent(1 - high, 1), "high": percent(1 - low, 1), "budget": percent(max_error, 1)}
    if lacking(checks, max_error):
        said = _(
            "Mere er målt forkert end tilladt: %(wrong)s af %(n)s stikprøver af det, robotten selv fordelte, var forkerte "
            "(95 %%: %(low)s–%(high)s), og højst %(budget)s må være det.",
            wrong=format_decimal(wrong),
            n=format_decimal(checks),
            **bounds,
        )
    else:
        said = _(
            "Mere er målt forkert end tilladt: %(share)s af det, robotten selv fordelte, var forkert (skøn, 95 %%: "
            "%(low)s–%(high)s), og højst %(budget)s må være det.",
            share=percent(1 - share, 1),
            **bounds,
        )
    chance = (
        _("Det er mere, end tilfældigheder kan forklare.")
        if high < 1 - max_error
        else _("Det kan være en tilfældighed: intervallet når ned til det tilladte.")
    )
    return f"{said} {chance}"


def _day(remark: Remark) -> str:
    return f"{remark.day.day}.{remark.day.month}."
