"""Raising alarms, once each, and marking them as seen."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import ROBOT, Actor
from app.domain.alarm import AlarmKind
from app.domain.events.learning import AlarmRaised, AlarmSeen
from app.domain.routing import Mode
from app.errors import NotFoundError
from app.models.alarm import Alarm
from app.models.unit import Unit
from app.services.platform import events, settings

QUIET = timedelta(days=3)
"""How long the same alarm is not raised again after it was seen; while nobody has seen it, it is not raised again."""


def raise_alarm(
    session: Session, kind: AlarmKind, unit_id: int | None, *, since: datetime, data: dict[str, Any], now: datetime
) -> Alarm | None:
    """Tell of something, unless the same has just been told. A unit whose errors rose falls back to suggestions."""
    if _already_raised(session, kind, unit_id, data, now):
        return None
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    suggest_only = kind is AlarmKind.ERROR and unit is not None and unit.mode is Mode.AUTOMATIC
    if unit is not None and suggest_only:
        settings.change_unit(session, unit.id, mode=Mode.SUGGEST, stopped=unit.stopped, by=ROBOT, now=now)
    alarm = Alarm(kind=kind, unit_id=unit_id, since=since, raised_at=now, data=data, suggest_only=suggest_only)
    session.add(alarm)
    session.flush()
    events.record(session, AlarmRaised(alarm_id=alarm.id, why=kind, unit_id=unit_id), by=ROBOT, now=now)
    return alarm


def see(session: Session, alarm_id: int, *, by: Actor, now: datetime) -> Alarm:
    """Note who has seen an alarm; the first one counts.

    Raises:
        NotFoundError: there is none.
    """
    alarm = session.get(Alarm, alarm_id)
    if alarm is None:
        raise NotFoundError
    if alarm.seen_at is None:
        alarm.seen_by, alarm.seen_at = by.email, now
        events.record(session, AlarmSeen(alarm_id=alarm_id), by=by, now=now)
    return alarm


def _already_raised(
    session: Session, kind: AlarmKind, unit_id: int | None, data: dict[str, Any], now: datetime
) -> bool:
    """Tell whether an alarm is open or was raised lately. Each word, account and mailbox has its own."""
    query = select(Alarm).where(Alarm.kind == kind, Alarm.unit_id.is_not_distinct_from(unit_id))
    own = {name: data.get(name) for name in ("words", "account", "mailbox")}
    return any(
        (alarm.seen_at is None or alarm.raised_at > now - QUIET) and own == {n: alarm.data.get(n) for n in own}
        for alarm in session.scalars(query)
    )
