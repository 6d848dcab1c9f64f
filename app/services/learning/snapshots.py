"""Save the model as it stands, from time to time, and load it again: a start need not read the whole label log.

A snapshot is saved where `EVERY` labels lie behind the newest one, or where some of them hold what is to be forgotten.
Which older ones make room for it stands in domain/snapshot_retention.py.
"""

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.domain import snapshot_retention
from app.models.label import LabelPosition, ModelSnapshot
from app.services.learning import label_overrides
from app.services.learning.model_replay import ModelReplay, first_forgotten
from learning import snapshot
from learning.salt import UNSALTED, Salt

log = structlog.get_logger()
EVERY = 100
"""Labels that may lie behind the newest snapshot; a start learns them anew."""


def due(session: Session, *, end: int, forgotten: int | None) -> bool:
    """Tell whether a snapshot is to be saved, the label log having come to `end`.

    Args:
        session: reads which one is the newest.
        end: the latest position of the log; 0 where nothing has been learned.
        forgotten: the earliest position that counts differently by now, None where none does.
    """
    newest = session.scalar(select(func.max(ModelSnapshot.position))) or 0
    return bool(end) and (forgotten is not None or end - newest >= EVERY)


def load(session: Session, *, before: int, salt: Salt = UNSALTED) -> ModelReplay:
    """Load the newest sound snapshot from before a position.

    A sound one holds nothing forgotten; without one, the model is empty.
    """
    query = select(ModelSnapshot).where(ModelSnapshot.position < before).order_by(ModelSnapshot.position.desc())
    refused: list[int] = []
    for row in session.scalars(query):
        if first_forgotten(session, position=row.position, amendment=row.amendment_id) is not None:
            continue
        try:
            return ModelReplay(
                snapshot.load(row.content, salt), row.position, label_overrides.newest(session), salt, refused
            )
        except snapshot.SnapshotRefused as error:
            log.warning("snapshot_refused", position=row.position, error=str(error))
            refused.append(row.position)
    return ModelReplay(amendment=label_overrides.newest(session), salt=salt, refused=refused)


def save(session: Session, fold: ModelReplay, forgotten: int | None) -> None:
    """Save a snapshot, and delete the ones that are over.

    These still hold a forgotten label, or there is no room for them.
    """
    if forgotten is not None:
        session.execute(delete(ModelSnapshot).where(ModelSnapshot.position >= forgotten))
    at = session.scalars(select(LabelPosition.at).where(LabelPosition.position == fold.position)).one()
    content = snapshot.dump(fold.model, fold.salt)
    session.merge(ModelSnapshot(position=fold.position, amendment_id=fold.amendment, content=content, at=at))
    session.flush()
    rows = session.execute(select(ModelSnapshot.position, func.length(ModelSnapshot.content), ModelSnapshot.note))
    gone = snapshot_retention.superfluous(
        [snapshot_retention.KeptSnapshot(position, size, bool(note)) for position, size, note in rows]
    )
    session.execute(delete(ModelSnapshot).where(ModelSnapshot.position.in_(gone)))


def make_anew(session: Session, fold: ModelReplay) -> None:
    """Replace a refused snapshot by the present state. People's notes on it stay."""
    content = snapshot.dump(fold.model, fold.salt)
    row = update(ModelSnapshot).where(ModelSnapshot.position == fold.position)
    session.execute(row.values(content=content, amendment_id=fold.amendment))


def drop_others(session: Session, fold: ModelReplay, *, after: int) -> None:
    """Delete the snapshots between those made anew. Forgotten labels are in them, and hashes of another salt."""
    gone = (ModelSnapshot.position > after) & ModelSnapshot.position.not_in(fold.refused)
    session.execute(delete(ModelSnapshot).where(gone))
