"""Orders of notices that a unit must get at once. The robot sends them (workflow/notice.py)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.notices import Notice
from app.models.case import UnitNotice
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.platform.robot import Robot

MOST = 3
"""Notices of one kind about one enquiry within `PERIOD`."""
OF_THEIR_OWN_MAIL = frozenset({Notice.ASTRAY})
"""What a unit's own mail brings about, once within `PERIOD`: a mailbox that answers everything comes to rest."""
PERIOD = timedelta(days=1)


def order(
    session: Session,
    robot: Robot,
    enquiry: Enquiry,
    kind: Notice,
    about: Enquiry,
    *,
    now: datetime,
    unit: Unit | None = None,
) -> UnitNotice | None:
    """Order a notice to a unit, by default the enquiry's.

    Return None where there is no unit, or it has got enough of them.
    """
    notified = unit or enquiry.unit
    if notified is None or enquiry.case_id is None or _often(session, enquiry, kind, now):
        return None
    row = UnitNotice(enquiry_id=enquiry.id, unit_id=notified.id, kind=kind, about_id=about.id, at=now)
    session.add(row)
    session.flush()
    robot.enqueue(session, "notice", enquiry.id, row.id)
    return row


def notified(session: Session, enquiry: Enquiry, kind: Notice) -> bool:
    """Tell whether a unit has got this notice already."""
    query = select(UnitNotice.id).where(UnitNotice.enquiry_id == enquiry.id, UnitNotice.kind == kind)
    return session.scalar(query.limit(1)) is not None


def _often(session: Session, enquiry: Enquiry, kind: Notice, now: datetime) -> bool:
    query = select(func.count()).where(
        UnitNotice.enquiry_id == enquiry.id, UnitNotice.kind == kind, UnitNotice.at > now - PERIOD
    )
    return (session.scalar(query) or 0) >= (1 if kind in OF_THEIR_OWN_MAIL else MOST)
