"""Rollback of the model to an earlier version. The labels after it do not count until the rollback is lifted.

A version is a state of the model that is kept, with what a person wrote about it.
"""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.events.learning import RollbackExplained, VersionDescribed
from app.errors import NotFoundError, RefusedError
from app.models.amendment import Amendment, counts, in_force
from app.models.label import Label, LabelPosition, ModelSnapshot
from app.services.learning import label_overrides
from app.services.platform import events

LONGEST = 500
"""Characters of a note."""
LARGEST = 2**31
"""No database counts positions further; a form may say anything."""


def roll_back(session: Session, position: int, *, note: str, by: Actor, now: datetime) -> Amendment:
    """Roll back to a version: later labels stop counting.

    The learner goes back at its next turn. Asked twice, it is done once.

    Raises:
        NotFoundError: there is no such version, or it is kept no more.
        RefusedError: nothing that counts was learned after it.
    """
    _version(session, position)
    query = select(Label.id).join(LabelPosition, LabelPosition.label_id == Label.id)
    labels = session.scalars(query.where(LabelPosition.position > position, counts())).all()
    if not labels:
        return _done_already(session, position)
    units: dict[int, int | None] = dict.fromkeys(labels, None)
    return label_overrides.apply(session, AmendmentKind.ROLLED_BACK, units, note=note[:LONGEST], by=by, now=now)


def describe(session: Session, position: int, note: str, *, by: Actor, now: datetime) -> None:
    """Describe a version, in place of an earlier description. The earlier text stays in the audit log.

    Raises:
        NotFoundError: there is no such version, or it is kept no more.
    """
    version, note = _version(session, position), note.strip()[:LONGEST]
    if note != version.note:
        version.note = note
        events.record(session, VersionDescribed(position=position, note=note), by=by, now=now)


def explain(session: Session, amendment_id: int, note: str, *, by: Actor, now: datetime) -> None:
    """Explain why the model went back. The earlier text stays in the audit log.

    Raises:
        NotFoundError: there is no such rollback in force.
    """
    found = {rollback.id: rollback for rollback in session.scalars(_rollbacks())}
    rollback, note = found.get(amendment_id), note.strip()[:LONGEST]
    if rollback is None:
        raise NotFoundError
    if note != rollback.note:
        rollback.note = note
        events.record(session, RollbackExplained(amendment_id=amendment_id, note=note), by=by, now=now)


def _rollbacks() -> Select[Amendment]:
    return select(Amendment).where(
        Amendment.kind == AmendmentKind.ROLLED_BACK, Amendment.lifts_id.is_(None), in_force(Amendment.id)
    )


def _done_already(session: Session, position: int) -> Amendment:
    """Return the rollback that has done this already.

    Nothing is left after the position then: a second click on the same button is no error.
    """
    query = _rollbacks().where(Amendment.first_position > position).order_by(Amendment.id.desc())
    rollback = session.scalars(query.limit(1)).first()
    if rollback is None:
        raise RefusedError("nothing_learned_since")
    return rollback


def _version(session: Session, position: int) -> ModelSnapshot:
    version = session.get(ModelSnapshot, position) if 0 < position < LARGEST else None
    if version is None:
        raise NotFoundError
    return version
