"""The names and definitions of the catalogue's figures, as people read them on pages, in spreadsheets and in the document."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.domain.figures import lacking
from app.queries.reports.counted import Counted
from app.queries.reports.overview import FigureChange
from app.web.platform.filters import percent


@dataclass(frozen=True, slots=True)
class FigureText:
    """A figure in words: its name, what it counts, and what a share of it is of ("" where it has none)."""

    name: Any
    definition: Any
    of: Any = ""


ASKED = _l("mails, som nogen skulle fordele")
PLACED = _l("mails, som en enhed har fået")
PLACED_BY_ROBOT = _l("mails, som robotten gav en enhed først")
PLACED_BY_PEOPLE = _l("mails, som et menneske gav en enhed først")
JUDGED = _l("mails med et bedømt forslag")
OPEN = _l("åbne henvendelser")
TO_JOURNAL = _l("mails, som skal på en sag")
TEXTS: dict[str, FigureText] = {
    "received": FigureText(
        _l("Modtaget"),
        _l("Mails, der kom i perioden, uden indlæst historik. En delt mail tælles som sine dele."),
    ),
    "automatic": FigureText(
        _l("Fordelt automatisk"), _l("Robotten valgte den første enhed, af sig selv eller efter en regel."), ASKED
    ),
    "automatic_by_rule": FigureText(_l("Fordelt efter en regel"), _l("En regel valgte den første enhed."), ASKED),
    "manual": FigureText(
        _l("Fordelt af et menneske"), _l("Et menneske traf det første valg, som ikke blev fortrudt."), ASKED
    ),
    "undecided": FigureText(_l("Endnu ikke fordelt"), _l("Ingen har valgt endnu."), ASKED),
    "follow_ups": FigureText(
        _l("Fulgte en tidligere mail"), _l("Mails, der hørte til en henvendelse, som var her i forvejen.")
    ),
    "direct": FigureText(_l("Direkte til en enhed"), _l("Mails til en enheds egen postkasse. Ingen fordelte dem.")),
    "aside": FigureText(
        _l("Lagt til side"),
        _l("Robotten så, at mailen ikke bad os om noget, og ingen lagde den tilbage."),
        _l("modtagne mails"),
    ),
    "sorted": FigureText(
        _l("Fordelt eller knyttet"),
        _l("Mails, som robotten eller et menneske fandt en plads til, eller som fulgte en tidligere mail."),
        _l("modtagne mails"),
    ),
    "decided_confirmed": FigureText(_l("Forslaget bekræftet"), _l("Et menneske valgte den enhed, robotten foreslog.")),
    "decided_corrected": FigureText(_l("Forslaget rettet"), _l("Et menneske valgte en anden enhed end forslaget.")),
    "decided_blind": FigureText(_l("Valgt uden forslag"), _l("Et menneske valgte uden at kunne se forslaget.")),
    "decided_ended": FigureText(
        _l("Afsluttet uden enhed"), _l("Ikke en henvendelse, en anden myndigheds eller samlet med en anden mail.")
    ),
    "returned": FigureText(_l("Sendt retur"), _l("En enhed gav mailen tilbage mindst én gang."), PLACED),
    "automatic_returned": FigureText(
        _l("Robottens valg, sendt retur"),
        _l("Robotten valgte den første enhed, og en enhed gav mailen tilbage mindst én gang."),
        PLACED_BY_ROBOT,
    ),
    "automatic_misrouted": FigureText(
        _l("Robottens valg, gik en omvej"),
        _l("Robotten valgte den første enhed, og mailen var hos mere end én enhed."),
        PLACED_BY_ROBOT,
    ),
    "manual_returned": FigureText(
        _l("Menneskers valg, sendt retur"),
        _l("Et menneske valgte den første enhed, og en enhed gav mailen tilbage mindst én gang."),
        PLACED_BY_PEOPLE,
    ),
    "manual_misrouted": FigureText(
        _l("Menneskers valg, gik en omvej"),
        _l("Et menneske valgte den første enhed, og mailen var hos mere end én enhed."),
        PLACED_BY_PEOPLE,
    ),
    "misrouted": FigureText(
        _l("Gik en omvej"),
        _l("Mailen var hos mere end én enhed. Den tælles hos den, som har den nu eller havde den sidst."),
        PLACED,
    ),
    "many_hops": FigureText(
        _l("Mere end én omvej"),
        _l("Mailen skiftede enhed to gange eller flere. Samme enhed to gange i træk tæller én gang."),
        PLACED,
    ),
    "sent_wrong": FigureText(
        _l("Var forkert første enhed"),
        _l(
            "Mailen var først hos denne enhed og er nu, eller var sidst, hos en anden. Den tælles hos den enhed, som fik den ved "
            "en fejl, ikke hos den, som den hører til."
        ),
        _l("mails, som enheden fik først"),
    ),
    "hops": FigureText(
        _l("Omveje i alt"), _l("Hvor mange gange mails skiftede enhed. Samme enhed to gange i træk tæller én gang.")
    ),
    "days_lost": FigureText(
        _l("Arbejdsdage tabt på omveje"),
        _l("Fra den første enhed fik mailen, til den fik den, som har den nu eller havde den sidst."),
    ),
    "many_hops_days": FigureText(
        _l("Arbejdsdage tabt på mere end én omvej"),
        _l("Af de tabte dage dem, der hører til mails med to omveje eller flere."),
    ),
    "sent_wrong_days": FigureText(
        _l("Arbejdsdage tabt efter forkert første enhed"),
        _l("De tabte dage, talt hos den enhed, som fik mailen først og ved en fejl, ikke hos den, som den hører til."),
    ),
    "days_given": FigureText(
        _l("Arbejdsdage, fristerne gav"), _l("Til den første frist, for de mails, der tabte dage på omveje.")
    ),
    "suggested_right": FigureText(
        _l("Første forslag var rigtigt"),
        _l(
            "Robottens første forslag var den enhed, mailen hører til. Mailen tælles den dag, det blev kendt, og hos den enhed. "
            "Mails uden forslag, og mails, der ikke hører til en enhed, er ikke med."
        ),
        JUDGED,
    ),
    "suggested_here_right": FigureText(
        _l("Forslag om enheden var rigtige"),
        _l("Af de mails, hvor robotten først foreslog denne enhed: dem, der hører til her."),
        _l("bedømte forslag om enheden"),
    ),
    "confused": FigureText(_l("Forvekslet"), _l("Robotten foreslog først en anden enhed end den, mailen hører til.")),
    "answered": FigureText(_l("Besvaret"), _l("Henvendelser, der blev besvaret i perioden.")),
    "answered_late": FigureText(
        _l("Besvaret for sent"), _l("Svaret gik efter svarfristen."), _l("besvarede med svarfrist")
    ),
    "feedback_met": FigureText(
        _l("Tilbagemelding til tiden"),
        _l("Borgeren hørte fra os senest den dag, der var lovet."),
        _l("henvendelser, hvis tilbagemelding er givet eller skulle være givet"),
    ),
    "answer_met": FigureText(
        _l("Besvaret til tiden"),
        _l("Svaret gik senest på svarfristen."),
        _l("henvendelser, hvis svar er givet eller skulle være givet"),
    ),
    "journaled_same_day": FigureText(
        _l("Journaliseret samme dag"),
        _l("Dokumentet lå på sagen, før den næste arbejdsdag efter modtagelsen begyndte."),
        TO_JOURNAL,
    ),
    "journaled_in_1": FigureText(
        _l("Journaliseret inden for 1 arbejdsdag"),
        _l("Dokumentet lå på sagen senest den første arbejdsdag efter modtagelsen."),
        TO_JOURNAL,
    ),
    "journaled_in_3": FigureText(
        _l("Journaliseret inden for 3 arbejdsdage"),
        _l("Dokumentet lå på sagen senest den tredje arbejdsdag efter modtagelsen."),
        TO_JOURNAL,
    ),
    "journaled_later": FigureText(
        _l("Journaliseret senere"),
        _l("Dokumentet lå først på sagen efter den tredje arbejdsdag efter modtagelsen."),
        TO_JOURNAL,
    ),
    "not_journaled": FigureText(
        _l("Endnu ikke journaliseret"), _l("Mailen ligger ikke som dokument på en sag i dag."), TO_JOURNAL
    ),
    "feedback_overdue": FigureText(
        _l("Tilbagemelding overskredet"),
        _l("Åbne henvendelser, hvor borgeren skulle have hørt fra os og ikke har."),
        _l("åbne henvendelser, der mangler tilbagemelding"),
    ),
    "feedback_near": FigureText(
        _l("Tilbagemelding tæt på"),
        _l("Tilbagemeldingsfristen er i dag eller inden for tre arbejdsdage."),
        _l("åbne henvendelser, der mangler tilbagemelding"),
    ),
    "answer_overdue": FigureText(
        _l("Svar overskredet"),
        _l("Åbne henvendelser, hvis svarfrist er passeret uden svar."),
        _l("åbne henvendelser med svarfrist"),
    ),
    "answer_near": FigureText(
        _l("Svar tæt på"),
        _l("Svarfristen er i dag eller inden for tre arbejdsdage."),
        _l("åbne henvendelser med svarfrist"),
    ),
    "journaled": FigureText(_l("Journaliseret"), _l("Mailen ligger som dokument på en sag."), PLACED),
    "waiting": FigureText(_l("Venter på fordeling"), _l("Mails, som ingen har fordelt i dag.")),
    "with_units": FigureText(_l("Hos enhederne"), _l("Henvendelser, som en enhed har og ikke har besvaret i dag.")),
    "overdue": FigureText(_l("Frist overskredet"), _l("Åbne henvendelser, hvis næste frist er passeret i dag."), OPEN),
    "near": FigureText(
        _l("Frist tæt på"), _l("Åbne henvendelser med næste frist i dag eller inden for tre arbejdsdage."), OPEN
    ),
}


def chip(value: str) -> str:
    """Return what the list of the mails behind a figure is called. With a minus, those that it is not true of."""
    text = TEXTS[value.removeprefix("-")]
    return (
        _("%(of)s, dog ikke: %(name)s", of=str(text.of), name=str(text.name))
        if value.startswith("-")
        else str(text.name)
    )


def headline(changes: Sequence[FigureChange]) -> str:
    """Return the sentence that says what changed by more than chance, the surest first; or that nothing did."""
    sure = sorted((each for each in changes if each.beyond_chance), key=lambda each: each.p or 0)
    if not any(each.before.count or each.before.of for each in changes if each.figure.day is not None):
        return _("Der er ingen mails at sammenligne med.")
    if not sure:
        return _("Intet tal har ændret sig mere, end tilfældigheder kan gøre.")
    return _("Ændret mere, end tilfældigheder kan forklare: %(what)s.", what="; ".join(map(_change_text, sure)))


def _change_text(each: FigureChange) -> str:
    name = str(TEXTS[each.figure.key].name).lower()
    if each.now.of is None:
        counts = format_decimal(each.before.count), format_decimal(each.now.count)
        return _("%(name)s %(before)s → %(now)s", name=name, before=counts[0], now=counts[1])
    return _("%(name)s %(before)s → %(now)s", name=name, before=_share(each.before), now=_share(each.now))


def _share(found: Counted) -> str:
    """Return a share as a percentage, or as so many of so many where those are few."""
    if lacking(found.of or 0):
        return _("%(right)s af %(n)s", right=format_decimal(found.count), n=format_decimal(found.of))
    return percent(found.share.value, 1)
