"""Tells whether the label log holds enough to ask the past anything; without the model, for pages ask it too."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.amendment import counts
from app.models.label import Label, LabelPosition

LEAST = 100
"""With fewer labels nothing can be said."""


def enough(session: Session) -> bool:
    """Tell whether there are labels enough to play."""
    query = select(Label.id).join(LabelPosition, LabelPosition.label_id == Label.id).where(counts())
    return len(session.scalars(query.limit(LEAST)).all()) == LEAST
