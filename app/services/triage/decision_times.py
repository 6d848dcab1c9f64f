"""Decision times, measured on the server. A switch lets each person see their own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.enquiries import MailViewed
from app.domain.events.triage import Circumstances, DecisionTimesSwitched
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.services.platform import events, settings

PER_PERSON = settings.DECISION_TIMES_PER_PERSON


def measured(session: Session, enquiry: Enquiry, *, by: Actor, now: datetime) -> Circumstances:
    """Return the time that an event of a decision notes.

    `seconds`: since this person was last shown the mail; `blind`: whether the suggestion was hidden. Without a look
    there is nothing to measure.
    """
    looks = select(Event).where(Event.enquiry_id == enquiry.id, Event.kind == MailViewed.kind, Event.by == by.email)
    for look in session.scalars(looks.order_by(Event.id.desc()).limit(20)):
        if MailViewed.read(look.data).purpose == "triage":
            return {"seconds": round(max(0.0, (now - look.at).total_seconds()), 1), "blind": enquiry.hidden}
    return {"blind": enquiry.hidden}


def switch_per_person(session: Session, *, on: bool, by: Actor, now: datetime) -> None:
    """Switch decision times of single persons on or off. They can be seen by the persons themselves and by managers."""
    if settings.get(session, PER_PERSON) != on:
        settings.put(session, PER_PERSON, on)
        events.record(session, DecisionTimesSwitched(on=on), by=by, now=now)
