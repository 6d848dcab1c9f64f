"""Gather the sections of the quarterly follow-up: each figure in its periods, its charts, and the parts of the house.

All figures are those of the other pages, by the same queries. What they are compared with are the period before and the same
period a year ago, both as long as the part that has passed; neither where it lies before the first mail, and one where both are the
same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.domain.deadline_status import Today
from app.domain.figures import lacking
from app.domain.period import Period
from app.queries.learning import blind_checks
from app.queries.reports import accuracy, counted, punctuality, remarks, robot_failures
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted, Group
from app.queries.reports.scope import ScopeChoices
from app.services.learning import label_overrides
from app.web.learning.learning_charts import band
from app.web.platform.filters import percent
from app.web.reports import charts, document, figure_texts, selection
from app.web.reports.accuracy_charts import remark_words
from app.web.reports.charts import Key, Series, Table, Words
from app.web.reports.document import Amount, Grid, Line, Picture, Section, Unit
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
MOST_REMARKS = 30


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


def sections(g: Gathered) -> list[Section]:
    """Return all sections but that of the benefit."""
    return [
        Section("sorting", _("Mails, og hvad de blev til"), lines=g.lines(SORTING), pictures=[_became(g)]),
        Section("today", _("Står åbent i dag"), lines=g.lines(STANDING)),
        _right(g),
        Section(
            "robot_errors",
            _("Fejl: robottens valg"),
            [_("Mails, som robotten selv gav en enhed, og som siden flyttede sig.")],
            g.lines(OF_ROBOT),
        ),
        Section(
            "human_errors",
            _("Fejl: menneskers valg"),
            [_("Det samme for mails, som et menneske gav en enhed. De mails er ikke lige så lette som robottens.")],
            g.lines(OF_PEOPLE),
        ),
        Section(
            "robot_failures",
            _("Fejl: robotten selv"),
            [_("Her kunne robotten ikke gøre sit arbejde. Et menneske overtog, eller den prøvede igen.")],
            _failures(g),
        ),
        Section("detours", _("Omveje og tabte dage"), lines=g.lines(DETOURS), pictures=[_lost(g)]),
        Section("deadlines", _("Frister"), lines=g.lines(DEADLINES), pictures=[_kept(g, "answer_met")]),
        _journaling(g),
    ]


def groups(g: Gathered) -> Section:
    """Return the figures of each area, and of each unit."""
    grids = [
        _grid(g, group, title, {each.id: each.name for each in names})
        for group, title, names in (
            (Group.AREA, _("Serviceområder"), g.scopes.areas),
            (Group.UNIT, _("Enheder"), g.scopes.units),
        )
    ]
    text = _(
        "En mail tælles hos den enhed, som har den nu eller havde den sidst; det gælder også omveje, som ikke tælles hos "
        "den, der fik mailen ved en fejl. Hvor der er for få mails til en procent, står antallene."
    )
    return Section("groups", _("Serviceområder og enheder"), [text], grids=grids)


def course_of_events(g: Gathered) -> Section:
    """Return what happened that may have bent the curves."""
    found = remarks.remarks(g.session, g.periods[0])
    rows: list[list[Any]] = [[each.day, remark_words(each.content)] for each in found[-MOST_REMARKS:]]
    grid = Grid("remarks", _("Hændelser"), [_("Dag"), _("Hændelse")], rows)
    text = [] if rows else [_("Der er ikke noteret noget, som kan have ændret tallene.")]
    return Section("remarks", _("Det skete undervejs"), text, grids=[grid] if rows else [])


def _right(g: Gathered) -> Section:
    amended = label_overrides.in_effect(g.session)

    def checked(period: Period) -> Amount:
        known = accuracy.checks(g.session, amended, period, g.chosen.scope)
        found, right = blind_checks.estimate(known), sum(each.right for each in known)
        few = lacking(found.n, g.max_error) or found.share is None
        return (
            Amount(right, of=found.n) if few else Amount(right, Unit.COUNT, found.n, found.share, found.low, found.high)
        )

    people = [accuracy.people(g.session, period, g.chosen.scope) for period in g.periods]
    lines = [
        _made(
            "blind_checks",
            _("Robottens valg var rigtige (skøn)"),
            _(
                "Skøn efter stikprøver: mails, robotten selv ville fordele, og som et menneske i stedet fordelte uden "
                "at se "
                "forslaget. Stikprøverne er vægtet med, hvor tit de blev taget."
            ),
            _("stikprøver"),
            g.each(checked),
        ),
        g.line("suggested_right"),
        *(
            _made(
                f"people_{'blind' if blind else 'shown'}",
                name,
                definition,
                _("menneskers valg, der er set efter"),
                [document.share(each[blind].kept, g.max_error) for each in people],
            )
            for blind, name, definition in (
                (
                    True,
                    _("Menneskers valg uden forslag blev stående"),
                    _("Et menneske valgte uden at kunne se forslaget, og mailen blev ved den enhed."),
                ),
                (
                    False,
                    _("Menneskers valg med forslag blev stående"),
                    _("Et menneske valgte med forslaget fremme, og mailen blev ved den enhed."),
                ),
            )
        ),
    ]
    return Section(
        "accuracy",
        _("Træfsikkerhed"),
        [_("Højst %(budget)s af det, robotten selv fordeler, må være forkert.", budget=percent(g.max_error, 1))],
        lines,
        [_suggested(g)],
    )


def _made(
    key: str, name: str, definition: str, of: str, amounts: Sequence[Amount | None], *, today: bool = False
) -> Line:
    """Return a figure that is not of the catalogue."""
    now, *others = amounts
    return Line(key, name, definition, of, now or Amount(None), others, today=today)


def _failures(g: Gathered) -> list[Line]:
    found = [robot_failures.failures(g.session, period, g.chosen.scope) for period in g.periods]
    told = (
        (
            "unreadable",
            _("Mails, der ikke kunne læses"),
            _("Robotten kunne ikke læse mailen, og et menneske så på den."),
        ),
        (
            "switched_off",
            _("Automatisk fordeling slået fra"),
            _("Gange, robotten holdt op med selv at fordele til en enhed, fordi for meget var forkert."),
        ),
        (
            "not_fetched",
            _("Mails, der ikke kunne hentes"),
            _("Gange, en mail ikke kunne hentes eller tages ind. Den prøves igen."),
        ),
        (
            "resumed",
            _("Opgaver sat i gang igen"),
            _("Robottens opgaver, der gik i stå, og som et menneske satte i gang igen."),
        ),
        ("stopped", _("Robotten stoppet"), _("Gange, et menneske stoppede robotten.")),
    )
    lines = [
        _made(f"robot_{key}", name, definition, "", [Amount(getattr(each, key)) for each in found])
        for key, name, definition in told
        if getattr(found[0], key) is not None
    ]
    if g.chosen.scope:
        return lines
    now = robot_failures.pending(g.session)
    return [
        *lines,
        _made(
            "robot_held",
            _("Opgaver, der venter"),
            _("Robottens opgaver, der er gået i stå eller venter på et andet system i dag."),
            "",
            g.only_today(now.held),
            today=True,
        ),
        _made(
            "robot_letters",
            _("Mails med ukendt skæbne"),
            _("Mails fra Sluse, som ingen i dag ved, om er sendt."),
            "",
            g.only_today(now.letters),
            today=True,
        ),
    ]


def _journaling(g: Gathered) -> Section:
    lags = [punctuality.journal_lag(g.session, period, g.chosen.scope) for period in g.periods]
    quantiles = [
        _made(
            f"journal_{key}",
            name,
            _("Fra mailen blev modtaget, til det første dokument lå på sagen. Kun mails, der er journaliseret."),
            "",
            [Amount(getattr(each, key), Unit.MINUTES) for each in lags],
        )
        for key, name in (
            ("median", _("Halvdelen var journaliseret inden for")),
            ("most", _("Ni ud af ti var journaliseret inden for")),
        )
    ]
    text = _("Et dokument skal journaliseres snarest muligt, efter at det er modtaget (offentlighedslovens § 15).")
    return Section("journaling", _("Journalisering"), [text], [*g.lines(JOURNALING), *quantiles])


def _grid(g: Gathered, group: Group, title: str, names: Mapping[int, str]) -> Grid:
    figures = [BY_KEY[key] for key in OF_GROUPS]
    found = counted.by_group(g.session, figures, g.periods[0], g.chosen.scope, g.today, group)
    rest = counted.together(each for key, each in found.items() if key not in names)
    rows = sorted(
        ((names[key], each) for key, each in found.items() if key in names), key=lambda row: row[0].casefold()
    )
    if any(each.count or each.of for each in rest.values()):
        rows.append((_("uden enhed"), rest))
    return Grid(
        f"by_{group}",
        title,
        [_("Navn"), *(str(figure_texts.TEXTS[key].name) for key in OF_GROUPS)],
        [[name, *(_cell(g, each, key) for key in OF_GROUPS)] for name, each in rows],
    )


def _cell(g: Gathered, found: Mapping[str, Counted], key: str) -> Amount | None:
    figure, each = BY_KEY[key], found.get(key, Counted(0))
    if figure.day is None or figure.among is None:
        return Amount(each.count, Unit.DAYS if key in DAYS else Unit.COUNT)
    return document.share(each.share, g.max_error)


def _became(g: Gathered) -> Picture:
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


def _suggested(g: Gathered) -> Picture:
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


def _lost(g: Gathered) -> Picture:
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


def _kept(g: Gathered, key: str) -> Picture:
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
