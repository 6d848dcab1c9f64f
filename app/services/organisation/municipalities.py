"""Keep the municipality's name. What the settings say wins, and cannot be changed in the browser."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.config import Settings
from app.domain.actor import Actor
from app.domain.events.organisation import MunicipalityNamed
from app.errors import RefusedError
from app.services.platform import events
from app.services.platform import settings as switches

LENGTH = 200


def name(session: Session, settings: Settings) -> str:
    """Return the municipality's name. "" while nobody has said it."""
    return settings.municipality or switches.get(session, switches.MUNICIPALITY)


def rename(session: Session, settings: Settings, new: str, *, by: Actor, now: datetime) -> None:
    """Set the name that stands at the head of what is printed.

    Raises:
        RefusedError: it is empty, or the settings say it.
    """
    if settings.municipality:
        raise RefusedError("in_settings")
    new, before = " ".join(new.split())[:LENGTH], name(session, settings)
    if not new:
        raise RefusedError("no_municipality")
    if new != before:
        switches.put(session, switches.MUNICIPALITY, new)
        events.record(session, MunicipalityNamed(before=before, after=new), by=by, now=now)
