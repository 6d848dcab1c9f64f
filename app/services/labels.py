"""The label log: a label for each enquiry at most; a new one first takes back the old."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enquiry import LabelSource
from app.models.enquiry import Enquiry
from app.models.label import Label, stands
from app.models.prediction import Prediction


def standing(session: Session, enquiry_id: int) -> Label | None:
    """The enquiry's label that has not been revoked."""
    query = select(Label).where(Label.enquiry_id == enquiry_id, stands())
    return session.scalars(query.order_by(Label.id.desc()).limit(1)).first()


def suggested(session: Session, enquiry_id: int) -> tuple[int | None, float | None]:
    """The unit the model puts first now, and how sure it is."""
    prediction = session.get(Prediction, enquiry_id)
    if prediction is None or not prediction.ranking:
        return None, None
    return prediction.ranking[0]["unit_id"], prediction.ranking[0]["confidence"]


def give(
    session: Session,
    enquiry: Enquiry,
    unit_id: int,
    source: LabelSource,
    *,
    by: str,
    now: datetime,
    taught: bool = True,
) -> Label:
    """Append a label; what the model suggested until now is kept beside it, as evidence. Not `taught`: it is no lesson."""
    revoke(session, enquiry.id, by=by, now=now)
    suggested_unit, confidence = suggested(session, enquiry.id)
    label = Label(
        enquiry_id=enquiry.id,
        unit_id=unit_id,
        source=source,
        by=by,
        at=now,
        suggested_unit_id=suggested_unit,
        suggested_confidence=confidence,
        taught=taught,
    )
    session.add(label)
    session.flush()
    return label


def revoke(session: Session, enquiry_id: int, *, by: str, now: datetime) -> Label | None:
    """Append the revocation of the enquiry's standing label, if it has one."""
    label = standing(session, enquiry_id)
    if label is None:
        return None
    revocation = Label(
        enquiry_id=enquiry_id, unit_id=label.unit_id, revokes_id=label.id, source=label.source, by=by, at=now
    )
    session.add(revocation)
    session.flush()
    return revocation
