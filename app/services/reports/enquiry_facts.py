"""Keep the facts that figures count in step with the audit log.

Facts are made of an enquiry's events, its row and its label, and follow the log by its numbers: a writer holds the one lock, so
a higher number is never written before a lower one. Where every fact may have changed (the calendar, which labels count, or there
are none yet) all enquiries are gone through again, newest first. Everything is read before the writing transaction, which only
stores.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.orm import Session

from app import database
from app.domain.deadline_status import working_days
from app.domain.deadlines import Calendar, local_day
from app.domain.enquiry_facts import PastEvent, facts, lag_days
from app.domain.events import kinds
from app.domain.events.base import EventGroup
from app.domain.events.casework import CalendarChanged
from app.domain.events.learning import AmendmentLifted, LabelsAmended
from app.domain.events.organisation import ReorganisationUndone, Reorganised
from app.domain.recognition import SetAside
from app.models.amendment import counts
from app.models.enquiry import Enquiry
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.event import Event
from app.models.label import Label, is_judged, was_right
from app.queries.triage.decision_times import DECIDED
from app.services.casework import enquiry_deadlines
from app.services.platform import settings
from app.services.reports import counted_days

EVENTS, ENQUIRIES = 2_000, 500
"""At most so many in one transaction."""
UNJUDGED: dict[str, Any] = {"judged_on": None, "suggested_unit_id": None, "suggestion_right": None}
DIVIDED = (SetAside.SPLIT, SetAside.SPLIT_UNDONE)
VIEWS = kinds(EventGroup.VIEW)
"""That somebody looked changes nothing."""
ALL_CHANGED = frozenset(
    each.kind for each in (CalendarChanged, LabelsAmended, AmendmentLifted, Reorganised, ReorganisationUndone)
)
"""After these all facts are made again: days count otherwise, labels count no more or again, mails have moved."""


def refresh(engine: Engine) -> bool:
    """Make the facts of what changed anew. Return whether there is more to do."""
    with database.read(engine) as session:
        position, again = settings.get(session, settings.FACTS_POSITION), settings.get(session, settings.FACTS_AGAIN)
        before = (position, again)
        newest = session.scalar(select(func.max(Event.id))) or 0
        if position is None:
            position, again, changed, decided = newest, _last(session), set[int](), set[date]()
        else:
            position, again, changed, decided = _since(session, position, again)
        redone, again = _again(session, again)
        ids = changed | set(redone)
        rows = _rows(session, ids)
        days = {counted_days.DECIDED_ON: decided, counted_days.LABELLED_ON: _labelled(session, ids)}
    if ids or (position, again) != before:
        _store(engine, ids, rows, days, position, again)
    return again > 0 or position < newest


def _last(session: Session) -> int:
    return (session.scalar(select(func.max(Enquiry.id))) or 0) + 1


def _since(session: Session, position: int, again: int) -> tuple[int, int, set[int], set[date]]:
    """Return how far the log was read, up to which enquiry all are made again, which have changed, and days of decisions."""
    columns = (Event.id, Event.kind, Event.enquiry_id, Event.at)
    query = select(*columns).where(Event.id > position).order_by(Event.id).limit(EVENTS)
    changed, decided = set[int](), set[date]()
    for number, kind, enquiry_id, at in session.execute(query):
        position = number
        if kind in ALL_CHANGED:
            again = _last(session)
        elif enquiry_id is not None and kind not in VIEWS:
            changed.add(enquiry_id)
        if kind in DECIDED:
            decided.add(local_day(at))
    return position, again, changed, decided


def _labelled(session: Session, ids: Collection[int]) -> set[date]:
    """Return the days of all labels of some enquiries: one may change what another says."""
    return {local_day(at) for at in session.scalars(select(Label.at).where(Label.enquiry_id.in_(ids)))}


def _again(session: Session, before: int) -> tuple[Sequence[int], int]:
    """Return the next enquiries to be made again, below `before`, and where to go on; 0 at the end."""
    if before <= 0:
        return [], 0
    query = select(Enquiry.id).where(Enquiry.id < before).order_by(Enquiry.id.desc()).limit(ENQUIRIES)
    ids = session.scalars(query).all()
    return ids, ids[-1] if len(ids) == ENQUIRIES else 0


def _rows(session: Session, ids: Collection[int]) -> list[dict[str, Any]]:
    calendar = enquiry_deadlines.calendar(session)
    events, judged = _events(session, ids), _judged(session, ids)
    columns = (
        Enquiry.id,
        Enquiry.received_at,
        Enquiry.mailbox,
        Enquiry.state,
        Enquiry.reason,
        Enquiry.unit_id,
        Enquiry.due_on,
        Enquiry.feedback_due_on,
        Enquiry.feedback_at,
        Enquiry.answer_due_on,
        Enquiry.answered_at,
        Enquiry.closed_at,
    )
    query = select(*columns).where(
        Enquiry.id.in_(ids), ~Enquiry.imported, func.coalesce(Enquiry.reason, "").not_in(DIVIDED)
    )
    return [_row(each, events[each.id], calendar) | judged.get(each.id, UNJUDGED) for each in session.execute(query)]


def _events(session: Session, ids: Collection[int]) -> dict[int, list[PastEvent]]:
    query = select(Event).where(Event.enquiry_id.in_(ids), Event.kind.not_in(VIEWS)).order_by(Event.id)
    found = defaultdict[int, list[PastEvent]](list)
    for event in session.scalars(query):
        found[event.enquiry_id or 0].append(PastEvent(event.id, event.at, event.content))
    return found


def _judged(session: Session, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return what became known of the suggestions for units' mails, by enquiry; of its label that counts."""
    columns = (Label.enquiry_id, Label.at, Label.suggested_unit_id, was_right())
    query = select(*columns).where(Label.enquiry_id.in_(ids), Label.unit_id.is_not(None), is_judged(), counts())
    return {
        enquiry_id: {"judged_on": local_day(at), "suggested_unit_id": unit_id, "suggestion_right": bool(right)}
        for enquiry_id, at, unit_id, right in session.execute(query.order_by(Label.id))
    }


def _row(enquiry: Any, events: Sequence[PastEvent], calendar: Calendar) -> dict[str, Any]:
    found, received_on = facts(events, calendar), local_day(enquiry.received_at)
    return {
        "enquiry_id": enquiry.id,
        "received_on": received_on,
        "mailbox": enquiry.mailbox,
        "state": enquiry.state,
        "way": found.way,
        "reason": enquiry.reason or found.reason,
        "unit_id": enquiry.unit_id or found.unit_id,
        "first_unit_id": found.first_unit_id,
        "first_routed_on": _day(found.first_routed_at),
        "routed_on": _day(found.routed_at),
        "hops": found.hops,
        "returns": found.returns,
        "days_lost": found.days_lost,
        "terms_days": working_days(received_on, _first_due(enquiry), calendar),
        "due_on": enquiry.due_on,
        "feedback_due_on": enquiry.feedback_due_on,
        "feedback_on": _day(enquiry.feedback_at),
        "answer_due_on": enquiry.answer_due_on,
        "answered_on": _day(enquiry.answered_at),
        "closed_on": _day(enquiry.closed_at),
        "journaled_on": _day(found.journaled_at),
        "journal_minutes": _minutes(enquiry.received_at, found.journaled_at),
        "journal_days": lag_days(enquiry.received_at, found.journaled_at, calendar),
        "seconds": found.seconds,
        "decided_as": found.decided_as,
    }


def _first_due(enquiry: Any) -> Any:
    return min((day for day in (enquiry.feedback_due_on, enquiry.answer_due_on) if day), default=enquiry.due_on)


def _day(at: datetime | None) -> Any:
    return None if at is None else local_day(at)


def _minutes(since: datetime, at: datetime | None) -> int | None:
    return None if at is None else max(0, round((at - since).total_seconds() / 60))


def _store(
    engine: Engine,
    ids: Collection[int],
    rows: Sequence[dict[str, Any]],
    days: Mapping[str, Set[date]],
    position: int,
    again: int,
) -> None:
    """Store the rows that differ; what was counted of their days, before and after, holds no more, nor of `days`."""
    with database.write(engine) as session:
        if settings.get(session, settings.FACTS_POSITION) is None:
            counted_days.forget(session)  # nobody knows what has happened since
        table = EnquiryFactsRow.__table__
        stored = session.execute(select(table).where(table.c.enquiry_id.in_(ids))).mappings()
        before = {row["enquiry_id"]: dict(row) for row in stored}
        after = {row["enquiry_id"]: row for row in rows}
        changed = [each for each in ids if before.get(each) != after.get(each)]
        come = [after[each] for each in changed if each in after]
        differing = [*come, *(before[each] for each in changed if each in before)]
        of_facts = {name: {row[name] for row in differing} - {None} for name in counted_days.OF_FACTS}
        counted_days.take_away(session, {**of_facts, **days})
        session.execute(delete(EnquiryFactsRow).where(EnquiryFactsRow.enquiry_id.in_(changed)))
        if come:
            session.execute(insert(EnquiryFactsRow), come)
        settings.put(session, settings.FACTS_POSITION, position)
        settings.put(session, settings.FACTS_AGAIN, again)
