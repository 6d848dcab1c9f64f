"""Raise an alarm for a mailbox that has been silent for longer than is usual for that hour."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import silence
from app.domain.alarm import AlarmKind
from app.domain.deadlines import Calendar
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox
from app.services.casework import enquiry_deadlines
from app.services.inbound import mailbox_states
from app.services.learning import alarms

LOOKED_AT = timedelta(weeks=silence.WEEKS + 2)


def watch(engine: Engine, *, now: datetime) -> None:
    """Look at each mailbox that citizens write to, but for those on pause."""
    with database.read(engine) as session:
        paused = mailbox_states.paused(session)
        addresses = [each for each in session.scalars(select(Mailbox.address)) if each not in paused]
        calendar = enquiry_deadlines.calendar(session)
        silent = {each: found for each in addresses if (found := _silence(session, each, calendar, now)) is not None}
    if silent:
        with database.write(engine) as session:
            for address, (since, usual) in silent.items():
                data = {"mailbox": address, "usual": usual}
                alarms.raise_alarm(session, AlarmKind.SILENCE, None, since=since, data=data, now=now)


def _silence(session: Session, address: str, calendar: Calendar, now: datetime) -> tuple[datetime, int] | None:
    """Return since when a mailbox has been unusually silent, and how many mails usually come meanwhile."""
    query = select(Enquiry.received_at).where(Enquiry.mailbox == address, Enquiry.received_at > now - LOOKED_AT)
    arrivals = list(session.scalars(query.order_by(Enquiry.received_at)))
    usual = silence.usual_meanwhile(arrivals, now, calendar)
    return None if usual is None else (arrivals[-1], usual)
