"""Put the sections of the quarterly follow-up together: each figure in its periods, its charts, and the parts of the house."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.domain.figures import lacking
from app.domain.period import Period
from app.queries.learning import blind_checks
from app.queries.reports import accuracy, counted, punctuality, remarks, robot_failures
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted, Group
from app.services.learning import label_overrides
from app.web.platform.filters import percent
from app.web.reports import document, figure_texts, follow_up_charts
from app.web.reports.accuracy_charts import remark_words
from app.web.reports.document import Amount, Grid, Line, Section, Unit
from app.web.reports.follow_up_gathering import (
    DAYS,
    DEADLINES,
    DETOURS,
    JOURNALING,
    OF_GROUPS,
    OF_PEOPLE,
    OF_ROBOT,
    SORTING,
    STANDING,
    Gathered,
)

MOST_REMARKS = 30


def sections(g: Gathered) -> list[Section]:
    """Return all sections but that of the benefit."""
    return [
        Section(
            "sorting", _("Mails, og hvad de blev til"), lines=g.lines(SORTING), pictures=[follow_up_charts.became(g)]
        ),
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
        Section("detours", _("Omveje og tabte dage"), lines=g.lines(DETOURS), pictures=[follow_up_charts.lost(g)]),
        Section("deadlines", _("Frister"), lines=g.lines(DEADLINES), pictures=[follow_up_charts.kept(g, "answer_met")]),
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
        [follow_up_charts.suggested(g)],
    )


def _made(
    key: str, name: str, definition: str, of: str, amounts: Sequence[Amount | None], *, today: bool = False
) -> Line:
    """Return a figure that is not of the catalogue."""
    now, *others = amounts
    return Line(key, name, definition, of, now or Amount(None), others, today=today)


def _failures(g: Gathered) -> list[Line]:
    found = [robot_failures.failures(g.session, period, g.chosen.scope) for period in g.periods]
    texts = (
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
        for key, name, definition in texts
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
