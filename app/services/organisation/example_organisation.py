"""Put a small invented organisation into an empty house, to be changed into one's own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.organisation import UnitLine
from app.errors import RefusedError
from app.models.unit import Unit
from app.services.organisation import organisation_units

_WORK = {
    "Drift": (
        ("Park og Natur", "park", "gartnerne, legeplads", "Træer, bænke og legepladser i parker og naturområder.",
         "Træer, der spærrer en vej, går til Veje og Fortove."),
        ("Veje og Fortove", "veje", "vejvæsen, asfalt", "Huller i vejen, knækkede fliser, skilte og glatte veje.",
         "Gadelygter går til Gadelys."),
        ("Gadelys", "gadelys", "lygter, lyskryds", "Lygter, der ikke lyser, og lyskryds, der ikke virker.", ""),
        ("Affald og Genbrug", "affald", "renovation, skrald, storskrald", "Tømning, beholdere, storskrald og genbrugspladser.",
         "Skrald på gader og i parker går til Renhold."),
        ("Renhold", "renhold", "fejning, skraldespande", "Skrald, graffiti og fulde skraldespande på gader og i parker.", ""),
    ),
    "By og Miljø": (
        ("Byggesager", "byggesag", "byggetilladelse", "Ansøgninger om at bygge og spørgsmål om byggesager i gang.",
         "Naboers støj går til Miljøtilsyn."),
        ("Miljøtilsyn", "miljoe", "støj, lugt, forurening", "Støj, lugt, røg og spild fra virksomheder og byggepladser.", ""),
        ("Parkering", "parkering", "p-vagt, p-licens", "Licenser, afgifter og biler, der holder forkert.", ""),
    ),
    "Fælles": (
        ("Borgerservice", "borgerservice", "pas, sygesikring", "Pas, kørekort, flytning og hjælp til selvbetjening.", ""),
        ("Sekretariat", "sekretariat", "ledelse, borgmester", "Klager over sagsbehandling, ros, forslag og mails til byrådet.", ""),
    ),
}  # fmt: skip


def lines() -> list[UnitLine]:
    """Return its ten units. All are observed, and their addresses belong to nobody."""
    return [
        UnitLine(area, name, f"{box}@example.org", also_called=also, guide=guide, guide_not=guide_not)
        for area, units in _WORK.items()
        for name, box, also, guide, guide_not in units
    ]


def refuse_others(session: Session) -> None:
    """Refuse to mix the example with anything else.

    Raises:
        RefusedError: there is a unit already.
    """
    if session.scalar(select(Unit.id).limit(1)) is not None:
        raise RefusedError("units_exist")


def install(session: Session, *, by: Actor, now: datetime) -> None:
    """Add the units.

    Raises:
        RefusedError: there is a unit already.
    """
    refuse_others(session)
    for line in lines():
        organisation_units.save_unit(session, None, line, by=by, now=now)
