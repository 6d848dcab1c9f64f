"""Stop the robot, as a whole or for one unit, and tell whether it is stopped.

Every step of the robot asks before it acts (app/workflow/steps.py); what it puts down it takes up again when it is started.
One unit is stopped with its mode, in settings.change_unit.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.platform import RobotStarted, RobotStopped
from app.errors import RefusedError
from app.models.unit import Unit
from app.services.platform import events, settings

REASON_LENGTH = 200


def running(session: Session) -> bool:
    """Tell whether the robot as a whole may work."""
    return settings.get(session, settings.ROBOT_RUNNING)


def switch(session: Session, *, running: bool, by: Actor, now: datetime, reason: str = "") -> None:
    """Stop or start the robot everywhere. People who find it stopped can read who did it and why.

    Raises:
        RefusedError: it is to be stopped, and no reason is given.
    """
    reason = " ".join(reason.split())[:REASON_LENGTH]
    if not running and not reason:
        raise RefusedError("stop_without_reason")
    if running is settings.get(session, settings.ROBOT_RUNNING):
        return
    settings.put(session, settings.ROBOT_RUNNING, running)
    if running:
        events.record(session, RobotStarted(), by=by, now=now)
    else:
        events.record(session, RobotStopped(reason=reason), by=by, now=now)


def stopped_for(session: Session, unit: Unit | None) -> bool:
    """Tell whether the robot must leave a unit's work alone."""
    return not running(session) or (unit is not None and unit.stopped)
