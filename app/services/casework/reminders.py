"""Early warnings to units. Once each working morning, a unit hears which of its cases are about to run out of time."""

from datetime import date, datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import deadlines, journaling
from app.domain.actor import ROBOT
from app.domain.deadline_status import DeadlineStanding, Status, Today
from app.domain.deadlines import COPENHAGEN, Clock
from app.domain.enquiry import State
from app.domain.events.casework import UnitsReminded
from app.domain.notices import Letter
from app.domain.templates import CLOCKS
from app.models.case import Case
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.queries.casework import due
from app.queries.casework.deadline_list import statuses
from app.queries.platform.house_address import house_address
from app.services.casework import enquiry_deadlines
from app.services.organisation import mail_systems
from app.services.platform import circuits, events, sending, sending_attempts, settings
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Outgoing

TEXT = """\
I disse sager nærmer fristen sig, eller den er overskredet:

{lines}

Send svaret. Kan I ikke nå det, så send et foreløbigt svar. Har borgeren allerede fået et, så skriv, hvornår svaret kommer.

Se enhedens henvendelser:
{address}
"""
ROUND = "reminders"
"""What asks the mail system, as its circuit knows it."""
HOUR = 7
"""Local time from which on a working day has begun."""
Pressing = dict[str, list[tuple[str, Clock, Status]]]
"""Unit's address → (case number, which deadline comes next, how it stands), the earliest first."""


def send(engine: Engine, gateway: MailGateway, *, secret: str, base_url: str, now: datetime) -> int:
    """Send each unit its reminders, once a working day. Return how many units were written to.

    Nothing of a mail is in the letter, only numbers and days. Killed half-way, or put off because the mail system does not
    answer, the next call goes on: each unit's letter of a day has one Message-ID.
    """
    with database.read(engine) as session:
        reckoned = enquiry_deadlines.today(session, now)
        today = reckoned.day
        begun = deadlines.is_working_day(today, reckoned.calendar) and now.astimezone(COPENHAGEN).hour >= HOUR
        done = settings.get(session, settings.REMINDED_ON) == today.isoformat()
        if not begun or (done and not sending_attempts.ordered_again(session, Letter.REMINDER)):
            return 0
        pressing = _pressing(session, reckoned)
        sender = house_address(session)
    with database.write(engine) as session:
        sending_attempts.begin_round(session, Letter.REMINDER, deadlines.begin_of(today))
    sent = 0
    for address, rows in pressing.items() if sender else ():
        if not _may_send(engine, sender):
            return sent
        sent += _write(engine, gateway, sender, address, rows, today, secret, base_url, now)
    with database.write(engine) as session:
        settings.put(session, settings.REMINDED_ON, today.isoformat())
        sending_attempts.end_round(session, Letter.REMINDER, now)
        if sent and not done:
            events.record(session, UnitsReminded(units=sent), by=ROBOT, now=now)
    return sent


def _may_send(engine: Engine, sender: str) -> bool:
    """Tell whether the sender's mail system is asked at the moment: else each letter would meet the same fault."""
    with database.read(engine) as session:
        return circuits.admits(session, circuits.of_mail(mail_systems.of(session, sender)), ROUND)


def _pressing(session: Session, today: Today) -> Pressing:
    query = (
        select(Unit.address, Case.number, Enquiry)
        .join(Enquiry, Enquiry.unit_id == Unit.id)
        .join(Case, Case.id == Enquiry.case_id)
        .where(Enquiry.state == State.ROUTED, ~Enquiry.imported)
        .where(due.within(today, settings.get(session, settings.REMIND_DAYS)))
        .order_by(Enquiry.due_on, Case.number)
    )
    found: Pressing = {}
    for address, number, enquiry in session.execute(query):
        stands = statuses(enquiry, today)
        if stands.next:
            found.setdefault(address, []).append((number, stands.next, stands.clocks[stands.next]))
    return found


def _write(
    engine: Engine,
    gateway: MailGateway,
    sender: str,
    address: str,
    rows: list[tuple[str, Clock, Status]],
    today: date,
    secret: str,
    base_url: str,
    now: datetime,
) -> bool:
    lines = "\n".join(
        f"{number}  {CLOCKS[clock].lower()} {deadlines.danish(status.due)}  ({_stands(status)})"
        for number, clock, status in rows
    )
    message = Outgoing(
        message_id=journaling.message_id(f"reminder:{address}:{today.isoformat()}", secret),
        sender=sender,
        recipient=address,
        subject=f"{len(rows)} {'frist' if len(rows) == 1 else 'frister'} nærmer sig eller er overskredet",
        text=TEXT.format(lines=lines, address=f"{base_url}/enheden/"),
    )
    return sending.send_in_round(engine, gateway, message, Letter.REMINDER, now=now)


def _stands(status: Status) -> str:
    count = f"{status.days} {'arbejdsdag' if status.days == 1 else 'arbejdsdage'}"
    if status.standing is DeadlineStanding.OVERDUE:
        return f"overskredet med {count}" if status.days else "overskredet"
    return "i dag" if status.standing is DeadlineStanding.TODAY else f"om {count}"
