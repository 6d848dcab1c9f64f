"""The two clocks of an enquiry.

They start at receipt, are changed only by a human or a rule, and stopped by letters to the citizen.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import once
from app.domain import deadlines, journaling, sentences, templates
from app.domain.actor import Actor
from app.domain.deadline_status import Today
from app.domain.deadlines import CHOICES, Calendar, Terms
from app.domain.enquiry import State
from app.domain.events.casework import CalendarChanged, DeadlineChanged, DeadlineTypeChanged, InterimAsked
from app.domain.templates import TemplateKind
from app.errors import NotFoundError, RefusedError
from app.models.case import InterimReply
from app.models.deadline import DeadlineType
from app.models.enquiry import Enquiry
from app.queries.casework import unreachable_citizens
from app.services.casework import assignments, reply_templates, titles
from app.services.platform import events, settings
from app.services.platform.robot import Robot

LONGEST = 10_000
"""Characters of an interim reply."""


def calendar(session: Session) -> Calendar:
    """Return the days on which the authority is closed."""
    yearly = frozenset(CHOICES[key] for key in settings.get(session, settings.CLOSED_YEARLY) if key in CHOICES)
    return Calendar(yearly, frozenset(date.fromisoformat(day) for day in settings.get(session, settings.CLOSED_DAYS)))


def today(session: Session, now: datetime) -> Today:
    """Return today, as this authority counts its days."""
    return Today(deadlines.local_day(now), calendar(session))


def change_calendar(
    session: Session, yearly: list[str], days: dict[str, str], soon: int, *, by: Actor, now: datetime
) -> None:
    """Set the closing days and the time of reminders.

    `days` are single ones (ISO date → name). Deadlines that run are not moved.

    Raises:
        RefusedError: a date is none.
    """
    try:
        chosen = {date.fromisoformat(day).isoformat(): name.strip()[:100] for day, name in sorted(days.items())}
    except ValueError as error:
        raise RefusedError("no_date") from error
    before = _calendar(session)
    settings.put(session, settings.CLOSED_YEARLY, [key for key in CHOICES if key in yearly])
    settings.put(session, settings.CLOSED_DAYS, chosen)
    settings.put(session, settings.REMIND_DAYS, min(max(soon, 0), 10))
    after = _calendar(session)
    if before != after:
        events.record(session, CalendarChanged(before=before, after=after), by=by, now=now)


def _calendar(session: Session) -> dict[str, Any]:
    """What the log tells of the calendar, by the stored names."""
    switches: tuple[settings.Switch[Any], ...] = (settings.CLOSED_YEARLY, settings.CLOSED_DAYS, settings.REMIND_DAYS)
    return {each.key: settings.get(session, each) for each in switches}


def usual(session: Session) -> DeadlineType:
    """Return the default type of deadline."""
    chosen = session.get(DeadlineType, settings.get(session, settings.DEADLINE_TYPE) or 0)
    return chosen or session.scalars(select(DeadlineType).order_by(DeadlineType.id).limit(1)).one()


def start(session: Session, enquiry: Enquiry, kind: DeadlineType | None = None) -> None:
    """Start both clocks of an enquiry at its receipt.

    A human or a rule has chosen the type, else it is the usual one.
    """
    run_from_receipt(enquiry, kind or once(session, usual), calendar(session))


def run_from_receipt(enquiry: Enquiry, kind: DeadlineType, calendar: Calendar) -> None:
    """Let both clocks of an enquiry run from its receipt."""
    clocks = deadlines.clocks(enquiry.received_at, kind.terms, calendar)
    enquiry.deadline_type = kind
    enquiry.feedback_due_on, enquiry.answer_due_on = clocks.feedback, clocks.answer
    _press(enquiry)


def _press(enquiry: Enquiry) -> None:
    clocks = deadlines.Clocks(enquiry.feedback_due_on, enquiry.answer_due_on)
    running = clocks.running(feedback_stopped=enquiry.feedback_at is not None)
    if running is not None:
        enquiry.due_on = running


def change_type(session: Session, robot: Robot, enquiry: Enquiry, type_id: int, *, by: Actor, now: datetime) -> None:
    """Change an enquiry's type of deadline. A human says it; the clocks count from the receipt as before.

    Raises:
        NotFoundError: there is no such type, or it is retired.
        RefusedError: the enquiry is answered.
    """
    kind = session.get(DeadlineType, type_id)
    if kind is None or kind.retired:
        raise NotFoundError
    if enquiry.state not in (State.RECEIVED, State.TRIAGE, State.ROUTED):
        raise RefusedError("moved_on")
    before = enquiry.deadline_type.name if enquiry.deadline_type else None
    start(session, enquiry, kind)
    event = events.record(
        session,
        DeadlineChanged(before=before, after=kind.name, due_on=enquiry.due_on.isoformat()),
        by=by,
        now=now,
        enquiry_id=enquiry.id,
    )
    if enquiry.case_id is not None:
        robot.enqueue(session, f"clocks-{event.id}", enquiry.id, enquiry.routing_no, workflow="clocks")


def feedback_given(session: Session, enquiry: Enquiry, at: datetime) -> None:
    """Stop the feedback clock of an enquiry.

    The citizen has heard who handles the matter; from here on the answer's day presses.
    """
    stop_feedback(enquiry, at)


def stop_feedback(enquiry: Enquiry, at: datetime) -> None:
    """Stop the feedback clock, unless it stands already."""
    if enquiry.feedback_at is None:
        enquiry.feedback_at = at
        _press(enquiry)


def feedback_lost(session: Session, enquiry: Enquiry) -> None:
    """Restart the feedback clock of an enquiry.

    The letter that told the citizen did not arrive: the same day presses again.
    """
    enquiry.feedback_at = None
    _press(enquiry)


def answer_lost(session: Session, enquiry: Enquiry) -> None:
    """Restart the clocks after an answer was lost.

    They run as if it had not been written. An interim reply before it counts.
    """
    interim = session.get(InterimReply, enquiry.id)
    enquiry.answered_at = None
    enquiry.feedback_at = interim.sent_at if interim else None
    _press(enquiry)


def save_type(
    session: Session,
    type_id: int | None,
    name: str,
    feedback_days: int | None,
    answer_days: int | None,
    *,
    working: bool,
    retired: bool,
    by: Actor,
    now: datetime,
) -> DeadlineType:
    """Save a type of deadline. Enquiries that have it already keep their days.

    Raises:
        RefusedError: no name, a name that is taken, or days that make no deadline; or the usual type is to be retired.
        NotFoundError: there is no such type.
    """
    kind = session.get(DeadlineType, type_id) if type_id is not None else DeadlineType()
    if kind is None:
        raise NotFoundError
    name = " ".join(name.split())[:100]
    taken = select(DeadlineType.id).where(DeadlineType.name == name, DeadlineType.id != (type_id or 0))
    if not name or session.scalar(taken) is not None:
        raise RefusedError("name_taken")
    try:
        Terms(feedback_days, answer_days, working)
    except ValueError as error:
        raise RefusedError("no_days") from error
    if answer_days is None or (feedback_days or 0) > answer_days:
        raise RefusedError("no_days")
    if retired and type_id == usual(session).id:
        raise RefusedError("usual_type")
    before = _snapshot(kind) if type_id is not None else None
    kind.name, kind.feedback_days, kind.answer_days = name, feedback_days, answer_days
    kind.working, kind.retired = working, retired
    session.add(kind)
    session.flush()
    events.record(session, DeadlineTypeChanged(type_id=kind.id, before=before, after=_snapshot(kind)), by=by, now=now)
    return kind


def _snapshot(kind: DeadlineType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "feedback_days": kind.feedback_days,
        "answer_days": kind.answer_days,
        "working": kind.working,
        "retired": kind.retired,
    }


def interim_text(session: Session, enquiry: Enquiry, caseworker: str, *, now: datetime) -> str:
    """Return the text of the interim reply.

    The text is ready to be sent, or changed. Where the reply deadline has passed it asks for a date.

    Raises:
        RefusedError: there is nobody to write to, no case yet, or the citizen has been told already.
    """
    _check_interim(session, enquiry)
    assert enquiry.unit is not None
    assert enquiry.case is not None
    template = reply_templates.text_for(
        session, TemplateKind.INTERIM_REPLY, enquiry.unit.id, enquiry.subject, enquiry.text
    )
    values = reply_templates.values(enquiry, enquiry.unit, enquiry.case.number, leaves_on=deadlines.local_day(now))
    answer = values["svarfrist"] or templates.DATE_WANTED
    values |= {"sagsbehandler": caseworker, "frist": answer, "svarfrist": answer, "emne": titles.repeated(enquiry)}
    return templates.fill(template, values)


def send_interim(
    session: Session,
    robot: Robot,
    enquiry: Enquiry,
    text: str,
    *,
    why: str = "",
    caseworker: str,
    by: Actor,
    secret: str,
    now: datetime,
) -> None:
    """Order the interim reply from the unit's mailbox. The feedback clock stops when the robot has sent it.

    The caseworker it names has the enquiry from now on, unless somebody has it already.

    Raises:
        RefusedError: as `interim_text`, or the letter does not name the caseworker, is not finished, or promises a past day.
    """
    _check_interim(session, enquiry)
    assert enquiry.unit is not None
    if why.strip():
        promised = deadlines.danish(enquiry.clocks.answer or enquiry.due_on)
        text = sentences.line_before(text.replace("\r\n", "\n"), promised, " ".join(why.split())[:500])
    caseworker, text = " ".join(caseworker.split())[:200], text.replace("\r\n", "\n").strip()[:LONGEST]
    if not caseworker or caseworker not in text:
        raise RefusedError("nobody_named")
    if templates.UNFINISHED.search(text):
        raise RefusedError("letter_unfinished")
    if promised_in_vain(text, deadlines.local_day(now)):
        raise RefusedError("day_is_over")
    key = f"interim:{enquiry.id}"
    session.add(
        InterimReply(
            enquiry_id=enquiry.id,
            message_id=journaling.message_id(key, secret),
            unit_id=enquiry.unit.id,
            caseworker=caseworker,
            text=text + "\n",
            at=now,
        )
    )
    assignments.named(session, enquiry, caseworker, by=by, now=now)
    asked = events.record(session, InterimAsked(caseworker=caseworker), by=by, now=now, enquiry_id=enquiry.id)
    robot.enqueue(session, f"interim-{asked.id}", enquiry.id, enquiry.routing_no, workflow="interim")


def promised_in_vain(text: str, today: date) -> bool:
    """Tell whether a letter promises a day in the past."""
    return any(day < today for day in deadlines.promised(text))


def _check_interim(session: Session, enquiry: Enquiry) -> None:
    if enquiry.state is not State.ROUTED or enquiry.unit is None:
        raise RefusedError("in_triage" if enquiry.state is State.TRIAGE else "moved_on")
    if enquiry.case is None:
        raise RefusedError("no_case_yet")
    if not enquiry.citizen_address or enquiry.quarantine is not None:
        raise RefusedError("nobody_to_write_to")
    if unreachable_citizens.unreachable(session, enquiry.id):
        raise RefusedError("citizen_unreachable")
    if session.get(InterimReply, enquiry.id) is not None:
        raise RefusedError("told_already")
