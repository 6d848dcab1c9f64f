"""Going back to an earlier version of the model: the labels after it do not count until the rollback is lifted."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.amendment import AmendmentKind
from app.errors import RefusedError
from app.models.amendment import Amendment, counts
from app.models.label import Label, Lesson
from app.services import amendments


def roll_back(session: Session, position: int, *, note: str, by: str, now: datetime) -> Amendment:
    """Let no label after this position count; the learner goes back at its next turn.

    Raises:
        RefusedError: nothing that counts was learned after it.
    """
    query = select(Label.id).join(Lesson, Lesson.label_id == Label.id)
    labels = session.scalars(query.where(Lesson.position > position, counts())).all()
    if not labels:
        raise RefusedError("nothing_learned_since")
    units: dict[int, int | None] = dict.fromkeys(labels, None)
    return amendments.amend(session, AmendmentKind.ROLLED_BACK, units, note=note[:500], by=by, now=now)
