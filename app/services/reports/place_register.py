"""Replace the register of streets and districts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.platform import PlacesImported
from app.domain.places import PlaceKind
from app.models.topics import Place, Term, TermCount, TermKind, TermMail
from app.services.platform import events, settings


def replace(session: Session, places: Sequence[tuple[str, PlaceKind]], *, by: Actor, now: datetime) -> bool:
    """Replace the register and have all mails read again for it. Return whether it differs from what it was."""
    rows = session.execute(select(Place.name, Place.kind)).all()
    if sorted((name, kind) for name, kind in rows) == sorted(places):
        return False
    terms = select(Term.id).where(Term.kind == TermKind.PLACE)
    for table in (TermCount, TermMail):
        session.execute(delete(table).where(table.term_id.in_(terms)))
    session.execute(delete(Term).where(Term.kind == TermKind.PLACE))
    session.execute(delete(Place))
    if places:
        session.execute(insert(Place), [{"name": name, "kind": kind} for name, kind in places])
    settings.put(session, settings.WORDS_POSITION, None)
    districts = sum(kind is PlaceKind.DISTRICT for _, kind in places)
    events.record(session, PlacesImported(streets=len(places) - districts, districts=districts), by=by, now=now)
    return True
