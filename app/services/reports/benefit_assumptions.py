"""Keep what the benefit is reckoned from. Each change is a version of its own, and is in the audit log."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.benefit import Assumptions
from app.domain.events.platform import BenefitAssumed
from app.errors import ConflictError
from app.models.benefit import BenefitVersion
from app.services.platform import events


def save(
    session: Session, given: Assumptions, note: str, *, based_on: int | None, by: Actor, now: datetime
) -> int | None:
    """Save a new version and return its number; None where nothing differs from the newest.

    Raises:
        ConflictError: somebody saved another version since the one it was `based_on` was shown.
    """
    newest = session.scalar(select(BenefitVersion).order_by(BenefitVersion.id.desc()).limit(1))
    if (newest.id if newest else None) != based_on:
        raise ConflictError
    content = given.stored()
    if newest is not None and newest.content == content:
        return None
    row = BenefitVersion(by=by.email, at=now, note=note, content=content)
    session.add(row)
    session.flush()
    event = BenefitAssumed(version=row.id, before=newest.content if newest else None, after=content, note=note)
    events.record(session, event, by=by, now=now)
    return row.id
