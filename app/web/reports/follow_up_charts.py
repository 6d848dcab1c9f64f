"""Draw the charts of the quarterly follow-up, each with its figures as a grid and a sentence."""

from collections.abc import Sequence

from flask_babel import format_decimal
from flask_babel import gettext as _

from app.domain.period import Period
from app.web.learning.learning_charts import band
from app.web.platform.filters import percent
from app.web.reports import charts, document, figure_texts, selection
from app.web.reports.charts import Key, Series, Table, Words
from app.web.reports.document import Amount, Grid, Picture, Unit
from app.web.reports.follow_up_gathering import LAYERS, Gathered


def became(g: Gathered) -> Picture:
    labels, names = _labels(g), [str(figure_texts.TEXTS[key].name) for key in LAYERS]
    total = sum(part[key].count for part in g.course for key in LAYERS)
    sums = [sum(part[key].count for key in LAYERS) for part in g.course]
    summary = (
        _("Der kom %(n)s mails. Flest: %(when)s.", n=format_decimal(total), when=_most(g.parts, sums))
        if total
        else _("Der kom ingen mails.")
    )
    grid = _course_grid(
        g, "became", _("Hvad mails blev til"), names, [[Amount(part[key].count) for key in LAYERS] for part in g.course]
    )
    words = Words(grid.title, _("mails %(step)s", step=selection.step(g.parts)), g.name, summary, NO_TABLE, labels)
    layers = [
        Series(name, LAYERS[key], [part[key].count for part in g.course])
        for key, name in zip(LAYERS, names, strict=True)
    ]
    return document.picture(charts.columns(words, layers, format_decimal), grid)


def suggested(g: Gathered) -> Picture:
    shares = [part["suggested_right"].share for part in g.course]
    right, n = sum(each.right for each in shares), sum(each.n for each in shares)
    title = str(figure_texts.TEXTS["suggested_right"].name)
    summary = (
        _("%(right)s af %(n)s i alt.", right=format_decimal(right), n=format_decimal(n))
        if n
        else _("Ingen bedømte forslag.")
    )
    rows = [[Amount(each.right), Amount(each.n), document.share(each, g.max_error)] for each in shares]
    grid = _course_grid(g, "suggested", title, [_("Rigtige"), _("Bedømte"), _("Andel")], rows)
    unit = _("andel %(step)s, 95 pct.-interval", step=selection.step(g.parts))
    words = Words(title, unit, g.name, summary, NO_TABLE, _labels(g))
    return document.picture(charts.lines(words, [(Key("auto", title), [band(each) for each in shares])], percent), grid)


def lost(g: Gathered) -> Picture:
    labels, days = _labels(g), [part["days_lost"].count for part in g.course]
    title = str(figure_texts.TEXTS["days_lost"].name)
    summary = (
        _("%(days)s arbejdsdage tabt i alt.", days=format_decimal(sum(days)))
        if any(days)
        else _("Ingen dage tabt på omveje.")
    )
    rows = [[Amount(part["misrouted"].count), Amount(part["days_lost"].count, Unit.DAYS)] for part in g.course]
    grid = _course_grid(g, "lost", title, [_("Mails med omvej"), _("Arbejdsdage tabt")], rows)
    words = Words(title, _("arbejdsdage %(step)s", step=selection.step(g.parts)), g.name, summary, NO_TABLE, labels)
    return document.picture(charts.columns(words, [Series(title, "manual", days)], format_decimal), grid)


def kept(g: Gathered, key: str) -> Picture:
    labels, found = _labels(g), [part[key] for part in g.course]
    met, late = [each.count for each in found], [(each.of or 0) - each.count for each in found]
    names = [_("Til tiden"), _("Ikke til tiden")]
    summary = (
        _("%(met)s af %(of)s til tiden.", met=format_decimal(sum(met)), of=format_decimal(sum(met) + sum(late)))
        if sum(met) + sum(late)
        else _("Ingen frist er overholdt eller passeret endnu.")
    )
    grid = _course_grid(
        g,
        key,
        str(figure_texts.TEXTS[key].name),
        names,
        [[Amount(a), Amount(b)] for a, b in zip(met, late, strict=True)],
    )
    words = Words(
        grid.title, _("henvendelser %(step)s", step=selection.step(g.parts)), g.name, summary, NO_TABLE, labels
    )
    layers = [Series(names[0], "auto", met), Series(names[1], "open", late)]
    return document.picture(charts.columns(words, layers, format_decimal), grid)


NO_TABLE = Table((), ())
"""Until the grid's takes its place."""


def _course_grid(g: Gathered, key: str, title: str, names: Sequence[str], rows: Sequence[Sequence[Amount]]) -> Grid:
    return Grid(
        key, title, [_("Periode"), *names], [[label, *row] for label, row in zip(_labels(g), rows, strict=True)]
    )


def _labels(g: Gathered) -> list[str]:
    return [selection.short(part) for part in g.parts]


def _most(parts: Sequence[Period], sums: Sequence[int]) -> str:
    return selection.spoken(parts[max(range(len(sums)), key=sums.__getitem__)])
