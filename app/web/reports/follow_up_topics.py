"""Write the section of the quarterly follow-up on what citizens write about."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.domain.topics import FEWEST_VOICES, counted_quarter
from app.queries.reports import topics
from app.queries.reports.topics import Counted, Look
from app.web.reports import document, selection
from app.web.reports.document import Grid, Section
from app.web.reports.follow_up_gathering import Gathered
from app.web.reports.topics import headline

MOST = 15
"""Words, topics and places in a table; the page has all of them."""


def section(g: Gathered) -> Section:
    """Return the words, topics and places of the quarter that the period ends in."""
    title = _("Hvad borgerne skriver om")
    quarter = counted_quarter(g.chosen.period, g.today.day)
    look = topics.look(g.session, quarter, g.chosen.scope, against_year=False)
    if look.made_at is None:
        return Section(
            "topics", title, [_("Ord og emner er ikke gjort op for %(quarter)s.", quarter=selection.name(quarter))]
        )
    year = topics.look(g.session, quarter, g.chosen.scope, against_year=True)
    text = [
        _("%(now)s mod %(before)s, opgjort i afsendere: Den, der skriver ti gange, tæller én gang.",
          now=selection.name(quarter.so_far(g.today.day)), before=selection.name(quarter.before())),
        headline(look),
        _("Et ord står her, når det er vokset eller aftaget mere end tilfældigt: Højst 5 %% af ordene på en liste er der ved et "
          "tilfælde. Ord, som færre end %(fewest)s afsendere bruger, og ord, der kan være navne, er ikke med.",
          fewest=FEWEST_VOICES),
    ]  # fmt: skip
    grids = [
        _changed(g, look, "words", _("Ord, mod kvartalet før")),
        *([_changed(g, year, "words_year", _("Ord, mod samme kvartal året før"))] if year.enough else []),
        _counted(g, look.topics, "topics", _("Emner"), _("Emne")),
        _counted(g, look.places, "places", _("Veje og bydele"), _("Sted")),
    ]
    return Section("topics", title, [each for each in text if each], grids=[each for each in grids if each.rows])


def _changed(g: Gathered, look: Look, key: str, title: str) -> Grid:
    found = sorted([*look.grew, *look.shrank], key=lambda each: (each.chance, each.name))
    return _counted(g, found, key, title, _("Ord"))


def _counted(g: Gathered, found: Sequence[Counted], key: str, title: str, first: str) -> Grid:
    head = [first, _("Ændring"), _("Afsendere"), _("Afsendere før"), _("Mails")]
    return Grid(key, title, head, [_row(g, each) for each in found[:MOST]])


def _row(g: Gathered, each: Counted) -> Sequence[document.Cell]:
    change = (_("vokset") if each.grew else _("aftaget")) if each.found else "–"
    return [
        each.name,
        change,
        document.share(each.now, g.max_error),
        document.share(each.before, g.max_error),
        document.Amount(each.mails),
    ]
